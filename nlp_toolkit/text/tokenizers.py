"""The tokenizers by name, choosing one by the texts (`auto`), and tokenizers as plain data to save with a model."""

import logging
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import ClassVar, Literal

from nlp_toolkit.errors import ArtefactError, UsageError
from nlp_toolkit.protocols import Tokenizer
from nlp_toolkit.text.korean import KoreanTokenizer
from nlp_toolkit.text.language import KOREAN_SHARE, hangul_share
from nlp_toolkit.text.settings import as_lists, as_tuples

_log = logging.getLogger("nlp_toolkit")

_words = re.compile(r"(?u)\b\w\w+\b").findall
_all_words = re.compile(r"(?u)\b\w+\b").findall
_white_spaces = re.compile(r"\s\s+").sub

_SAMPLE_TEXTS = 2_000
_SAMPLE_CHARACTERS = 2_000


@dataclass(frozen=True)
class WordTokenizer:
    """Words of two or more characters, as scikit-learn's default `token_pattern` finds them.

    >>> WordTokenizer()("나는 3 cats, A-1 봤다")
    ['나는', 'cats', '봤다']
    """

    name: ClassVar[str] = "words"
    version: ClassVar[str] = "1"

    def __call__(self, text: str) -> list[str]:
        return _words(text)

    def batch(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """Tokens of each text, lazily and in order."""
        return map(_words, texts)


@dataclass(frozen=True)
class AllWordsTokenizer:
    """Words of any length: 책, 나 and 일 are words, which scikit-learn's pattern drops.

    >>> AllWordsTokenizer()("책 3 cats, A-1")
    ['책', '3', 'cats', 'A', '1']
    """

    name: ClassVar[str] = "words-all"
    version: ClassVar[str] = "1"

    def __call__(self, text: str) -> list[str]:
        return _all_words(text)

    def batch(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """Tokens of each text, lazily and in order."""
        return map(_all_words, texts)


@dataclass(frozen=True)
class CharacterTokenizer:
    """Single characters, runs of white space as one space: what scikit-learn's `analyzer="char"` counts.

    >>> CharacterTokenizer()("책  a")
    ['책', ' ', 'a']
    """

    name: ClassVar[str] = "characters"
    version: ClassVar[str] = "1"

    def __call__(self, text: str) -> list[str]:
        return list(_white_spaces(" ", text))

    def batch(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """Tokens of each text, lazily and in order."""
        return map(self, texts)


@dataclass(frozen=True)
class CharWbTokenizer:
    """Character n-grams inside words padded with a space: what scikit-learn's `analyzer="char_wb"` counts.

    `ngram_range` is the shortest and the longest n-gram, in characters.

    >>> CharWbTokenizer((2, 3))("책은")
    [' 책', '책은', '은 ', ' 책은', '책은 ']
    """

    ngram_range: Sequence[int] = (1, 4)

    name: ClassVar[str] = "char_wb"
    version: ClassVar[str] = "1"

    def __post_init__(self) -> None:
        object.__setattr__(self, "ngram_range", as_tuples(self.ngram_range))

    def __call__(self, text: str) -> list[str]:
        self.check_settings()
        shortest, longest = self.ngram_range
        return char_wb(text, shortest, longest)

    def batch(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """Tokens of each text, lazily and in order."""
        return map(self, texts)

    def check_settings(self) -> None:
        """Raise `UsageError` where `ngram_range` is not two sizes in order."""
        match self.ngram_range:
            case (int(shortest), int(longest)) if 1 <= shortest <= longest:
                return
        raise UsageError(f"expected ngram_range as (shortest, longest) with 1 <= shortest, got {self.ngram_range!r}")


@dataclass(frozen=True)
class EnglishStemTokenizer:
    """Snowball English stems of lower-cased words of two or more characters.

    Lower-cases by itself: stems are defined on lower-case words only. `stop_words` are left out
    before stemming: a list of words, or "english" for scikit-learn's list.

    >>> EnglishStemTokenizer()("The cats were running")
    ['the', 'cat', 'were', 'run']
    >>> EnglishStemTokenizer(stop_words="english")("The cats were running")
    ['cat', 'run']
    """

    stop_words: Literal["english"] | Sequence[str] = ()

    name: ClassVar[str] = "english-stems"

    def __post_init__(self) -> None:
        object.__setattr__(self, "stop_words", as_tuples(self.stop_words))

    @property
    def version(self) -> str:
        """Version of these rules and of the Snowball stemmers."""
        import Stemmer

        return f"1+snowball{Stemmer.version()}"

    def __call__(self, text: str) -> list[str]:
        return next(self.batch([text]))

    def batch(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """Tokens of each text, lazily and in order."""
        self.check_settings()
        stopped = _english_stop_words() if self.stop_words == "english" else frozenset(self.stop_words)
        for text in texts:
            words = _words(text.lower())
            yield _english_stems([word for word in words if word not in stopped] if stopped else words)

    def check_settings(self) -> None:
        """Raise `UsageError` where `stop_words` are neither "english" nor a list of strings."""
        if self.stop_words == "english":
            return
        if not isinstance(self.stop_words, tuple) or not all(isinstance(word, str) for word in self.stop_words):
            raise UsageError(f"expected stop_words as 'english' or a list of words, got {self.stop_words!r}")


def char_wb(text: str, shortest: int, longest: int) -> list[str]:
    """All n-grams of each padded word, shortest first; a word shorter than n is given once, whole."""
    ngrams: list[str] = []
    for word in text.split():
        padded = f" {word} "
        for size in range(shortest, longest + 1):
            ngrams += [padded[at : at + size] for at in range(max(1, len(padded) - size + 1))]
            if len(padded) <= size:
                break
    return ngrams


def _english_stop_words() -> frozenset[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    words: frozenset[str] = ENGLISH_STOP_WORDS
    return words


_stemmers = threading.local()  # a Stemmer object must not be shared by threads


def _english_stems(words: list[str]) -> list[str]:
    if not hasattr(_stemmers, "english"):
        import Stemmer

        _stemmers.english = Stemmer.Stemmer("english")
    stems: list[str] = _stemmers.english.stemWords(words)
    return stems


TOKENIZERS: dict[str, Callable[[], Tokenizer]] = {
    "words": WordTokenizer,
    "words-all": AllWordsTokenizer,
    "characters": CharacterTokenizer,
    "char_wb": CharWbTokenizer,
    "english-stems": EnglishStemTokenizer,
    "korean": KoreanTokenizer,
}
"""Name -> tokenizer with its default settings. `auto` is no tokenizer: `resolve_tokenizer` chooses one."""


def tokenizer_by_name(name: str) -> Tokenizer:
    """The tokenizer called `name`, with its default settings; an unknown name raises `UsageError`.

    >>> tokenizer_by_name("words-all")("책 한 권")
    ['책', '한', '권']
    """
    if name not in TOKENIZERS:
        raise UsageError(f"unknown tokenizer {name!r}; known: {', '.join([*TOKENIZERS, 'auto'])}")
    return TOKENIZERS[name]()


def resolve_tokenizer(spec: str, sample: Sequence[str]) -> Tokenizer:
    """The tokenizer called `spec`; for "auto" the one that suits the texts of `sample`.

    `auto` takes Korean morphemes where at least a tenth of the letters is Hangul, else words. It looks
    at up to 2,000 texts spread evenly over `sample` (the start of each), and tells its choice and the
    reason to the logger `nlp_toolkit` at level INFO.
    """
    if spec != "auto":
        return tokenizer_by_name(spec)
    step = max(1, -(-len(sample) // _SAMPLE_TEXTS))
    share = hangul_share(sample[row][:_SAMPLE_CHARACTERS] for row in range(0, len(sample), step))
    tokenizer = tokenizer_by_name("korean" if share >= KOREAN_SHARE else "words")
    _log.info(
        "tokenizer auto chose %s: %.0f %% of the letters are Hangul (Korean morphemes from %.0f %% on)",
        *(tokenizer.name, 100 * share, 100 * KOREAN_SHARE),
    )
    return tokenizer


def tokenizer_to_dict(tokenizer: Tokenizer) -> dict[str, object]:
    """A built-in tokenizer as JSON-able data: its name, version and settings."""
    if type(tokenizer) not in TOKENIZERS.values():
        raise UsageError(
            f"expected a built-in tokenizer ({', '.join(TOKENIZERS)}), got {type(tokenizer).__name__}; "
            "name your own with register_callable"
        )
    settings = {setting: as_lists(getattr(tokenizer, setting)) for setting in _settings_of(type(tokenizer))}
    return {"name": tokenizer.name, "version": tokenizer.version, "settings": settings}


def tokenizer_from_dict(saved: Mapping[str, object]) -> Tokenizer:
    """The tokenizer `tokenizer_to_dict` described; anything else raises `ArtefactError`.

    Where the saved version is not this installation's, tokens can differ from those the model was
    fitted on: that is logged as a warning.
    """
    if not isinstance(saved, Mapping) or set(saved) != {"name", "version", "settings"}:
        raise ArtefactError(f"expected a tokenizer as name, version and settings, got {saved!r}")
    name, version, settings = saved["name"], saved["version"], saved["settings"]
    if not isinstance(name, str) or name not in TOKENIZERS:
        raise ArtefactError(f"unknown tokenizer {name!r} in a saved stage; known: {', '.join(TOKENIZERS)}")
    known = _settings_of(TOKENIZERS[name])
    if not isinstance(settings, Mapping) or set(settings) != set(known):
        raise ArtefactError(f"expected the settings {known} of tokenizer {name!r}, got {settings!r}")
    tokenizer = TOKENIZERS[name](**settings)
    check_settings = getattr(tokenizer, "check_settings", None)
    if check_settings is not None:
        try:
            check_settings()
        except UsageError as error:
            raise ArtefactError(f"damaged settings of tokenizer {name!r} in a saved stage: {error}") from error
    if version != tokenizer.version:
        _log.warning(
            "the model was saved with tokenizer %s version %s, this is version %s: tokens may differ; fit it again",
            *(name, version, tokenizer.version),
        )
    return tokenizer


def _settings_of(tokenizer_class: object) -> list[str]:
    return [field.name for field in fields(tokenizer_class)]  # type: ignore[arg-type]
