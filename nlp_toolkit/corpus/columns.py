"""Which columns of a file become texts, labels and the rest: as asked, or guessed from their names."""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit.text.normalize import normalize

logger = logging.getLogger("nlp_toolkit")

_N_LISTED = 30
_REMEDIES = {
    "\t": "pass format='tsv'",
    ",": "pass format='csv'",
    ";": "save it with commas",
    "|": "save it with commas",
}

MetadataType = Literal["str", "int", "float", "bool"]

# The first name of each tuple wins where several are there; otherwise exactly one must match.
_TEXT_NAMES = (
    *("text", "texts", "document", "doc", "review", "sentence", "comment", "comments", "content", "body", "message"),
    *("utterance", "내용", "문장", "텍스트", "본문", "리뷰", "댓글", "문서", "발화", "원문"),
)
_LABEL_NAMES = (
    *("label", "labels", "target", "category", "class", "sentiment", "intent", "topic", "score", "rating"),
    *("라벨", "레이블", "감정", "감성", "정답", "분류", "범주", "카테고리", "점수", "평점"),
)


@dataclass(frozen=True)
class Columns:
    """The columns to take, by name. Empty `text` means: guess it; `guess_labels` does so for labels.

    Several `text` columns are joined with a space; with `pair`, the text column is the first text
    and `pair` the second. With `optional_labels` a file without the label column is one without labels.
    """

    text: tuple[str, ...] = ()
    pair: str | None = None
    labels: tuple[str, ...] = ()
    label_separator: str | None = None
    id: str | None = None
    weight: str | None = None
    group: str | None = None
    metadata: tuple[tuple[str, MetadataType], ...] = ()
    guess_labels: bool = False
    optional_labels: bool = False

    def __post_init__(self) -> None:
        if self.label_separator == "":
            raise UsageError("label_separator is empty; expected the text between two labels, such as ';'")

    @property
    def named(self) -> list[str]:
        """Every column named, once, in a fixed order."""
        single = [name for name in (self.pair, self.id, self.weight, self.group) if name is not None]
        return list(dict.fromkeys([*self.text, *self.labels, *single, *(name for name, _ in self.metadata)]))


def names_of(given: str | Sequence[str] | None) -> tuple[str, ...]:
    """One name, several names or None, as a tuple."""
    if given is None:
        return ()
    return (given,) if isinstance(given, str) else tuple(given)


def metadata_types(given: str | Sequence[str]) -> tuple[tuple[str, MetadataType], ...]:
    """Read `name` (a string column) or `name:type` for each metadata column.

    >>> metadata_types(["year:int", "author"])
    (('year', 'int'), ('author', 'str'))
    """
    known: dict[str, MetadataType] = {name: name for name in get_args(MetadataType)}
    pairs = []
    for entry in names_of(given):
        name, colon, kind = entry.rpartition(":")
        if not colon:
            pairs.append((entry, known["str"]))
        elif kind in known:
            pairs.append((name, known[kind]))
        else:
            raise UsageError(f"unknown metadata type {kind!r} in {entry!r}; known types: {', '.join(known)}")
    return tuple(pairs)


def listed(names: Iterable[str]) -> str:
    """Names for a message, which stays short whatever the file holds.

    >>> listed(["text", "label"])
    "'text', 'label'"
    """
    shown = [repr(name if len(name) <= 60 else name[:57] + "...") for name in names]
    more = f" and {len(shown) - _N_LISTED} more" if len(shown) > _N_LISTED else ""
    return (", ".join(shown[:_N_LISTED]) or "none") + more


def choose(asked: Columns, names: Sequence[str], source: str) -> Columns:
    """Settle `asked` against the columns there are.

    A name that is not there raises `DataError` with the ones that are; a text or label column that
    cannot be guessed raises `UsageError` with them, unless labels are optional. What was guessed, and that
    optional labels are not there, is told (logging, INFO).
    """
    doubled = sorted(name for name, count in Counter(names).items() if name and count > 1)
    if doubled:
        raise DataError(f"{source}: column names occur twice: {listed(doubled)}; rename them")
    asked = _as_spelled(asked, names)
    if asked.optional_labels and any(name not in names for name in asked.labels):
        _tell_none(source, f"its columns: {listed(names)}")
        asked = replace(asked, labels=(), guess_labels=False)
    missing = [name for name in asked.named if name not in names]
    if missing:
        raise DataError(f"{source}: no column {missing[0]!r}; its columns: {listed(names)}")
    settled = asked
    if not settled.text:
        free = _free(names, asked)
        settled = replace(settled, text=(_guess("text", _TEXT_NAMES, free, source, "text_column"),))
        if len(names) > 1:
            logger.info("%s: took column %r as the text", source, settled.text[0])
    if settled.guess_labels and not settled.labels:
        settled = replace(settled, labels=_guess_labels(_free(names, settled), source, optional=asked.optional_labels))
    return settled


def _guess_labels(free: Sequence[str], source: str, *, optional: bool) -> tuple[str, ...]:
    try:
        name = _guess("label", _LABEL_NAMES, free, source, "label_column")
    except UsageError as error:
        if not optional:
            raise
        if free:
            _tell_none(source, str(error).removeprefix(f"{source}: "))
        return ()
    logger.info("%s: took column %r as the label", source, name)
    return (name,)


def _tell_none(source: str, why: str) -> None:
    logger.info("%s: read without labels: %s", source, why)


def _free(names: Sequence[str], taken: Columns) -> list[str]:
    """The names that have no part yet; metadata is none, any column may be kept as that too."""
    parts = replace(taken, metadata=()).named
    return [name for name in names if name and name not in parts]


def _as_spelled(asked: Columns, names: Sequence[str]) -> Columns:
    """The names as the file spells them: Hangul composed or decomposed is one name to whoever typed it."""
    spelled = {normalize(name, "NFC"): name for name in names}

    def found(name: str) -> str:
        return name if name in names else spelled.get(normalize(name, "NFC"), name)

    def found_or_none(name: str | None) -> str | None:
        return None if name is None else found(name)

    return replace(
        asked,
        text=tuple(map(found, asked.text)),
        pair=found_or_none(asked.pair),
        labels=tuple(map(found, asked.labels)),
        id=found_or_none(asked.id),
        weight=found_or_none(asked.weight),
        group=found_or_none(asked.group),
        metadata=tuple((found(name), kind) for name, kind in asked.metadata),
    )


def _check_is_one_column(name: str, source: str, option: str) -> None:
    """Refuse to take whole lines for texts where the only column's name looks like several."""
    separator = next((sign for sign in _REMEDIES if sign in name), None)
    if separator is not None:
        raise UsageError(
            f"{source}: its one column is called {listed([name])}; if {separator!r} separates columns, "
            f"{_REMEDIES[separator]}; else pass {option}"
        )


def _guess(what: str, known: tuple[str, ...], names: Sequence[str], source: str, option: str) -> str:
    folded = {normalize(name.strip().casefold(), "NFC"): name for name in names}
    if known[0] in folded:
        return folded[known[0]]
    hits = [folded[name] for name in known if name in folded]
    if len(hits) == 1:
        return hits[0]
    if not names:
        raise UsageError(f"{source}: no column is left that could be the {what}; expected a file with more columns")
    if what == "text" and len(names) == 1:
        _check_is_one_column(names[0], source, option)
        return names[0]
    why = f"{' and '.join(map(repr, hits))} could all be it" if hits else "no column has a usual name"
    raise UsageError(f"{source}: cannot tell the {what} column ({why}); pass {option}, one of: {listed(names)}")
