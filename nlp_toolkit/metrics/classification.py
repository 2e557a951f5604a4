"""Scores of single-label predictions: accuracy, F1, log loss and confusion, with unknown labels set apart."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nlp_toolkit.errors import DataError
from nlp_toolkit.series import plain_array, plain_list, present_list, present_numbers


@dataclass(frozen=True)
class ClassScores:
    """Precision, recall and F1 of one class (0 where undefined) and its number of true rows."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class ClassificationScores:
    """Scores over the `n` rows whose true label the model knows; the other rows are in `unknown`.

    Macro figures average the classes that occur among the true or the predicted labels, as
    scikit-learn does; `balanced_accuracy` averages recall over the classes that truly occur.
    `log_loss` is in nats, None without probabilities. `confusion[i, j]` counts rows of class
    `labels[i]` predicted as `labels[j]`. `unknown` maps a label the model never saw to its rows.
    """

    n: int
    labels: tuple[object, ...]
    accuracy: float
    balanced_accuracy: float
    macro_precision: float
    macro_recall: float
    macro_f1: float
    log_loss: float | None
    per_class: Mapping[object, ClassScores]
    confusion: np.ndarray
    unknown: Mapping[object, int]

    def metrics(self) -> dict[str, float | None]:
        """The headline figures by name."""
        return {
            "accuracy": self.accuracy,
            "balanced_accuracy": self.balanced_accuracy,
            "macro_f1": self.macro_f1,
            "log_loss": self.log_loss,
            "macro_precision": self.macro_precision,
            "macro_recall": self.macro_recall,
        }


def label_codes(values: Sequence[object], labels: Sequence[object]) -> np.ndarray:
    """Position of each value in `labels`, -1 where it is not there; (n,) int64.

    >>> label_codes(["b", "a", "z"], ["a", "b"])
    array([ 1,  0, -1])
    """
    position = {label: index for index, label in enumerate(plain_list(labels, "labels"))}
    return np.asarray([position.get(value, -1) for value in plain_list(values, "labels")], dtype=np.int64)


def code_array(codes: np.ndarray) -> np.ndarray:
    """Positions of labels as (n,) int64, whatever column holds them; two Series would be added by their indexes."""
    return present_numbers(codes, "codes of labels").astype(np.int64)


def confusion_matrix(true: np.ndarray, predicted: np.ndarray, n_classes: int) -> np.ndarray:
    """Count (true, predicted) pairs of codes; returns (n_classes, n_classes) int64.

    >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 2)
    array([[1, 1],
           [0, 1]])
    """
    true, predicted = code_array(true), code_array(predicted)
    counts = np.bincount(true * n_classes + predicted, minlength=n_classes * n_classes)
    return counts.reshape(n_classes, n_classes).astype(np.int64)


def log_loss(true: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean negative log probability of the true class, in nats.

    `true` is (n,) codes, `probabilities` (n, n_classes). Probabilities are clipped to the least
    positive step of float64, so that one confident mistake does not make the mean infinite.
    """
    of_truth = np.asarray(probabilities, dtype=np.float64)[np.arange(len(probabilities)), code_array(true)]
    epsilon = np.finfo(np.float64).eps
    return float(-np.log(np.clip(of_truth, epsilon, 1.0)).mean())


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Elementwise `part / whole`, 0 where `whole` is 0."""
    part, whole = plain_array(part, "counts"), plain_array(whole, "counts")
    quotient: np.ndarray = np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
    return quotient


def classification_scores(
    true: Sequence[object],
    predicted: Sequence[object],
    labels: Sequence[object],
    probabilities: np.ndarray | None = None,
) -> ClassificationScores:
    """Score `predicted` against `true`, where `labels` are the classes the model knows.

    `probabilities` is (n, len(labels)), columns in the order of `labels`. Rows whose true label is
    not in `labels` cannot be predicted right: they are counted in `unknown` and left out of every
    figure. `DataError` when no row is left.

    >>> scores = classification_scores(["a", "a", "b"], ["a", "b", "b"], ["a", "b"])
    >>> round(scores.accuracy, 3), scores.per_class["b"].precision
    (0.667, 0.5)
    """
    true, predicted = present_list(true, "labels"), present_list(predicted, "predictions")
    labels = plain_list(labels, "labels")
    if len(true) != len(predicted):
        raise DataError(f"expected as many predictions as labels, got {len(predicted)} and {len(true)}")
    true_codes = label_codes(true, labels)
    known = true_codes >= 0
    unknown = Counter(value for value, is_known in zip(true, known, strict=True) if not is_known)
    if not known.any():
        raise DataError(
            f"no row to score: none of the {len(true)} labels is one the model knows "
            f"({', '.join(map(str, labels[:10]))}); check the label column"
        )
    true_codes, predicted_codes = true_codes[known], label_codes(predicted, labels)[known]
    if (predicted_codes < 0).any():
        raise DataError("expected every prediction to be one of `labels`; pass the classes the model knows")

    confusion = confusion_matrix(true_codes, predicted_codes, len(labels))
    support, guessed, right = confusion.sum(axis=1), confusion.sum(axis=0), confusion.diagonal()
    precision, recall = ratio(right, guessed), ratio(right, support)
    f1 = ratio(2.0 * right, support + guessed)
    seen = (support + guessed) > 0
    return ClassificationScores(
        n=int(known.sum()),
        labels=tuple(labels),
        accuracy=float(right.sum() / known.sum()),
        balanced_accuracy=float(recall[support > 0].mean()),
        macro_precision=float(precision[seen].mean()),
        macro_recall=float(recall[seen].mean()),
        macro_f1=float(f1[seen].mean()),
        log_loss=None if probabilities is None else log_loss(true_codes, np.asarray(probabilities)[known]),
        per_class={
            label: ClassScores(float(precision[i]), float(recall[i]), float(f1[i]), int(support[i]))
            for i, label in enumerate(labels)
        },
        confusion=confusion,
        unknown=dict(unknown),
    )
