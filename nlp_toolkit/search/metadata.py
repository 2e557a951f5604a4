"""Typed metadata: what a value of each type may be, how types are told from values, and rows as columns."""

import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias, get_args

import numpy as np

from nlp_toolkit.corpus.columns import MetadataType
from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit.series import name_rows, plain_list

Value: TypeAlias = str | int | float | bool | None
MetadataTypes: TypeAlias = Mapping[str, MetadataType]

KNOWN_TYPES: tuple[MetadataType, ...] = get_args(MetadataType)
MAX_INTEGER = 2**63 - 1  # what SQLite holds


def as_columns(
    metadata: Mapping[str, Sequence[object]] | Sequence[Mapping[str, object]] | None, n_texts: int
) -> dict[str, list[object]]:
    """Metadata by column, one entry a text, from columns or from one mapping a text (absent keys become None).

    >>> as_columns([{"year": 2020}, {"year": 2021, "label": "news"}], 2)
    {'year': [2020, 2021], 'label': [None, 'news']}
    """
    if metadata is None:
        return {}
    if isinstance(metadata, Mapping):
        columns = {str(name): plain_list(values, "metadata") for name, values in metadata.items()}
    else:
        rows = plain_list(metadata, "metadata")
        wrong = next((row for row in rows if not isinstance(row, Mapping)), None)
        if wrong is not None:
            raise DataError(f"expected metadata as columns or as one dict a text, got {type(wrong).__name__}")
        if len(rows) != n_texts:
            raise DataError(f"{len(rows)} rows of metadata for {n_texts} texts; give one each")
        names = dict.fromkeys(name for row in rows for name in row)
        columns = {str(name): plain_list([row.get(name) for row in rows]) for name in names}
    for name, values in columns.items():
        if len(values) != n_texts:
            raise DataError(f"metadata {name!r} has {len(values)} values for {n_texts} texts; give one each")
    return columns


def type_of(name: str, values: Sequence[object]) -> MetadataType:
    """The narrowest of bool, int, float and str that fits all values which are not None; str where all are.

    >>> type_of("year", [2020, None, 2021.5])
    'float'
    """
    kinds = {_plain_type(value) for value in values if value is not None}
    if len(kinds) <= 1:
        return next(iter(kinds), "str")
    if kinds == {"int", "float"}:
        return "float"
    raise DataError(f"metadata {name!r} mixes {' and '.join(sorted(kinds))}; give it one type")


def checked(name: str, kind: MetadataType, values: Sequence[object]) -> list[Value]:
    """The values as `kind`; one that is not raises `DataError` with its row."""
    if kind not in KNOWN_TYPES:
        raise UsageError(f"unknown metadata type {kind!r} of {name!r}; known types: {', '.join(KNOWN_TYPES)}")
    return [None if value is None else _checked(name, kind, value, row) for row, value in enumerate(values)]


def _checked(name: str, kind: MetadataType, value: object, row: int) -> Value:
    plain = value.item() if isinstance(value, np.generic) else value
    if kind == "float" and isinstance(plain, int) and not isinstance(plain, bool):
        plain = float(plain) if abs(plain) < 2**1023 else math.inf
    if _plain_type(plain) != kind:
        raise DataError(
            f"metadata {name!r} is {kind}, {name_rows([row])} has {value!r:.80}; convert it or leave it None"
        )
    if isinstance(plain, float) and not math.isfinite(plain):
        raise DataError(f"metadata {name!r} is {value!r:.80} in {name_rows([row])}; use None for what is missing")
    if isinstance(plain, int) and abs(plain) > MAX_INTEGER:
        raise DataError(
            f"metadata {name!r} is {value!r:.80} in {name_rows([row])}, more than 64 bits hold; store it as str"
        )
    if isinstance(plain, str) and not _is_encodable(plain):
        raise DataError(f"metadata {name!r} holds a lone surrogate in {name_rows([row])}; clean it first")
    return plain  # type: ignore[return-value]  # one of the four types: _plain_type said so


def _plain_type(value: object) -> MetadataType:
    plain = value.item() if isinstance(value, np.generic) else value
    for kind, types in (("bool", bool), ("int", int), ("float", float), ("str", str)):
        if isinstance(plain, types):
            return kind  # type: ignore[return-value]
    raise DataError(f"expected metadata of type {', '.join(KNOWN_TYPES)} or None, got {type(value).__name__}")


def _is_encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
