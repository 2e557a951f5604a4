"""What a checkpoint's folder must hold and must not, found out before a library reads it."""

from pathlib import Path
from typing import Any

from nlp_toolkit.artefact.files import read_json
from nlp_toolkit.errors import ArtefactError
from nlp_toolkit.extras import require

_INDEX = "model.safetensors.index.json"
_TOKENIZERS = ("tokenizer.json", "vocab.*", "*.model")
_MOST_LAYERS = 1_000
_FLOATS = frozenset({"F64", "F32", "F16", "BF16"})
_ROOM = 2**24  # numbers that may be made anew: a pooler, a vocabulary head


def check_files(folder: Path) -> None:
    """Raise `ArtefactError` for a folder without configuration, tokenizer or weights in safetensors, or with code."""
    config = folder / "config.json"
    if not config.is_file():
        raise ArtefactError(f"{folder}: no config.json in it; expected the folder of a checkpoint")
    for name in ("config.json", "tokenizer_config.json"):
        path = folder / name
        settings = read_json(path) if path.is_file() else {}
        if not isinstance(settings, dict):
            raise ArtefactError(f"{path}: expected settings by name; the checkpoint is damaged")
        if "auto_map" in settings:
            raise ArtefactError(
                f"{path}: asks for code of its own (auto_map), which is never run; use another checkpoint"
            )
    if (folder / "adapter_config.json").exists():
        raise ArtefactError(f"{folder}: is an adapter for another model (adapter_config.json); merge it first")
    if not list(folder.glob("model*.safetensors")):
        pickled = next(iter(sorted(folder.glob("*.bin"))), None)
        found = f"only {pickled.name}, a pickle that could run code" if pickled else "no weights"
        raise ArtefactError(f"{folder}: holds {found}; expected model.safetensors (convert with save_pretrained)")
    if (folder / _INDEX).is_file():
        _check_index(folder / _INDEX)
    # Without these a tokenizer is made that knows no word.
    if not any(path.is_file() for pattern in _TOKENIZERS for path in folder.glob(pattern)):
        raise ArtefactError(f"{folder}: no tokenizer in it; expected tokenizer.json beside config.json")


def _check_index(path: Path) -> None:
    """An index of weights may name a pickle, or files elsewhere; transformers would read either."""
    index = read_json(path)
    shards = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(shards, dict):
        raise ArtefactError(f"{path}: lists no weights; the checkpoint is damaged")
    for shard in shards.values():
        if not isinstance(shard, str) or not shard.endswith(".safetensors") or Path(shard).name != shard:
            raise ArtefactError(f"{path}: names {shard!r}; expected safetensors files beside it")


def check_config(folder: Path, config: Any) -> None:
    """Raise `ArtefactError` for a configuration (transformers' own) of what is no encoder, or cannot be run as one."""
    known = require("transformers.models.auto.modeling_auto").MODEL_FOR_MASKED_LM_MAPPING_NAMES
    is_decoder = getattr(config, "is_decoder", False) or getattr(config, "is_encoder_decoder", False)
    if config.model_type not in known or is_decoder:
        what = f"a decoder ({config.model_type})" if is_decoder else f"a {config.model_type} model"
        raise ArtefactError(f"{folder}: is {what}; expected an encoder such as BERT, whose tokens see one another")
    if getattr(config, "quantization_config", None) is not None:
        raise ArtefactError(f"{folder}: its weights are quantized; expected float weights, as they were before")
    layers = getattr(config, "num_hidden_layers", None)
    if not isinstance(layers, int | None) or (layers or 0) > _MOST_LAYERS:
        raise ArtefactError(f"{folder}: config.json asks for {layers!r} layers, expected at most {_MOST_LAYERS}")


def check_size(folder: Path, network: Any) -> None:
    """Raise `ArtefactError` where `network`, on the meta device, asks for far more numbers than the weights hold.

    What the weights lack is made anew, so a configuration could take any amount of memory.
    """
    asked = sum(tensor.numel() for tensors in (network.parameters(), network.buffers()) for tensor in tensors)
    held = sum(path.stat().st_size for path in folder.glob("model*.safetensors"))
    if asked > 2 * held + _ROOM:
        raise ArtefactError(
            f"{folder}: config.json asks for {asked:,} numbers, the weights are {held:,} bytes; damaged or hostile"
        )


def check_kinds(folder: Path) -> None:
    """Raise `ArtefactError` where weights are stored as integers or 8-bit floats, which transformers would just cast.

    Without the scales that belong to them they are other weights.
    """
    open_safely = require("safetensors").safe_open
    for path in sorted(folder.glob("model*.safetensors")):
        with open_safely(path, framework="pt") as file:
            for name in sorted(file.keys()):
                kind = file.get_slice(name).get_dtype()
                if kind not in _FLOATS and not name.endswith("_ids"):  # position_ids are no weights
                    raise ArtefactError(f"{path}: {name} is {kind}: its weights are quantized; expected float weights")


def check_weights(folder: Path, network: Any) -> None:
    """Raise `ArtefactError` where a weight is NaN or infinite."""
    for name, weights in network.named_parameters():
        if not bool(weights.isfinite().all()):
            raise ArtefactError(f"{folder}: the weights {name} hold NaN or infinity; the checkpoint is damaged")


def longest_input(folder: Path, encoder: Any, tokenizer: Any) -> int:
    """Tokens an encoder takes at most, special ones included; `ArtefactError` where that is no number of tokens."""
    positions = getattr(encoder.config, "max_position_embeddings", None)
    limits = [tokenizer.model_max_length, *([positions] if positions else [])]
    if any(isinstance(limit, bool) or not isinstance(limit, int) for limit in limits):
        raise ArtefactError(f"{folder}: takes {' or '.join(map(repr, limits))} tokens, expected a number")
    table = getattr(getattr(encoder, "embeddings", None), "position_embeddings", None)
    padding = getattr(table, "padding_idx", None)
    if positions and padding is not None:  # RoBERTa's positions, and those of its kin, begin after the padding's
        limits[-1] -= int(padding) + 1
    longest = min(limits)
    if longest < 3:
        raise ArtefactError(f"{folder}: takes {longest} tokens at most, expected 3 or more; the checkpoint is damaged")
    return int(longest)


_DECLARED = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_max_tokens": "max",
}


def declared_pooling(folder: Path) -> str | None:
    """What a sentence-transformers folder (modules.json) says its rows are pooled by, in our names."""
    path = folder / "modules.json"
    modules = read_json(path) if path.is_file() else []
    if not isinstance(modules, list):
        raise ArtefactError(f"{path}: expected a list of modules; the checkpoint is damaged")
    for module in modules:
        if isinstance(module, dict) and str(module.get("type", "")).endswith("Pooling"):
            settings = read_json(folder / Path(str(module.get("path", ""))).name / "config.json")
            return _pooling_of(settings if isinstance(settings, dict) else {})
    return None


def _pooling_of(settings: dict[str, Any]) -> str | None:
    """Our name of a declared pooling: one key with its modes, or (before sentence-transformers 6) a key a mode."""
    modes = settings.get("pooling_mode") or [name for key, name in _DECLARED.items() if settings.get(key)]
    return ("+".join(map(str, modes)) if isinstance(modes, list) else str(modes)) or None
