"""Texts about two topics, and files of word vectors, for the tests of Word2Vec."""

from pathlib import Path

import numpy as np

from nlp_toolkit.word_vectors.container import WordVectors
from nlp_toolkit.word_vectors.formats import write_text_vectors

ANIMALS, METALS = ["cat", "dog", "cow", "hen", "pig"], ["iron", "gold", "zinc", "lead", "tin"]
SMALL = {"vector_size": 16, "min_count": 1, "sample": 0, "tokenizer": "words-all", "window": 3}


def topic_texts(n: int = 400, seed: int = 0) -> list[str]:
    """Texts of eight words, each about animals or about metals."""
    generator = np.random.default_rng(seed)
    topics = (ANIMALS, METALS)
    return [" ".join(generator.choice(topics[k % 2], 8)) for k in range(n)]


def vectors_file(folder: Path, words: list[str], rows: list[list[float]]) -> Path:
    """A word2vec text file of these words and rows."""
    path = folder / "vectors.txt"
    write_text_vectors(path, WordVectors(words, np.array(rows, dtype=np.float32)))
    return path


def axes_file(folder: Path) -> Path:
    """A file of three words along three axes."""
    return vectors_file(folder, ["red", "green", "blue"], [[2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, -2.0]])
