"""Korean morphemes with Kiwi: particles and endings come apart from their words, so that 서울 is found in 서울은."""

import ctypes
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version as package_version
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from nlp_toolkit.errors import UsageError
from nlp_toolkit.text.normalize import normalize, without_surrogates
from nlp_toolkit.text.settings import as_tuples
from nlp_toolkit.threads import effective_jobs
from nlp_toolkit.validation import check_texts

if TYPE_CHECKING:
    from kiwipiepy import Kiwi, Token

UserWord: TypeAlias = str | tuple[str, str] | tuple[str, str, float]
"""A word (proper noun, tag NNP), a word with its tag, or a word with its tag and score."""

CONTENT_TAGS = (
    *("NNG", "NNP", "NNB", "NR", "NP"),
    *("VV", "VA", "VX", "VCP", "VCN"),
    *("MM", "MAG", "MAJ"),
    *("SL", "SN", "SH", "XR"),
)
"""Tags of the morphemes that carry content, for search: nouns, verbs, modifiers, foreign words, numbers, roots."""

_KNOWN_TAGS = frozenset(
    (
        *CONTENT_TAGS,
        *("IC", "JKS", "JKC", "JKG", "JKO", "JKB", "JKV", "JKQ", "JX", "JC", "EP", "EF", "EC", "ETN", "ETM"),
        *("XPN", "XSN", "XSV", "XSA", "XSM", "SF", "SP", "SS", "SSO", "SSC", "SE", "SO", "SW", "SB", "UN"),
        *("W_URL", "W_EMAIL", "W_HASHTAG", "W_MENTION", "W_SERIAL", "W_EMOJI", "Z_CODA", "Z_SIOT"),
        *("USER0", "USER1", "USER2", "USER3", "USER4"),
    )
)
_REGULARITIES = ("", "-R", "-I")  # Kiwi writes VV-R and VV-I where a verb's form is both regular and irregular

PIECE_LENGTH = 21_845
"""Longer texts are cut: this many Hangul syllables are 64 kB of UTF-8. Kiwi takes 0.7 GB for one text of 1 MB."""

# Raised whenever this module's own rules (cutting, form/tag, filters) change what comes out.
_RULES = "1"


