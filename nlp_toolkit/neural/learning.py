"""From texts to a trained network and from the network to scores: the common training loop, over word numbers."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp_toolkit.extras import require
from nlp_toolkit.neural.sizes import Architecture, Sizes
from nlp_toolkit.neural.vocabulary import Numbered, padded
from nlp_toolkit.transformer.batching import run_batches
from nlp_toolkit.transformer.device import resolve_device
from nlp_toolkit.transformer.settings import FineTuneSettings

if TYPE_CHECKING:
    from nlp_toolkit.neural.network import TextNetwork
    from nlp_toolkit.transformer.supervised import Targets
    from nlp_toolkit.transformer.training import Trained


RATES: Mapping[Architecture, float] = {"bag": 5e-3, "mlp": 1e-3, "cnn": 1e-3, "gru": 1e-3, "transformer": 5e-4}
"""Learning rates where the settings name none."""

_DROPOUT: Mapping[Architecture, float] = {"bag": 0.3, "mlp": 0.5, "cnn": 0.5, "gru": 0.3, "transformer": 0.3}
_EPOCHS = 20
_ROWS = 1_000


def default_settings(architecture: Architecture, n_rows: int) -> FineTuneSettings:
    """How an architecture is trained on `n_rows` where nothing else is said.

    20 epochs, and of less than 1,000 rows as many as read that many rows 20 times, evaluated 20 times all the same:
    few labels are not to mean few steps.
    """
    passes = max(1, math.ceil(_ROWS / max(1, n_rows)))
    return FineTuneSettings(
        epochs=float(_EPOCHS * passes),
        evaluations=1 / passes,
        patience=3,
        batch_size=32,
        dropout=_DROPOUT[architecture],
        precision="float32",
    )


@dataclass(frozen=True)
class Learned:
    """A trained network, on the CPU, and what training found out."""

    network: "TextNetwork"
    trained: "Trained"


def learn_network(
    architecture: Architecture,
    sizes: Sizes,
    copies: Sequence[Numbered],
    targets: "Targets",
    held_out: np.ndarray,
    *,
    n_words: int,
    settings: FineTuneSettings,
    seed: int,
    device: str,
    more: Any = None,
    checkpoints: str | Path | None = None,
) -> Learned:
    """Train a new network of `n_words` words on the rows that are not `held_out` (bool, (n,)).

    `copies` are the texts as they are and variants of them, all with the same rows: epoch after epoch the next is
    read, while held-out rows are always those of the first. `more` is a `TrainingArguments` for what the settings do
    not say. With `checkpoints` an interrupted call goes on when it is made again.
    """
    torch = require("torch")
    from nlp_toolkit.neural.network import TextNetwork
    from nlp_toolkit.transformer.supervised import train_on_targets

    where = resolve_device(device)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = TextNetwork(
            architecture, sizes, n_words=n_words, n_outputs=targets.n_outputs, dropout=settings.dropout
        )
    reading = _Reading(copies, held_out)
    trained = train_on_targets(
        network,
        targets,
        held_out,
        lengths=copies[0].lengths,
        inputs_of=reading.inputs_of,
        settings=settings,
        rate=RATES[architecture],
        run={
            "architecture": architecture,
            "sizes": asdict(sizes),
            "words": n_words,
            "rows": hashlib.sha256(repr([copy.ids for copy in copies]).encode()).hexdigest(),
        },
        device=where,
        seed=seed,
        more=more,
        checkpoints=checkpoints,
        on_epoch=reading.begin_epoch,
    )
    return Learned(network, trained)


class _Reading:
    """The rows of the copy that is read in this epoch."""

    def __init__(self, copies: Sequence[Numbered], held_out: np.ndarray) -> None:
        self._copies = copies
        self._held_out = held_out
        self._copy = 0

    def begin_epoch(self, epoch: int) -> None:
        self._copy = epoch % len(self._copies)

    def inputs_of(self, batch: np.ndarray) -> dict[str, Any]:
        read, whole = self._copies[self._copy].ids, self._copies[0].ids
        ids = [whole[row] if self._held_out[row] else read[row] for row in batch.tolist()]
        return {"input_ids": require("torch").from_numpy(padded(ids))}


def scores_of(network: "TextNetwork", numbered: Numbered, *, device: str) -> np.ndarray:
    """Scores (n_texts, n_outputs) float32; a text's scores do not depend on the texts beside it."""
    torch = require("torch")
    where = resolve_device(device)
    network.to(where).eval()

    def forward(batch: np.ndarray) -> np.ndarray:
        ids = torch.from_numpy(padded([numbered.ids[row] for row in batch.tolist()])).to(where)
        found: np.ndarray = network(ids).cpu().numpy()
        return found

    columns = network.linear.out_features
    return run_batches(forward, numbered.lengths, columns=columns, device=where)
