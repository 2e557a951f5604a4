"""Drift: how unlike its training data a new file is, in labels, text lengths and words."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nlp_toolkit.errors import DataError
from nlp_toolkit.metrics.distribution import jensen_shannon, shares

_SHOWN = 20


@dataclass(frozen=True)
class LengthDrift:
    """Lengths of the texts of both sides, in tokens: medians, and the largest gap between the two distributions.

    `statistic` is Kolmogorov and Smirnov's, 0 where equal and 1 where every text of one side is longer than all of
    the other; `p` is the probability of such a gap between two samples of one distribution.
    """

    median_before: float
    median_now: float
    statistic: float
    p: float


@dataclass(frozen=True)
class WordDrift:
    """Tokens of the new texts that no earlier text has.

    `unknown_share` is among all tokens, `unknown_share_before` what to expect: the share of the earlier tokens that
    occur in one half of the earlier texts only. `texts_without_known` counts new texts whose every token is unknown.
    `most_frequent` are the most frequent unknown tokens with their counts. `jensen_shannon` compares the frequencies
    of all tokens, in nats, from 0 to ln 2.
    """

    unknown_share: float
    unknown_share_before: float
    texts_without_known: int
    most_frequent: tuple[tuple[str, int], ...]
    jensen_shannon: float


@dataclass(frozen=True)
class Drift:
    """How a new file differs from the data before it; `labels` is the Jensen-Shannon divergence of the labels in nats,
    None where a side has none."""

    rows_before: int
    rows_now: int
    lengths: LengthDrift
    words: WordDrift
    labels: float | None

    def to_json(self) -> dict[str, Any]:
        """Every field under its name, ready for `json.dumps`."""
        return asdict(self)


def length_drift(before: Sequence[int] | np.ndarray, now: Sequence[int] | np.ndarray) -> LengthDrift:
    """Compare two samples of lengths; two-sample test of Kolmogorov and Smirnov (Hodges 1958).

    >>> found = length_drift([1, 2, 3, 4], [3, 4, 5, 6])
    >>> found.median_before, found.median_now, found.statistic
    (2.5, 4.5, 0.5)
    """
    from scipy.stats import ks_2samp

    if not len(before) or not len(now):
        raise DataError("expected texts on both sides to compare, got none on one of them")
    found = ks_2samp(np.asarray(before), np.asarray(now))
    return LengthDrift(float(np.median(before)), float(np.median(now)), float(found.statistic), float(found.pvalue))


def word_drift(before: Sequence[Sequence[str]], now: Sequence[Sequence[str]]) -> WordDrift:
    """Compare the tokens of earlier texts with those of new ones.

    >>> found = word_drift([["a", "cat"], ["a", "dog"]], [["a", "bird"], ["bird"]])
    >>> round(found.unknown_share, 3), found.texts_without_known, found.most_frequent
    (0.667, 1, (('bird', 2),))
    """
    known, new = _counted(before), _counted(now)
    unknown = Counter({token: count for token, count in new.items() if token not in known})
    n_tokens = sum(new.values())
    ordered = sorted(unknown.items(), key=lambda item: (-item[1], item[0]))
    return WordDrift(
        unknown_share=sum(unknown.values()) / n_tokens if n_tokens else 0.0,
        unknown_share_before=_unknown_between_halves(before),
        texts_without_known=sum(bool(tokens) and not any(token in known for token in tokens) for tokens in now),
        most_frequent=tuple(ordered[:_SHOWN]),
        jensen_shannon=_divergence(known, new),
    )


def label_drift(before: Sequence[object], now: Sequence[object]) -> float:
    """Jensen-Shannon divergence of the label frequencies of two files, in nats: 0 (the same) to ln 2 (none shared).

    >>> label_drift(["a", "b"], ["b", "a"]), round(label_drift(["a"], ["b"]), 6)
    (0.0, 0.693147)
    """
    labels = sorted({*before, *now}, key=repr)
    return float(jensen_shannon(shares(before, labels), shares(now, labels)))


def text_drift(
    before: Sequence[str],
    now: Sequence[str],
    *,
    labels_before: Sequence[object] | None = None,
    labels_now: Sequence[object] | None = None,
    tokens: Callable[[Iterable[str]], Iterable[Sequence[str]]] | None = None,
) -> Drift:
    """Compare new texts with those before: lengths and words as `tokens` sees them, labels where both have some.

    `tokens` takes texts and gives the tokens of each, as `Tokenizer.batch` does: use the stage's own, so that words
    are counted as the model counts them. By default the one `auto` chooses for the earlier texts, lower-cased.

    >>> drift = text_drift(["a good film", "a bad film"], ["good food"], labels_before=["1", "0"], labels_now=["1"])
    >>> drift.words.most_frequent, round(drift.labels, 3)
    ((('food', 1),), 0.216)
    """
    split = tokens if tokens is not None else _tokens_of(before)
    lists_before, lists_now = [list(row) for row in split(before)], [list(row) for row in split(now)]
    has_labels = labels_before is not None and labels_now is not None
    return Drift(
        rows_before=len(before),
        rows_now=len(now),
        lengths=length_drift(list(map(len, lists_before)), list(map(len, lists_now))),
        words=word_drift(lists_before, lists_now),
        labels=label_drift(labels_before or (), labels_now or ()) if has_labels else None,
    )


def _tokens_of(sample: Sequence[str]) -> Callable[[Iterable[str]], Iterable[Sequence[str]]]:
    from nlp_toolkit.text.analysis import TextAnalysis
    from nlp_toolkit.text.tokenizers import resolve_tokenizer

    return TextAnalysis(resolve_tokenizer("auto", sample), lowercase=True, normalization="NFC").tokens


def _counted(texts: Iterable[Sequence[str]]) -> Counter[str]:
    return Counter(token for tokens in texts for token in tokens)


def _unknown_between_halves(texts: Sequence[Sequence[str]]) -> float:
    """Share of the tokens of every second text that the texts between do not have, and the other way round."""
    halves = _counted(texts[::2]), _counted(texts[1::2])
    n_tokens = sum(map(Counter.total, halves))
    unknown = sum(count for one, other in (halves, halves[::-1]) for token, count in one.items() if token not in other)
    return unknown / n_tokens if n_tokens else 0.0


def _divergence(before: Counter[str], now: Counter[str]) -> float:
    if not before or not now:
        return 0.0 if before == now else float(np.log(2))
    tokens = sorted({*before, *now})
    p = np.array([before[token] for token in tokens], dtype=np.float64)
    q = np.array([now[token] for token in tokens], dtype=np.float64)
    return float(jensen_shannon(p / p.sum(), q / q.sum()))
