"""`HybridIndex`: fusion worked by hand, halves that change together or not at all, one directory for all."""

from pathlib import Path

import pytest

from nlp_toolkit import Bm25Vectorizer, CountVectorizer, Hit, HybridIndex, SimilarityIndex, TfidfVectorizer
from nlp_toolkit.errors import ArtefactError, DataError, UsageError
from nlp_toolkit.search.hybrid import fuse

TEXTS = ["a cat sleeps", "two dogs bark", "the cat and the dog", "birds sing"]
IDS = ["a", "b", "c", "d"]


def halves() -> list[SimilarityIndex]:
    words = Bm25Vectorizer(tokenizer="english-stems")
    return [SimilarityIndex(words), SimilarityIndex(TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 3)))]


def hits(*scored: tuple[str, float]) -> list[Hit]:
    return [Hit(rank, name, score, name, {}) for rank, (name, score) in enumerate(scored, 1)]


def test_reciprocal_ranks_worked_by_hand() -> None:
    first, second = hits(("a", 9.0), ("b", 1.0)), hits(("b", 0.9), ("c", 0.8))
    fused = fuse([first, second], "rrf", [1, 1], k=3)
    assert [(hit.rank, hit.id) for hit in fused] == [(1, "b"), (2, "a"), (3, "c")]
    assert [hit.score for hit in fused] == pytest.approx([1 / 62 + 1 / 61, 1 / 61, 1 / 62])


def test_weighted_scores_worked_by_hand() -> None:
    first, second = hits(("a", 10.0), ("b", 5.0), ("c", 0.0)), hits(("b", 0.8), ("a", 0.4))
    fused = fuse([first, second], "weighted", [0.25, 0.75], k=2)
    # a: 0.25 * 1 + 0.75 * 0; b: 0.25 * 0.5 + 0.75 * 1
    assert [(hit.id, hit.score) for hit in fused] == [("b", pytest.approx(0.875)), ("a", pytest.approx(0.25))]


def test_equal_sums_come_in_the_order_of_the_lists() -> None:
    assert [hit.id for hit in fuse([hits(("x", 1.0)), hits(("y", 1.0))], "rrf", [1, 1], k=2)] == ["x", "y"]


def test_each_half_contributes_what_the_other_misses() -> None:
    index = HybridIndex(halves())
    index.add(TEXTS, IDS)
    [found] = index.query(["sleeping cast"], k=4)  # the stem finds "sleeps", the characters find "cat"
    assert {"a", "c"} <= {hit.id for hit in found}
    assert found[0].id == "a"
    assert found[0].text == "a cat sleeps"


def test_filter_holds_in_both_halves() -> None:
    index = HybridIndex(halves(), "weighted", [1, 0.5])
    index.add(TEXTS, IDS, {"year": [1, 2, 3, 4]})
    assert {hit.id for hit in index.query(["the cat sleeps"], where="year >= 3")[0]} <= {"c", "d"}
    assert index.query(["a cat sleeps"], where="year = 1 and id = 'd'") == [[]]


def test_columns_that_can_be_read_once_reach_every_half() -> None:
    for metadata in ({"year": iter([1, 2, 3, 4])}, ({"year": year} for year in (1, 2, 3, 4))):
        index = HybridIndex(iter(halves()), weights=iter([1, 2]))  # type: ignore[arg-type]
        assert index.add(iter(TEXTS), iter(IDS), metadata) == IDS  # type: ignore[arg-type]
        assert [list(half.texts())[1].metadata for half in index.indexes] == [{"year": 2}] * 2
        for _ in range(2):
            assert index.query(iter(["the cat sleeps"]), where="year = 1")[0][0].id == "a"


def test_halves_change_together_or_not_at_all() -> None:
    parts = halves()
    index = HybridIndex(parts)
    index.add(TEXTS, IDS)
    parts[1].delete(["d"])  # the second half will refuse what the first would do
    with pytest.raises(DataError, match="no text with id 'd'"):
        index.delete(["d"])
    assert "d" in parts[0]
    parts[1].add(["birds sing"], ["d"])
    assert index.delete(["d"]) == 1
    assert ("d" in parts[0], "d" in parts[1], len(index)) == (False, False, 3)
    with pytest.raises(DataError, match="the id 'a' is in the index"):
        index.add(["again"], ["a"])
    with pytest.raises(DataError, match="expected a sequence of ids, got one str"):
        index.delete("ab")  # a and b are there
    assert [len(part) for part in parts] == [3, 3]


def test_saved_loaded_and_edited_in_one_directory(tmp_path: Path) -> None:
    index = HybridIndex(halves(), "weighted", [2, 1])
    index.add(TEXTS, IDS)
    index.save(tmp_path / "index")
    loaded = HybridIndex.load(tmp_path / "index")
    assert loaded.query(["cat dog"]) == index.query(["cat dog"])
    assert (loaded.method, loaded.weights) == ("weighted", [2.0, 1.0])
    with HybridIndex.editing(tmp_path / "index") as edited:
        edited.delete(["a"])
        edited.add(["another cat"], ["e"])
    again = HybridIndex.load(tmp_path / "index")
    assert sorted(hit.id for hit in again.query(["cat"])[0]) == ["c", "e"]
    with pytest.raises(ArtefactError, match=r"holds a hybrid-index; open it with HybridIndex\.load"):
        SimilarityIndex.load(tmp_path / "index")


def test_half_saved_before_can_still_be_saved_by_itself(tmp_path: Path) -> None:
    parts = halves()
    index = HybridIndex(parts)
    index.add(TEXTS, IDS)
    parts[0].save(tmp_path / "half")
    index.save(tmp_path / "hybrid")
    parts[0].save(tmp_path / "half", overwrite=True)
    assert len(SimilarityIndex.load(tmp_path / "half")) == len(HybridIndex.load(tmp_path / "hybrid")) == 4


def test_settings_without_meaning_are_refused() -> None:
    with pytest.raises(UsageError, match="unknown method 'sum' of fusing; known: rrf, weighted"):
        HybridIndex(halves(), "sum").query(["cat"])  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="expected 2 weights of 0 or more"):
        HybridIndex(halves(), "weighted", [1.0]).query(["cat"])
    with pytest.raises(UsageError, match="expected k of 1 or more, got 0"):
        HybridIndex(halves()).query(["cat"], k=0)
    with pytest.raises(UsageError, match="needs at least one index"):
        HybridIndex([]).query(["cat"])


def test_refit_reaches_every_half() -> None:
    index = HybridIndex([SimilarityIndex(CountVectorizer()), SimilarityIndex(TfidfVectorizer())])
    index.add(["cat dog", "bird"])
    index.add(["fish"], ["f"])
    assert index.query(["fish"]) == [[]]
    index.refit()
    assert [hit.id for hit in index.query(["fish"])[0]] == ["f"]
