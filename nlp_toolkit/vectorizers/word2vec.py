"""Word2Vec as a stage: word vectors learned from the texts, or taken from a file, pooled into a row a text."""

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, get_args

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import check_is_fitted

from nlp_toolkit.constraints import LARGEST, LONGEST_NGRAM, PATH, check_options, number, one_of, whole
from nlp_toolkit.counting.documents import SAMPLE, sample_of
from nlp_toolkit.counting.storing import check_parameters, read_parameters, write_parameters
from nlp_toolkit.errors import ArtefactError, UsageError
from nlp_toolkit.extras import require
from nlp_toolkit.protocols import Tokenizer
from nlp_toolkit.text.analysis import TextAnalysis
from nlp_toolkit.text.tokenizers import resolve_tokenizer
from nlp_toolkit.text_transformer import TextTransformerMixin
from nlp_toolkit.threads import effective_jobs
from nlp_toolkit.validation import check_finite, check_texts
from nlp_toolkit.word_vectors.formats import read_vectors
from nlp_toolkit.word_vectors.learned import Learned, blocks_with_vectors, learned_elsewhere, nothing_learned
from nlp_toolkit.word_vectors.numbering import NumberedTexts, Numbering, make_numbering
from nlp_toolkit.word_vectors.pooling import WEIGHTS, Pooling, check_weighable, pool, pooled_columns
from nlp_toolkit.word_vectors.subwords import SubwordSettings
from nlp_toolkit.word_vectors.training import Algorithm, EpochResult, TrainingSettings

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

    from nlp_toolkit.word_vectors.container import WordVectors

_log = logging.getLogger("nlp_toolkit")


