"""bfloat16 where the hardware multiplies it fast and a check against float32 passes."""

import logging
from typing import TYPE_CHECKING, Literal, TypeAlias

from nlp_toolkit.compat import multiplies_bfloat16
from nlp_toolkit.errors import UsageError
from nlp_toolkit.extras import require
from nlp_toolkit.processor import processor_level

if TYPE_CHECKING:
    import torch

    TorchDtype: TypeAlias = torch.dtype  # a local name `torch` would hide the module from annotations

Precision: TypeAlias = Literal["auto", "float32", "bfloat16"]

LEAST_COSINE = 0.999
"""Rows in bfloat16 must point this nearly where their float32 rows do, or `auto` stays with float32."""

_log = logging.getLogger("nlp_toolkit")


def is_bfloat16_fast(device: "torch.device") -> bool:
    """Whether `device` has matrix instructions for bfloat16 (AVX-512-BF16 or AMX; Ampere or newer)."""
    torch = require("torch")
    if device.type == "cuda":
        return bool(torch.cuda.get_device_capability(device)[0] >= 8)
    return processor_level() == "avx512_bf16" and multiplies_bfloat16()


def chosen_dtype(precision: str, device: "torch.device") -> "torch.dtype":
    """The dtype to compute in; for "auto" bfloat16 where it is fast, still to be checked by `agrees`."""
    torch = require("torch")
    names = {
        "float32": "float32",
        "bfloat16": "bfloat16",
        "auto": "bfloat16" if is_bfloat16_fast(device) else "float32",
    }
    if precision not in names:
        raise UsageError(f"unknown precision {precision!r}; known: auto, float32, bfloat16")
    found: TorchDtype = getattr(torch, names[precision])
    return found


def agrees(reference: "torch.Tensor", rows: "torch.Tensor") -> bool:
    """Whether each of `rows` (n, dim) has a cosine of at least `LEAST_COSINE` to its float32 row, zero rows apart."""
    torch = require("torch")
    some = reference.any(dim=1)
    cosines = torch.nn.functional.cosine_similarity(reference[some].float(), rows[some].float(), dim=1)
    least = float(cosines.min()) if len(cosines) else 1.0
    if least < LEAST_COSINE:
        _log.warning("bfloat16 rows differ from float32 (least cosine %.4f): computing in float32", least)
    return least >= LEAST_COSINE
