"""Drift of words: the tokens of new texts that no earlier text has, and how differently often all are used."""

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from nlp_toolkit.metrics.distribution import jensen_shannon
from nlp_toolkit.metrics.intervals import jackknife_interval, percentile_interval, wilson_interval
from nlp_toolkit.metrics.resampling import ScoreTerms, resampled_scores
from nlp_toolkit.series import present_list

_SHOWN = 20


@dataclass(frozen=True)
class WordDrift:
    """Tokens of the new texts that no earlier text has.

    `unknown_share` is among all tokens, `unknown_share_before` what to expect: the share of the earlier tokens that
    occur in one half of the earlier texts only; both have percentiles of texts drawn anew, the known tokens staying
    what they are. `texts_without_known` counts new texts whose every token is unknown, `share_without_known` is their
    share among the new texts with Wilson's ends. `most_frequent` are the most frequent unknown tokens with their
    counts. `jensen_shannon` compares the frequencies of all tokens, in nats, from 0 to ln 2. Drawing texts anew would
    only add to it, so its interval is a jackknife over 20 groups of the texts of either side, None where a side has one
    text. All intervals are 95 %.
    """

    unknown_share: float
    unknown_share_low: float
    unknown_share_high: float
    unknown_share_before: float
    unknown_share_before_low: float
    unknown_share_before_high: float
    texts_without_known: int
    share_without_known: float
    share_without_known_low: float
    share_without_known_high: float
    most_frequent: tuple[tuple[str, int], ...]
    jensen_shannon: float
    jensen_shannon_low: float | None
    jensen_shannon_high: float | None


def word_drift(before: Sequence[Sequence[str]], now: Sequence[Sequence[str]], *, seed: int = 0) -> WordDrift:
    """Compare the tokens of earlier texts with those of new ones.

    >>> found = word_drift([["a", "cat"], ["a", "dog"]], [["a", "bird"], ["bird"]])
    >>> round(found.unknown_share, 3), found.texts_without_known, found.most_frequent
    (0.667, 1, (('bird', 2),))
    """
    before, now = present_list(before, "lists of tokens"), present_list(now, "lists of tokens")
    known = {token for tokens in before for token in tokens}
    unknown = Counter(token for tokens in now for token in tokens if token not in known)
    ordered = sorted(unknown.items(), key=lambda item: (-item[1], item[0]))
    share, share_low, share_high = _share_of([_unknown(tokens, known) for tokens in now], seed)
    expected, expected_low, expected_high = _share_of(_unknown_between_halves(before), seed)
    without = sum(bool(tokens) and known.isdisjoint(tokens) for tokens in now)
    without_low, without_high = wilson_interval(without, len(now))
    divergence, divergence_low, divergence_high = _divergence(before, now, seed)
    return WordDrift(
        unknown_share=share,
        unknown_share_low=share_low,
        unknown_share_high=share_high,
        unknown_share_before=expected,
        unknown_share_before_low=expected_low,
        unknown_share_before_high=expected_high,
        texts_without_known=without,
        share_without_known=without / len(now),
        share_without_known_low=float(without_low),
        share_without_known_high=float(without_high),
        most_frequent=tuple(ordered[:_SHOWN]),
        jensen_shannon=divergence,
        jensen_shannon_low=divergence_low,
        jensen_shannon_high=divergence_high,
    )


def _unknown(tokens: Sequence[str], known: Container[str]) -> tuple[int, int]:
    return sum(token not in known for token in tokens), len(tokens)


def _unknown_between_halves(texts: Sequence[Sequence[str]]) -> list[tuple[int, int]]:
    """Of each text its tokens that the other half of the texts (every second one) does not have, and all its tokens."""
    halves = [{token for tokens in half for token in tokens} for half in (texts[::2], texts[1::2])]
    return [_unknown(tokens, halves[1 - place % 2]) for place, tokens in enumerate(texts)]


def _share_of(counts: Sequence[tuple[int, int]], seed: int) -> tuple[float, float, float]:
    """Sum of the first over sum of the second of pairs of counts, one pair a text, with its ends by resampling."""
    terms = ScoreTerms(sp.csr_matrix(np.array(counts, dtype=np.float64)), lambda sums, n: _over(sums[:, 0], sums[:, 1]))
    low, high = percentile_interval(resampled_scores([terms], seed=seed)[0])
    return terms.value(), float(low), float(high)


def _over(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.asarray(np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0))


def _divergence(
    before: Sequence[Sequence[str]], now: Sequence[Sequence[str]], seed: int
) -> tuple[float, float | None, float | None]:
    """Jensen-Shannon divergence of the tokens' frequencies, and its jackknife over the texts of either side."""
    place: dict[str, int] = {}
    counts = [_counts(texts, place) for texts in (before, now)]
    first, second = (_summed(side, len(place)) for side in counts)
    found = _divergence_of(first, second)
    if min(len(before), len(now)) < 2:
        return found, None, None
    # The two sides are independent.
    half = float(np.hypot(_half_width(counts[0], second, seed), _half_width(counts[1], first, seed)))
    return found, max(0.0, found - half), min(float(np.log(2)), found + half)


def _half_width(counts: sp.csr_matrix, other: np.ndarray, seed: int) -> float:
    """What the texts of one side make uncertain, `other` (n_tokens,) being the counts of the other side."""

    def divergence(at: np.ndarray) -> np.ndarray:
        return np.array([_divergence_of(_summed(counts[at], len(other)), other)])

    low, high = jackknife_interval(divergence, counts.shape[0], seed=seed)
    return float(high[0] - low[0]) / 2


def _counts(texts: Sequence[Sequence[str]], place: dict[str, int]) -> sp.csr_matrix:
    """Counts of tokens, (n_texts, n_tokens seen so far), giving new tokens a place."""
    columns = [place.setdefault(token, len(place)) for tokens in texts for token in tokens]
    ends = np.concatenate([[0], np.cumsum([len(tokens) for tokens in texts])])
    return sp.csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(texts), len(place)))


def _summed(counts: sp.csr_matrix, n_tokens: int) -> np.ndarray:
    return np.bincount(counts.indices, weights=counts.data, minlength=n_tokens)


def _divergence_of(before: np.ndarray, now: np.ndarray) -> float:
    if not before.any() or not now.any():
        return 0.0 if before.any() == now.any() else float(np.log(2))
    return float(jensen_shannon(before / before.sum(), now / now.sum()))