class Word2VecVectorizer(TextTransformerMixin, BaseEstimator):
    """Texts to dense rows made of word vectors, (n_texts, columns) float32.

    `fit` learns the vectors from the texts: `algorithm` "cbow" predicts a word from the mean of the words around it,
    "skip-gram" the words around it from a word, both with negative sampling. Mikolov et al. 2013 (arXiv 1301.3781
    and 1310.4546). The parameters up to `min_count` have gensim's names, defaults and meanings.

    `pooling` makes a row of a text's words: "mean", "idf" (mean weighted by inverse document frequency), "sif" (Arora
    et al. 2017: frequent words weigh less, and the direction all fitted texts share is taken out; `sif_a` is their a),
    "max", or "mean+max" (twice as wide). Unknown words are skipped and counted (`n_unknown_` of `n_words_`); a text
    without known words is a row of zeros, listed in `zero_rows_` of the last `transform`. With `subwords` a word is
    the mean of its own vector and those of its character n-grams (Bojanowski et al. 2017: `min_n`, `max_n`, `bucket`
    as in gensim), and an unknown word has the mean of those of its n-grams that are known.

    `vectors` is a word2vec file (text, binary or fastText .vec) to begin from, which then says the vector size; with
    `epochs=0` its vectors are used as they are. `tokenizer` is a name ("auto": Korean morphemes or words), a
    `Tokenizer`, or a function from a text to its words.

    `n_jobs` is 1 by default, so that the same seed gives the same vectors, every time and everywhere; one thread is
    faster than gensim with two. More threads write to the same rows without waiting for each other: nearly
    proportionally faster, as good, and no two runs quite alike (`deterministic_` is False then, also in the manifest).

    An interrupted `fit` (Ctrl-C) raises KeyboardInterrupt and leaves the stage fitted with what it had learned.
    `history_` has the loss and speed of every epoch.

    >>> stage = Word2VecVectorizer(vector_size=8, min_count=1, tokenizer="words")
    >>> stage.fit(["cats chase mice", "dogs chase cats"]).transform(["cats and dogs", ""]).shape
    (2, 8)
    >>> stage.zero_rows_.tolist(), stage.n_unknown_
    ([1], 1)
    """

    # What a recipe must know: which parameters are paths (they stay in the recipe's folder), and that rows go below 0.
    path_parameters: ClassVar[tuple[str, ...]] = ("vectors",)
    negative_rows: ClassVar[bool] = True
    libraries: ClassVar[tuple[str, ...]] = ("numba",)
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "algorithm": [one_of(get_args(Algorithm))],
        "vector_size": [whole(1, 100_000)],
        "window": [whole(1, 10_000)],
        "negative": [whole(1, 10_000)],
        "ns_exponent": [number(-10, 10)],
        "sample": [number(0)],
        "alpha": [number(0)],
        "min_alpha": [number(0)],
        "epochs": [whole(0)],
        "cbow_mean": ["boolean"],
        "shrink_windows": ["boolean"],
        "min_count": [whole(0)],
        "pooling": [one_of(get_args(Pooling))],
        "sif_a": [number(above=0)],
        "subwords": ["boolean"],
        "min_n": [whole(1, LONGEST_NGRAM)],
        "max_n": [whole(1, LONGEST_NGRAM)],
        "bucket": [whole(1)],
        "vectors": [*PATH, None],
        "tokenizer": [str, callable],
        "lowercase": ["boolean"],
        "normalization": [one_of({"NFC"}), None],
        "random_state": ["random_state"],
        "n_jobs": [whole(-LARGEST), None],
    }

    def __init__(
        self,
        algorithm: Algorithm = "cbow",
        *,
        vector_size: int = 100,
        window: int = 5,
        negative: int = 5,
        ns_exponent: float = 0.75,
        sample: float = 1e-3,
        alpha: float = 0.025,
        min_alpha: float = 0.0001,
        epochs: int = 5,
        cbow_mean: bool = True,
        shrink_windows: bool = True,
        min_count: int = 5,
        pooling: Pooling = "mean",
        sif_a: float = 1e-3,
        subwords: bool = False,
        min_n: int = 3,
        max_n: int = 6,
        bucket: int = 2_000_000,
        vectors: str | os.PathLike[str] | None = None,
        tokenizer: str | Tokenizer | Callable[[str], list[str]] = "auto",
        lowercase: bool = True,
        normalization: Literal["NFC"] | None = "NFC",
        random_state: int | None = 0,
        n_jobs: int | None = 1,
    ) -> None:
        self.algorithm = algorithm
        self.vector_size = vector_size
        self.window = window
        self.negative = negative
        self.ns_exponent = ns_exponent
        self.sample = sample
        self.alpha = alpha
        self.min_alpha = min_alpha
        self.epochs = epochs
        self.cbow_mean = cbow_mean
        self.shrink_windows = shrink_windows
        self.min_count = min_count
        self.pooling = pooling
        self.sif_a = sif_a
        self.subwords = subwords
        self.min_n = min_n
        self.max_n = max_n
        self.bucket = bucket
        self.vectors = vectors
        self.tokenizer = tokenizer
        self.lowercase = lowercase
        self.normalization = normalization
        self.random_state = random_state
        self.n_jobs = n_jobs

    @classmethod
    def from_file(
        cls,
        path: str | os.PathLike[str],
        *,
        pooling: Pooling = "mean",
        tokenizer: str | Tokenizer | Callable[[str], list[str]] = "auto",
        lowercase: bool = True,
        normalization: Literal["NFC"] | None = "NFC",
    ) -> Self:
        """A stage fitted with the word vectors of a file, as they are.

        "auto" chooses the tokenizer by the words in the file. The poolings "idf" and "sif" need texts: call `fit`.
        """
        stage = cls(
            epochs=0,
            vectors=path,
            pooling=pooling,
            tokenizer=tokenizer,
            lowercase=lowercase,
            normalization=normalization,
        )
        stage.check_settings()
        stage._set_learned(learned_elsewhere(read_vectors(Path(path)), normalization), None)
        stage.history_ = []
        stage.deterministic_ = True
        stage._resolve_tokenizer(stage.learned_.words)
        return stage

    def fit(self, texts: Iterable[str], y: object = None) -> Self:
        """Learn the vectors of the texts' words, from the beginning; `y` is not used."""
        self.check_settings()
        before = nothing_learned(self.vector_size)
        if self.vectors is not None:
            before = learned_elsewhere(read_vectors(Path(self.vectors)), self.normalization)
        elif self.epochs == 0:
            raise UsageError("epochs=0 learns nothing; give 1 or more, or vectors=FILE to use vectors as they are")
        texts = self._resolve_tokenizer(check_texts(texts))
        self._learn(before, texts, [], deterministic=True)
        return self

    def partial_fit(self, texts: Iterable[str], y: object = None) -> Self:
        """Go on learning from more texts, for `epochs` epochs from `alpha` on.

        Words known begin with their vectors; words that occur `min_count` times in these texts are added. Counts and
        text frequencies add up; the SIF component is learned anew, from these texts.
        """
        if not hasattr(self, "learned_"):
            return self.fit(texts)
        self.check_settings()
        known = None if self.learned_.subwords is None else self.learned_.subwords.settings
        if self._subword_settings() != known:
            raise UsageError("subwords, min_n, max_n and bucket cannot be changed between fits that go on; call fit")
        self._learn(self.learned_, check_texts(texts), self.history_, deterministic=self.deterministic_)
        return self

    def transform(self, texts: Iterable[str]) -> np.ndarray:
        """One row a text, in order; see the class for what becomes of unknown words."""
        check_is_fitted(self, "learned_")
        rows = list(self._blocks(texts))
        return np.concatenate(rows) if rows else np.zeros((0, self._n_features_out), dtype=np.float32)

    def transform_blocks(self, texts: Iterable[str]) -> Iterator[np.ndarray]:
        """The rows of `transform` some thousand texts at a time, so that only a block is held."""
        check_is_fitted(self, "learned_")
        return self._blocks(texts)

    @property
    def _n_features_out(self) -> int:
        return pooled_columns(self.pooling, self.learned_.dimensions)

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Column names: word2vec0, word2vec1, ..."""
        check_is_fitted(self, "learned_")
        return np.asarray([f"word2vec{column}" for column in range(self._n_features_out)], dtype=object)

    @property
    def words_(self) -> "WordVectors":
        """The words with their vectors: `nearest`, `analogy`, `similarity`; needs no gensim."""
        check_is_fitted(self, "learned_")
        return self.learned_.vectors

    @property
    def word_vectors_(self) -> "KeyedVectors":
        """The words with their vectors as gensim's `KeyedVectors`, with their counts; made anew at each call."""
        check_is_fitted(self, "learned_")
        keyed: KeyedVectors = require("gensim.models").KeyedVectors(self.learned_.dimensions)
        vectors = self.learned_.vectors
        keyed.add_vectors(list(vectors.words), vectors.vectors)
        for word, count in zip(vectors.words, self.learned_.statistics.counts.tolist(), strict=True):
            keyed.set_vecattr(word, "count", count)
        return keyed

    def spell(self, word: str) -> str:
        """`word` as the vocabulary spells it: normalized and lower-cased, or 하늘 as 하늘/NNG where that is known.

        >>> Word2VecVectorizer(min_count=1, tokenizer="words").fit(["blue sky"]).spell("Sky")
        'sky'
        """
        check_is_fitted(self, "learned_")
        index, analysis = self.learned_.vectors.index, self._analysis()
        prepared = analysis.prepare(word)
        if prepared in index:
            return prepared
        tokens = next(iter(analysis.tokens([word])))
        return tokens[0] if len(tokens) == 1 and tokens[0] in index else prepared

    def check_storable(self) -> None:
        """Raise `UsageError` naming the parameter that cannot be saved."""
        check_parameters(self._without_file())

    def save_files(self, folder: Path) -> None:
        """Write parameters and history as JSON, the words as text, vectors and counts as safetensors.

        Where `vectors` named a file, what became of them is saved and not the name.
        """
        from nlp_toolkit.word_vectors.storing import write_history, write_learned

        check_is_fitted(self, "learned_")
        write_parameters(self._without_file(), folder)
        write_learned(folder, self.learned_, self.component_)
        write_history(folder, self.history_, self.deterministic_)

    @classmethod
    def load_files(cls, folder: Path) -> Self:
        """Read what `save_files` wrote; how long epochs took is not kept."""
        from nlp_toolkit.word_vectors.storing import read_history, read_learned

        stage = read_parameters(cls, folder)
        stage._set_learned(*read_learned(folder, stage._subword_settings()))
        check_weighable(stage.pooling, stage.learned_.statistics, stage.component_)
        stage.history_, stage.deterministic_ = read_history(folder)
        if not hasattr(stage, "tokenizer_"):
            if isinstance(stage.tokenizer, str):
                raise ArtefactError(f"{folder}: the tokenizer that was fitted is missing; the model is damaged")
            stage.tokenizer_ = stage.tokenizer
        return stage

    def _learn(self, before: Learned, texts: Iterable[str], history: list[EpochResult], *, deterministic: bool) -> None:
        from nlp_toolkit.word_vectors.fitting import learn

        threads = effective_jobs(self.n_jobs)
        done = learn(
            before,
            texts,
            self._analysis(),
            self._settings(),
            subword_settings=self._subword_settings(),
            min_count=self.min_count,
            sif_a=self.sif_a if self.pooling == "sif" else None,
            seed=int(check_random_state(self.random_state).randint(2**31 - 1)) + len(history),
            threads=threads,
        )
        self._set_learned(done.learned, done.component)
        self.history_ = [*history, *done.epochs]
        self.deterministic_ = deterministic and (threads == 1 or self.epochs == 0) and self.random_state is not None
        if done.interruption is not None:
            _log.warning(
                "word2vec was interrupted after %d of %d epochs; the stage keeps what it had learned",
                *(len(done.epochs), self.epochs),
            )
            raise done.interruption

    def _set_learned(self, learned: Learned, component: np.ndarray | None) -> None:
        self.learned_ = learned
        self.component_ = component
        self.__dict__.pop("_numbering", None)

    def _blocks(self, texts: Iterable[str]) -> Iterator[np.ndarray]:
        learned = self.learned_
        check_weighable(self.pooling, learned.statistics, self.component_)
        component = self.component_ if self.pooling == "sif" else None
        self.n_words_ = self.n_unknown_ = n_texts = 0
        zero_rows: list[np.ndarray] = []
        for block, more in self._numbered(check_texts(texts)):
            weights = WEIGHTS[self.pooling](learned.statistics, len(more), self.sif_a)
            pooled = pool(block, learned.vectors.vectors, more, weights, self.pooling, component)
            check_finite(pooled.rows, f"{type(self).__name__} output", first_row=n_texts)
            self.n_words_ += int(block.data.size)
            self.n_unknown_ += int(block.data.size - pooled.n_known.sum())
            zero_rows.append(np.flatnonzero(pooled.n_known == 0) + n_texts)
            n_texts += int(block.ends.size)
            yield pooled.rows
        self.zero_rows_ = np.concatenate(zero_rows) if zero_rows else np.zeros(0, dtype=np.int64)
        if self.zero_rows_.size:
            _log.info(
                "%d of %d texts hold no known word: their rows are zeros (zero_rows_); %d of %d words are unknown",
                *(self.zero_rows_.size, n_texts, self.n_unknown_, self.n_words_),
            )

    def _numbered(self, texts: Iterable[str]) -> Iterator[tuple[NumberedTexts, np.ndarray]]:
        """Blocks of word numbers, each with the vectors of its words that are not in the vocabulary."""
        if self.learned_.subwords is not None:
            yield from blocks_with_vectors(texts, self._analysis(), self.learned_)
            return
        none = np.empty((0, self.learned_.dimensions), dtype=np.float32)
        for block in self._ready_numbering().blocks(texts):
            yield block, none

    def _ready_numbering(self) -> Numbering:
        """The vocabulary ready for lookups, made anew only when a parameter it depends on has changed."""
        analysis = self._analysis()
        kept: tuple[TextAnalysis, Numbering] | None = vars(self).get("_numbering")
        if kept is None or kept[0] != analysis:
            self._numbering = kept = analysis, make_numbering(analysis, self.learned_.words, learn=False)
        return kept[1]

    def _resolve_tokenizer(self, texts: Iterable[str]) -> Iterable[str]:
        """Set `tokenizer_` for the texts about to be fitted; returns all of them."""
        if isinstance(self.tokenizer, str):
            sample: list[str] = []
            if self.tokenizer == "auto":
                sample, texts = sample_of(texts, SAMPLE)
            self.tokenizer_: Any = resolve_tokenizer(self.tokenizer, sample)
        else:
            self.tokenizer_ = self.tokenizer
        return texts

    def _analysis(self) -> TextAnalysis:
        return TextAnalysis(self.tokenizer_, self.lowercase, self.normalization)

    def _settings(self) -> TrainingSettings:
        return TrainingSettings(
            algorithm=self.algorithm,
            window=self.window,
            negative=self.negative,
            ns_exponent=self.ns_exponent,
            sample=self.sample,
            alpha=self.alpha,
            min_alpha=self.min_alpha,
            epochs=self.epochs,
            cbow_mean=self.cbow_mean,
            shrink_windows=self.shrink_windows,
        )

    def _subword_settings(self) -> SubwordSettings | None:
        return SubwordSettings(self.min_n, self.max_n, self.bucket) if self.subwords else None

    def check_settings(self) -> None:
        """Raise `UsageError` for parameters that no fit could use, before there is anything to fit on."""
        check_options(self)
        if self.min_alpha > self.alpha:
            raise UsageError(f"expected min_alpha <= alpha, got alpha={self.alpha!r} and min_alpha={self.min_alpha!r}")
        if self.min_n > self.max_n:
            raise UsageError(f"expected min_n <= max_n, got min_n={self.min_n!r} and max_n={self.max_n!r}")

    def _without_file(self) -> Self:
        """The same parameters without the name of a file, which is a matter of this machine.

        Of subwords those that were learned: the rows saved are theirs, whatever was set since.
        """
        bare: Self = clone(self).set_params(vectors=None)
        if hasattr(self, "learned_"):
            subwords = self.learned_.subwords
            bare.set_params(subwords=subwords is not None, **({} if subwords is None else asdict(subwords.settings)))
        if hasattr(self, "tokenizer_"):
            bare.tokenizer_ = self.tokenizer_
        return bare

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags
