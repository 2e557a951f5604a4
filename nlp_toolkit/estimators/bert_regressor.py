"""BERT trained end to end to give a number for each text or pair of texts."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from nlp_toolkit.estimators.bert_fitting import (
    CONSTRAINTS,
    check_settings,
    fit_network,
    read_estimator,
    scores,
    write_estimator,
)
from nlp_toolkit.estimators.text_regressor import TextRegressor
from nlp_toolkit.estimators.text_rows import read_rows
from nlp_toolkit.transformer.pooling import PoolingName
from nlp_toolkit.transformer.precision import Precision
from nlp_toolkit.transformer.running import LIBRARIES
from nlp_toolkit.transformer.settings import FineTuneSettings, MlmSettings

if TYPE_CHECKING:
    from transformers import TrainingArguments

    from nlp_toolkit.transformer.finetune import Head
    from nlp_toolkit.transformer.supervised import Targets


class BertRegressor(TextRegressor):
    """An encoder with a linear head over its pooled hidden states, trained on texts or (text, text) pairs and numbers.

    The parameters are those of `BertClassifier`. It learns by squared error on standardized numbers.
    """

    path_parameters: ClassVar[tuple[str, ...]] = ("model", "checkpoints")
    libraries: ClassVar[tuple[str, ...]] = LIBRARIES
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **CONSTRAINTS,
    }
    head_: "Head"

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

    def check_settings(self) -> None:
        """Raise `UsageError` for parameters that no fit could use, before there is anything to fit on."""
        check_settings(self)

    def _training(self) -> FineTuneSettings:
        return check_settings(self)[0]

    def _read(self, texts: Any) -> Sequence[Any]:
        return read_rows(texts, self.normalization)

    def _fit_network(self, rows: Any, targets: "Targets", held_out: np.ndarray) -> None:
        fit_network(self, rows, targets, held_out)

    def _undo_standard(self, mean: float, deviation: float) -> None:
        from nlp_toolkit.transformer.finetune import Head

        weights_and_bias = self.head_.weights * deviation, self.head_.bias * deviation + mean
        self.head_ = Head(*(array.astype(np.float32) for array in weights_and_bias))

    def _scores(self, rows: Any) -> np.ndarray:
        return scores(self, rows)

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
