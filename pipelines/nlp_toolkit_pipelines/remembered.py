"""Tokens kept in memory while folds come and go: Korean texts are analysed once, not once a fold."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Self

from nlp_toolkit.protocols import Tokenizer


class RememberedTokens:
    """A tokenizer that answers from memory for texts it has seen; its tokens are those of `tokenizer`.

    Memory grows with the texts, so it is for a training run and not for a saved stage.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._tokens: dict[str, list[str]] = {}
        self._words: dict[str, str] = {}

    @property
    def name(self) -> str:
        """The tokenizer's name."""
        return self._tokenizer.name

    @property
    def version(self) -> str:
        """The tokenizer's version."""
        return self._tokenizer.version

    def __call__(self, text: str) -> list[str]:
        return next(self.batch([text]))

    def batch(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """Tokens of each text, in order; those not seen before are analysed together."""
        asked = list(texts)
        new = list(dict.fromkeys(text for text in asked if text not in self._tokens))
        for text, tokens in zip(new, self._tokenizer.batch(new), strict=True):
            # One string object for each distinct token: a corpus repeats them a hundredfold.
            self._tokens[text] = [self._words.setdefault(token, token) for token in tokens]
        return (list(self._tokens[text]) for text in asked)

    def __deepcopy__(self, memo: object) -> Self:
        """The same object: `sklearn.clone` must not copy the memory."""
        return self


def stages_of(vectorizer: Any) -> Sequence[Any]:
    """The stages inside a vectorizer step: those of a union or of pairs, or the stage itself."""
    inner = getattr(vectorizer, "stage", None)
    if inner is not None:
        return stages_of(inner)
    members = getattr(vectorizer, "transformer_list", None)
    return [vectorizer] if members is None else [stage for _, member in members for stage in stages_of(member)]


class TokenMemory:
    """Gives the stages of several pipelines one memory for each slow tokenizer."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._by_tokenizer: dict[Tokenizer, RememberedTokens] = {}
        self._by_name: dict[str, Tokenizer] = {}

    def share(self, pipeline: Any) -> None:
        """Let every stage of an unfitted pipeline that takes Korean morphemes answer from memory."""
        from nlp_toolkit import CountVectorizer, TfidfVectorizer
        from nlp_toolkit.text.korean import KoreanTokenizer

        for stage in stages_of(pipeline.steps[0][1]):
            # Other stages may mean something else by the name "auto".
            if not isinstance(stage, CountVectorizer | TfidfVectorizer) or stage.analyzer != "word":
                continue
            asked = stage.tokenizer
            tokenizer = self._resolved(asked) if isinstance(asked, str) else asked
            if isinstance(tokenizer, KoreanTokenizer):
                stage.set_params(tokenizer=self._by_tokenizer.setdefault(tokenizer, RememberedTokens(tokenizer)))

    def _resolved(self, name: str) -> Tokenizer:
        from nlp_toolkit.text.tokenizers import resolve_tokenizer

        if name not in self._by_name:
            self._by_name[name] = resolve_tokenizer(name, self._texts)
        return self._by_name[name]
