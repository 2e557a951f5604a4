"""A pretrained encoder and its tokenizer, from a folder or a hub name: weights from safetensors, no code of theirs."""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlp_toolkit.errors import ArtefactError, UnavailableError, UsageError
from nlp_toolkit.extras import require

_HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
_HUB_FILES = ["*.json", "*.txt", "*.safetensors", "*.model", "*/config.json"]
_NO_MATTER = {"_name_or_path", "architectures", "dtype", "transformers_version"}  # say nothing about the vectors
_UNBOUNDED = 1_000_000  # tokenizers without a limit of their own say 1e30


@dataclass(frozen=True)
class Checkpoint:
    """An encoder (without a pooler) in float32 with its tokenizer, and the longest input it takes, in tokens."""

    encoder: Any
    tokenizer: Any
    longest: int
    declared_pooling: str | None = None
    """Pooling that a sentence-transformers folder declares for itself; None where it declares none."""
    language_model: Any | None = None
    """The encoder under its vocabulary head, where it was trained here by masking."""
    is_pretrained: bool = True

    def digest(self) -> str:
        """SHA-256 over weights, configuration and tokenizer: another digest, other vectors."""
        found = hashlib.sha256()
        for name, tensor in sorted(self.encoder.state_dict().items()):
            found.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
            found.update(tensor.detach().cpu().contiguous().flatten().view(require("torch").uint8).numpy().data)
        config = {key: value for key, value in self.encoder.config.to_dict().items() if key not in _NO_MATTER}
        found.update(json.dumps(config, sort_keys=True, default=str).encode())
        rules = json.loads(self.tokenizer.backend_tokenizer.to_str())
        # These two are what the last call asked for, not what the tokenizer is.
        rules.update(truncation=None, padding=None)
        found.update(json.dumps(rules, sort_keys=True).encode())
        return found.hexdigest()


def load_checkpoint(model: str | Path, *, with_head: bool = False) -> Checkpoint:
    """Load an encoder from a local folder, a model directory of ours, or by its hub name.

    `with_head` loads its vocabulary head as well, to go on with masked-language modelling; where the weights
    have none, a new one is made. A hub name that is not in the local cache is downloaded; without network that
    is an `UnavailableError` at once. Weights are read from safetensors only; a folder that has nothing but
    pickled weights, or that asks for code of its own, raises `ArtefactError`.
    """
    torch = require("torch")
    transformers = require("transformers")
    folder = checkpoint_folder(model)
    _check_files(folder)
    loader = transformers.AutoModelForMaskedLM if with_head else transformers.AutoModel
    unusable = (OSError, ValueError, KeyError, TypeError, RuntimeError, require("safetensors").SafetensorError)
    with quiet_transformers(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)  # of a new head, where the weights have none
        try:
            network, info = loader.from_pretrained(
                folder,
                local_files_only=True,
                use_safetensors=True,
                trust_remote_code=False,
                dtype=torch.float32,
                output_loading_info=True,
            )
            tokenizer = transformers.AutoTokenizer.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False
            )
        except unusable as error:
            reason = str(error).strip().partition("\n")[0]
            raise ArtefactError(f"{folder}: cannot be loaded as an encoder with its tokenizer: {reason}") from error
    encoder = network.base_model
    of_encoder = f"{network.base_model_prefix}." if with_head else ""
    lacking = sorted(name for name in info["missing_keys"] if name.startswith(of_encoder) and "pooler" not in name)
    if lacking:
        raise ArtefactError(f"{folder}: of the encoder's weights {len(lacking)} are missing, first {lacking[0]}")
    if not tokenizer.is_fast or tokenizer.pad_token_id is None:
        raise ArtefactError(f"{folder}: expected a tokenizer.json with a padding token; convert the tokenizer first")
    if len(tokenizer) > int(encoder.config.vocab_size):
        raise ArtefactError(
            f"{folder}: the tokenizer has {len(tokenizer)} tokens, the encoder only {encoder.config.vocab_size}"
        )
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None  # never used: see pooling.cls_pool
    network.eval()
    longest = longest_input(encoder.config, tokenizer)
    return Checkpoint(encoder, tokenizer, longest, declared_pooling(folder), network if with_head else None)


