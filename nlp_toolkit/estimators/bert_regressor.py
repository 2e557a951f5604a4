"""BERT trained end to end to give a number for each text or pair of texts."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from nlp_toolkit.errors import DataError
from nlp_toolkit.estimators.bert_fitting import (
    check_lengths,
    check_settings,
    fit_network,
    kept_aside,
    read_estimator,
    read_rows,
    scores,
    write_estimator,
)
from nlp_toolkit.protocols import TextPair
from nlp_toolkit.transformer.pooling import PoolingName
from nlp_toolkit.transformer.precision import Precision
from nlp_toolkit.transformer.settings import FineTuneSettings, MlmSettings

if TYPE_CHECKING:
    from transformers import TrainingArguments


class BertRegressor(RegressorMixin, BaseEstimator):
    """An encoder with a linear head over its pooled hidden states, trained on texts or (text, text) pairs and numbers.

    The parameters are those of `BertClassifier`. It learns by squared error on standardized numbers.
    """

    takes_texts: ClassVar[bool] = True
    path_parameters: ClassVar[tuple[str, ...]] = ("model", "checkpoints")

    def __init__(
        self,
        model: str | Path = "scratch-tiny",
        *,
        pooling: PoolingName = "cls",
        max_length: int | None = None,
        frozen: bool = False,
        training: FineTuneSettings | Mapping[str, Any] | None = None,
        mlm: MlmSettings | Mapping[str, Any] | None = None,
        precision: Precision = "auto",
        device: Literal["auto", "cpu", "cuda"] = "auto",
        batch_tokens: int | None = None,
        checkpoints: str | Path | None = None,
        arguments: "TrainingArguments | None" = None,
        random_state: int = 0,
        normalization: Literal["NFC"] | None = "NFC",
    ) -> None:
        self.model = model
        self.pooling = pooling
        self.max_length = max_length
        self.frozen = frozen
        self.training = training
        self.mlm = mlm
        self.precision = precision
        self.device = device
        self.batch_tokens = batch_tokens
        self.checkpoints = checkpoints
        self.arguments = arguments
        self.random_state = random_state
        self.normalization = normalization

    def fit(
        self,
        texts: Iterable[str] | Iterable[TextPair],
        y: Sequence[float],
        sample_weight: Sequence[float] | None = None,
    ) -> Self:
        """Train on texts (or pairs) and their numbers."""
        from nlp_toolkit.transformer.finetune import Head, Targets

        training, _ = check_settings(self)
        rows = read_rows(texts, self.normalization)
        weights = check_lengths(rows, y, sample_weight)
        try:
            numbers = np.asarray(y, dtype=np.float64).ravel()
        except (TypeError, ValueError) as error:
            raise DataError(f"expected a number a text: {error}") from error
        if not np.isfinite(numbers).all():
            raise DataError("expected finite numbers, got NaN or infinity; leave those rows out")
        mean, deviation = float(numbers.mean()), float(numbers.std()) or 1.0
        targets = Targets("regression", (numbers - mean) / deviation, 1, weights / weights.mean())
        held_out = kept_aside(None, len(rows), training.validation, self.random_state)
        head = fit_network(self, rows, targets, held_out).head
        weights_and_bias = head.weights * deviation, head.bias * deviation + mean
        self.head_ = Head(*(array.astype(np.float32) for array in weights_and_bias))
        return self

    def predict(self, texts: Iterable[str] | Iterable[TextPair]) -> np.ndarray:
        """A number for each row, float64."""
        check_is_fitted(self, "encoder_")
        return scores(self, texts)[:, 0].astype(np.float64)

    def check_settings(self) -> None:
        """Raise `UsageError` for parameters that no fit could use, before there is anything to fit on."""
        check_settings(self)

    def save_files(self, folder: Path) -> None:
        """Write a Hugging Face folder with the head and our parameters beside the encoder."""
        check_is_fitted(self, "encoder_")
        write_estimator(self, folder, labels=["value"], state={})

    @classmethod
    def load_files(cls, folder: Path) -> Self:
        """Read what `save_files` wrote."""
        owner, _ = read_estimator(cls, folder)
        fitted: Self = owner
        return fitted

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags
