"""A small index on disk, for the tests of its directory."""

from pathlib import Path

from nlp_toolkit import SimilarityIndex, TfidfVectorizer

TEXTS = ["a cat sleeps", "two dogs bark", "the cat and the dog", "birds sing"]


def saved(path: Path) -> SimilarityIndex:
    """Four texts with ids and years, saved at `path`."""
    index = SimilarityIndex(TfidfVectorizer())
    index.add(TEXTS, ids=["a", "b", "c", "d"], metadata={"year": [1, 2, 3, 4]})
    index.save(path)
    return index
