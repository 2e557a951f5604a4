"""A checkpoint as a Hugging Face folder that transformers and, where it can, sentence-transformers open as well."""

from pathlib import Path
from typing import Any

from nlp_toolkit.artefact.files import write_json
from nlp_toolkit.transformer.checkpoint import Checkpoint, quiet_transformers

# Our poolings that sentence-transformers' own module can do; windows and layer means have no module there.
_MODULE_MODES: dict[str, tuple[str, ...]] = {
    "cls": ("cls_token",),
    "mean": ("mean_tokens",),
    "max": ("max_tokens",),
    "cls+mean": ("cls_token", "mean_tokens"),
}
_ALL_MODES = ("cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken")


_CARD = """---
library_name: transformers
---

# An encoder saved by nlp-toolkit

`AutoModel.from_pretrained(FOLDER)` and `AutoTokenizer.from_pretrained(FOLDER)` open it; where modules.json lies beside
this file, `SentenceTransformer(FOLDER)` as well. `parameters.json` (and `head.safetensors` of a classifier or
regressor: one linear layer over the pooled hidden states) are nlp-toolkit's own.
"""


def write_checkpoint(checkpoint: Checkpoint, folder: Path) -> None:
    """Write config.json, model.safetensors, the tokenizer's files and a card into `folder`.

    With a language model its vocabulary head is written too, so that MLM training can go on from there;
    `AutoModel` reads the encoder out of it.
    """
    with quiet_transformers():
        (checkpoint.language_model or checkpoint.encoder).save_pretrained(folder)
        checkpoint.tokenizer.save_pretrained(folder)
    (folder / "README.md").write_text(_CARD, encoding="utf-8", newline="\n")


def write_modules(folder: Path, *, pooling: str, max_length: int, columns: int) -> bool:
    """Declare the pooling the way sentence-transformers reads it; False where it has no module for it."""
    if pooling not in _MODULE_MODES:
        return False
    module = "sentence_transformers.models."
    write_json(
        folder / "modules.json",
        [
            {"idx": 0, "name": "0", "path": "", "type": module + "Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": module + "Pooling"},
        ],
    )
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": max_length, "do_lower_case": False})
    settings: dict[str, Any] = {f"pooling_mode_{mode}": mode in _MODULE_MODES[pooling] for mode in _ALL_MODES}
    (folder / "1_Pooling").mkdir()
    write_json(folder / "1_Pooling" / "config.json", settings | {"word_embedding_dimension": columns})
    return True
