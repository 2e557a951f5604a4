"""How much a checkpoint's folder may ask for: sizes against its weights, its tokenizer against texts it would grow.

All of it is found out from JSON and from the headers of the weights, before any of it is allocated or run.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nlp_toolkit.artefact.files import arrays_header, read_json
from nlp_toolkit.errors import ArtefactError
from nlp_toolkit.extras import require

_MOST = 2**20  # positions, of an encoder whose positions are no weights
_MOST_PARTS = 1_024  # layers, heads, groups
_MOST_GROWTH = 1_000
# What safetensors knows beside the types of our own files; weights of such are refused later, by name.
_MORE_TYPES: Mapping[str, int] = {
    "BF16": 2, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1, "F8_E4M3FNUZ": 1, "F8_E5M2FNUZ": 1, "C64": 8,
}  # fmt: skip


def check_sizes(folder: Path) -> None:
    """Raise `ArtefactError` where config.json names a number that the weights' own shapes do not bear out."""
    shapes: list[list[int]] = []
    for path in sorted(folder.glob("model*.safetensors")):
        shapes += arrays_header(path, more_types=_MORE_TYPES).values()
    largest = max((size for shape in shapes for size in shape), default=0)
    path = folder / "config.json"
    for name, value in _numbers(read_json(path), ""):
        if name.endswith("num_labels"):
            most = min(largest, _MOST)
        elif _counts_parts(name):
            most = min(_MOST_PARTS, max(len(shapes), 128))
        else:
            most = max(largest, _MOST)
        if abs(value) > most:
            raise ArtefactError(
                f"{path}: {name} is {value:.6g}, and the largest size among the {len(shapes)} weights is {largest}; "
                "the checkpoint is damaged or hostile"
            )


def _numbers(value: Any, name: str) -> Iterator[tuple[str, int | float]]:
    """Every number of a configuration with its name; those of labels are numbers of classes."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _numbers(each, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list):
        for each in value:
            yield from _numbers(each, name)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield name, value


def _counts_parts(name: str) -> bool:
    last = name.rpartition(".")[2]
    return last.startswith(("num_", "n_")) or last.endswith(("_num", "layers", "heads", "groups"))


def check_tokenizer(folder: Path) -> None:
    """Raise `ArtefactError` for a tokenizer.json that cannot be read, or whose rules grow a text a thousandfold."""
    path = folder / "tokenizer.json"
    if not path.is_file():
        return
    rules = read_json(path)
    if not isinstance(rules, dict):
        raise ArtefactError(f"{path}: expected the rules of a tokenizer; the file is damaged")
    growth = _growth(rules.get("normalizer")) * _growth(rules.get("pre_tokenizer"))
    if growth > _MOST_GROWTH:
        raise ArtefactError(f"{path}: its rules can make a text {growth:,.0f} times as long; refused as hostile")
    tokenizers = require("tokenizers")
    with library_failures(path):
        tokenizer = tokenizers.Tokenizer.from_str(path.read_text(encoding="utf-8"))
        for text in ("", "a", "한 Ab 1, \U0001f600 é", "a" * 200):
            tokenizer.encode(text)
        tokenizer.encode("a", "b")


def _growth(rules: Any, depth: int = 0) -> float:
    """At most how many times as long as its text what these rules make of it is; a text counts as 1 character."""
    if depth > 32:
        return float("inf")
    if not isinstance(rules, dict):
        return 1.0
    growth = 1.0
    for key in ("normalizers", "pretokenizers"):
        for each in rules[key] if isinstance(rules.get(key), list) else []:
            growth *= _growth(each, depth + 1)
    content = next((rules[key] for key in ("content", "prepend") if isinstance(rules.get(key), str)), "")
    if rules.get("type") == "Replace":
        pattern = rules.get("pattern")
        length = len(pattern["String"]) if isinstance(pattern, dict) and isinstance(pattern.get("String"), str) else 0
        # What a regular expression matches may be empty: then its replacement stands between all characters.
        growth *= max(1.0, len(content) / length) if length else len(content) + 1.0
    elif rules.get("type") == "Prepend":
        growth *= len(content) + 1.0
    return growth


class library_failures:  # noqa: N801 - a context manager reads as a function
    """Whatever tokenizers' Rust code raises is about `path`: it knows no class of errors but Exception itself.

    A panic there comes as pyo3's PanicException, which is no Exception.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if kind is not None and (kind is Exception or kind.__module__ == "pyo3_runtime" or issubclass(kind, _OURS)):
            said = " ".join(str(error).split())
            raise ArtefactError(f"{self._path}: tokenizers cannot use it ({said:.200}); the file is damaged") from error


_OURS = (ValueError, TypeError, LookupError, OverflowError)
