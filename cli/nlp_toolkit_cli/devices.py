"""`--device`: what was asked for by name must be there."""


def check_device(device: str) -> None:
    """Raise `UnavailableError` where `cuda` is asked for and torch finds no such device; `auto` takes what there is."""
    if device != "cuda":
        return
    from nlp_toolkit.errors import UnavailableError
    from nlp_toolkit.extras import require

    if not require("torch").cuda.is_available():
        raise UnavailableError("--device cuda: torch finds no CUDA device here; pass --device auto or --device cpu")