def checkpoint_folder(model: str | Path) -> Path:
    """The local folder of `model`: itself, its BERT part where it is a model directory of ours, or the hub's files."""
    folder = Path(model)
    if folder.is_dir():
        return _of_model_directory(folder) if (folder / "manifest.json").is_file() else folder
    if isinstance(model, Path) or folder.is_absolute() or not _HUB_NAME.fullmatch(str(model)):
        raise UsageError(
            f"{model}: no such folder; give a folder with config.json and model.safetensors, or a hub name"
        )
    return _downloaded(str(model))


def _of_model_directory(folder: Path) -> Path:
    from nlp_toolkit.artefact.generations import open_generation

    _, generation = open_generation(folder)
    found = sorted(config.parent for config in generation.glob("stages/*/config.json"))
    if len(found) != 1:
        raise UsageError(f"{folder}: a model directory with {len(found)} encoders in it, expected one")
    return found[0]


def declared_pooling(folder: Path) -> str | None:
    """What a sentence-transformers folder (modules.json) says its rows are pooled by, in our names."""
    modules = folder / "modules.json"
    if not modules.is_file():
        return None
    for module in _json(modules):
        if isinstance(module, dict) and str(module.get("type", "")).endswith("Pooling"):
            settings = _json(folder / Path(str(module.get("path", ""))).name / "config.json")
            return _pooling_of(settings if isinstance(settings, dict) else {})
    return None


def longest_input(config: Any, tokenizer: Any) -> int:
    """Tokens an encoder takes at most, special ones included."""
    positions = int(getattr(config, "max_position_embeddings", 0) or _UNBOUNDED)
    if "roberta" in config.model_type:  # RoBERTa's positions begin after the padding index
        positions -= int(config.pad_token_id) + 1
    return min(positions, int(tokenizer.model_max_length))


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Keep transformers' reports and progress bars off stderr: what matters is checked and said by us."""
    logging = require("transformers.utils.logging")
    verbosity = logging.get_verbosity()
    had_bars = logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if had_bars:
            logging.enable_progress_bar()


def _downloaded(name: str) -> Path:
    hub = require("huggingface_hub")
    errors = require("huggingface_hub.errors")
    try:
        return Path(hub.snapshot_download(name, allow_patterns=_HUB_FILES, local_files_only=True))
    except errors.LocalEntryNotFoundError:
        pass  # not in the local cache
    advice = "give the folder of a checkpoint that is here, or download it where there is a network"
    try:
        with quiet_transformers():
            return Path(hub.snapshot_download(name, allow_patterns=_HUB_FILES))
    except errors.RepositoryNotFoundError as error:
        raise UsageError(f"{name}: the hub has no such model, or it is not public; {advice}") from error
    except (errors.HfHubHTTPError, errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled, OSError) as error:
        raise UnavailableError(f"{name}: not in the local cache and the hub cannot be reached; {advice}") from error


def _check_files(folder: Path) -> None:
    config = folder / "config.json"
    if not config.is_file():
        raise ArtefactError(f"{folder}: no config.json in it; expected the folder of a checkpoint")
    for name in ("config.json", "tokenizer_config.json"):
        path = folder / name
        settings = _json(path) if path.is_file() else {}
        if isinstance(settings, dict) and "auto_map" in settings:
            raise ArtefactError(
                f"{path}: asks for code of its own (auto_map), which is never run; use another checkpoint"
            )
    if (folder / "adapter_config.json").exists():
        raise ArtefactError(f"{folder}: is an adapter for another model (adapter_config.json); merge it first")
    if not list(folder.glob("model*.safetensors")):
        pickled = next(iter(sorted(folder.glob("*.bin"))), None)
        found = f"only {pickled.name}, a pickle that could run code" if pickled else "no weights"
        raise ArtefactError(f"{folder}: holds {found}; expected model.safetensors (convert with save_pretrained)")


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ArtefactError(f"{path}: not readable as JSON ({error}); the checkpoint is damaged") from error


_DECLARED = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_max_tokens": "max",
}


def _pooling_of(settings: dict[str, Any]) -> str | None:
    """Our name of a declared pooling: one key with its modes, or (before sentence-transformers 6) a key a mode."""
    modes = settings.get("pooling_mode") or [name for key, name in _DECLARED.items() if settings.get(key)]
    return (modes if isinstance(modes, str) else "+".join(map(str, modes))) or None
