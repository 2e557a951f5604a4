"""What an explanation holds: the words of a text with their weights, and the features behind them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from nlp_toolkit.protocols import TextPair

Method: TypeAlias = Literal["linear", "occlusion"]
Scale: TypeAlias = Literal["decision value", "probability", "value"]


@dataclass(frozen=True)
class Span:
    """A word, or a Korean morpheme, and how much it speaks for the label (below 0: against it).

    `start` and `end` are positions in the text that was given; `side` is 1 for the second text of a pair, else 0.
    """

    start: int
    end: int
    text: str
    weight: float
    side: int = 0


@dataclass(frozen=True)
class FeatureWeight:
    """A column of the text's row: its value, its coefficient for the label, and their product."""

    name: str
    value: float
    coefficient: float
    weight: float


@dataclass(frozen=True)
class Explanation:
    """Why a model gives a text this score for `label` (None for a number).

    With the method "linear", `score` is the decision value (the predicted number of a regression), and exactly
    `constant` + the weights of all `spans` + `elsewhere`, which is what features without a word weigh (n-grams of
    spaces). With "occlusion", `score` is the probability of the label (a decision value where the model has no
    probabilities) and a span's weight is how much of it is lost without the span: those do not add up, and
    `constant` and `elsewhere` are None.

    `spans` are all words in the order of the text; `features` the most telling columns, linear models only.
    `probability` is that of `label`, None where the model has none.
    """

    texts: tuple[str, ...]
    label: str | None
    score: float
    scale: Scale
    method: Method
    spans: tuple[Span, ...]
    probability: float | None = None
    constant: float | None = None
    elsewhere: float | None = None
    features: tuple[FeatureWeight, ...] = ()

    def strongest(self, n: int) -> list[Span]:
        """The `n` spans that speak most for the label, best first; fewer where fewer do."""
        speaking = [span for span in self.spans if span.weight > 0]
        return sorted(speaking, key=lambda span: (-span.weight, span.side, span.start))[:n]

    def to_json(self) -> dict[str, Any]:
        """`{"text" or "texts", "label", "score", "scale", "method", "spans", ...}`."""
        text = {"text": self.texts[0]} if len(self.texts) == 1 else {"texts": list(self.texts)}
        plain = asdict(self)
        del plain["texts"]
        if len(self.texts) == 1:
            for span in plain["spans"]:
                del span["side"]
        return text | plain


def row_of(texts: Sequence[str]) -> str | TextPair:
    """What a pipeline takes: the text, or the pair of texts."""
    return texts[0] if len(texts) == 1 else (texts[0], texts[1])
