"""What every stage takes for texts, and what none does."""

import importlib.util
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np


class _LazyColumn:
    """A column that is read from elsewhere each time, as those of `datasets` are."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts

    def __len__(self) -> int:
        return len(self._texts)

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)


def _series(texts: Sequence[str]) -> Iterable[str]:
    import pandas

    series: Iterable[str] = pandas.Series(list(texts), index=range(100, 100 + len(texts)))
    return series


def _arrow_array(texts: Sequence[str]) -> Iterable[str]:
    import pyarrow

    array: Iterable[str] = pyarrow.array(list(texts))
    return array


def _arrow_chunks(texts: Sequence[str]) -> Iterable[str]:
    import pyarrow

    array: Iterable[str] = pyarrow.chunked_array([list(texts[:5]), list(texts[5:])])
    return array


SEQUENCES: dict[str, Callable[[Sequence[str]], Iterable[str]]] = {
    "list": list,
    "tuple": tuple,
    "object array": lambda texts: np.array(list(texts), dtype=object),
    "string array": lambda texts: np.array(list(texts)),
    "Series": _series,
    "Arrow array": _arrow_array,
    "Arrow chunked array": _arrow_chunks,
    "lazily read column": _LazyColumn,
    "iterator": iter,
    "generator": lambda texts: (text for text in texts),
}


def not_texts() -> dict[str, tuple[object, str]]:
    """Name -> what no stage may take for texts, and a pattern for the cause its message names."""
    refused: dict[str, tuple[object, str]] = {
        "one str": ("a text", r"\bstr"),
        "one bytes": (b"a text", r"bytes"),
        "None": (None, r"None"),
        "a number": (3, r"int|number"),
        "a dict": ({"text": "a text"}, r"dict"),
        "a two-dimensional array": (np.array([["a", "b"]], dtype=object), r"shape|dimension|2D|2-D"),
        "a list holding None": (["a text", None], r"None"),
        "a list of numbers": ([1, 2], r"int|number"),
        "an array of numbers": (np.array([1.5, 2.5]), r"float|number"),
        "a list of pairs": ([("a", "b"), ("c", "d")], r"tuple|pair"),
    }
    if importlib.util.find_spec("pandas") is not None:
        import pandas

        refused["a DataFrame"] = (pandas.DataFrame({"text": ["a text"]}), r"DataFrame|table|column")
    return refused
