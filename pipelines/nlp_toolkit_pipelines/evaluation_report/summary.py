"""The evaluation in sentences: what to know before looking at any table."""

from collections.abc import Mapping

import numpy as np

from nlp_toolkit.metrics.calibration import Calibration
from nlp_toolkit_pipelines.evaluation_report.figures import OF_SLICES
from nlp_toolkit_pipelines.evaluation_report.results import Figure, Leakage, Slicing, WithoutLeaks
from nlp_toolkit_pipelines.evaluation_report.scored import ScoredRows
from nlp_toolkit_pipelines.report.metric_words import capital, metric_name
from nlp_toolkit_pipelines.report.numbers import count, interval, score

ALPHA = 0.05


def summary_of(
    rows: ScoredRows,
    figures: Mapping[str, Figure],
    baseline: Mapping[str, Figure],
    calibration: Calibration | None,
    slicings: tuple[Slicing, ...],
    leakage: Leakage,
) -> tuple[str, ...]:
    """Sentences: the headline first, then leaks, probabilities, slices that differ, and who is taken for whom."""
    main = OF_SLICES[rows.task][0]
    always = baseline[main]
    what = "the median of these rows" if rows.numeric else "the most frequent answer"
    said = [
        f"{capital(metric_name(main))} {figure_words(figures[main])} on {_rows(len(rows))}; "
        f"always saying {what} scores {score(always.value)}."
    ]
    said += _leaks(leakage, main, len(rows))
    if calibration is not None:
        said.append(_calibrated(calibration, rows))
    said += _slices(slicings, main)
    confused = _confused(rows)
    return (*said, confused) if confused else tuple(said)


def figure_words(figure: Figure) -> str:
    """A figure with its interval.

    >>> figure_words(Figure(0.9, 0.85, 0.95))
    '0.900 [0.850, 0.950]'
    """
    return f"{score(figure.value)} {interval(figure.low, figure.high)}".strip()


def _rows(n: int) -> str:
    return f"{count(n)} row{'' if n == 1 else 's'}"


def _are(n: int) -> str:
    return "is" if n == 1 else "are"


def _leaks(leakage: Leakage, main: str, n: int) -> list[str]:
    said = []
    if leakage.exact:
        rest = _without(leakage.without_exact, main, "them")
        said.append(
            f"{count(leakage.exact)} of {count(n)} texts {_are(leakage.exact)} in the training part too; {rest}."
        )
    if leakage.near:
        rest = _without(leakage.without_near, main, "any of these")
        more = " more" if leakage.exact else ""
        text = "text" if leakage.near == 1 else "texts"
        said.append(f"{count(leakage.near)}{more} {text} {_are(leakage.near)} nearly equal to a training text; {rest}.")
    return said


def _without(left: WithoutLeaks | None, main: str, what: str) -> str:
    if left is None or left.figures is None:
        return "no other row is left"
    return f"without {what} {metric_name(main)} is {figure_words(left.figures[main])} on {_rows(left.n)}"


def _calibrated(calibration: Calibration, rows: ScoredRows) -> str:
    bins = [each for each in calibration.bins if each.n]
    gap = sum(each.n * ((each.probability or 0) - (each.share or 0)) for each in bins) / calibration.n
    words = (
        f"Probabilities are off by {score(calibration.ece)} {interval(calibration.ece_low, calibration.ece_high)} on "
        f"average (expected calibration error); chance alone would show {score(calibration.ece_by_chance)} "
        f"{interval(calibration.ece_by_chance_low, calibration.ece_by_chance_high)}"
    )
    if calibration.ece <= calibration.ece_by_chance_high or rows.task == "multilabel":
        return f"{words}."
    return f"{words}. The model is {'too sure' if gap > 0 else 'not sure enough'} of what it says."


def _slices(slicings: tuple[Slicing, ...], main: str) -> list[str]:
    found = [
        (slicing, each) for slicing in slicings for each in slicing.slices if each.p is not None and each.p <= ALPHA
    ]
    said = [
        f"{slicing.title} {each.name}: {metric_name(main)} {figure_words(each.figures[main])} on {_rows(each.n)}, "
        "different from the other rows."
        for slicing, each in sorted(found, key=lambda pair: pair[1].p or 0.0)[:4]
    ]
    if slicings and not found:
        said.append("No slice of the rows is shown to differ from the others.")
    return said


def _confused(rows: ScoredRows) -> str | None:
    """The most frequent confusion, where a third or more of the errors are of one kind among several classes."""
    if rows.numeric or rows.task == "multilabel" or len(rows.labels) < 3:
        return None
    true, guess = rows.codes()
    wrong = np.flatnonzero(true != guess)
    if not len(wrong):
        return None
    kinds, counts = np.unique(true[wrong] * len(rows.labels) + guess[wrong], return_counts=True)
    one, other = divmod(int(kinds[counts.argmax()]), len(rows.labels))
    if counts.max() * 3 < len(wrong) or counts.max() < 3:
        return None
    return f"{count(int(counts.max()))} of {count(len(wrong))} errors take {rows.labels[one]} for {rows.labels[other]}."
