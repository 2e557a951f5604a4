"""From a text to its tokens: normalized, lower-cased, split."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from nlp_toolkit.protocols import Tokenizer
from nlp_toolkit.text.normalize import normalize


@dataclass(frozen=True)
class TextAnalysis:
    """How a text becomes words: normalized, lower-cased, split."""

    tokenizer: Tokenizer | Callable[[str], list[str]]
    lowercase: bool
    normalization: Literal["NFC"] | None

    def prepare(self, text: str) -> str:
        """The text as the tokenizer is given it."""
        text = normalize(text, self.normalization)
        return text.lower() if self.lowercase else text

    def tokens(self, texts: Iterable[str]) -> Iterable[list[str]]:
        """The words of each text, lazily and in order."""
        prepared = map(self.prepare, texts)
        if isinstance(self.tokenizer, Tokenizer):
            return self.tokenizer.batch(prepared)
        return map(self.tokenizer, prepared)
