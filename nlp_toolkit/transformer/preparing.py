"""The encoder a stage begins with: a checkpoint, or one made from the texts, trained further where that is wanted."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nlp_toolkit.errors import UsageError
from nlp_toolkit.transformer.checkpoint import Checkpoint, load_checkpoint
from nlp_toolkit.transformer.mlm import MlmResult, train_mlm
from nlp_toolkit.transformer.settings import MlmSettings
from nlp_toolkit.transformer.sizes import scratch_size
from nlp_toolkit.transformer.training import OnStep
from nlp_toolkit.transformer.wordpiece import new_checkpoint


@dataclass(frozen=True)
class Prepared:
    """An encoder ready to be used, and what masked-language modelling found where it was trained here."""

    checkpoint: Checkpoint
    mlm_result: MlmResult | None = None


def prepare(
    model: str | Path,
    texts: Iterable[str],
    *,
    mlm: MlmSettings | None = None,
    max_length: int | None = None,
    seed: int = 0,
    device: str = "auto",
    checkpoints: str | Path | None = None,
    keep_checkpoints: bool = False,
    on_step: OnStep = lambda step, steps: None,
) -> Prepared:
    """Load `model`, or make it from `texts` where it is a scratch size; train it on them where either asks for that.

    `texts` must be iterable several times (`validation.spool`); they are not read where nothing is trained. A
    `max_length` the model cannot take is a `UsageError` before any training.
    """
    size = scratch_size(str(model))
    settings = mlm or MlmSettings()
    if size is not None:
        check_length(max_length, settings.block_length, "raise mlm.block_length or ")
        checkpoint = new_checkpoint(
            size, texts, seed=seed, vocabulary_size=settings.vocabulary_size, max_length=settings.block_length
        )
    else:
        checkpoint = load_checkpoint(model, with_head=mlm is not None)
        check_length(max_length, checkpoint.longest)
    if (size is None and mlm is None) or settings.epochs == 0:
        return Prepared(checkpoint)
    trained = train_mlm(
        checkpoint,
        texts,
        settings,
        seed=seed,
        device=device,
        checkpoints=checkpoints,
        keep_checkpoints=keep_checkpoints,
        on_step=on_step,
    )
    return Prepared(trained.checkpoint, trained.result)


def check_length(max_length: int | None, longest: int, advice: str = "") -> None:
    """Raise `UsageError` where a model that takes `longest` tokens cannot take `max_length`."""
    if max_length is not None and not 3 <= max_length <= longest:
        raise UsageError(f"max_length={max_length} does not fit this model; {advice}give 3 to {longest} tokens")
