"""One round of learning: texts encoded, weights made or taken up again, trained, and put away."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlp_toolkit.errors import DataError
from nlp_toolkit.text.analysis import TextAnalysis
from nlp_toolkit.word_vectors.corpus import EncodedCorpus, encode_corpus
from nlp_toolkit.word_vectors.learned import Learned
from nlp_toolkit.word_vectors.pooling import WordStatistics, first_component, sif_weights
from nlp_toolkit.word_vectors.subwords import Subwords, SubwordSettings, subwords_of
from nlp_toolkit.word_vectors.training import EpochResult, TrainingSettings, train
from nlp_toolkit.word_vectors.weights import Weights, make_weights


@dataclass(frozen=True)
class Round:
    """What a round of learning gave: also where it was interrupted, with the interruption."""

    learned: Learned
    epochs: list[EpochResult]
    component: npt.NDArray[np.float64] | None
    interruption: KeyboardInterrupt | None


def learn(
    before: Learned,
    texts: Iterable[str],
    analysis: TextAnalysis,
    settings: TrainingSettings,
    *,
    subword_settings: SubwordSettings | None,
    min_count: int,
    sif_a: float | None,
    seed: int,
    threads: int,
) -> Round:
    """Go on from `before` with `texts`: words known keep their places, new ones are added behind them.

    With no epochs nothing is trained and no word added, only counted. `sif_a` asks for the SIF component of the texts.
    """
    trains = settings.epochs > 0
    corpus = encode_corpus(texts, analysis, before.words, min_count if trains else None)
    with corpus.stream:
        statistics = _add_statistics(before.statistics, corpus)
        learned = Learned(before.words, before.inputs, before.outputs, statistics, before.subwords)
        epochs: list[EpochResult] = []
        interruption = None
        if trains:
            subwords = _subwords(before, corpus.words, subword_settings)
            weights = _take_up(before, len(corpus.words), subwords, seed)
            try:
                train(
                    weights, corpus, statistics.counts, settings,
                    subwords=subwords, seed=seed, threads=threads, results=epochs,
                )  # fmt: skip
            except KeyboardInterrupt as error:
                interruption = error
            learned = _put_away(weights, corpus.words, statistics, subwords)
        component = None
        if sif_a is not None:
            weights_of_words = sif_weights(statistics, 0, sif_a)
            component = first_component(corpus.blocks(), learned.vectors.vectors, weights_of_words)
    return Round(learned, epochs, component, interruption)


def _add_statistics(before: WordStatistics, corpus: EncodedCorpus) -> WordStatistics:
    counts, frequencies = corpus.counts.copy(), corpus.text_frequencies.copy()
    counts[: before.counts.size] += before.counts
    frequencies[: before.counts.size] += before.text_frequencies
    return WordStatistics(counts, frequencies, before.n_texts + corpus.n_texts)


def _subwords(before: Learned, words: list[str], settings: SubwordSettings | None) -> Subwords | None:
    if settings is None:
        return None
    in_use = None if before.subwords is None else before.subwords.buckets
    return subwords_of(words, settings, in_use)


def _take_up(before: Learned, n_words: int, subwords: Subwords | None, seed: int) -> Weights:
    """New weights, with the rows learned before in their places."""
    weights = make_weights(n_words if subwords is None else subwords.n_rows, n_words, before.dimensions, seed)
    n_before = len(before.words)
    weights.input_rows[:n_before] = before.inputs[:n_before]
    if before.outputs is not None:
        weights.output_rows[:n_before] = before.outputs
    if subwords is not None and before.subwords is not None:
        places = n_words + np.searchsorted(subwords.buckets, before.subwords.buckets)
        weights.input_rows[places] = before.inputs[n_before:]
    return weights


def _put_away(weights: Weights, words: list[str], statistics: WordStatistics, subwords: Subwords | None) -> Learned:
    inputs, outputs = weights.input_rows.copy(), weights.output_rows.copy()
    if not (np.isfinite(inputs).all() and np.isfinite(outputs).all()):
        raise DataError("training diverged: the vectors hold NaN or infinity; lower alpha")
    return Learned(words, inputs, outputs, statistics, subwords)
