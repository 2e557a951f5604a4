"""Learning curves from finished cells, and in words where they cross."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, log

import numpy as np

from nlp_toolkit.metrics.intervals import corrected_interval, two_source_interval
from nlp_toolkit.metrics.resampling import resampled_scores
from nlp_toolkit_pipelines.comparison.cells import Cell
from nlp_toolkit_pipelines.comparison.results import CurvePoint, LearningCurve, LearningCurves
from nlp_toolkit_pipelines.comparison.rows import ComparedRows
from nlp_toolkit_pipelines.comparison.scoring import direction, terms_of, value_of, within_limits

# Enough for the spread of a score: the ends of an interval, which take more, are not read off these.
_RESAMPLES = 500


@dataclass(frozen=True)
class Drawn:
    """A recipe's cells at one size, one a resampled training set; `resamples` says which, `tests` on which rows."""

    size: int
    cells: Sequence[Cell]
    resamples: Sequence[int]
    tests: Sequence[np.ndarray]


@dataclass(frozen=True)
class _Measured:
    """Scores by resample, and their mean on resampled test rows where all were tested on the same ones."""

    scores: Mapping[int, float]
    resampled: np.ndarray | None


def learning_curves(
    drawn: Mapping[str, Sequence[Drawn]],
    rows: ComparedRows,
    metric: str,
    *,
    test_to_train: float,
    step: float,
    seed: int,
) -> LearningCurves:
    """Curves with 95 % intervals, and sentences on which recipe leads from which size on.

    Over folds an interval is Nadeau and Bengio's with the overlap of whole training parts, at every size: small
    training sets overlap less, so there it is rather too wide than too narrow. On one test file it joins what the
    drawn training sets change and what the drawn test rows do.
    """
    measured = {
        name: {each.size: _measure(each, rows, metric, seed) for each in of_recipe} for name, of_recipe in drawn.items()
    }
    curves = []
    for name, of_recipe in drawn.items():
        points = []
        for each in of_recipe:
            found = measured[name][each.size]
            scores = list(found.scores.values())
            low, high = within_limits(_interval(scores, found.resampled, test_to_train, step), metric)
            train = [value for cell in each.cells if (value := cell.train_metrics[metric]) is not None]
            points.append(
                CurvePoint(
                    size=each.size,
                    score=float(np.mean(scores)),
                    low=low,
                    high=high,
                    train_score=float(np.mean(train)) if train else None,
                    spread=float(np.std(scores, ddof=1)) if len(scores) > 1 else 0.0,
                    seeds=tuple(scores),
                )
            )
        curves.append(LearningCurve(name, tuple(points)))
    sizes = sorted({point.size for curve in curves for point in curve.points})
    crossings = _crossings(curves, measured, sizes, metric, test_to_train, step)
    return LearningCurves(tuple(sizes), tuple(curves), tuple(crossings))


def _measure(drawn: Drawn, rows: ComparedRows, metric: str, seed: int) -> _Measured:
    scores = [value_of(cell, metric) for cell in drawn.cells]
    by_resample = dict(zip(drawn.resamples, scores, strict=True))
    if not rows.has_test:
        return _Measured(by_resample, None)
    terms = [terms_of(rows, cell, test, metric) for cell, test in zip(drawn.cells, drawn.tests, strict=True)]
    return _Measured(by_resample, resampled_scores(terms, seed=seed, resamples=_RESAMPLES).mean(axis=0))


def _interval(
    scores: Sequence[float], resampled: np.ndarray | None, test_to_train: float, step: float
) -> tuple[float, float]:
    if resampled is None:
        return corrected_interval(scores, test_to_train, step=step)
    return two_source_interval(scores, resampled)


def _crossings(
    curves: Sequence[LearningCurve],
    measured: Mapping[str, Mapping[int, _Measured]],
    sizes: Sequence[int],
    metric: str,
    test_to_train: float,
    step: float,
) -> list[str]:
    sign = direction(metric)
    ranked = {}
    for size in sizes:
        scores = {curve.name: point.score for curve in curves for point in curve.points if point.size == size}
        ranked[size] = sorted(scores, key=lambda name: (-sign * scores[name], name))
    sizes = [size for size in sizes if len(ranked[size]) > 1]
    if len(sizes) < 2:
        return []
    leaders = [ranked[size][0] for size in sizes]
    pairs = successions(leaders)
    sentences = []
    if not pairs:
        sentences.append(f"{leaders[0]} is ahead at every size")
        pairs = list(dict.fromkeys((leaders[0], ranked[size][1]) for size in (sizes[0], sizes[-1])))
    for one, other in pairs:
        found = []
        for size in sizes:
            differences = _difference(measured[one].get(size), measured[other].get(size), sign, test_to_train, step)
            if differences is not None:
                found.append((size, *differences))
        sentences.append(lead_in_words(one, other, found))
    return sentences


