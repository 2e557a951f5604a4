"""A pretrained encoder and its tokenizer, from a folder or a hub name: weights from safetensors, no code of theirs."""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlp_toolkit.compat import ORIGIN, forget_attention, lacks_memory
from nlp_toolkit.errors import ArtefactError, UnavailableError, UsageError
from nlp_toolkit.extras import require
from nlp_toolkit.transformer.checkpoint_files import (
    check_config,
    check_files,
    check_kinds,
    check_size,
    check_weights,
    declared_pooling,
    longest_input,
)
from nlp_toolkit.transformer.folder_limits import check_sizes, check_tokenizer, library_failures

_HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
_HUB_FILES = ["*.json", "*.txt", "*.safetensors", "*.model", "*/config.json"]
_NO_MATTER = {ORIGIN, "architectures", "dtype", "transformers_version"}  # say nothing about the vectors


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
    check_files(folder)
    check_sizes(folder)
    check_tokenizer(folder)
    loader = transformers.AutoModelForMaskedLM if with_head else transformers.AutoModel
    with quiet_transformers(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)  # of a new head, where the weights have none
        try:
            config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
            check_config(folder, config)
            forget_attention(config)
            with torch.device("meta"):
                check_size(folder, loader.from_config(config))
            check_kinds(folder)
            network, info = loader.from_pretrained(
                folder,
                config=config,
                local_files_only=True,
                use_safetensors=True,
                trust_remote_code=False,
                dtype=torch.float32,
                output_loading_info=True,
            )
            with library_failures(folder / "tokenizer.json"):
                tokenizer = transformers.AutoTokenizer.from_pretrained(
                    folder, local_files_only=True, trust_remote_code=False
                )
        except ArtefactError:
            raise
        except _unusable() as error:
            if lacks_memory(error):
                raise
            reason = str(error).strip().partition("\n")[0]
            if "ignore_mismatched_sizes" in reason:
                reason = "its weights are of other shapes than its config.json says"
            raise ArtefactError(f"{folder}: cannot be loaded as an encoder with its tokenizer: {reason}") from error
    encoder = network.base_model
    of_encoder = f"{network.base_model_prefix}." if with_head else ""
    lacking = sorted(name for name in info["missing_keys"] if name.startswith(of_encoder) and "pooler" not in name)
    if lacking:
        raise ArtefactError(f"{folder}: of the encoder's weights {len(lacking)} are missing, first {lacking[0]}")
    if not tokenizer.is_fast or tokenizer.pad_token_id is None:
        raise ArtefactError(f"{folder}: expected a tokenizer.json with a padding token; convert the tokenizer first")
    most = max([len(tokenizer) - 1, *tokenizer.get_vocab().values()])
    if most >= int(encoder.config.vocab_size):
        raise ArtefactError(
            f"{folder}: the tokenizer has {most + 1} tokens, the encoder only {encoder.config.vocab_size}"
        )
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None  # never used: see pooling.cls_pool
    network.eval()
    check_weights(folder, network)
    longest = longest_input(folder, encoder, tokenizer)
    _try(folder, encoder, tokenizer)
    return Checkpoint(encoder, tokenizer, longest, declared_pooling(folder), network if with_head else None)


def _try(folder: Path, encoder: Any, tokenizer: Any) -> None:
    """Raise `ArtefactError` where tokenizer and encoder make no finite rows of a short text: they do not fit."""
    torch = require("torch")
    with library_failures(folder / "tokenizer.json"):
        encoded = tokenizer(["a text", "a"], padding=True, return_special_tokens_mask=True, return_tensors="pt")
    if bool(encoded.pop("special_tokens_mask").all()):
        raise ArtefactError(f"{folder / 'tokenizer.json'}: makes no token of a text; the file is damaged")
    try:
        with torch.no_grad():
            states = encoder(input_ids=encoded["input_ids"], attention_mask=encoded["attention_mask"])[0]
    except _unusable() as error:
        if lacks_memory(error):
            raise
        reason = str(error).strip().partition("\n")[0]
        raise ArtefactError(f"{folder}: its encoder cannot read a text: {reason}") from error
    if states.ndim != 3 or not bool(states.isfinite().all()):
        raise ArtefactError(f"{folder}: its encoder gives NaN or infinity; the checkpoint is damaged")


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


def _unusable() -> tuple[type[Exception], ...]:
    """What transformers and its libraries raise for files they cannot make an encoder and a tokenizer of."""
    of_libraries = (
        require("safetensors").SafetensorError,
        require("huggingface_hub.errors").StrictDataclassError,
    )
    of_python = (
        OSError,
        ValueError,
        LookupError,
        TypeError,
        RuntimeError,
        AttributeError,
        ArithmeticError,
        ImportError,
    )
    return *of_python, *of_libraries


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
    except errors.HFValidationError as error:
        raise UsageError(
            f"{name}: no such folder, and no name the hub could have; give a checkpoint's folder"
        ) from error
    advice = "give the folder of a checkpoint that is here, or download it where there is a network"
    try:
        with quiet_transformers():
            return Path(hub.snapshot_download(name, allow_patterns=_HUB_FILES))
    except errors.RepositoryNotFoundError as error:
        raise UsageError(f"{name}: the hub has no such model, or it is not public; {advice}") from error
    except (errors.HfHubHTTPError, errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled, OSError) as error:
        raise UnavailableError(f"{name}: not in the local cache and the hub cannot be reached; {advice}") from error
