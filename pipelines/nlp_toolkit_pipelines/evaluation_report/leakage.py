"""Texts of the test that are in the training part, exactly or nearly, and the scores without them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nlp_toolkit import Corpus, TfidfVectorizer
from nlp_toolkit.artefact import seen_in_training, text_hashes
from nlp_toolkit.errors import DataError
from nlp_toolkit.metrics.intervals import wilson_interval
from nlp_toolkit.search.duplicates import Pairs, nearest_duplicates
from nlp_toolkit_pipelines.evaluation_report.figures import figures_of
from nlp_toolkit_pipelines.evaluation_report.results import Figure, Leakage, NearPair, WithoutLeaks
from nlp_toolkit_pipelines.evaluation_report.scored import ScoredRows, as_text

THRESHOLD = 0.9
_SHOWN = 20


def leakage_of(
    rows: ScoredRows,
    training_hashes: np.ndarray,
    train: Corpus | None,
    *,
    threshold: float = THRESHOLD,
    seed: int = 0,
    n_jobs: int | None = -1,
) -> Leakage:
    """Compare the tested rows with the texts the model was trained on, and with those of `train` where it is given."""
    hashes = training_hashes if train is None else np.union1d(training_hashes, text_hashes(train.rows))
    exact = seen_in_training(rows.texts, hashes)
    near = np.zeros(len(rows), dtype=bool)
    pairs: tuple[NearPair, ...] = ()
    if train is not None:
        found = _near(rows.texts, train.rows, threshold, n_jobs)
        near[found.first] = True
        pairs = _examples(rows, train.rows, found, exact)
    near &= ~exact
    in_training = int(exact.sum()) if len(hashes) else None
    nearly = int(near.sum()) if train is not None else None
    return Leakage(
        exact=in_training,
        exact_share=_share(in_training, len(rows)),
        near=nearly,
        near_share=_share(nearly, len(rows)),
        repeated=len(rows) - len(np.unique(text_hashes(rows.texts))),
        threshold=threshold,
        without_exact=_without(rows, exact, seed) if exact.any() else None,
        without_near=_without(rows, exact | near, seed) if near.any() else None,
        pairs=pairs,
    )


def _share(part: int | None, whole: int) -> Figure:
    if part is None:
        return Figure(None)
    low, high = wilson_interval(part, whole)
    return Figure(part / whole, float(low), float(high))


def _near(texts: Sequence[Any], training: Sequence[Any], threshold: float, n_jobs: int | None) -> Pairs:
    """The nearest of the nearly equal texts by their character trigrams: spelling counts, meaning does not.

    Equal texts are compared once, and of each text the nearest is kept: many copies of one text are no more work.

    Counts enter by their logarithm, or two texts that end in the same long laugh (ㅋㅋㅋㅋㅋㅋ) would be equal.
    """
    ours, theirs = ([as_text(row) for row in side] for side in (texts, training))
    trigrams = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), sublinear_tf=True)
    try:
        trigrams.fit([*theirs, *ours])
    except DataError:  # no trigram in any text
        return Pairs(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))
    (our_texts, places), (their_texts, their_places) = _distinct(ours), _distinct(theirs)
    transformed = trigrams.transform(our_texts), trigrams.transform(their_texts)
    found = nearest_duplicates(transformed[0], threshold, transformed[1], n_jobs=n_jobs)
    first_of = np.unique(their_places, return_index=True)[1]
    at = np.full(len(our_texts), -1)
    at[found.first] = np.arange(len(found))
    pair_of = at[places]
    near = np.flatnonzero(pair_of >= 0)
    return Pairs(near, first_of[found.second[pair_of[near]]], found.scores[pair_of[near]])


def _distinct(texts: Sequence[str]) -> tuple[list[str], np.ndarray]:
    """The different texts in the order in which they come, and which of them each text is."""
    number = {text: n for n, text in enumerate(dict.fromkeys(texts))}
    return list(number), np.array([number[text] for text in texts], dtype=np.int64)


def _examples(rows: ScoredRows, training: Sequence[Any], found: Pairs, exact: np.ndarray) -> tuple[NearPair, ...]:
    """Pairs to look at: of each tested row that is not exactly in training the nearest text, the nearest first."""
    pairs = [
        NearPair(rows.positions[first], second, min(1.0, score), as_text(rows.texts[first]), as_text(training[second]))
        for first, second, score in zip(found.first.tolist(), found.second.tolist(), found.scores.tolist(), strict=True)
        if not exact[first]
    ]
    return tuple(sorted(pairs, key=lambda pair: (-pair.score, pair.row))[:_SHOWN])


def _without(rows: ScoredRows, leaked: np.ndarray, seed: int) -> WithoutLeaks:
    left = rows.select(np.flatnonzero(~leaked).tolist())
    return WithoutLeaks(len(left), figures_of(left, seed=seed) if len(left) else None)
