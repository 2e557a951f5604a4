"""From texts to a trained network and from the network to scores: the common training loop, over word numbers."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp_toolkit.extras import require
from nlp_toolkit.neural.sizes import Architecture, Sizes
from nlp_toolkit.neural.vocabulary import Numbered, padded
from nlp_toolkit.transformer.batching import batch_budget, run_batches
from nlp_toolkit.transformer.device import resolve_device
from nlp_toolkit.transformer.settings import FineTuneSettings

if TYPE_CHECKING:
    from nlp_toolkit.neural.network import TextNetwork
    from nlp_toolkit.transformer.supervised import Targets
    from nlp_toolkit.transformer.training import Trained


def _settings(*, learning_rate: float, dropout: float) -> FineTuneSettings:
    return FineTuneSettings(
        epochs=20.0, batch_size=32, learning_rate=learning_rate, dropout=dropout, patience=3, precision="float32"
    )


DEFAULTS: Mapping[Architecture, FineTuneSettings] = {
    "bag": _settings(learning_rate=5e-3, dropout=0.3),
    "mlp": _settings(learning_rate=1e-3, dropout=0.5),
    "cnn": _settings(learning_rate=1e-3, dropout=0.5),
    "gru": _settings(learning_rate=1e-3, dropout=0.3),
    "transformer": _settings(learning_rate=5e-4, dropout=0.3),
}
"""How each architecture is trained where nothing else is said."""


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
        rate=DEFAULTS[architecture].learning_rate or 0.0,
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
    return run_batches(forward, numbered.lengths, budget=batch_budget(where), columns=columns)
