"""What networks that classify texts share: labels to targets, scores to labels, one label a text or several."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from nlp_toolkit.constraints import number, one_of
from nlp_toolkit.errors import ArtefactError, UsageError
from nlp_toolkit.estimators.class_weights import weigh_classes
from nlp_toolkit.estimators.multilabel import check_label_lists, label_matrix
from nlp_toolkit.estimators.text_rows import check_lengths, kept_aside
from nlp_toolkit.estimators.text_targets import distinct, holds_lists, numbered, read_labels
from nlp_toolkit.protocols import TextPair
from nlp_toolkit.transformer.settings import FineTuneSettings

if TYPE_CHECKING:
    from nlp_toolkit.transformer.supervised import Targets


LABEL_CONSTRAINTS: Mapping[str, Any] = {
    "class_weight": [one_of({"balanced"}), Mapping, None],
    "threshold": [number(0, 1), one_of({"tune"})],
}
"""What the options may be that say how labels are learned and given."""


class TextClassifier(ClassifierMixin, BaseEstimator):
    """Base of `BertClassifier` and `NeuralClassifier`; they say how texts are read, learned and scored.

    `y` holds one label a text; or lists of labels, where a text may have several or none: a label is given from the
    probability `threshold` on ("tune": the one with the best F1 on the validation rows, `thresholds_`). Probabilities
    and `classes_` are in the order of the sorted labels.
    """

    takes_texts: ClassVar[bool] = True
    class_weight: Literal["balanced"] | Mapping[Any, float] | None
    threshold: float | Literal["tune"]
    random_state: int

    def fit(
        self,
        texts: Iterable[str] | Iterable[TextPair],
        y: Sequence[Any],
        sample_weight: Sequence[float] | None = None,
    ) -> Self:
        """Train on texts and their labels."""
        self.check_settings()
        rows = self._read(texts)
        labels = read_labels(y)
        weights = check_lengths(rows, labels, sample_weight)
        self.multilabel_ = holds_lists(labels)
        classes, targets = (self._several if self.multilabel_ else self._one)(labels, weights)
        stratify = None if self.multilabel_ else targets.values
        held_out = kept_aside(stratify, len(rows), self._training().validation, self.random_state)
        self._fit_network(rows, targets, held_out)
        self.classes_ = classes
        if self.multilabel_:
            self.thresholds_ = self._tuned(rows, targets.values, held_out)
        return self

    def predict_proba(self, texts: Iterable[str] | Iterable[TextPair]) -> np.ndarray:
        """Probabilities (n, n_classes), columns as `classes_`; of several labels each by itself."""
        found = self.decision_function(texts).astype(np.float64)
        if self.multilabel_:
            return 1 / (1 + np.exp(-found))
        powers = np.exp(found - found.max(axis=1, keepdims=True))
        probabilities: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
        return probabilities

    def decision_function(self, texts: Iterable[str] | Iterable[TextPair]) -> np.ndarray:
        """Scores (n, n_classes) before softmax (one label) or the logistic function (several)."""
        check_is_fitted(self, "classes_")
        return self._scores(self._read(texts))

    def predict(self, texts: Iterable[str] | Iterable[TextPair]) -> np.ndarray | list[list[Any]]:
        """The most probable label of each row, or a list of labels a row."""
        probabilities = self.predict_proba(texts)
        if not self.multilabel_:
            return np.asarray(self.classes_[probabilities.argmax(axis=1)])
        labels = self.classes_.tolist()
        return [[labels[column] for column in np.flatnonzero(row)] for row in probabilities >= self.thresholds_]

    def check_settings(self) -> None:
        """Raise `UsageError` for parameters that no fit could use, before there is anything to fit on."""
        raise NotImplementedError

    def _training(self) -> FineTuneSettings:
        raise NotImplementedError

    def _read(self, texts: Any) -> Sequence[Any]:
        """The rows, checked and normalized."""
        raise NotImplementedError

    def _fit_network(self, rows: Any, targets: "Targets", held_out: np.ndarray) -> None:
        """Learn the targets of the rows that are not `held_out` (bool, (n,))."""
        raise NotImplementedError

    def _scores(self, rows: Any) -> np.ndarray:
        """Scores (n, n_classes) float32 of rows as `_read` gives them."""
        raise NotImplementedError

    def _one(self, y: Sequence[Any], weights: np.ndarray) -> tuple[np.ndarray, "Targets"]:
        from nlp_toolkit.transformer.supervised import Targets

        classes, numbers = numbered(y)
        weights = weigh_classes(weights, self.class_weight, y)
        return classes, Targets("classification", numbers, len(classes), weights / weights.mean())

    def _several(self, y: Sequence[Any], weights: np.ndarray) -> tuple[np.ndarray, "Targets"]:
        from nlp_toolkit.transformer.supervised import Targets

        if isinstance(self.class_weight, Mapping):
            raise UsageError("class_weight by label has no meaning for several labels a row; use 'balanced' or None")
        lists = check_label_lists(y)
        labels = distinct(lists)
        has_label = label_matrix(lists, labels)
        positive = None
        if self.class_weight == "balanced":
            counts = has_label.sum(axis=0)
            positive = ((len(has_label) - counts).clip(min=1) / counts).astype(np.float32)
        values = has_label.astype(np.float32)
        return np.array(labels), Targets("multilabel", values, len(labels), weights / weights.mean(), positive)

    def _tuned(self, rows: Sequence[Any], has_label: np.ndarray, held_out: np.ndarray) -> np.ndarray:
        """The threshold of each label: as given, or the one with the best F1 on the rows kept aside."""
        if not isinstance(self.threshold, str):
            return np.full(len(self.classes_), self.threshold)
        if not held_out.any():
            return np.full(len(self.classes_), 0.5)
        probabilities = self.predict_proba([rows[row] for row in np.flatnonzero(held_out).tolist()])
        truth = has_label[held_out].astype(bool)
        return np.array([best_threshold(column, true) for column, true in zip(probabilities.T, truth.T, strict=True)])

    def _label_state(self) -> dict[str, object]:
        """What was learned about labels, as JSON has it."""
        state: dict[str, object] = {"classes": self.classes_.tolist(), "multilabel": self.multilabel_}
        if self.multilabel_:
            state["thresholds"] = self.thresholds_.tolist()
        return state

    def _set_label_state(self, state: Mapping[str, Any], folder: Path, n_outputs: int) -> None:
        """Take what `_label_state` gave, which must fit a network of `n_outputs`; else `ArtefactError`."""
        labels, several, thresholds = (state.get(name) for name in ("classes", "multilabel", "thresholds"))
        if not isinstance(labels, list) or len({type(label) for label in labels} - {str, int, float, bool}):
            raise ArtefactError(f"{folder}: expected labels as a list, got {labels!r:.80}; the model is damaged")
        if len(set(labels)) != len(labels) or len({isinstance(label, str) for label in labels}) > 1:
            raise ArtefactError(f"{folder}: expected different labels of one type, got {labels!r:.80}")
        if len(labels) != n_outputs or not isinstance(several, bool):
            raise ArtefactError(f"{folder}: {len(labels)} classes and {n_outputs} outputs; the model is damaged")
        self.classes_, self.multilabel_ = np.array(labels), several
        if not several:
            return
        given = thresholds if isinstance(thresholds, list) else []
        if len(given) != n_outputs or not all(type(each) in (int, float) and 0 <= each <= 1 for each in given):
            raise ArtefactError(f"{folder}: expected a threshold from 0 to 1 for each label, got {thresholds!r:.80}")
        self.thresholds_ = np.array(given, dtype=np.float64)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        tags.classifier_tags.multi_label = True
        return tags


def best_threshold(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """The probability from which on a label is given, so that F1 is best; 0.5 where no row has it.

    >>> best_threshold(np.array([0.1, 0.3, 0.4]), np.array([False, True, True]))
    0.3
    """
    if not truth.any():
        return 0.5
    candidates = np.unique(probabilities)
    given = probabilities[None, :] >= candidates[:, None]
    f1 = 2 * (given & truth).sum(axis=1) / (given.sum(axis=1) + truth.sum())
    return float(candidates[f1.argmax()])
