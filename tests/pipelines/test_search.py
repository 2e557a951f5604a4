"""Indexes from a corpus by one call each: build, add, delete, look into, compare."""

from pathlib import Path

import pytest

from nlp_toolkit import Corpus, HybridIndex
from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit_pipelines.search import (
    add_to_index,
    build_index,
    delete_from_index,
    index_duplicates,
    inspect_index,
    open_index,
)

CORPUS = Corpus(
    texts=["a cat sleeps", "two dogs bark", "a cat sleeps!", "birds sing"],
    ids=["a", "b", "c", "d"],
    metadata={"year": [1, 2, 3, None]},
)


def test_index_is_built_changed_and_described(tmp_path: Path) -> None:
    built = build_index("tfidf", CORPUS, tmp_path / "index", overrides={"token_pattern": r"\w+", "tokenizer": None})
    assert (built.texts, built.added) == (4, 4)
    added = add_to_index(tmp_path / "index", Corpus(texts=["a new cat"], ids=["e"], metadata={"year": [5]}))
    assert (added.texts, added.added) == (5, 1)
    assert delete_from_index(tmp_path / "index", ["a", "b"]).to_json()["deleted"] == 2
    info = inspect_index(tmp_path / "index")
    assert (info.texts, info.generation, info.metadata) == (3, 3, {"year": "int"})
    assert [(part.stage, part.kind, part.metric, part.recall) for part in info.parts] == [
        ("tfidf", "exact", "cosine", None)
    ]
    assert [hit.id for hit in open_index(tmp_path / "index").query(["cat"], where="year > 3")[0]] == ["e"]


def test_recipe_with_a_reduction_gives_dense_rows(tmp_path: Path) -> None:
    recipe = {
        "task": "classification",
        "vectorizer": {"kind": "tfidf"},
        "reduce": {"kind": "svd", "components": 2},
        "estimator": {"kind": "logreg"},
    }
    build_index(recipe, CORPUS, tmp_path / "index")
    [part] = inspect_index(tmp_path / "index").parts
    assert (part.stage.startswith("tfidf + "), part.columns) == (True, 2)
    assert len(open_index(tmp_path / "index").query(["cat"], k=10)[0]) == 4


def test_several_stages_make_a_hybrid_index(tmp_path: Path) -> None:
    build_index("bm25", CORPUS, tmp_path / "index", also=["tfidf"], method="weighted", weights=[1, 0.5])
    index = open_index(tmp_path / "index")
    assert isinstance(index, HybridIndex)
    info = inspect_index(tmp_path / "index")
    assert (info.method, [part.stage for part in info.parts]) == ("weighted", ["bm25", "tfidf"])
    delete_from_index(tmp_path / "index", ["a"])
    assert [hit.id for hit in open_index(tmp_path / "index").query(["cat"])[0]] == ["c"]


def test_duplicates_are_told_with_their_texts(tmp_path: Path) -> None:
    build_index("bm25", CORPUS, tmp_path / "index")
    [pair] = index_duplicates(open_index(tmp_path / "index"), 0.95)
    assert (pair.first, pair.second, pair.first_text, pair.second_text) == ("a", "c", "a cat sleeps", "a cat sleeps!")
    assert pair.score == pytest.approx(1.0)


def test_what_cannot_be_indexed_is_refused_before_any_work(tmp_path: Path) -> None:
    build_index("tfidf", CORPUS, tmp_path / "index")
    with pytest.raises(UsageError, match="an index exists there; pass overwrite=True"):
        build_index("no such stage", CORPUS, tmp_path / "index")
    with pytest.raises(UsageError, match="got pairs of texts"):
        build_index("tfidf", Corpus(pairs=[("a", "b")]), tmp_path / "pairs")
    with pytest.raises(DataError, match="no texts to index"):
        build_index("tfidf", Corpus(), tmp_path / "none")
    with pytest.raises(UsageError, match="no such index directory"):
        open_index(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="no such index directory"):
        delete_from_index(tmp_path / "nowhere", ["a"])
