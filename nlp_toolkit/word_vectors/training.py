"""Word2vec training: chunks of the encoded texts to one thread or several, for as many epochs as wanted."""

import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from nlp_toolkit.kernels.sampling import alias_table, keep_thresholds, sample_words
from nlp_toolkit.word_vectors.corpus import EncodedCorpus
from nlp_toolkit.word_vectors.learner import make_learner
from nlp_toolkit.word_vectors.subwords import Subwords
from nlp_toolkit.word_vectors.weights import Weights

_log = logging.getLogger("nlp_toolkit")

Longs = npt.NDArray[np.int64]
Algorithm = Literal["skip-gram", "cbow"]

_SECONDS_BETWEEN_NOTES = 10.0


@dataclass(frozen=True)
class TrainingSettings:
    """How words are trained: gensim's names, defaults and meanings, `algorithm` in place of its `sg`."""

    algorithm: Algorithm = "cbow"
    window: int = 5
    negative: int = 5
    ns_exponent: float = 0.75
    sample: float = 1e-3
    alpha: float = 0.025
    min_alpha: float = 0.0001
    epochs: int = 5
    cbow_mean: bool = True
    shrink_windows: bool = True


@dataclass(frozen=True)
class EpochResult:
    """One pass over the texts.

    `loss` is the mean over all predictions of -log p(the word that is there) - sum of log(1 - p(a negative)), as it
    was when each was made; `predictions` how many there were (skip-gram: one a context word; CBOW: one a centre);
    `words` those of the vocabulary that were read, thinned or not.
    """

    epoch: int
    loss: float
    predictions: int
    words: int
    seconds: float

    @property
    def words_per_second(self) -> float:
        return self.words / self.seconds if self.seconds else 0.0


class Tally:
    """Sums up epochs while several threads work on them."""

    def __init__(self, n_epochs: int, n_chunks: int, results: list[EpochResult]) -> None:
        self._lock = threading.Lock()
        self._left = [n_chunks] * n_epochs
        self._sums = np.zeros((n_epochs, 2))
        self._words = [0] * n_epochs
        self._n_chunks = n_chunks
        self._start = self._told = time.perf_counter()
        self.results = results

    def add(self, epoch: int, loss: float, predictions: int, words: int) -> None:
        """Add a chunk; the last one of an epoch ends it, and it is told."""
        with self._lock:
            self._sums[epoch] += loss, predictions
            self._words[epoch] += words
            self._left[epoch] -= 1
            if time.perf_counter() - self._told > _SECONDS_BETWEEN_NOTES:
                self._tell_progress(epoch)
            # With several threads and few chunks an epoch may be done before the one in front of it.
            while len(self.results) < len(self._left) and not self._left[len(self.results)]:
                self._finish(len(self.results))

    def _tell_progress(self, epoch: int) -> None:
        self._told = time.perf_counter()
        _log.info(
            "word2vec epoch %d of %d: %d %% done, %.2f million words/s",
            *(epoch + 1, len(self._left), 100 - 100 * self._left[epoch] // max(self._n_chunks, 1)),
            self._words[epoch] / (self._told - self._start) / 1e6,
            extra={"progress": True},
        )

    def _finish(self, epoch: int) -> None:
        loss, predictions = self._sums[epoch].tolist()
        now = time.perf_counter()
        result = EpochResult(
            epoch + 1, loss / max(predictions, 1), int(predictions), self._words[epoch], now - self._start
        )
        self._start = self._told = now
        self.results.append(result)
        _log.info(
            "word2vec epoch %d of %d: loss %.4f, %.2f million words/s",
            *(result.epoch, len(self._left), result.loss, result.words_per_second / 1e6),
            extra={"progress": True},
        )


def train(
    weights: Weights,
    corpus: EncodedCorpus,
    total_counts: Longs,
    settings: TrainingSettings,
    *,
    subwords: Subwords | None,
    seed: int,
    threads: int,
    results: list[EpochResult],
) -> None:
    """Change `weights` in place; `results` gets an entry an epoch.

    Words are thinned by their counts in `corpus`, negatives drawn by `total_counts` (n_words), as gensim does when it
    goes on with new texts. With one thread the result depends on the arguments only. With more, threads read and
    write the same rows without waiting for each other (Hogwild, Niu et al. 2011), and no two runs are quite alike.

    A KeyboardInterrupt passes through once every thread has stopped: what was learned so far is in `weights`.
    """
    chunks = corpus.stream.pieces()
    tally = Tally(settings.epochs, len(chunks), results)
    jobs = _Jobs(settings, chunks)
    worker = _Worker(
        weights, corpus, settings, subwords, seed, jobs, tally,
        keep_thresholds(corpus.counts, settings.sample),
        alias_table(np.where(total_counts > 0, total_counts.astype(np.float64) ** settings.ns_exponent, 0.0)),
    )  # fmt: skip
    if threads == 1:
        worker.run()
        return
    with ThreadPoolExecutor(threads) as pool:
        try:
            running = [pool.submit(worker.run) for _ in range(threads)]
            done, _ = wait(running, return_when=FIRST_EXCEPTION)
        finally:
            jobs.stop()
    for future in done:
        future.result()


class _Jobs:
    """Chunks to train, one after another, each with its place in the whole training; stops when told to."""

    def __init__(self, settings: TrainingSettings, chunks: list[tuple[int, int]]) -> None:
        self._lock = threading.Lock()
        self._jobs = self._all(settings, chunks)
        self._stopped = False

    def next(self) -> "_Job | None":
        with self._lock:
            return None if self._stopped else next(self._jobs, None)

    def stop(self) -> None:
        self._stopped = True

    @staticmethod
    def _all(settings: TrainingSettings, chunks: list[tuple[int, int]]) -> "Iterator[_Job]":
        length = chunks[-1][1] if chunks else 1
        fall = settings.alpha - settings.min_alpha
        for epoch in range(settings.epochs):
            for number, (begin, end) in enumerate(chunks):
                first, last = (
                    settings.alpha - fall * (epoch + place / length) / settings.epochs for place in (begin, end)
                )
                yield _Job(epoch, number, begin, end, first, last)


@dataclass(frozen=True)
class _Job:
    epoch: int
    chunk: int
    begin: int
    end: int
    first_alpha: float
    last_alpha: float


@dataclass(frozen=True)
class _Worker:
    weights: Weights
    corpus: EncodedCorpus
    settings: TrainingSettings
    subwords: Subwords | None
    seed: int
    jobs: _Jobs
    tally: Tally
    thresholds: npt.NDArray[np.uint32]
    negatives: npt.NDArray[np.uint32]

    def run(self) -> None:
        settings, stream = self.settings, self.corpus.stream
        longest = max((end - begin for begin, end in stream.pieces()), default=0)
        words = np.empty(longest, dtype=np.int32)
        windows = np.empty(longest, dtype=np.int32)
        negatives = np.empty((longest, settings.negative), dtype=np.int32)
        learn = make_learner(self.weights, settings, self.subwords)
        while (job := self.jobs.next()) is not None:
            numbers = stream.read(job.begin, job.end)
            seed = np.random.SeedSequence([self.seed, job.epoch, job.chunk]).generate_state(1, np.uint64)[0]
            n = sample_words(
                numbers, self.thresholds, settings.window, settings.shrink_windows, self.negatives, seed,
                words, windows, negatives,
            )  # fmt: skip
            loss, predictions = learn(words[:n], windows[:n], negatives[:n], job.first_alpha, job.last_alpha)
            self.tally.add(job.epoch, loss, predictions, int(np.count_nonzero(numbers >= 0)))
