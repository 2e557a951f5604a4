"""What a corpus is like before anything is fitted: lengths, languages, labels, duplicates, dirt."""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

import numpy as np

from nlp_toolkit import Corpus
from nlp_toolkit.text.language import language
from nlp_toolkit_pipelines.similar_labels import SimilarLabels, similar_labels

_QUANTILES = {"min": 0.0, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95, "max": 1.0}
_MOST_LABELS = 100
_SHOWN = 5

_find_tag = re.compile(
    r"</?(?:a|b|br|dd|div|dl|dt|em|hr|i|img|li|ol|p|span|strong|table|td|tr|u|ul)\b[^<>]{0,200}>", re.I
)
_find_entity = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.I)
_find_broken_entity = re.compile(r"(?:^|\s)#\d{2,5};")  # an escape that lost its & on the way
_URL_STARTS = ("http://", "https://", "www.")
_find_zero_width = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")
_find_space = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_find_jamo = re.compile("[\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]")


def _has_entity(text: str) -> bool:
    found = _find_entity.search(text)
    if found is not None and html.unescape(found[0]) != found[0]:
        return True
    return _find_broken_entity.search(text) is not None


# What is looked for in each text; a text may show several.
_DIRT: dict[str, Callable[[str], bool]] = {
    "not_nfc": lambda text: not (text.isascii() or unicodedata.is_normalized("NFC", text)),
    "conjoining_jamo": lambda text: not text.isascii() and _find_jamo.search(text) is not None,
    "html_tags": lambda text: "<" in text and _find_tag.search(text) is not None,
    "html_entities": lambda text: ";" in text and _has_entity(text),
    "zero_width_characters": lambda text: not text.isascii() and _find_zero_width.search(text) is not None,
    "unusual_spaces": lambda text: not text.isascii() and _find_space.search(text) is not None,
    "replacement_characters": lambda text: "\ufffd" in text,
    "line_breaks": lambda text: "\n" in text or "\r" in text,
    "urls": lambda text: any(start in text for start in _URL_STARTS),
    "no_letters_or_digits": lambda text: bool(text.strip()) and not any(map(str.isalnum, text)),
}


@dataclass(frozen=True)
class Lengths:
    """Quantiles of the lengths of all texts."""

    min: float
    q25: float
    median: float
    q75: float
    q95: float
    max: float
    mean: float


@dataclass(frozen=True)
class CorpusProfile:
    """What is in a corpus.

    `rows` are rows and everything else that counts texts counts both texts of a pair. `words` are split at
    white space. `labels` go from the most frequent (the 100 first; `n_labels` says how many there are) and
    are None without labels; a multi-label row counts once for each of its labels. `duplicates` counts rows
    that repeat an earlier one, `conflicting_duplicates` the rows whose text also occurs under another label.
    `similar_labels` are groups of labels that look alike. `dirt` counts texts by what they show; what reading
    replaced is in `control_characters` and `lone_surrogates` (characters).
    """

    rows: int
    pairs: bool
    characters: Lengths
    words: Lengths
    languages: Mapping[str, int]
    empty_texts: int
    duplicates: int
    conflicting_duplicates: int
    n_labels: int | None
    labels: Mapping[str, int] | None
    unlabelled_rows: int
    single_sample_labels: tuple[str, ...]
    similar_labels: tuple[SimilarLabels, ...]
    dirt: Mapping[str, int]
    encoding: str | None
    control_characters: int
    lone_surrogates: int
    missing_texts: int
    skipped_rows: int
    longest_rows: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """Every field under its name, ready for `json.dumps`."""
        return asdict(self)


def profile_corpus(corpus: Corpus) -> CorpusProfile:
    """Look through a corpus and count; nothing in it is changed.

    >>> profile = profile_corpus(Corpus(texts=["좋은 영화", "좋은 영화", ""], labels=["1", "0", "1"]))
    >>> profile.duplicates, profile.conflicting_duplicates, profile.empty_texts, dict(profile.labels)
    (1, 2, 1, {'1': 2, '0': 1})
    """
    texts = corpus.texts if corpus.pairs is None else list(chain.from_iterable(corpus.pairs))
    characters = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    words = np.fromiter((len(text.split()) for text in texts), dtype=np.int64, count=len(texts))
    counts = None if corpus.labels is None else Counter(chain.from_iterable(map(_label_list, corpus.labels)))
    cleaning = corpus.cleaning
    return CorpusProfile(
        rows=len(corpus),
        pairs=corpus.pairs is not None,
        characters=_lengths(characters),
        words=_lengths(words),
        languages=_languages(texts),
        empty_texts=sum(not text.strip() for text in texts),
        duplicates=len(corpus) - len(set(corpus.rows)),
        conflicting_duplicates=_conflicting(corpus),
        n_labels=None if counts is None else len(counts),
        labels=None if counts is None else dict(sorted(counts.items(), key=_most_frequent_first)[:_MOST_LABELS]),
        unlabelled_rows=0 if corpus.labels is None else sum(not _label_list(label) for label in corpus.labels),
        single_sample_labels=() if counts is None else tuple(sorted(name for name, n in counts.items() if n == 1)),
        similar_labels=() if counts is None else similar_labels(counts),
        dirt={name: sum(map(is_dirty, texts)) for name, is_dirty in _DIRT.items()},
        encoding=cleaning.encoding,
        control_characters=cleaning.control_characters,
        lone_surrogates=cleaning.lone_surrogates,
        missing_texts=cleaning.missing_texts,
        skipped_rows=cleaning.skipped_rows,
        longest_rows=_longest_rows(corpus),
    )


def _label_list(label: object) -> Sequence[str]:
    """The labels of a row by name: a list has several, a number is written out, an empty or missing one is none."""
    if isinstance(label, list | tuple):
        return [name for each in label for name in _label_list(each)]
    if label is None or label == "" or label != label:
        return []
    return [str(label)]


def _most_frequent_first(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def _lengths(lengths: np.ndarray) -> Lengths:
    if not len(lengths):
        return Lengths(0, 0, 0, 0, 0, 0, 0)
    quantiles = np.quantile(lengths, list(_QUANTILES.values())).tolist()
    return Lengths(**dict(zip(_QUANTILES, quantiles, strict=True)), mean=float(lengths.mean()))


def _languages(texts: Iterable[str]) -> dict[str, int]:
    counts = Counter(map(language, texts))
    return {name: counts[name] for name in ("ko", "en", "other")}


def _conflicting(corpus: Corpus) -> int:
    if corpus.labels is None:
        return 0
    seen: dict[object, set[tuple[str, ...]]] = {}
    for row, label in zip(corpus.rows, corpus.labels, strict=True):
        seen.setdefault(row, set()).add(tuple(sorted(_label_list(label))))
    return sum(len(seen[row]) > 1 for row in corpus.rows)


def _longest_rows(corpus: Corpus) -> tuple[int, ...]:
    lengths = [len(row) if isinstance(row, str) else sum(map(len, row)) for row in corpus.rows]
    return tuple(sorted(range(len(lengths)), key=lambda row: (-lengths[row], row))[:_SHOWN])
