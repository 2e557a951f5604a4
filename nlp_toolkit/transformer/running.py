"""A checkpoint in use: on its device, once for the settings asked for; its rows kept in a cache if there is one."""

import json
from collections.abc import Sequence
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

from nlp_toolkit.errors import UsageError
from nlp_toolkit.transformer.device import Device
from nlp_toolkit.transformer.pooling import pooling_by_name
from nlp_toolkit.transformer.precision import Precision
from nlp_toolkit.transformer.tokenizing import OVERFLOWS

if TYPE_CHECKING:
    from nlp_toolkit.protocols import TextPair
    from nlp_toolkit.transformer.checkpoint import Checkpoint
    from nlp_toolkit.transformer.encode import Encoded, Encoder, Running

LIBRARIES = ("tokenizers", "torch", "transformers")
"""What the rows of an encoder depend on; a saved model says their versions."""


def check_running(owner: Any) -> None:
    """Raise `UsageError` for a pooling, overflow, precision, device or bound that is unknown."""
    pooling_by_name(owner.pooling)
    known = {"overflow": OVERFLOWS, "precision": get_args(Precision), "device": get_args(Device)}
    for name, names in known.items():
        value = getattr(owner, name, names[0])
        if value not in names:
            raise UsageError(f"unknown {name} {value!r}; known: {', '.join(names)}")
    for name in ("max_length", "batch_tokens", "random_state"):
        value = getattr(owner, name, None)
        least = 0 if name == "random_state" else 1
        if value is not None and (isinstance(value, bool) or not isinstance(value, Integral) or value < least):
            raise UsageError(f"{name}={value!r}: expected a whole number of at least {least}")


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
        weights = tuple(
            (id(tensor), -1 if tensor.is_inference() else tensor._version)
            for tensor in self.checkpoint.encoder.parameters()
        )
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
