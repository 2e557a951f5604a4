"""BERT as a stage: texts to rows of a pretrained encoder, optionally trained further on the fitted texts."""

import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from nlp_toolkit.errors import ArtefactError, UsageError
from nlp_toolkit.text.normalize import normalize
from nlp_toolkit.transformer.pooling import PoolingName, pooling_by_name
from nlp_toolkit.transformer.precision import Precision
from nlp_toolkit.transformer.tokenizing import Overflow
from nlp_toolkit.validation import check_finite, check_texts, spool

if TYPE_CHECKING:
    from nlp_toolkit.transformer.checkpoint import Checkpoint
    from nlp_toolkit.transformer.encode import Encoder
    from nlp_toolkit.transformer.mlm import MlmSettings

_log = logging.getLogger("nlp_toolkit")

_BLOCK = 8_192
_PARAMETERS = "parameters.json"


class BertVectorizer(TransformerMixin, BaseEstimator):
    """Texts to dense rows of a BERT-like encoder, (n_texts, columns) float32.

    `model` is a local folder, a Hugging Face name, or "scratch-tiny" (-mini, -small, -medium, -base):
    tokenizer and encoder made and trained by masked-language modelling on the fitted texts. `pooling`
    over the encoder's last hidden states is "cls", "mean", "max", "cls+mean" (twice as wide) or
    "mean-last-4". Texts of more than `max_length` tokens (None: the encoder's limit) are truncated
    (counted in `n_truncated_` and told), cut into overlapping windows whose mean is taken, or refused,
    as `overflow` says. `precision` "auto" is bfloat16 where the hardware has it and a check against
    float32 at load passes. `batch_tokens` bounds the padded tokens of a batch. `mlm` goes on with MLM
    training on the fitted texts. `cache` is a folder that keeps rows by text, weights and settings.

    Without `mlm`, `fit` loads and checks the checkpoint; the texts teach it nothing.
    """

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
        mlm: "MlmSettings | None" = None,
        cache: str | Path | None = None,
        random_state: int | None = 0,
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
        self.random_state = random_state
        self.normalization = normalization

    def fit(self, texts: Iterable[str], y: object = None) -> Self:
        """Load the checkpoint, or make one from the texts; train it on them where `mlm` or the name says so."""
        from nlp_toolkit.transformer.checkpoint import load_checkpoint
        from nlp_toolkit.transformer.sizes import scratch_size

        pooling_by_name(self.pooling)
        checked = check_texts(texts)
        size = scratch_size(str(self.model))
        if size is None and self.mlm is None:
            self._use(load_checkpoint(self.model))
            self._note_declared_pooling()
            return self
        from nlp_toolkit.transformer.mlm import MlmSettings, train_mlm
        from nlp_toolkit.transformer.wordpiece import new_checkpoint

        passes = spool(normalize(text, self.normalization) for text in checked)
        seed = self.random_state or 0
        checkpoint = load_checkpoint(self.model) if size is None else new_checkpoint(size, passes, seed=seed)
        trained = train_mlm(checkpoint, passes, self.mlm or MlmSettings(), seed=seed, device=self.device)
        self.mlm_result_ = trained.result
        self._use(trained.checkpoint)
        return self

    def transform(self, texts: Iterable[str]) -> np.ndarray:
        """One row a text, in order; equal texts are encoded once."""
        check_is_fitted(self, "checkpoint_")
        rows = list(self._blocks(texts))
        return np.concatenate(rows) if rows else np.zeros((0, self._n_features_out), dtype=np.float32)

    def transform_blocks(self, texts: Iterable[str]) -> Iterator[np.ndarray]:
        """The rows of `transform` in blocks of up to 8,192, so that only a block is held."""
        check_is_fitted(self, "checkpoint_")
        return self._blocks(texts)

    @property
    def _n_features_out(self) -> int:
        return int(self.checkpoint_.encoder.config.hidden_size) * pooling_by_name(self.pooling).width

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Column names: bert0, bert1, ..."""
        check_is_fitted(self, "checkpoint_")
        return np.asarray([f"bert{column}" for column in range(self._n_features_out)], dtype=object)

    def _blocks(self, texts: Iterable[str]) -> Iterator[np.ndarray]:
        self.n_truncated_ = 0
        n_texts = 0
        waiting = iter(check_texts(texts))
        while block := [normalize(text, self.normalization) for text in islice(waiting, _BLOCK)]:
            rows = self._cached_rows(block)
            check_finite(rows, f"{type(self).__name__} output")
            n_texts += len(block)
            yield rows
        if self.n_truncated_:
            _log.info(
                "%d of %d texts are longer than %d tokens: only their beginning was read (overflow='window' reads all)",
                *(self.n_truncated_, n_texts, self._length_limit()),
            )

    def _cached_rows(self, block: list[str]) -> np.ndarray:
        if self.cache is None:
            return self._encoded(block)
        from nlp_toolkit.transformer.cache import EmbeddingCache

        return EmbeddingCache(Path(self.cache), self._setting()).rows(block, self._encoded, self._n_features_out)

    def _encoded(self, block: list[str]) -> np.ndarray:
        from nlp_toolkit.transformer.encode import encode

        encoded = encode(self._ready_encoder(), block)
        self.n_truncated_ += int(encoded.truncated.sum())
        return encoded.rows

    def _use(self, checkpoint: "Checkpoint") -> None:
        self.checkpoint_ = checkpoint
        vars(self).pop("_encoder", None)
        vars(self).pop("_digest", None)
        if self.max_length is not None and not 3 <= self.max_length <= checkpoint.longest:
            raise UsageError(
                f"max_length={self.max_length} does not fit this model; give 3 to {checkpoint.longest} tokens"
            )

    def _length_limit(self) -> int:
        return self.max_length or int(self.checkpoint_.longest)

    def _ready_encoder(self) -> "Encoder":
        """The encoder on its device, made anew only when a parameter it depends on has changed."""
        from nlp_toolkit.transformer.device import resolve_device
        from nlp_toolkit.transformer.encode import make_encoder

        wanted = (self.pooling, self._length_limit(), self.overflow, self.device, self.precision, self.batch_tokens)
        kept: tuple[object, Encoder] | None = vars(self).get("_encoder")
        if kept is None or kept[0] != wanted:
            encoder = make_encoder(
                self.checkpoint_,
                pooling_by_name(self.pooling),
                max_length=self._length_limit(),
                overflow=self.overflow,
                device=resolve_device(self.device),
                precision=self.precision,
                batch_tokens=self.batch_tokens,
            )
            self._encoder = kept = wanted, encoder
        return kept[1]

    def _setting(self) -> str:
        """Everything a row depends on beside its text."""
        if "_digest" not in vars(self):
            self._digest = self.checkpoint_.digest()
        dtype = str(self._ready_encoder().dtype)
        return json.dumps([self._digest, self.pooling, self._length_limit(), self.overflow, dtype])

    def _note_declared_pooling(self) -> None:
        declared = self.checkpoint_.declared_pooling
        if self.pooling == "cls" and declared not in (None, "cls"):
            _log.info(
                "%s was trained for %s pooling, and is used with cls; pooling=%r is likely better unless you fine-tune it",
                *(self.model, declared, declared),
            )

    def save_files(self, folder: Path) -> None:
        """Write a Hugging Face folder: encoder (safetensors), tokenizer, our parameters, and the pooling declared."""
        from nlp_toolkit.artefact.files import write_json
        from nlp_toolkit.transformer.folder import write_checkpoint, write_modules

        check_is_fitted(self, "checkpoint_")
        write_checkpoint(self.checkpoint_, folder)
        if self.overflow == "truncate":
            hidden = int(self.checkpoint_.encoder.config.hidden_size)
            write_modules(folder, pooling=self.pooling, max_length=self._length_limit(), columns=hidden)
        parameters = {name: value for name, value in self.get_params(deep=False).items() if name != "cache"}
        parameters["model"] = str(self.model) if str(self.model).startswith("scratch-") else Path(self.model).name
        parameters["mlm"] = None if self.mlm is None else asdict(self.mlm)
        write_json(folder / _PARAMETERS, parameters)

    @classmethod
    def load_files(cls, folder: Path) -> Self:
        """Read what `save_files` wrote; the cache, a matter of the machine, starts unset."""
        from nlp_toolkit.artefact.files import read_json
        from nlp_toolkit.transformer.checkpoint import load_checkpoint

        parameters: Any = read_json(folder / _PARAMETERS)
        if not isinstance(parameters, dict):
            raise ArtefactError(f"{folder / _PARAMETERS}: expected the parameters of a stage; the file is damaged")
        settings = parameters.pop("mlm", None)
        try:
            stage = cls(**parameters)
            if settings is not None:
                from nlp_toolkit.transformer.mlm import MlmSettings

                stage.mlm = MlmSettings(**settings)
        except TypeError as error:
            raise ArtefactError(f"{folder / _PARAMETERS}: {error}; the file is damaged") from error
        stage._use(load_checkpoint(folder))
        return stage
