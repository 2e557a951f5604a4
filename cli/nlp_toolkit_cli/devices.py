"""`--device`: what was asked for by name must be there, and is where neural stages then compute."""

from typing import Literal


def check_device(device: Literal["auto", "cpu", "cuda"]) -> None:
    """Let neural stages compute there; `UnavailableError` where torch finds no CUDA device and one is asked for."""
    from nlp_toolkit.transformer.device import prefer_device

    prefer_device(device)
    if device != "cuda":
        return
    from nlp_toolkit.errors import UnavailableError
    from nlp_toolkit.extras import require

    if not require("torch").cuda.is_available():
        raise UnavailableError("--device cuda: torch finds no CUDA device here; pass --device auto or --device cpu")