@dataclass(frozen=True)
class KoreanTokenizer:
    """Split Korean text into morphemes, each as "form/tag" ("서울/NNP") or as its form alone ("서울").

    `tags` keeps only morphemes with these part-of-speech tags ("VV" includes Kiwi's "VV-R" and "VV-I"),
    None keeps all; `CONTENT_TAGS` is a good choice for search. `stop_words` leaves out forms ("것") or
    forms with tag ("이/VCP"). `user_words` are words Kiwi should know: "word" (a proper noun),
    ("word", tag) or ("word", tag, score).

    Texts are composed (NFC) first and lone surrogates become U+FFFD: Kiwi tags decomposed Hangul
    wrongly and fails on surrogates. Texts of more than 21,845 characters are cut at white space.
    `batch` runs on as many threads as `nlp_toolkit.threads` allows; the tokens never depend on it.
    Kiwi is loaded at first use (about 3 s, 0.5 GB), once per process and user dictionary.

    >>> KoreanTokenizer()("서울은 아름답다")
    ['서울/NNP', '은/JX', '아름답/VA-I', '다/EC']
    >>> KoreanTokenizer(form="form", tags=CONTENT_TAGS)("서울은 아름답다")
    ['서울', '아름답']
    """

    form: Literal["form/tag", "form"] = "form/tag"
    tags: Sequence[str] | None = None
    stop_words: Sequence[str] = ()
    user_words: Sequence[UserWord] = ()

    name: ClassVar[str] = "korean"

    def __post_init__(self) -> None:
        object.__setattr__(self, "tags", as_tuples(self.tags))
        object.__setattr__(self, "stop_words", as_tuples(self.stop_words))
        object.__setattr__(self, "user_words", as_tuples(self.user_words))

    @property
    def version(self) -> str:
        """Version of these rules, of Kiwi and of its model: a change of any can change tokens."""
        return f"{_RULES}+kiwi{package_version('kiwipiepy')}+model{package_version('kiwipiepy_model')}"

    def __call__(self, text: str) -> list[str]:
        written = self._writer()
        kiwi = _kiwi(self._user_dictionary(), None)
        return [token for piece in pieces(_ready(text)) for token in written(kiwi.tokenize(piece))]

    def batch(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """Tokens of each text, lazily and in order, on Kiwi's own threads."""
        written = self._writer()
        workers = effective_jobs(-1)
        kiwi = _kiwi(self._user_dictionary(), None if workers == 1 else workers)
        n_pieces: deque[int] = deque()
        analysed = _analysed(kiwi, _flattened(check_texts(texts), n_pieces), in_threads=workers > 1)
        for tokens in analysed:  # the count was appended before its pieces were read
            row = written(tokens)
            for _ in range(n_pieces.popleft() - 1):
                row += written(next(analysed))
            yield row

    def spans(self, text: str) -> list[tuple[str, int, int]]:
        """Tokens with their places (token, start, end) in the composed text; those of one syllable overlap.

        >>> KoreanTokenizer().spans("했다")
        [('하/VV', 0, 1), ('었/EP', 0, 1), ('다/EF', 1, 2)]
        """
        written = self._writer()
        kiwi = _kiwi(self._user_dictionary(), None)
        found = []
        before = 0
        for piece in pieces(_ready(text)):
            for token in kiwi.tokenize(piece):
                start = before + token.start
                found += [(form, start, start + max(1, token.len)) for form in written([token])]
            before += len(piece)
        return found

    def check_settings(self) -> None:
        """Raise `UsageError` where a setting has no meaning."""
        if self.form not in ("form/tag", "form"):
            raise UsageError(f"unknown form {self.form!r} of Korean tokens; known: 'form/tag', 'form'")
        for setting in ("tags", "stop_words", "user_words"):
            value = getattr(self, setting)
            if not isinstance(value, tuple) and not (setting == "tags" and value is None):
                raise UsageError(f"expected {setting} of the Korean tokenizer as a list, got {value!r}")
        wrong = [value for value in (*(self.tags or ()), *self.stop_words) if not isinstance(value, str)]
        if wrong:
            raise UsageError(f"expected tags and stop_words of the Korean tokenizer as strings, got {wrong[0]!r}")
        self._user_dictionary()
        unknown = sorted(set(self.tags or ()) - _KNOWN_TAGS)
        if unknown:
            raise UsageError(f"unknown part-of-speech tag {unknown[0]!r}; known: {', '.join(sorted(_KNOWN_TAGS))}")

    def _user_dictionary(self) -> "tuple[tuple[str, str, float], ...]":
        return tuple(_user_word(word) for word in self.user_words)

    def _writer(self) -> "Callable[[list[Token]], list[str]]":
        """The function that turns Kiwi's tokens of one text into strings."""
        self.check_settings()
        kept = None if self.tags is None else frozenset(tag + kind for tag in self.tags for kind in _REGULARITIES)
        stopped = frozenset(self.stop_words)
        write = _FORMS[self.form]
        if kept is None and not stopped:
            return write

        def filtered(tokens: "list[Token]") -> list[str]:
            return write(
                [
                    token
                    for token in tokens
                    if (kept is None or token.tag in kept)
                    and not (stopped and (token.form in stopped or f"{token.form}/{token.tag}" in stopped))
                ]
            )

        return filtered


def pieces(text: str) -> list[str]:
    """Cut `text` at the last white space of every 21,845 characters, or right there where there is none."""
    if len(text) <= PIECE_LENGTH:
        return [text]
    found = []
    start = 0
    while len(text) - start > PIECE_LENGTH:
        end = start + (_up_to_last_space(text[start : start + PIECE_LENGTH]) or PIECE_LENGTH)
        found.append(text[start:end])
        start = end
    found.append(text[start:])
    return found


def _up_to_last_space(window: str) -> int:
    """Length of `window` up to and with its last white space; 0 where it has none."""
    return len(window) if window[-1].isspace() else len(window) - len(window.rsplit(None, 1)[-1])


def _forms_with_tags(tokens: "Iterable[Token]") -> list[str]:
    return [f"{token.form}/{token.tag}" for token in tokens]


def _forms(tokens: "Iterable[Token]") -> list[str]:
    return [token.form for token in tokens]


_FORMS: "dict[str, Callable[[list[Token]], list[str]]]" = {"form/tag": _forms_with_tags, "form": _forms}


def _ready(text: str) -> str:
    return text if text.isascii() else without_surrogates(normalize(text, "NFC"))


def _flattened(texts: Iterable[str], n_pieces: deque[int]) -> Iterator[str]:
    for text in texts:
        parts = pieces(_ready(text))
        n_pieces.append(len(parts))
        yield from parts


def _analysed(kiwi: "Kiwi", texts: Iterable[str], *, in_threads: bool) -> "Iterator[list[Token]]":
    return iter(kiwi.tokenize(texts)) if in_threads else map(kiwi.tokenize, texts)


def _user_word(word: object) -> tuple[str, str, float]:
    parts = (word,) if isinstance(word, str) else word
    match parts:
        case (str(form),):
            return form, "NNP", 0.0
        case (str(form), str(tag)) if tag in _KNOWN_TAGS:
            return form, tag, 0.0
        case (str(form), str(tag), int() | float() as score) if tag in _KNOWN_TAGS:
            return form, tag, float(score)
    raise UsageError(f"expected a user word as 'word', ('word', tag) or ('word', tag, score), got {word!r}")


# User dictionary -> (number of threads, Kiwi). Kiwi fixes its threads when it is made.
_loaded: "dict[tuple[tuple[str, str, float], ...], tuple[int, Kiwi]]" = {}
_lock = threading.Lock()


def _kiwi(user_words: tuple[tuple[str, str, float], ...], workers: int | None) -> "Kiwi":
    """The process's Kiwi for this user dictionary, with `workers` threads; None takes whatever is loaded."""
    with _lock:
        if user_words in _loaded:
            threads, kiwi = _loaded[user_words]
            if workers is None or threads == workers:
                return kiwi
        threads = workers or effective_jobs(-1)
        _loaded[user_words] = threads, _new_kiwi(user_words, threads)
        return _loaded[user_words][1]


def _new_kiwi(user_words: tuple[tuple[str, str, float], ...], threads: int) -> "Kiwi":
    from kiwipiepy import Kiwi

    kiwi = Kiwi(num_workers=threads)
    for form, tag, score in user_words:
        kiwi.add_user_word(form, tag, score)
    return kiwi


def _start_afresh_in_child() -> None:
    """After a fork Kiwi's threads are gone: using the parent's Kiwi hangs, destroying it aborts the process."""
    global _lock
    _lock = threading.Lock()
    for _, kiwi in _loaded.values():
        # A reference nobody gives back keeps it from being destroyed, even when the interpreter ends.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(kiwi))
    _loaded.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_afresh_in_child)
