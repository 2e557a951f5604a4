"""Compile the kernels into numba's cache, by having every stage and index that uses some do a little work.

Run by `make` before the tests, whose workers would compile the same at the same time.
"""

from itertools import product

from nlp_toolkit import (
    Bm25Vectorizer,
    CountVectorizer,
    HashingVectorizer,
    SimilarityIndex,
    TfidfVectorizer,
    Word2VecVectorizer,
)
from nlp_toolkit.search.duplicates import near_duplicates

TEXTS = ["a cat and a dog", "서울은 맑다", "the dog sleeps", "a bird sings", "the cat and a dog sleep"] * 4


def compile_counting() -> None:
    """Words, word n-grams and character n-grams: learned, looked up and hashed."""
    for analyzer, ngrams in product(("word", "char", "char_wb"), ((1, 1), (1, 2))):
        for stage in (CountVectorizer, HashingVectorizer):
            stage(analyzer=analyzer, ngram_range=ngrams).fit(TEXTS).transform(TEXTS)
        CountVectorizer(analyzer=analyzer, ngram_range=ngrams).partial_fit(TEXTS).transform(TEXTS)
        CountVectorizer(analyzer=analyzer, ngram_range=ngrams, min_df=2, max_features=5).fit(TEXTS)
    for stage in (CountVectorizer, HashingVectorizer):
        stage(tokenizer=str.split, token_pattern=None).fit(TEXTS).transform(TEXTS)


def compile_word_vectors() -> None:
    """Both algorithms, with subwords and without, and every pooling."""
    for algorithm, subwords in product(("cbow", "skip-gram"), (False, True)):
        Word2VecVectorizer(
            algorithm=algorithm, subwords=subwords, vector_size=16, min_count=1, epochs=1, bucket=100
        ).fit(TEXTS)
    for pooling in ("mean", "max", "sif"):
        Word2VecVectorizer(vector_size=16, min_count=1, epochs=1, pooling=pooling).fit(TEXTS).transform(TEXTS)


def compile_search() -> None:
    """The best rows, sparse and dense, and near-duplicates."""
    for stage in (TfidfVectorizer(), Bm25Vectorizer(), Word2VecVectorizer(vector_size=16, min_count=1, epochs=1)):
        index = SimilarityIndex(stage)
        index.add(TEXTS)
        index.query(["a cat"])
        near_duplicates(index.matrix(), threshold=0.9)


if __name__ == "__main__":
    compile_counting()
    compile_word_vectors()
    compile_search()
