"""What networks that give a number for each text share: numbers standardized to learn, and undone to answer."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from nlp_toolkit.estimators.text_rows import check_lengths, kept_aside
from nlp_toolkit.estimators.text_targets import read_numbers
from nlp_toolkit.protocols import TextPair
from nlp_toolkit.transformer.settings import FineTuneSettings

if TYPE_CHECKING:
    from nlp_toolkit.transformer.supervised import Targets


class TextRegressor(RegressorMixin, BaseEstimator):
    """Base of `BertRegressor` and `NeuralRegressor`; they say how texts are read, learned and scored.

    Learns by squared error on standardized numbers.
    """

    takes_texts: ClassVar[bool] = True
    random_state: int

    def fit(
        self,
        texts: Iterable[str] | Iterable[TextPair],
        y: Sequence[float],
        sample_weight: Sequence[float] | None = None,
    ) -> Self:
        """Train on texts and their numbers."""
        from nlp_toolkit.transformer.supervised import Targets

        self.check_settings()
        rows = self._read(texts)
        numbers = read_numbers(y)
        weights = check_lengths(rows, numbers, sample_weight)
        mean, deviation = float(numbers.mean()), float(numbers.std()) or 1.0
        targets = Targets("regression", (numbers - mean) / deviation, 1, weights / weights.mean())
        held_out = kept_aside(None, len(rows), self._training().validation, self.random_state)
        self._fit_network(rows, targets, held_out)
        self._undo_standard(mean, deviation)
        return self

    def predict(self, texts: Iterable[str] | Iterable[TextPair]) -> np.ndarray:
        """A number for each row, float64."""
        check_is_fitted(self)
        return self._scores(self._read(texts))[:, 0].astype(np.float64)

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

    def _undo_standard(self, mean: float, deviation: float) -> None:
        """Change the last layer so that scores of mean 0 and deviation 1 become the numbers themselves."""
        raise NotImplementedError

    def _scores(self, rows: Any) -> np.ndarray:
        """Scores (n, 1) float32 of rows as `_read` gives them."""
        raise NotImplementedError

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags
