"""Corpora: texts with their labels and other columns, read from files and written as vectors or rows."""

from nlp_toolkit.corpus.corpus import Cleaning, Corpus, concatenate
from nlp_toolkit.corpus.reading import iter_corpus, read_corpus
from nlp_toolkit.corpus.rows import formula_safe, write_rows
from nlp_toolkit.corpus.vectors import write_vectors

__all__ = [
    "Corpus",
    "Cleaning",
    "concatenate",
    "read_corpus",
    "iter_corpus",
    "write_vectors",
    "write_rows",
    "formula_safe",
]
