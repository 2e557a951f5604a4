"""BERT trained end to end to classify texts or pairs of texts: one label, or several."""

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
from nlp_toolkit.estimators.text_classifier import LABEL_CONSTRAINTS, TextClassifier
from nlp_toolkit.estimators.text_rows import read_rows
from nlp_toolkit.transformer.pooling import PoolingName
from nlp_toolkit.transformer.precision import Precision
from nlp_toolkit.transformer.running import LIBRARIES
from nlp_toolkit.transformer.settings import FineTuneSettings, MlmSettings

if TYPE_CHECKING:
    from transformers import TrainingArguments

    from nlp_toolkit.transformer.supervised import Targets


class BertClassifier(TextClassifier):
    """An encoder with a linear head over its pooled hidden states, trained on labelled texts or (text, text) pairs.

    `model` is a local folder, a model directory saved before, a Hugging Face name, or "scratch-tiny" (-mini, -small,
    -medium, -base): made and trained by masked-language modelling on the texts first. `frozen` trains the head only.
    `training` (`FineTuneSettings`, or a mapping of its fields) says how; `arguments` is a transformers
    `TrainingArguments` for what it leaves open. `mlm` goes on with MLM training on the texts before. `checkpoints` is
    a folder that keeps the state of training, so that the same `fit` goes on after an interruption.

    `y` holds one label a text; or lists of labels, where a text may have several or none: a label is given from the
    probability `threshold` on ("tune": the one with the best F1 on the validation rows, `thresholds_`). `class_weight`
    is "balanced", or weights by label. Probabilities and `classes_` are in the order of the sorted labels. Longer
    texts are truncated, counted in `n_truncated_`.
    """

    path_parameters: ClassVar[tuple[str, ...]] = ("model", "checkpoints")
    libraries: ClassVar[tuple[str, ...]] = LIBRARIES
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **CONSTRAINTS,
        **LABEL_CONSTRAINTS,
    }

    def __init__(
        self,
        model: str | Path = "scratch-tiny",
        *,
        pooling: PoolingName = "cls",
        max_length: int | None = None,
        frozen: bool = False,
        training: FineTuneSettings | Mapping[str, Any] | None = None,
        class_weight: Literal["balanced"] | Mapping[Any, float] | None = None,
        threshold: float | Literal["tune"] = 0.5,
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
        self.class_weight = class_weight
        self.threshold = threshold
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

    def _scores(self, rows: Any) -> np.ndarray:
        return scores(self, rows)

    def save_files(self, folder: Path) -> None:
        """Write a Hugging Face folder with the head, the labels and our parameters beside the encoder."""
        check_is_fitted(self, "classes_")
        write_estimator(self, folder, labels=self.classes_.tolist(), state=self._label_state())

    @classmethod
    def load_files(cls, folder: Path) -> Self:
        """Read what `save_files` wrote."""
        owner, state = read_estimator(cls, folder)
        owner._set_label_state(state, folder, len(owner.head_.bias))
        fitted: Self = owner
        return fitted
