"""Which networks there are, and how large one is."""

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias, get_args

from annotated_types import Ge, Le, Len

from nlp_toolkit.errors import UsageError
from nlp_toolkit.settings import Count

Architecture: TypeAlias = Literal["bag", "mlp", "cnn", "gru", "transformer"]
ARCHITECTURES: tuple[Architecture, ...] = get_args(Architecture)

TextPooling: TypeAlias = Literal["cls", "mean"]


@dataclass(frozen=True)
class Sizes:
    """The sizes of a network; each architecture takes those it has.

    `max_length` is in words, `embedding_dim` the width of a word's vector. `hidden` is the number of hidden units
    (mlp), of filters of each width (cnn), of units in each direction (gru) or the width between the two linear layers
    of a block (transformer). `layers` (gru, transformer), `heads` and `pooling` (transformer), `widths` in words (cnn).
    """

    max_length: Count = 128
    embedding_dim: Count = 128
    hidden: Count = 128
    layers: Count = 1
    heads: Count = 4
    widths: Annotated[tuple[Annotated[int, Ge(1), Le(10_000)], ...], Len(1, 100)] = (3, 4, 5)
    pooling: TextPooling = "cls"

    def check(self, architecture: str) -> None:
        """Raise `UsageError` where `architecture` is unknown or cannot have these sizes."""
        if architecture not in ARCHITECTURES:
            raise UsageError(f"unknown architecture {architecture!r}; known: {', '.join(ARCHITECTURES)}")
        if architecture == "transformer" and self.embedding_dim % self.heads:
            raise UsageError(
                f"embedding_dim={self.embedding_dim} cannot be shared by {self.heads} heads; give a multiple of heads"
            )
