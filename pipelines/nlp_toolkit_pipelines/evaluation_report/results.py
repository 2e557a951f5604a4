"""What an evaluation in depth found out, frozen, and as the object of report.json."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nlp_toolkit.metrics.calibration import Calibration
from nlp_toolkit.metrics.distribution import LabelDistributions
from nlp_toolkit.metrics.drift import Drift
from nlp_toolkit_pipelines.results import EvaluationResult


@dataclass(frozen=True)
class Figure:
    """A figure with its 95 % interval; all three are None where it does not exist, as a correlation with a constant."""

    value: float | None
    low: float | None = None
    high: float | None = None


Figures = Mapping[str, Figure]


@dataclass(frozen=True)
class ClassFigures:
    """Figures of one class: `support` rows are of it, `predicted` rows were called so."""

    label: str
    support: int
    predicted: int
    precision: Figure
    recall: Figure
    f1: Figure


@dataclass(frozen=True)
class ConfusionShares:
    """Of each true class (row) the share called each class (column), with Wilson's ends; in the order of the counts.

    All three are None throughout the row of a class that does not occur.
    """

    shares: tuple[tuple[float | None, ...], ...]
    shares_low: tuple[tuple[float | None, ...], ...]
    shares_high: tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True)
class Slice:
    """Some of the rows, with their figures.

    `p` is the probability of a difference this large between these rows and all others if there is none, adjusted for
    the number of slices of the report (Holm); None where there is nothing to compare with.
    """

    name: str
    n: int
    figures: Figures
    p: float | None


@dataclass(frozen=True)
class Slicing:
    """The rows in groups: by length, by language, or by a column."""

    by: str
    title: str
    slices: tuple[Slice, ...]


@dataclass(frozen=True)
class NearText:
    """A training text beside a row: its cosine with it, its row from 0, and its label where the file has labels."""

    row: int
    score: float
    text: str
    label: str | None


@dataclass(frozen=True)
class WrongRow:
    """A row the model has wrong, or of numbers one it is far from, with the training texts nearest to it.

    `confidence` is the probability of what was predicted (of several labels that of the surest wrong decision), None
    where the model has no probabilities; `error` is prediction - truth for numbers.
    """

    row: int
    id: str | None
    text: str
    label: str | float
    predicted: str | float
    confidence: float | None
    error: float | None
    nearest: tuple[NearText, ...]


@dataclass(frozen=True)
class Errors:
    """The worst rows, worst first, of `total` wrong ones; `by` says what worst means, `stage` where nearest is told."""

    total: int
    by: str
    rows: tuple[WrongRow, ...]
    stage: str | None


@dataclass(frozen=True)
class WithoutLeaks:
    """The figures over the rows that are left, None where none is."""

    n: int
    figures: Figures | None


@dataclass(frozen=True)
class NearPair:
    """A tested text and a training text that are almost the same."""

    row: int
    training_row: int
    score: float
    text: str
    training_text: str


@dataclass(frozen=True)
class Leakage:
    """How many tested rows are in the training part, and what is left without them.

    `exact` counts rows whose text is in training; `near` further rows whose text is nearly in it (a cosine of
    `threshold` or more between logarithms of trigram counts), None without the training file. `exact` is None where the
    model does not know its training texts. Both have their share of the rows with Wilson's ends. `repeated` counts
    tested rows whose text is in an earlier tested row too; it has no interval, as it says something of this file alone:
    a larger one of the same source repeats itself more.
    """

    exact: int | None
    exact_share: Figure
    near: int | None
    near_share: Figure
    repeated: int
    threshold: float
    without_exact: WithoutLeaks | None
    without_near: WithoutLeaks | None
    pairs: tuple[NearPair, ...]


@dataclass(frozen=True)
class Distributions:
    """Labels observed and predicted; `intervals` has the ends of each share and of the figures between the two.

    An end is None where it is infinite, as a cross-entropy with a label that is never predicted.
    """

    labels: LabelDistributions
    intervals: Mapping[str, Any]


@dataclass(frozen=True)
class Residuals:
    """Errors of predicted numbers (prediction - truth): mean and standard deviation, and up to 2,000 rows to draw."""

    mean: Figure
    spread: Figure
    predicted: tuple[float, ...]
    errors: tuple[float, ...]


@dataclass(frozen=True)
class EvaluationReport:
    """One model on one labelled corpus, in depth; parts that do not apply are None or empty.

    `evaluation` is what `evaluate` returns. `figures` are its headline metrics with intervals, `baseline` the same of
    always saying the most frequent label (of numbers: their median). `confusion` goes with the counts that `evaluation`
    has. `map` holds points for a picture of the texts.
    `output` is the directory with report.html and report.json, None where nothing was written.

    Counts of rows are exact, and the shares they stand for have intervals: wrong rows in the accuracy, leaks in
    `leakage`, rows of a class in `distributions`. Single rows, p-values and drawn points have none. `metrics`, `unseen`
    and `per_class` of `evaluation` stand with their intervals in `figures`, `leakage` and `classes`.
    """

    evaluation: EvaluationResult
    model: Mapping[str, Any]
    data: Mapping[str, Any]
    summary: tuple[str, ...]
    figures: Figures
    baseline: Figures
    classes: tuple[ClassFigures, ...]
    confusion: ConfusionShares | None
    calibration: Calibration | None
    errors: Errors
    slicings: tuple[Slicing, ...]
    leakage: Leakage
    distributions: Distributions | None
    drift: Drift | None
    residuals: Residuals | None
    map: Mapping[str, Any] | None
    settings: Mapping[str, Any]
    versions: Mapping[str, str]
    output: Path | None = None

    def to_json(self) -> dict[str, Any]:
        """The object of report.json: that of `evaluate`, with everything else beside it."""
        parts = asdict(self)
        for name in ("evaluation", "output"):
            parts.pop(name)
        parts["classes"] = list(parts["classes"])
        found = self.evaluation.to_json()
        if self.confusion is not None:
            parts["confusion"] = found["confusion"] | parts["confusion"]
        return found | parts
