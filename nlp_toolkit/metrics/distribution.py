"""Distributions of labels: entropy, cross-entropy and divergences, exact at zeros and stable for huge logits."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nlp_toolkit.errors import DataError
from nlp_toolkit.metrics.classification import label_codes
from nlp_toolkit.series import plain_array, plain_list

_SUM_TOLERANCE = 1e-6


def shares(values: Sequence[object], labels: Sequence[object]) -> np.ndarray:
    """Share of each label among `values`: (n_labels,) float64, summing to 1; values not in `labels` are left out.

    >>> shares(["a", "b", "a", "z"], ["a", "b", "c"]).round(3).tolist()
    [0.667, 0.333, 0.0]
    """
    labels = plain_list(labels, "labels")
    codes = label_codes(values, labels)
    counts = np.bincount(codes[codes >= 0], minlength=len(labels))
    if not counts.sum():
        raise DataError(f"expected values among the {len(labels)} labels, got none; check the label column")
    found: np.ndarray = counts / counts.sum()
    return found


def entropy(p: np.ndarray) -> np.ndarray:
    """-sum p ln p in nats, over the last axis of `p` (..., n_labels); 0 ln 0 is 0. Shannon 1948.

    >>> round(float(entropy(np.array([0.5, 0.5, 0.0]))), 6)  # ln 2
    0.693147
    """
    return cross_entropy(p, p)


def cross_entropy(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """-sum p ln q in nats: the cost of labels from `p` told in a code made for `q`; both (..., n_labels).

    A label that `q` holds impossible and `p` does not makes it infinite; one that neither has costs nothing.

    >>> round(float(cross_entropy(np.array([0.5, 0.5]), np.array([0.25, 0.75]))), 6)  # -(ln 1/4 + ln 3/4) / 2
    0.836988
    >>> float(cross_entropy(np.array([0.5, 0.5]), np.array([0.0, 1.0])))
    inf
    """
    p, q = distribution(p), distribution(q)
    with np.errstate(divide="ignore"):
        return _expected(p, -np.log(q))


def kl_divergence(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """sum p ln(p / q) in nats, 0 or more: what the wrong code `q` costs beyond `entropy(p)`; both (..., n_labels).

    Infinite where `q` holds a label of `p` impossible. Kullback and Leibler 1951.

    >>> round(float(kl_divergence(np.array([0.5, 0.5]), np.array([0.25, 0.75]))), 6)  # (ln 2 + ln 2/3) / 2
    0.143841
    """
    p, q = distribution(p), distribution(q)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.asarray(np.maximum(_expected(p, np.log(p) - np.log(q)), 0.0))


def jensen_shannon(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Mean divergence of `p` and `q` from their mean, in nats: 0 where equal, ln 2 where they share no label.

    Finite and symmetric, which `kl_divergence` is not; its square root is a distance. Lin 1991.

    >>> p, q = np.array([1.0, 0.0]), np.array([0.5, 0.5])
    >>> round(float(jensen_shannon(p, q)), 6)  # (ln 4/3 + (ln 2/3 + ln 2) / 2) / 2
    0.215762
    """
    p, q = distribution(p), distribution(q)
    middle = (p + q) / 2
    return np.asarray((kl_divergence(p, middle) + kl_divergence(q, middle)) / 2)


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Logarithms of the probabilities logits (..., n_labels) stand for; the largest is taken away first.

    >>> log_softmax(np.array([1000.0, 0.0])).tolist()
    [0.0, -1000.0]
    """
    scores = plain_array(logits, "logits")
    if not np.isfinite(scores).all():
        raise DataError("expected finite logits, got NaN or infinity; check the model's output")
    shifted = scores - scores.max(axis=-1, keepdims=True)
    found: np.ndarray = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return found


def entropy_of_logits(logits: np.ndarray) -> np.ndarray:
    """`entropy` of the distributions logits (..., n_labels) stand for.

    >>> round(float(entropy_of_logits(np.array([0.0, 0.0]))), 6), float(entropy_of_logits(np.array([1e6, 0.0])))
    (0.693147, 0.0)
    """
    logarithms = log_softmax(logits)
    return _expected(np.exp(logarithms), -logarithms)


def cross_entropy_of_logits(p: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """`cross_entropy` of `p` with what logits stand for; finite however large they are, as no probability becomes 0.

    >>> float(cross_entropy_of_logits(np.array([0.0, 1.0]), np.array([1000.0, 0.0])))
    1000.0
    """
    return _expected(distribution(p), -log_softmax(logits))


def kl_divergence_of_logits(logits: np.ndarray, other: np.ndarray) -> np.ndarray:
    """`kl_divergence` of what `logits` stand for from what `other` stand for, both (..., n_labels).

    >>> round(float(kl_divergence_of_logits(np.array([0.0, 0.0]), np.array([0.0, 1000.0]))), 3)  # 500 - ln 2
    499.307
    """
    logarithms = log_softmax(logits)
    return np.asarray(np.maximum(_expected(np.exp(logarithms), logarithms - log_softmax(other)), 0.0))


@dataclass(frozen=True)
class LabelDistributions:
    """How often each label occurs and how often it is predicted, and how far apart the two are, in nats.

    `cross_entropy` and `kl` tell the observed labels in a code made for the predicted ones: both are None where a
    label that occurs is never predicted, which makes them infinite. `jensen_shannon` is always finite, ln 2 at most.
    """

    labels: tuple[str, ...]
    observed: tuple[float, ...]
    predicted: tuple[float, ...]
    observed_entropy: float
    predicted_entropy: float
    cross_entropy: float | None
    kl: float | None
    jensen_shannon: float

    def to_json(self) -> dict[str, Any]:
        """Every field under its name, ready for `json.dumps`."""
        return asdict(self)


def label_distributions(
    observed: Sequence[object], predicted: Sequence[object], labels: Sequence[object]
) -> LabelDistributions:
    """Compare how often labels occur in `observed` and in `predicted`; `labels` are those of the model.

    >>> found = label_distributions(["a", "a", "b", "b"], ["a", "b", "b", "b"], ["a", "b"])
    >>> found.observed, found.predicted, round(found.kl, 6)
    ((0.5, 0.5), (0.25, 0.75), 0.143841)
    """
    labels = plain_list(labels, "labels")
    p, q = shares(observed, labels), shares(predicted, labels)
    return LabelDistributions(
        labels=tuple(map(str, labels)),
        observed=tuple(p.tolist()),
        predicted=tuple(q.tolist()),
        observed_entropy=float(entropy(p)),
        predicted_entropy=float(entropy(q)),
        cross_entropy=_finite(cross_entropy(p, q)),
        kl=_finite(kl_divergence(p, q)),
        jensen_shannon=float(jensen_shannon(p, q)),
    )


def distribution(p: np.ndarray) -> np.ndarray:
    """`p` (..., n_labels) as float64; `DataError` for what is below 0, not finite or does not sum to 1.

    >>> distribution(np.array([1, 0])).tolist()
    [1.0, 0.0]
    """
    checked = plain_array(p, "probabilities")
    sums = checked.sum(axis=-1)
    if not (np.isfinite(checked).all() and (checked >= 0).all() and np.allclose(sums, 1.0, atol=_SUM_TOLERANCE)):
        raise DataError(
            f"expected probabilities of 0 or more that sum to 1, got values from {np.min(checked):.4g} "
            f"and sums from {np.min(sums):.4g} to {np.max(sums):.4g}; divide counts by their sum first"
        )
    return checked


def _expected(p: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """sum p * costs over the last axis, where what never happens costs nothing, however dear; never -0."""
    found: np.ndarray = np.where(p > 0, p * np.where(p > 0, costs, 0.0), 0.0).sum(axis=-1) + 0.0
    return found


def _finite(value: np.ndarray) -> float | None:
    return float(value) if np.isfinite(value) else None
