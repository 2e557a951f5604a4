"""BERT as a stage: texts to rows of a pretrained encoder, optionally trained further on the fitted texts."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from nlp_toolkit.constraints import PATH, one_of
from nlp_toolkit.errors import ArtefactError
from nlp_toolkit.series import name_rows
from nlp_toolkit.text.normalize import normalize
from nlp_toolkit.text_transformer import TextTransformerMixin
from nlp_toolkit.transformer.pooling import PoolingName
from nlp_toolkit.transformer.precision import Precision
from nlp_toolkit.transformer.running import LIBRARIES, RUNNING, RunningEncoder, check_running
from nlp_toolkit.transformer.settings import MlmSettings
from nlp_toolkit.transformer.tokenizing import OVERFLOWS, Overflow, TooManyTokensError
from nlp_toolkit.validation import check_finite, check_texts, spool

_log = logging.getLogger("nlp_toolkit")

_BLOCK = 8_192
_PARAMETERS = "parameters.json"
_OF_THE_MACHINE = ("cache", "checkpoints")


class BertVectorizer(TextTransformerMixin, BaseEstimator):
    """Texts to dense rows of a BERT-like encoder, (n_texts, columns) float32.

    `model` is a local folder, a model directory saved before, a Hugging Face name, or "scratch-tiny" (-mini, -small,
    -medium, -base): tokenizer and encoder made and trained by masked-language modelling on the fitted texts. `pooling`
    over the encoder's last hidden states is "cls", "mean", "max", "cls+mean" (twice as wide) or "mean-last-4". Texts
    of more than `max_length` tokens (None: the encoder's limit) are truncated (counted in `n_truncated_` and told),
    cut into overlapping windows whose mean is taken, or refused, as `overflow` says. A text without a known token is
    a row of zeros, listed in `zero_rows_` of the last `transform`.

    `precision` "auto" is bfloat16 where the hardware has it and a check against float32 at load passes.
    `batch_tokens` bounds the padded tokens of a batch. `mlm` (`MlmSettings`, or a mapping of its fields) goes on with
    MLM training on the fitted texts. `cache` is a folder that keeps rows by text, weights and settings; `checkpoints`
    one that keeps the state of an MLM training, so that the same `fit` goes on after an interruption.

    Without `mlm`, `fit` loads and checks the checkpoint; the texts teach it nothing.
    """

    # What a recipe must know: which parameters are paths (they stay in the recipe's folder), and that rows go below 0.
    path_parameters: ClassVar[tuple[str, ...]] = ("model", "cache", "checkpoints")
    negative_rows: ClassVar[bool] = True
    libraries: ClassVar[tuple[str, ...]] = LIBRARIES
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **RUNNING,
        "overflow": [one_of(OVERFLOWS)],
        "cache": [*PATH, None],
    }

    def __init__(
        self,
        model: str | Path = "scratch-tiny",
        *,
        pooling: PoolingName = "cls",
        max_length: int | None = None,
        overflow: Overflow = "truncate",
        precision: Precision = "auto",
        device: Literal["auto", "cpu", "cuda"] = "auto",
        batch_tokens: int | None = None,
        mlm: MlmSettings | Mapping[str, Any] | None = None,
        cache: str | Path | None = None,
        checkpoints: str | Path | None = None,
        random_state: int = 0,
        normalization: Literal["NFC"] | None = "NFC",
    ) -> None:
        self.model = model
        self.pooling = pooling
        self.max_length = max_length
        self.overflow = overflow
        self.precision = precision
        self.device = device
        self.batch_tokens = batch_tokens
        self.mlm = mlm
        self.cache = cache
        self.checkpoints = checkpoints
        self.random_state = random_state
        self.normalization = normalization

    def fit(self, texts: Iterable[str], y: object = None) -> Self:
        """Load the checkpoint, or make one from the texts; train it on them where `mlm` or the name says so."""
        from nlp_toolkit.transformer.preparing import prepare
        from nlp_toolkit.transformer.sizes import scratch_size

        mlm = check_running(self)
        checked = check_texts(texts)
        trains = mlm is not None or scratch_size(str(self.model)) is not None
        prepared = prepare(
            self.model,
            spool(normalize(text, self.normalization) for text in checked) if trains else (),
            mlm=mlm,
            max_length=self.max_length,
            seed=self.random_state,
            device=self.device,
            checkpoints=self.checkpoints,
        )
        self.encoder_ = RunningEncoder(prepared.checkpoint)
        if prepared.mlm_result is not None:
            self.mlm_result_ = prepared.mlm_result
        elif not trains:
            self._note_declared_pooling()
        return self

    def transform(self, texts: Iterable[str]) -> np.ndarray:
        """One row a text, in order; equal texts are encoded once."""
        check_is_fitted(self, "encoder_")
        rows = list(self._blocks(texts))
        return np.concatenate(rows) if rows else np.zeros((0, self._n_features_out), dtype=np.float32)

    def transform_blocks(self, texts: Iterable[str]) -> Iterator[np.ndarray]:
        """The rows of `transform` in blocks of up to 8,192, so that only a block is held."""
        check_is_fitted(self, "encoder_")
        return self._blocks(texts)

    @property
    def checkpoint_(self) -> Any:
        """The encoder (a transformers model) and its tokenizer: a `nlp_toolkit.transformer.checkpoint.Checkpoint`."""
        return self.encoder_.checkpoint

    @property
    def _n_features_out(self) -> int:
        return self.encoder_.columns(self.pooling)

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Column names: bert0, bert1, ..."""
        check_is_fitted(self, "encoder_")
        return np.asarray([f"bert{column}" for column in range(self._n_features_out)], dtype=object)

    def _blocks(self, texts: Iterable[str]) -> Iterator[np.ndarray]:
        check_running(self)
        running = self.encoder_.running(self)
        n_truncated = n_texts = 0
        zero_rows: list[int] = []
        waiting = iter(check_texts(texts))
        while block := [normalize(text, self.normalization) for text in islice(waiting, _BLOCK)]:
            try:
                encoded = self.encoder_.encode(block, running, cache=self.cache)
            except TooManyTokensError as error:
                where = name_rows([n_texts + block.index(error.text)])
                raise TooManyTokensError(error.text, error.max_length, where) from error
            check_finite(encoded.rows, f"{type(self).__name__} output", first_row=n_texts)
            zero_rows += (np.flatnonzero(~encoded.rows.any(axis=1)) + n_texts).tolist()
            n_texts += len(block)
            n_truncated += int(encoded.truncated.sum())
            yield encoded.rows
        self.n_truncated_ = n_truncated
        self.zero_rows_ = np.array(zero_rows, dtype=np.int64)
        if n_truncated:
            _log.info(
                "%d of %d texts are longer than %d tokens: only their beginning was read (overflow='window' reads all)",
                *(n_truncated, n_texts, running.max_length),
            )

    def check_settings(self) -> None:
        """Raise `UsageError` for parameters that no fit could use, before there is anything to fit on."""
        check_running(self)

    def _note_declared_pooling(self) -> None:
        declared = self.checkpoint_.declared_pooling
        if self.pooling == "cls" and declared not in (None, "cls", "cls+mean"):
            _log.info(
                "%s was trained for %s pooling and is used frozen with cls: pooling=%r is likely better",
                *(self.model, declared, declared),
            )

    def save_files(self, folder: Path) -> None:
        """Write a Hugging Face folder: encoder (safetensors), tokenizer, our parameters, and the pooling declared."""
        from nlp_toolkit.artefact.files import write_json
        from nlp_toolkit.transformer.folder import write_checkpoint, write_modules

        check_is_fitted(self, "encoder_")
        write_checkpoint(self.checkpoint_, folder)
        if self.overflow == "truncate":
            write_modules(
                folder,
                pooling=self.pooling,
                max_length=self.encoder_.running(self).max_length,
                columns=self.encoder_.columns("mean"),
            )
        mlm = check_running(self)
        parameters = {
            **{name: value for name, value in self.get_params(deep=False).items() if name not in _OF_THE_MACHINE},
            "model": Path(self.model).name,
            "mlm": None if mlm is None else asdict(mlm),
        }
        write_json(folder / _PARAMETERS, parameters)

    @classmethod
    def load_files(cls, folder: Path) -> Self:
        """Read what `save_files` wrote; cache and checkpoints, a matter of the machine, start unset."""
        from nlp_toolkit.artefact.files import read_json
        from nlp_toolkit.transformer.checkpoint import load_checkpoint

        parameters: Any = read_json(folder / _PARAMETERS)
        if not isinstance(parameters, dict) or any(name in parameters for name in _OF_THE_MACHINE):
            raise ArtefactError(f"{folder / _PARAMETERS}: expected the parameters of a stage; the file is damaged")
        try:
            stage = cls(**parameters)
            stage.mlm = check_running(stage)
        except (TypeError, ValueError) as error:
            raise ArtefactError(f"{folder / _PARAMETERS}: {error}; the file is damaged") from error
        stage.encoder_ = RunningEncoder(load_checkpoint(folder))
        stage.encoder_.running(stage)  # its max_length must suit the encoder
        return stage

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags
