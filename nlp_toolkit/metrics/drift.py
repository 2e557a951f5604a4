"""Drift: how unlike its training data a new file is, in labels, text lengths and words."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from nlp_toolkit.errors import DataError
from nlp_toolkit.metrics.distribution import jensen_shannon
from nlp_toolkit.metrics.intervals import CONFIDENCE, RESAMPLES, percentile_interval
from nlp_toolkit.metrics.word_drift import WordDrift, word_drift
from nlp_toolkit.series import optional_list, present_list, present_numbers
from nlp_toolkit.validation import as_list

_CELLS_AT_ONCE = 8_000_000  # of the counts matrix: 64 MB


@dataclass(frozen=True)
class LengthDrift:
    """Lengths of the texts of both sides, in tokens: medians, and the largest gap between the two distributions.

    `statistic` is Kolmogorov and Smirnov's, 0 where equal and 1 where every text of one side is longer than all of
    the other; `p` is the probability of such a gap between two samples of one distribution. Intervals are 95 %, by
    drawing the texts of both sides anew: percentiles of the medians; of the statistic all gaps that differ from it by
    no more than resampling changes the gap anywhere, so that 0 lies outside only where there is a gap.
    """

    median_before: float
    median_before_low: float
    median_before_high: float
    median_now: float
    median_now_low: float
    median_now_high: float
    statistic: float
    statistic_low: float
    statistic_high: float
    p: float


@dataclass(frozen=True)
class Drift:
    """How a new file differs from the data before it.

    `labels` is the Jensen-Shannon divergence of the labels in nats, with the interval of `label_drift_interval`; all
    three are None where a side has no labels.
    """

    rows_before: int
    rows_now: int
    lengths: LengthDrift
    words: WordDrift
    labels: float | None
    labels_low: float | None
    labels_high: float | None

    def to_json(self) -> dict[str, Any]:
        """Every field under its name, ready for `json.dumps`."""
        return asdict(self)


def length_drift(before: Sequence[int] | np.ndarray, now: Sequence[int] | np.ndarray, *, seed: int = 0) -> LengthDrift:
    """Compare two samples of lengths; two-sample test of Kolmogorov and Smirnov (Hodges 1958).

    >>> found = length_drift([1, 2, 3, 4], [3, 4, 5, 6])
    >>> found.median_before, found.median_now, found.statistic
    (2.5, 4.5, 0.5)
    """
    from scipy.stats import ks_2samp

    before, now = present_numbers(before, "lengths"), present_numbers(now, "lengths")
    if not len(before) or not len(now):
        raise DataError("expected texts on both sides to compare, got none on one of them")
    found = ks_2samp(before, now)
    lengths, place = np.unique(np.concatenate([before, now]), return_inverse=True)
    random = np.random.default_rng(seed)
    sides = [np.bincount(part, minlength=len(lengths)) for part in (place[: len(before)], place[len(before) :])]
    drawn = [random.multinomial(counts.sum(), counts / counts.sum(), RESAMPLES).cumsum(axis=1) for counts in sides]
    medians = [percentile_interval(_medians(lengths, each)) for each in drawn]
    gap = sides[0].cumsum() / len(before) - sides[1].cumsum() / len(now)
    changes = np.abs(drawn[0] / len(before) - drawn[1] / len(now) - gap).max(axis=1)
    statistic, most = float(found.statistic), float(np.quantile(changes, CONFIDENCE))
    return LengthDrift(
        median_before=float(np.median(before)),
        median_before_low=float(medians[0][0]),
        median_before_high=float(medians[0][1]),
        median_now=float(np.median(now)),
        median_now_low=float(medians[1][0]),
        median_now_high=float(medians[1][1]),
        statistic=statistic,
        statistic_low=max(0.0, statistic - most),
        statistic_high=min(1.0, statistic + most),
        p=float(found.pvalue),
    )


def label_drift(before: Sequence[object], now: Sequence[object]) -> float:
    """Jensen-Shannon divergence of the label frequencies of two files, in nats: 0 (the same) to ln 2 (none shared).

    One label a row, or a list of them (none, one or several), each of which counts once.

    >>> label_drift(["a", "b"], ["b", "a"]), round(label_drift(["a"], ["b"]), 6)
    (0.0, 0.693147)
    >>> label_drift([["a", "b"], []], [["b"], ["a"]])
    0.0
    """
    return _divergence(_label_sets(before, now))


def label_drift_interval(before: Sequence[object], now: Sequence[object], *, seed: int = 0) -> tuple[float, float]:
    """Ends of the 95 % interval of `label_drift`, by drawing the rows of both sides anew, with all their labels.

    Drawn anew, labels differ from each other more than they did, never less, and percentiles would find a drift
    between equal files. The root of the divergence is a distance (Endres and Schindelin 2003), so that the true one is
    no further from what is seen than both sides are from their own truth: the ends are the distance seen less
    and plus the 95 % quantile of that, squared. They hold 0 unless the labels have drifted.

    >>> label_drift_interval(["a", "b"] * 8, ["b", "a"] * 8)[0]
    0.0
    """
    random = np.random.default_rng(seed)
    moved = np.zeros(RESAMPLES)
    sides = _label_sets(before, now)
    for kinds, counts in sides:
        moved += np.sqrt(_divergences_of_draws(kinds, counts, random))
    distance, most = np.sqrt(_divergence(sides)), np.quantile(moved, CONFIDENCE)
    return float(max(0.0, distance - most) ** 2), float(min(np.log(2), (distance + most) ** 2))


def _label_sets(before: Sequence[object], now: Sequence[object]) -> list[tuple[sp.csr_matrix, np.ndarray]]:
    """Of each side the kinds of rows, sparse 0/1 (n_kinds, n_labels) with the same columns, and how often each is."""
    sides = [
        Counter(frozenset(row) if isinstance(row, list | tuple) else frozenset([row]) for row in side)
        for side in (present_list(before, "labels"), present_list(now, "labels"))
    ]
    labels = sorted({label for kinds in sides for kind in kinds for label in kind}, key=repr)
    place = {label: at for at, label in enumerate(labels)}
    found = []
    for kinds in sides:
        if not any(kinds):
            raise DataError("expected labels on both sides to compare, got none on one of them")
        columns = [place[label] for kind in kinds for label in kind]
        starts = np.cumsum([0, *map(len, kinds)])
        matrix = sp.csr_matrix((np.ones(len(columns)), columns, starts), shape=(len(kinds), len(labels)))
        found.append((matrix, np.fromiter(kinds.values(), dtype=np.int64, count=len(kinds))))
    return found


def _divergence(sides: Sequence[tuple[sp.csr_matrix, np.ndarray]]) -> float:
    p, q = (counts @ kinds for kinds, counts in sides)
    return float(jensen_shannon(p / p.sum(), q / q.sum()))


def _divergences_of_draws(kinds: sp.csr_matrix, counts: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Divergence of label frequencies from themselves after drawing rows anew, (RESAMPLES,); ln 2 without any."""
    p = counts @ kinds / (counts @ kinds).sum()
    found = np.full(RESAMPLES, np.log(2))
    step = max(1, _CELLS_AT_ONCE // max(kinds.shape))
    for start in range(0, RESAMPLES, step):
        drawn = random.multinomial(counts.sum(), counts / counts.sum(), min(step, RESAMPLES - start)) @ kinds
        totals = drawn.sum(axis=1, keepdims=True)
        some = totals[:, 0] > 0
        found[start : start + len(drawn)][some] = jensen_shannon(drawn[some] / totals[some], p)
    return found


def text_drift(
    before: Sequence[str],
    now: Sequence[str],
    *,
    labels_before: Sequence[object] | None = None,
    labels_now: Sequence[object] | None = None,
    tokens: Callable[[Iterable[str]], Iterable[Sequence[str]]] | None = None,
    seed: int = 0,
) -> Drift:
    """Compare new texts with those before: lengths and words as `tokens` sees them, labels where both have some.

    A text has one label or a list of them. `tokens` takes texts and gives the tokens of each, as `Tokenizer.batch`
    does: use the stage's own, so that words are counted as the model counts them. By default the one
    `auto` chooses for the earlier texts, lower-cased.

    >>> drift = text_drift(["a good film", "a bad film"], ["good food"], labels_before=["1", "0"], labels_now=["1"])
    >>> drift.words.most_frequent, round(drift.labels, 3)
    ((('food', 1),), 0.216)
    """
    before, now = as_list(before), as_list(now)
    labels_before, labels_now = optional_list(labels_before, "labels"), optional_list(labels_now, "labels")
    split = tokens if tokens is not None else _tokens_of(before)
    lists_before, lists_now = [list(row) for row in split(before)], [list(row) for row in split(now)]
    labels = None
    if labels_before is not None and labels_now is not None and _some(labels_before) and _some(labels_now):
        labels = labels_before, labels_now
    label_ends = (None, None) if labels is None else label_drift_interval(*labels, seed=seed)
    return Drift(
        rows_before=len(before),
        rows_now=len(now),
        lengths=length_drift(list(map(len, lists_before)), list(map(len, lists_now)), seed=seed),
        words=word_drift(lists_before, lists_now, seed=seed),
        labels=None if labels is None else label_drift(*labels),
        labels_low=label_ends[0],
        labels_high=label_ends[1],
    )


def _some(labels: Sequence[object]) -> bool:
    """Whether any row has a label."""
    return any(row != [] and row != () for row in labels)


def _tokens_of(sample: Sequence[str]) -> Callable[[Iterable[str]], Iterable[Sequence[str]]]:
    from nlp_toolkit.text.analysis import TextAnalysis
    from nlp_toolkit.text.tokenizers import resolve_tokenizer

    return TextAnalysis(resolve_tokenizer("auto", sample), lowercase=True, normalization="NFC").tokens


def _medians(lengths: np.ndarray, cumulative: np.ndarray) -> np.ndarray:
    """Medians (n_samples,) of samples of sorted `lengths`, told by their cumulative counts (n_samples, n_lengths)."""
    n = int(cumulative[0, -1])
    lower, upper = ((cumulative > place).argmax(axis=1) for place in ((n - 1) // 2, n // 2))
    return np.asarray((lengths[lower] + lengths[upper]) / 2)
