"""The corpus: texts (or pairs of texts) with whatever columns came along, in file order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit.protocols import TextPair
from nlp_toolkit.series import name_rows, optional_list, plain_list, plain_numbers


@dataclass(frozen=True)
class Cleaning:
    """What reading had to change or leave out.

    `control_characters` and `lone_surrogates` count characters replaced, `missing_texts` texts that
    were null and read as empty, `blank_lines` lines that held no row, `skipped_rows` bad rows left
    out. `encoding` is the codec used (None for formats that carry their own).
    """

    encoding: str | None = None
    control_characters: int = 0
    lone_surrogates: int = 0
    missing_texts: int = 0
    blank_lines: int = 0
    skipped_rows: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Corpus:
    """Texts with their labels, ids, weights, groups and metadata; every column has one entry a row.

    `texts` holds one string a row; for pair tasks `pairs` holds the two texts of each row and
    `texts` is empty. Labels are strings as read (lists of strings when multi-label). A column may be a list, an
    array, a Series (its index is not looked at), an Arrow or polars column; it is kept as a list, by position, and
    what is missing in it (NaN, `pd.NA`, null) is None there, NaN among the weights. Columns of unequal length, and
    ids that occur twice or are missing, raise `DataError`.

    >>> corpus = Corpus(texts=["good", "bad", "fine"], labels=["1", "0", "1"])
    >>> corpus.select([2, 0]).texts
    ['fine', 'good']
    """

    texts: Sequence[str] = ()
    pairs: Sequence[TextPair] | None = None
    labels: Sequence[str] | Sequence[Sequence[str]] | None = None
    ids: Sequence[str] | None = None
    weights: np.ndarray | None = None
    groups: Sequence[str] | None = None
    metadata: Mapping[str, Sequence[object]] = field(default_factory=dict)
    cleaning: Cleaning = field(default_factory=Cleaning)

    def __post_init__(self) -> None:
        if isinstance(self.texts, str):
            raise UsageError("expected a sequence of texts, got one str; wrap it in a list: [text]")
        columns = ("pairs", "labels", "ids", "groups", *(("texts",) if self.pairs is None else ()))
        for name in columns:
            object.__setattr__(self, name, optional_list(getattr(self, name), name))
        metadata = {name: plain_list(values, f"metadata {name!r}") for name, values in self.metadata.items()}
        object.__setattr__(self, "metadata", metadata)
        if self.pairs is not None and len(self.texts):
            raise UsageError("a corpus holds texts or pairs, got both; give one of them")
        if self.weights is not None:
            object.__setattr__(self, "weights", plain_numbers(self.weights, "weights"))
        _check_lengths(self)
        _check_ids(self.ids)

    @property
    def rows(self) -> Sequence[str] | Sequence[TextPair]:
        """What a stage is given: the pairs of a pair corpus, else the texts."""
        return self.texts if self.pairs is None else self.pairs

    def __len__(self) -> int:
        return len(self.rows)

    def select(self, rows: Iterable[int]) -> "Corpus":
        """A corpus of the given rows (counted from 0), in the given order, with all their columns."""
        chosen = [int(row) for row in plain_list(rows, "rows")]
        return Corpus(
            texts=[self.texts[row] for row in chosen] if self.pairs is None else (),
            pairs=None if self.pairs is None else [self.pairs[row] for row in chosen],
            labels=None if self.labels is None else [self.labels[row] for row in chosen],
            ids=None if self.ids is None else [self.ids[row] for row in chosen],
            weights=None if self.weights is None else self.weights[chosen],
            groups=None if self.groups is None else [self.groups[row] for row in chosen],
            metadata={name: [values[row] for row in chosen] for name, values in self.metadata.items()},
            cleaning=self.cleaning,
        )


def concatenate(corpora: Sequence[Corpus]) -> Corpus:
    """One corpus of all rows, in order; the corpora must have the same columns (`DataError`)."""
    if not corpora:
        return Corpus()
    if len(corpora) == 1:
        return corpora[0]
    shapes = {_columns(corpus) for corpus in corpora}
    if len(shapes) > 1:
        found = " and ".join(", ".join(shape) for shape in sorted(shapes))
        raise DataError(f"corpora with different columns cannot be joined: {found}; read them with the same columns")
    first = corpora[0]
    return Corpus(
        texts=[text for corpus in corpora for text in corpus.texts],
        pairs=None if first.pairs is None else list(chain.from_iterable(corpus.pairs or () for corpus in corpora)),
        labels=None if first.labels is None else [label for corpus in corpora for label in corpus.labels or ()],
        ids=None if first.ids is None else list(chain.from_iterable(corpus.ids or () for corpus in corpora)),
        weights=None
        if first.weights is None
        else np.concatenate([corpus.weights for corpus in corpora if corpus.weights is not None]),
        groups=None if first.groups is None else list(chain.from_iterable(corpus.groups or () for corpus in corpora)),
        metadata={
            name: list(chain.from_iterable(corpus.metadata[name] for corpus in corpora)) for name in first.metadata
        },
        cleaning=_sum_of([corpus.cleaning for corpus in corpora]),
    )


def _columns(corpus: Corpus) -> tuple[str, ...]:
    optional = ("labels", "ids", "weights", "groups")
    present = [name for name in optional if getattr(corpus, name) is not None]
    return ("texts" if corpus.pairs is None else "pairs", *present, *corpus.metadata)


def _sum_of(cleanings: Sequence[Cleaning]) -> Cleaning:
    encodings = list(dict.fromkeys(cleaning.encoding for cleaning in cleanings if cleaning.encoding))
    return Cleaning(
        encoding=", ".join(encodings) or None,
        control_characters=sum(cleaning.control_characters for cleaning in cleanings),
        lone_surrogates=sum(cleaning.lone_surrogates for cleaning in cleanings),
        missing_texts=sum(cleaning.missing_texts for cleaning in cleanings),
        blank_lines=sum(cleaning.blank_lines for cleaning in cleanings),
        skipped_rows=sum(cleaning.skipped_rows for cleaning in cleanings),
        notes=tuple(dict.fromkeys(note for cleaning in cleanings for note in cleaning.notes)),
    )


def _check_lengths(corpus: Corpus) -> None:
    n_rows = len(corpus.rows)
    columns: dict[str, Sequence[object] | np.ndarray | None] = {
        "labels": corpus.labels,
        "ids": corpus.ids,
        "weights": corpus.weights,
        "groups": corpus.groups,
        **{f"metadata[{name!r}]": values for name, values in corpus.metadata.items()},
    }
    for name, values in columns.items():
        if values is not None and len(values) != n_rows:
            what = "texts" if corpus.pairs is None else "pairs"
            raise DataError(f"{name} has {len(values)} entries for {n_rows} {what}; every column needs one entry a row")


def _check_ids(ids: Sequence[str] | None) -> None:
    if ids is None:
        return
    missing = [row for row, name in enumerate(ids) if name is None]
    if missing:
        raise DataError(f"no id in {name_rows(missing)}; fill them in or leave out the ids")
    if len(set(ids)) == len(ids):
        return
    first: dict[str, int] = {}
    for row, name in enumerate(ids):
        if name in first:
            raise DataError(f"id {name!r:.80} is in {name_rows([first[name], row])}; ids must be unique")
        first[name] = row
