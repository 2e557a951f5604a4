"""Scores of multi-label predictions: exact match, macro and micro F1, Hamming loss, log loss."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nlp_toolkit.errors import DataError
from nlp_toolkit.metrics.classification import ClassScores, ratio
from nlp_toolkit.series import plain_list, present_list


@dataclass(frozen=True)
class MultilabelScores:
    """Scores over the `n` rows whose true labels the model all knows; others are in `unknown`.

    `accuracy` is the share of rows with exactly the right set. `macro_f1` and `balanced_accuracy`
    average over the labels that occur in truth (or, for F1, in predictions). `micro_f1` counts
    every (row, label) decision alike, `hamming_loss` is the share of wrong decisions, `log_loss`
    the mean binary log loss of a decision in nats. `unknown_rows` is the number of rows left out.
    """

    n: int
    labels: tuple[object, ...]
    accuracy: float
    balanced_accuracy: float
    macro_f1: float
    micro_f1: float
    hamming_loss: float
    log_loss: float | None
    per_class: Mapping[object, ClassScores]
    unknown: Mapping[object, int]
    unknown_rows: int

    def metrics(self) -> dict[str, float | None]:
        """The headline figures by name."""
        return {
            "accuracy": self.accuracy,
            "balanced_accuracy": self.balanced_accuracy,
            "macro_f1": self.macro_f1,
            "log_loss": self.log_loss,
            "micro_f1": self.micro_f1,
            "hamming_loss": self.hamming_loss,
        }


def indicator(label_sets: Sequence[Collection[object]], labels: Sequence[object]) -> np.ndarray:
    """One row a set, one 0/1 column a label of `labels`; labels not listed are left out.

    >>> indicator([["b"], [], ["a", "b"]], ["a", "b"]).tolist()
    [[0, 1], [0, 0], [1, 1]]
    """
    label_sets, labels = present_list(label_sets, "lists of labels"), plain_list(labels, "labels")
    position = {label: index for index, label in enumerate(labels)}
    matrix = np.zeros((len(label_sets), len(labels)), dtype=np.int64)
    for row, label_set in enumerate(label_sets):
        matrix[row, [position[label] for label in label_set if label in position]] = 1
    return matrix


def binary_log_loss(true: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean binary cross-entropy over all entries of two (n, n_labels) arrays, in nats."""
    epsilon = np.finfo(np.float64).eps
    p = np.clip(np.asarray(probabilities, dtype=np.float64), epsilon, 1.0 - epsilon)
    return float(-np.where(np.asarray(true) > 0, np.log(p), np.log1p(-p)).mean())


def multilabel_scores(
    true: Sequence[Collection[object]],
    predicted: Sequence[Collection[object]],
    labels: Sequence[object],
    probabilities: np.ndarray | None = None,
) -> MultilabelScores:
    """Score predicted label sets against true ones, where `labels` are those the model knows.

    `probabilities` is (n, len(labels)). A row with a label the model never saw is counted in
    `unknown` and left out of every figure. `DataError` when no row is left.

    >>> scores = multilabel_scores([["a"], ["a", "b"]], [["a"], ["a"]], ["a", "b"])
    >>> scores.accuracy, scores.hamming_loss
    (0.5, 0.25)
    """
    true, predicted = present_list(true, "lists of labels"), present_list(predicted, "predictions")
    labels = plain_list(labels, "labels")
    if len(true) != len(predicted):
        raise DataError(f"expected as many predictions as label lists, got {len(predicted)} and {len(true)}")
    names = set(labels)
    known = np.asarray([names.issuperset(label_set) for label_set in true], dtype=bool)
    unknown = Counter(label for label_set in true for label in label_set if label not in names)
    if not known.any():
        raise DataError(
            f"no row to score: none of the {len(true)} rows has only labels the model knows "
            f"({', '.join(map(str, labels[:10]))}); check the label column"
        )
    truth, guess = indicator(true, labels)[known], indicator(predicted, labels)[known]
    right, support, guessed = (truth & guess).sum(axis=0), truth.sum(axis=0), guess.sum(axis=0)
    precision, recall, f1 = ratio(right, guessed), ratio(right, support), ratio(2.0 * right, support + guessed)
    absent = len(truth) - support
    specificity = ratio(((1 - truth) & (1 - guess)).sum(axis=0), absent)
    # A label on every row has no negatives: its balanced accuracy is its recall alone.
    balanced = np.where(absent > 0, (recall + specificity) / 2.0, recall)
    seen = (support + guessed) > 0
    decided = support.sum() + guessed.sum()
    return MultilabelScores(
        n=int(known.sum()),
        labels=tuple(labels),
        accuracy=float((truth == guess).all(axis=1).mean()),
        balanced_accuracy=float(balanced[support > 0].mean()) if (support > 0).any() else 0.0,
        macro_f1=float(f1[seen].mean()) if seen.any() else 0.0,
        micro_f1=float(2.0 * right.sum() / decided) if decided else 0.0,
        hamming_loss=float((truth != guess).mean()),
        log_loss=None if probabilities is None else binary_log_loss(truth, np.asarray(probabilities)[known]),
        per_class={
            label: ClassScores(float(precision[i]), float(recall[i]), float(f1[i]), int(support[i]))
            for i, label in enumerate(labels)
        },
        unknown=dict(unknown),
        unknown_rows=int((~known).sum()),
    )
