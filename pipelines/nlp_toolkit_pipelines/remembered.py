"""Tokens kept in memory while folds come and go: Korean texts are analysed once, not once a fold."""

from collections.abc import Iterable, Iterator, Sequence
from time import perf_counter
from typing import Any, Self

from nlp_toolkit.protocols import Tokenizer
from nlp_toolkit.registry import stage_kind


class RememberedTokens:
    """A tokenizer that answers from memory for texts it has seen; its tokens are those of `tokenizer`.

    Memory grows with the texts, so it is for a training run and not for a saved stage. `seconds_saved` adds up
    what answers from memory cost when they were analysed, so that a run can tell what it would have taken alone.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.seconds_saved = 0.0
        self._tokens: dict[str, list[str]] = {}
        self._seconds: dict[str, float] = {}
        self._words: dict[str, str] = {}

    @property
    def name(self) -> str:
        """The tokenizer's name."""
        return self.tokenizer.name

    @property
    def version(self) -> str:
        """The tokenizer's version."""
        return self.tokenizer.version

    def load(self) -> None:
        """Let the tokenizer load what it needs, so that the first text does not pay for it."""
        next(iter(self.tokenizer.batch(["가"])))

    def __call__(self, text: str) -> list[str]:
        return next(self.batch([text]))

    def batch(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """Tokens of each text, in order; those not seen before are analysed together."""
        asked = list(texts)
        new = list(dict.fromkeys(text for text in asked if text not in self._tokens))
        self.seconds_saved += sum(self._seconds.get(text, 0.0) for text in asked)
        start = perf_counter()
        for text, tokens in zip(new, self.tokenizer.batch(new), strict=True):
            # One string object for each distinct token: a corpus repeats them a hundredfold.
            self._tokens[text] = [self._words.setdefault(token, token) for token in tokens]
        seconds = (perf_counter() - start) / max(1, sum(map(len, new)))
        self._seconds.update((text, seconds * len(text)) for text in new)
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
    """Gives the stages of several pipelines one memory for each slow tokenizer.

    Analysing a text learns nothing from the others, so texts of a test part may be remembered too.
    """

    def __init__(self) -> None:
        self._by_tokenizer: dict[Tokenizer, RememberedTokens] = {}

    @property
    def seconds_saved(self) -> float:
        """What the answers from memory would have taken, in seconds, so far."""
        return sum(tokens.seconds_saved for tokens in self._by_tokenizer.values())

    def share(self, pipeline: Any, texts: Sequence[str]) -> None:
        """Let every stage of an unfitted pipeline that takes Korean morphemes answer from memory.

        `texts` are those it is about to be fitted to: by them "auto" chooses, as it would without the memory.
        """
        from nlp_toolkit.text.korean import KoreanTokenizer
        from nlp_toolkit.text.tokenizers import resolve_tokenizer

        for stage in stages_of(pipeline.steps[0][1]):
            # Other stages may mean something else by the name "auto".
            if stage_kind(type(stage)) not in ("count", "tfidf", "word2vec"):
                continue
            if getattr(stage, "analyzer", "word") != "word":
                continue
            asked = stage.tokenizer
            tokenizer = resolve_tokenizer(asked, texts) if isinstance(asked, str) else asked
            if isinstance(tokenizer, KoreanTokenizer):
                stage.set_params(tokenizer=self._by_tokenizer.setdefault(tokenizer, RememberedTokens(tokenizer)))

    def load(self, pipeline: Any, texts: Sequence[str]) -> None:
        """Load the tokenizers `pipeline` would take for `texts`, before its seconds are counted."""
        self.share(pipeline, texts)
        for tokens in self._by_tokenizer.values():
            tokens.load()


def forget_tokens(pipeline: Any) -> None:
    """Give the stages of a fitted pipeline their own tokenizers back, so that it can be saved."""
    step = pipeline.steps[0][1]
    for stage in [*stages_of(step), *stages_of(getattr(step, "stage_", step))]:
        for name in ("tokenizer", "tokenizer_"):
            tokenizer = getattr(stage, name, None)
            if isinstance(tokenizer, RememberedTokens):
                setattr(stage, name, tokenizer.tokenizer)
