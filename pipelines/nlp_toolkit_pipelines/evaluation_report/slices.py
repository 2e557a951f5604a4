"""Figures of some of the rows: by length, by language, by a column; and which of them really differ."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from nlp_toolkit.metrics.paired import holm
from nlp_toolkit.text.language import language
from nlp_toolkit_pipelines.evaluation_report.figures import OF_SLICES, figures_of
from nlp_toolkit_pipelines.evaluation_report.results import Slice, Slicing
from nlp_toolkit_pipelines.evaluation_report.scored import ScoredRows, as_text

MOST_GROUPS = 20
_NUMBERS_FROM = 11  # so many different numbers are ranges rather than names
_LANGUAGES = {"ko": "Korean", "en": "English", "other": "other"}
EMPTY = "(empty)"
_NO_VALUE = frozenset({"", "nan", "NaN"})  # what a column of numbers holds where a file has nothing


def slicings_of(rows: ScoredRows, columns: Mapping[str, Sequence[object]], *, seed: int = 0) -> tuple[Slicing, ...]:
    """The figures of every slice; `columns` have one value a row of `rows`. What is all one group is left out."""
    texts = [as_text(text) for text in rows.texts]
    groups: list[tuple[str, str, list[str], list[str]]] = []
    lengths = np.array([len(text) for text in texts])
    groups.append(("length", "Length in characters", *_ranges(lengths, lambda value: f"{value:,.0f}")))
    groups.append(("language", "Language, by the share of Hangul", *_named([_LANGUAGES[language(t)] for t in texts])))
    groups += [(f"column:{name}", f"Column {name}", *_of_column(values)) for name, values in columns.items()]
    found = [
        Slicing(by, title, tuple(_slice(rows, name, of, seed) for name in names))
        for by, title, names, of in groups
        if len(names) > 1
    ]
    return _adjusted(found)


def _slice(rows: ScoredRows, name: str, of: Sequence[str], seed: int) -> Slice:
    inside = np.array([each == name for each in of])
    chosen = rows.select(np.flatnonzero(inside).tolist())
    return Slice(name, len(chosen), figures_of(chosen, OF_SLICES[rows.task], seed=seed), _difference(rows, inside))


def _difference(rows: ScoredRows, inside: np.ndarray) -> float | None:
    """p-value of "these rows are no better and no worse than the others": Fisher's exact test, or Mann and Whitney's
    of the sizes of the errors."""
    from scipy.stats import fisher_exact, mannwhitneyu

    if inside.all() or not inside.any():
        return None
    if rows.numeric:
        sizes = np.abs(rows.gaps())
        return float(mannwhitneyu(sizes[inside], sizes[~inside]).pvalue) if np.ptp(sizes) else 1.0
    right = rows.right()
    counts = [[int((right & part).sum()), int((~right & part).sum())] for part in (inside, ~inside)]
    return float(fisher_exact(counts).pvalue)


def _adjusted(slicings: Sequence[Slicing]) -> tuple[Slicing, ...]:
    """With p-values that hold for all slices together: among many slices one always looks bad."""
    tested = [each.p for slicing in slicings for each in slicing.slices if each.p is not None]
    adjusted = iter(holm(tested))
    return tuple(
        replace(
            slicing,
            slices=tuple(each if each.p is None else replace(each, p=next(adjusted)) for each in slicing.slices),
        )
        for slicing in slicings
    )


def _of_column(values: Sequence[object]) -> tuple[list[str], list[str]]:
    """Names, or of many numbers their quarters; a cell without a value is in neither."""
    shown = [EMPTY if value is None or str(value).strip() in _NO_VALUE else str(value).strip() for value in values]
    given = [at for at, name in enumerate(shown) if name != EMPTY]
    numbers = _numbers([shown[at] for at in given])
    if numbers is None or len(np.unique(numbers)) < _NUMBERS_FROM:
        return _named(shown)
    names, of = _ranges(numbers, lambda value: f"{value:g}")
    for at, name in zip(given, of, strict=True):
        shown[at] = name
    return [*names, EMPTY] if len(given) < len(shown) else names, shown


def _numbers(values: Sequence[str]) -> np.ndarray | None:
    try:
        found = np.array([float(value) for value in values])
    except ValueError:
        return None
    return found if np.isfinite(found).all() else None


def _named(values: Sequence[str]) -> tuple[list[str], list[str]]:
    """Groups by name, the largest first; of very many the smallest are one group."""
    ordered = [name for name, _ in sorted(Counter(values).items(), key=lambda item: (-item[1], item[0]))]
    if len(ordered) <= MOST_GROUPS:
        return ordered, list(values)
    kept = ordered[: MOST_GROUPS - 1]
    rest = f"{len(ordered) - len(kept)} others"
    return [*kept, rest], [value if value in kept else rest for value in values]


def _ranges(values: np.ndarray, shown: Callable[[float], str]) -> tuple[list[str], list[str]]:
    """Quarters of the values, fewer where many are equal; a value on an edge is in the lower one."""
    edges = np.unique(np.quantile(values, [0.25, 0.5, 0.75], method="lower"))
    edges = edges[edges < values.max()]
    place = np.searchsorted(edges, values, side="left")
    names = []
    for at in range(len(edges) + 1):
        part = values[place == at]
        low, high = shown(float(part.min())), shown(float(part.max()))
        names.append(low if low == high else f"{low} to {high}")
    return names, [names[at] for at in place.tolist()]