def successions(leaders: Sequence[str]) -> list[tuple[str, str]]:
    """Between whom the lead passes from size to size; two who change places and back are one pair.

    >>> successions(["a", "b", "a", "a", "c"])
    [('a', 'b'), ('a', 'c')]
    """
    found: list[tuple[str, str]] = []
    for one, other in pairwise(leaders):
        if one != other and (one, other) not in found and (other, one) not in found:
            found.append((one, other))
    return found


def _difference(
    one: _Measured | None, other: _Measured | None, sign: int, test_to_train: float, step: float
) -> tuple[float, float] | None:
    """95 % interval of the gain of one over the other on the same training sets, None where they share none."""
    if one is None or other is None:
        return None
    gains = [
        sign * (score - other.scores[resample]) for resample, score in one.scores.items() if resample in other.scores
    ]
    if not gains:
        return None
    resampled = None
    if one.resampled is not None and other.resampled is not None:
        resampled = sign * (one.resampled - other.resampled)
    low, high = _interval(gains, resampled, test_to_train, step)
    return None if np.isnan(low) else (low, high)


def lead_in_words(one: str, other: str, found: Sequence[tuple[int, float, float]]) -> str:
    """Where `one` leads and where `other` does, from (size, low, high) of the gain of the first over the second.

    A lead is shown where the interval leaves out 0; between two sizes its end is read off a straight line over the
    logarithm of the size.

    >>> lead_in_words("tfidf", "bert", [(100, 0.1, 0.3), (1000, -0.1, 0.1), (10_000, -0.3, -0.1)])
    'below about 320 labels tfidf leads; from about 3,200 on bert leads; between, no difference shown'
    """
    if not found:
        return f"{one} and {other} share no size"
    signs = [1 if low > 0 else -1 if high < 0 else 0 for _, low, high in found]
    runs: list[tuple[int, int, int]] = []  # (sign, first position, last position)
    for place, sign in enumerate(signs):
        if runs and runs[-1][0] == sign:
            runs[-1] = (sign, runs[-1][1], place)
        else:
            runs.append((sign, place, place))
    names = {1: one, -1: other}
    if len(runs) == 1:
        sign = runs[0][0]
        if sign == 0:
            return f"between {one} and {other} no difference shown at any size"
        return f"{names[sign]} leads {names[-sign]} at every size"
    phrases = []
    for sign, first, last in runs:
        if sign == 0:
            continue
        start = None if first == 0 else _zero(found, first - 1, sign)
        stop = None if last == len(found) - 1 else _zero(found, last, sign)
        phrases.append(f"{_range(start, stop)} {names[sign]} leads")
    silent = (
        "between, no difference shown"
        if signs[0] and signs[-1]
        else f"elsewhere, no difference to {_other(names, signs)} shown"
    )
    return "; ".join([*phrases, silent])


def _other(names: Mapping[int, str], signs: Sequence[int]) -> str:
    """Whom a single leader leads; with two leaders, each the other."""
    leading = {sign for sign in signs if sign}
    return names[-leading.pop()] if len(leading) == 1 else "each other"


def _range(start: float | None, stop: float | None) -> str:
    if start is None:
        return f"below about {_about(stop or 0)} labels"
    if stop is None:
        return f"from about {_about(start)} on"
    return f"between about {_about(start)} and {_about(stop)}"


def _zero(found: Sequence[tuple[int, float, float]], place: int, sign: int) -> float:
    """Where the end of the interval that is nearer to 0 crosses it between the sizes at `place` and the next."""
    end = 1 if sign > 0 else 2
    (size, *_), (following, *_) = found[place], found[place + 1]
    before, after = found[place][end], found[place + 1][end]
    share = before / (before - after) if before != after else 0.5
    return exp(log(size) + share * (log(following) - log(size)))


def _about(size: float) -> str:
    """Two digits are as fine as this is known."""
    return f"{int(float(f'{size:.1e}')):,}"
