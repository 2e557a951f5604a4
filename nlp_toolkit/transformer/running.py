"""A checkpoint in use: on its device, once for the settings asked for; its rows kept in a cache if there is one."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

from nlp_toolkit.compat import changes_of
from nlp_toolkit.constraints import PATH, SEED, check_options, one_of, whole
from nlp_toolkit.settings import settings_of
from nlp_toolkit.transformer.device import Device
from nlp_toolkit.transformer.pooling import PoolingName, pooling_by_name
from nlp_toolkit.transformer.precision import Precision
from nlp_toolkit.transformer.settings import MlmSettings
from nlp_toolkit.transformer.sizes import scratch_size

if TYPE_CHECKING:
    from nlp_toolkit.protocols import TextPair
    from nlp_toolkit.transformer.checkpoint import Checkpoint
    from nlp_toolkit.transformer.encode import Encoded, Encoder, Running

LIBRARIES = ("tokenizers", "torch", "transformers")
"""What the rows of an encoder depend on; a saved model says their versions."""


RUNNING: Mapping[str, Any] = {
    "model": list(PATH),
    "pooling": [one_of(get_args(PoolingName))],
    "max_length": [whole(1), None],
    "precision": [one_of(get_args(Precision))],
    "device": [one_of(get_args(Device))],
    "batch_tokens": [whole(1), None],
    "mlm": [Mapping, MlmSettings, None],
    "checkpoints": [*PATH, None],
    "random_state": SEED,
    "normalization": [one_of({"NFC"}), None],
}
"""What the options may be that everything with an encoder has."""


def check_running(owner: Any) -> MlmSettings | None:
    """The owner's MLM settings; `UsageError` for options that no fit could use."""
    check_options(owner)
    scratch_size(str(owner.model))
    return None if owner.mlm is None else settings_of(MlmSettings, owner.mlm, "mlm")


class RunningEncoder:
    """A checkpoint and its encoder on its device, made when first needed and anew when a setting or a weight changes.

    A weight that is changed in place is noticed by torch's own count of such changes, which leaves out those made
    through `.data`; a tokenizer that is changed is not noticed. After such a change make a new one.
    """

    def __init__(self, checkpoint: "Checkpoint") -> None:
        self.checkpoint = checkpoint
        self._ready: tuple[Running, Encoder] | None = None
        self._digest: str | None = None
        self._weights: tuple[tuple[int, int], ...] | None = None

    def __getstate__(self) -> dict[str, Any]:
        """A copy, here or in a worker of joblib, makes its own of what is made when needed.

        Weights laid for this processor (`packed_linear.py`) cannot be copied.
        """
        return {**vars(self), "_ready": None, "_digest": None, "_weights": None}

    def columns(self, pooling: str) -> int:
        """Width of a row pooled so."""
        return int(self.checkpoint.encoder.config.hidden_size) * pooling_by_name(pooling).width

    def running(self, owner: Any) -> "Running":
        """The owner's settings, its `max_length` None replaced by the encoder's limit."""
        from nlp_toolkit.transformer.encode import Running
        from nlp_toolkit.transformer.preparing import check_length

        check_length(owner.max_length, self.checkpoint.longest)
        return Running(
            pooling=owner.pooling,
            max_length=int(owner.max_length or self.checkpoint.longest),
            overflow=getattr(owner, "overflow", "truncate"),
            device=owner.device,
            precision=getattr(owner, "precision", "auto"),
            batch_tokens=getattr(owner, "batch_tokens", None),
        )

    def ready(self, running: "Running") -> "Encoder":
        """The encoder on its device."""
        from nlp_toolkit.transformer.encode import make_encoder

        self._look_at_weights()
        if self._ready is None or self._ready[0] != running:
            self._ready = running, make_encoder(self.checkpoint, running)
        return self._ready[1]

    def encode(self, texts: list[str], running: "Running", *, cache: str | Path | None = None) -> "Encoded":
        """Rows of `texts`; with a cache the encoder is made only for texts that are not kept in it."""
        from nlp_toolkit.transformer.encode import encode

        if cache is None:
            return encode(self.ready(running), texts)
        from nlp_toolkit.transformer.cache import EmbeddingCache

        kept = EmbeddingCache(Path(cache), self._setting(running))
        return kept.encoded(texts, lambda new: encode(self.ready(running), new), self.columns(running.pooling))

    def rows_for_head(self, texts: "Sequence[str] | Sequence[TextPair]", running: "Running") -> "Encoded":
        """Rows of texts or pairs for a head that was trained on them, also of texts without a known token."""
        from nlp_toolkit.transformer.encode import encode, encode_pairs

        encoder = self.ready(running)
        if len(texts) and isinstance(texts[0], tuple):
            return encode_pairs(encoder, cast("Sequence[TextPair]", texts))
        return encode(encoder, cast("Sequence[str]", texts), unknown_as_zeros=False)

    def _look_at_weights(self) -> None:
        """Forget what was made of weights that have changed in place since: a copy in bfloat16, the digest."""
        weights = tuple((id(tensor), changes_of(tensor)) for tensor in self.checkpoint.encoder.parameters())
        if weights != self._weights:
            self._weights, self._digest, self._ready = weights, None, None

    def _setting(self, running: "Running") -> str:
        """Everything a row depends on beside its text.

        What "auto" comes to follows from the weights and the hardware's dtype, so both stand for it: finding a row
        takes no check by forward passes.
        """
        from nlp_toolkit.transformer.device import resolve_device
        from nlp_toolkit.transformer.precision import chosen_dtype

        self._look_at_weights()
        if self._digest is None:
            self._digest = self.checkpoint.digest()
        dtype = str(chosen_dtype(running.precision, resolve_device(running.device)))
        precision = "auto" if running.precision == "auto" and "bfloat16" in dtype else dtype
        # Texts of nothing but these are rows of zeros.
        special = sorted(self.checkpoint.tokenizer.all_special_ids)
        return json.dumps([self._digest, special, running.pooling, running.max_length, running.overflow, precision])
