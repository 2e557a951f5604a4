"""Small networks trained from nothing to classify texts: one label, or several."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from nlp_toolkit.estimators.neural_fitting import (
    CONSTRAINTS,
    check_neural,
    check_storable,
    fit_neural,
    neural_scores,
    read_neural,
    training_of,
    write_neural,
)
from nlp_toolkit.estimators.text_classifier import LABEL_CONSTRAINTS, TextClassifier
from nlp_toolkit.estimators.text_rows import read_texts
from nlp_toolkit.neural.sizes import Architecture, TextPooling
from nlp_toolkit.protocols import Tokenizer
from nlp_toolkit.text.augment import Augmentation
from nlp_toolkit.transformer.settings import FineTuneSettings

if TYPE_CHECKING:
    from transformers import TrainingArguments

    from nlp_toolkit.transformer.supervised import Targets


class NeuralClassifier(TextClassifier):
    """Word vectors, a small network over them and a linear layer, trained together on labelled texts.

    `architecture` is what is assumed of a text, from strong to weak: "bag" (the order of words means nothing), "mlp"
    (a word means something else at each place), "cnn" (short phrases matter, wherever they stand), "gru" (a sequence,
    read in both directions, with attention), "transformer" (any word may look at any other).

    `tokenizer`, `lowercase` and `normalization` make words of a text, of which those seen `min_count` times in the
    training part are known, at most `max_words`; a text is its first `max_length` words, and how many were longer is
    counted in `n_truncated_`. The sizes are those of `nlp_toolkit.neural.sizes.Sizes`. `training` is a
    `FineTuneSettings`, or a mapping of the fields (epochs, batch_size, learning_rate, weight_decay, dropout, ...)
    that shall differ from the architecture's defaults. `augmentation` (`Augmentation`, or a mapping of its fields)
    varies the training texts from epoch to epoch. `arguments`, `checkpoints`, `class_weight`, `threshold` and `y` are
    those of `BertClassifier`.
    """

    path_parameters: ClassVar[tuple[str, ...]] = ("checkpoints",)
    libraries: ClassVar[tuple[str, ...]] = ("torch",)
    _parameter_constraints: ClassVar[dict[str, Any]] = {**CONSTRAINTS, **LABEL_CONSTRAINTS}

    def __init__(
        self,
        architecture: Architecture = "bag",
        *,
        tokenizer: str | Tokenizer | Callable[[str], list[str]] = "auto",
        lowercase: bool = True,
        min_count: int = 1,
        max_words: int | None = 50_000,
        max_length: int = 128,
        embedding_dim: int = 128,
        hidden: int = 128,
        layers: int = 1,
        heads: int = 4,
        widths: Sequence[int] = (3, 4, 5),
        pooling: TextPooling = "cls",
        training: FineTuneSettings | Mapping[str, Any] | None = None,
        augmentation: Augmentation | Mapping[str, Any] | None = None,
        class_weight: Literal["balanced"] | Mapping[Any, float] | None = None,
        threshold: float | Literal["tune"] = 0.5,
        device: Literal["auto", "cpu", "cuda"] = "auto",
        checkpoints: str | Path | None = None,
        arguments: "TrainingArguments | None" = None,
        random_state: int = 0,
        normalization: Literal["NFC"] | None = "NFC",
    ) -> None:
        self.architecture = architecture
        self.tokenizer = tokenizer
        self.lowercase = lowercase
        self.min_count = min_count
        self.max_words = max_words
        self.max_length = max_length
        self.embedding_dim = embedding_dim
        self.hidden = hidden
        self.layers = layers
        self.heads = heads
        self.widths = widths
        self.pooling = pooling
        self.training = training
        self.augmentation = augmentation
        self.class_weight = class_weight
        self.threshold = threshold
        self.device = device
        self.checkpoints = checkpoints
        self.arguments = arguments
        self.random_state = random_state
        self.normalization = normalization

    def check_settings(self) -> None:
        """Raise `UsageError` for parameters that no fit could use, before there is anything to fit on."""
        check_neural(self)

    def _training(self) -> FineTuneSettings:
        return training_of(self)

    def _read(self, texts: Any) -> Sequence[Any]:
        return read_texts(texts, self.normalization)

    def _fit_network(self, rows: Any, targets: "Targets", held_out: np.ndarray) -> None:
        fit_neural(self, rows, targets, held_out)

    def _scores(self, rows: Any) -> np.ndarray:
        return neural_scores(self, rows)

    def check_storable(self) -> None:
        """Raise `UsageError` naming the parameter that cannot be saved."""
        check_storable(self)

    def save_files(self, folder: Path) -> None:
        """Write parameters and labels as JSON, the words as text, the weights as safetensors."""
        check_is_fitted(self, "classes_")
        write_neural(self, folder, self._label_state())

    @classmethod
    def load_files(cls, folder: Path) -> Self:
        """Read what `save_files` wrote."""
        owner, state = read_neural(cls, folder)
        owner._set_label_state(state, folder, owner.network_.linear.out_features)
        fitted: Self = owner
        return fitted
