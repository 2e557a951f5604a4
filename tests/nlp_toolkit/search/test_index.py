"""`SimilarityIndex`: scikit-learn's neighbours, ids that stay in step, filters, and changes that are whole or not."""

import logging
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import TruncatedSVD
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import Pipeline

from nlp_toolkit import Bm25Vectorizer, CountVectorizer, Hit, SimilarityIndex, TfidfVectorizer, Word2VecVectorizer
from nlp_toolkit.errors import ArtefactError, DataError, UsageError
from nlp_toolkit.search.index import SimilarityIndex as Index

from .stages import LetterVectorizer

TEXTS = ["a cat sleeps", "two dogs bark", "the cat and the dog", "birds sing", "a dog sleeps"]
IDS = ["a", "b", "c", "d", "e"]


def random_texts(n_texts: int, seed: int, n_words: int = 200) -> list[str]:
    random = np.random.default_rng(seed)
    return [" ".join(f"w{word}" for word in random.zipf(1.4, random.integers(1, 12)) % n_words) for _ in range(n_texts)]


def words_index(**options: object) -> Index:
    index = SimilarityIndex(TfidfVectorizer(token_pattern=r"\w+"), **options)  # type: ignore[arg-type]
    index.add(TEXTS, IDS, {"year": [2019, 2020, 2021, 2022, None], "label": ["x", "y", "x", None, "y"]})
    return index


def ids_of(answers: list[list[Hit]]) -> list[list[str]]:
    return [[hit.id for hit in hits] for hits in answers]


def test_hit_worked_by_hand() -> None:
    index = SimilarityIndex(CountVectorizer(token_pattern=r"\w+"), metric="dot")
    index.add(["cat cat dog", "dog", "bird"], ids=["x", "y", "z"], metadata=[{"n": 1}, {"n": 2}, {}])
    assert index.query(["cat dog"], k=5) == [
        [Hit(1, "x", 3.0, "cat cat dog", {"n": 1}), Hit(2, "y", 1.0, "dog", {"n": 2})]
    ]


@pytest.mark.parametrize("dense", [False, True])
def test_scores_and_neighbours_are_those_of_scikit_learn(dense: bool) -> None:
    texts, queries = random_texts(400, seed=0), random_texts(40, seed=1)
    stage = TfidfVectorizer(token_pattern=r"\w+")
    model = Pipeline([("vectorizer", stage), ("reduce", TruncatedSVD(30, random_state=0))]) if dense else stage
    index = SimilarityIndex(model)  # type: ignore[arg-type]
    index.add(texts)
    rows = index.vectorizer_.transform(texts)
    reference = NearestNeighbors(n_neighbors=10, algorithm="brute", metric="cosine").fit(rows)
    distances, neighbours = reference.kneighbors(index.vectorizer_.transform(queries))
    tolerance = 1e-6 if dense else 1e-12
    for hits, expected, nearest in zip(index.query(queries, k=10), 1 - distances, neighbours, strict=True):
        scores = np.zeros(10)
        scores[: len(hits)] = [hit.score for hit in hits]
        np.testing.assert_allclose(scores, expected, atol=tolerance)
        ours, theirs = [int(hit.id) for hit in hits], nearest.tolist()
        last = expected[-1]
        clear = [row for row, score in zip(theirs, expected, strict=True) if score > last + 2 * tolerance]
        assert set(clear) <= set(ours)  # those tied with the last place may differ


def test_equal_scores_come_in_the_order_of_adding() -> None:
    for stage in (CountVectorizer(), LetterVectorizer()):
        index = SimilarityIndex(stage)
        index.add(["same text"] * 30, ids=[f"n{number}" for number in range(30)])
        index.add(["same text"] * 30, ids=[f"m{number}" for number in range(30)])
        assert ids_of(index.query(["same text"], k=35)) == [[f"n{n}" for n in range(30)] + [f"m{n}" for n in range(5)]]


def test_sparse_list_leaves_out_what_has_nothing_in_common_and_dense_list_is_full() -> None:
    sparse, dense = SimilarityIndex(CountVectorizer()), SimilarityIndex(LetterVectorizer())
    for index in (sparse, dense):
        index.add(["cat", "dog", "zzz"])
    assert ids_of(sparse.query(["cat", "unknown", ""], k=10)) == [["0"], [], []]
    answers = dense.query(["cat", "qqq", ""], k=10)
    assert [len(hits) for hits in answers] == [3, 3, 3]
    assert [hit.score for hit in answers[2]] == [0.0, 0.0, 0.0]


def test_bm25_is_searched_by_dot_product_and_the_rest_by_cosine() -> None:
    pipeline = Pipeline([("vectorizer", Bm25Vectorizer()), ("reduce", "passthrough")])
    reduced = Pipeline([("vectorizer", Bm25Vectorizer()), ("reduce", TruncatedSVD(2))])
    metrics = [SimilarityIndex(s).state.metric for s in (Bm25Vectorizer(), pipeline, reduced, TfidfVectorizer())]  # type: ignore[arg-type]
    assert metrics == ["dot", "dot", "cosine", "cosine"]


def test_bm25_query_in_a_pipeline_is_weighed_as_a_query() -> None:
    plain = SimilarityIndex(Bm25Vectorizer(tokenizer="words"))
    piped = SimilarityIndex(Pipeline([("vectorizer", Bm25Vectorizer(tokenizer="words"))]))  # type: ignore[arg-type]
    for index in (plain, piped):
        index.add(TEXTS)
    assert plain.query(["cat cat dog"]) == piped.query(["cat cat dog"])


def test_filter_is_applied_before_the_best_are_chosen() -> None:
    index = words_index()
    assert ids_of(index.query(["cat dog"], k=1)) == [["c"]]
    assert ids_of(index.query(["cat dog"], k=1, where="year < 2021")) == [["a"]]
    assert ids_of(index.query(["dog sleeps"], k=5, where="label = 'y' and year is null")) == [["e"]]
    with pytest.raises(UsageError, match="no metadata 'years'; there is: id, year, label"):
        index.query(["cat"], where="years > 1")


def test_korean_word_is_found_behind_its_particle() -> None:
    index = SimilarityIndex(Bm25Vectorizer())
    index.add(["서울은 넓고 사람이 많다", "부산에는 바다가 있다"], ids=["서울", "부산"])
    assert ids_of(index.query(["서울", "사람"])) == [["서울"], ["서울"]]


def test_both_spellings_of_hangul_find_the_same() -> None:
    index = SimilarityIndex(TfidfVectorizer())
    index.add(["서울 거리", "부산 바다"])
    composed, decomposed = "서울", "\u1109\u1165\u110b\u116e\u11af"
    assert index.query([composed]) == index.query([decomposed])


def test_deleted_texts_are_gone_and_their_ids_free_again() -> None:
    index = words_index()
    assert index.delete(["a", "c"]) == 2
    assert ids_of(index.query(["cat"], k=5)) == [[]]
    assert (len(index), "a" in index, "b" in index) == (3, False, True)
    index.add(["another cat"], ids=["a"])
    assert ids_of(index.query(["cat"])) == [["a"]]
    with pytest.raises(DataError, match="no text with id 'c' and 1 more is in the index; nothing was deleted"):
        index.delete(["c", "b", "q"])
    assert len(index) == 4


def test_duplicate_ids_are_refused_or_replaced_by_choice() -> None:
    index = words_index()
    with pytest.raises(DataError, match="the id 'b' is in the index"):
        index.add(["new"], ids=["b"])
    with pytest.raises(DataError, match=r"the id 'x' is in rows 1, 3 \(counted from 1\)"):
        index.add(["one", "two", "three"], ids=["x", "y", "x"])
    assert len(index) == 5
    index.add(["first cat", "last bird"], ids=["b", "b"], on_duplicate="replace")
    assert len(index) == 5
    assert [(hit.id, hit.text) for hit in index.query(["bird bark birds"])[0]] == [("d", "birds sing")]
    assert [document.text for document in index.texts() if document.id == "b"] == ["last bird"]


def test_numbers_given_as_ids_are_never_given_twice(tmp_path: Path) -> None:
    index = SimilarityIndex(TfidfVectorizer())
    assert index.add(["cat", "dog"]) == ["0", "1"]
    index.delete(["1"])
    index.save(tmp_path / "index")
    loaded = SimilarityIndex.load(tmp_path / "index")
    assert loaded.add(["bird cat"]) == ["2"]
    loaded.add(["my cat", "my dog"], ids=["7", "12 b"])
    assert loaded.add(["a cat"], on_duplicate="replace") == ["8"]
    assert [document.text for document in loaded.texts()] == ["cat", "bird cat", "my cat", "my dog", "a cat"]


def test_failed_add_leaves_the_index_as_it_was() -> None:
    index = words_index()
    before = (index.state, index.query(["cat dog"]))

    class Broken(LetterVectorizer):
        def transform(self, texts: object) -> np.ndarray:
            return np.array([[np.nan] * 26])

    for wrong in (
        {"metadata": {"year": ["old"]}},
        {"metadata": {"year": [1, 2]}},
        {"metadata": {"values": [0.5, 10**400]}},
        {"ids": ["p", "q"]},
        {"ids": [7]},
    ):
        with pytest.raises(DataError, match=r"year|values|ids|id of row"):
            index.add(["new cat"], **wrong)  # type: ignore[arg-type]
    assert (index.state, index.query(["cat dog"])) == before
    with pytest.raises(DataError, match="the stage's matrix holds NaN or infinity in rows x"):
        SimilarityIndex(Broken()).add(["cat"], ids=["x"])


@pytest.mark.parametrize("texts", ["cat", None, [1, 2], [None]])
def test_what_is_no_sequence_of_texts_is_refused(texts: object) -> None:
    index = words_index()
    with pytest.raises(DataError, match=r"expected|row 1 \(counted from 1\)"):
        index.add(texts)  # type: ignore[arg-type]
    with pytest.raises(DataError, match=r"expected|row 1 \(counted from 1\)"):
        index.query(texts)  # type: ignore[arg-type]


def test_settings_without_meaning_are_refused() -> None:
    with pytest.raises(UsageError, match="unknown kind 'fuzzy' of index; known: exact, approximate"):
        SimilarityIndex(CountVectorizer(), "fuzzy").add(["a cat"])  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="unknown metric 'l2'; known: cosine, dot"):
        SimilarityIndex(CountVectorizer(), metric="l2").add(["a cat"])  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="kind='approximate' needs dense rows"):
        SimilarityIndex(CountVectorizer(), "approximate").add(["a cat"])
    with pytest.raises(UsageError, match="expected k of 1 or more, got 0"):
        words_index().query(["cat"], k=0)


def test_dirty_texts_are_kept_as_they_are() -> None:
    dirty = ["cat\x00dog", "cat \ud800 dog", "", "😀", "cat" * 5]
    index = SimilarityIndex(TfidfVectorizer())
    index.add(dirty)
    assert [document.text for document in index.texts()] == dirty
    assert ids_of(index.query(["dog"])) == [["0", "1"]]


def test_stage_is_copied_and_its_statistics_frozen_until_refit() -> None:
    stage = TfidfVectorizer()
    index = SimilarityIndex(stage)
    index.add(["cat dog", "dog bird"])
    assert not hasattr(stage, "vocabulary_")
    index.add(["fish fish cat"], ids=["f"])
    assert ids_of(index.query(["fish"])) == [[]]
    before = index.vectorizer_
    index.refit()
    assert ids_of(index.query(["fish"])) == [["f"]]
    assert index.vectorizer_ is not before


def test_stage_fitted_again_behind_the_index_is_noticed(tmp_path: Path) -> None:
    index = words_index()
    index.vectorizer_.fit(["other words entirely"])
    with pytest.raises(ArtefactError, match=r"fitted again after rows were added.*call refit\(\)"):
        index.add(["cat"], ids=["z"])
    with pytest.raises(ArtefactError, match="fitted again after rows were added"):
        index.query(["cat"])
    with pytest.raises(ArtefactError, match="fitted again after rows were added"):
        index.save(tmp_path / "index")
    assert not (tmp_path / "index").exists()
    index.refit()
    assert ids_of(index.query(["cat"], k=1)) == [["a"]]


def test_stage_that_was_used_before_counts_as_the_one_it_was() -> None:
    stage = Word2VecVectorizer(min_count=1, epochs=1, random_state=0).fit(TEXTS)
    stage.transform(["a cat", "unknown"])
    index = SimilarityIndex(stage)
    index.add(["a cat", "???"])
    index.add(["two dogs"])
    assert ids_of(index.query(["dogs two"], k=1)) == [["2"]]


def test_fitted_stage_is_used_as_it_is() -> None:
    stage = TfidfVectorizer().fit(["cat dog", "bird"])
    index = SimilarityIndex(stage)
    index.add(["fish cat"])
    assert index.vectorizer_ is stage


def test_metadata_may_gain_a_name_and_merge_with_texts_that_lack_it() -> None:
    index = SimilarityIndex(CountVectorizer())
    for number in range(12):  # enough for segments to merge
        index.add(["cat"], metadata={"n": [number]} if number % 2 else {"flag": [number % 4 == 0]})
    assert len(index.state.segments) < 12
    assert index.metadata_types == {"flag": "bool", "n": "int"}
    assert ids_of(index.query(["cat"], k=20, where="n > 6")) == [["7", "9", "11"]]
    assert ids_of(index.query(["cat"], k=20, where="flag = true")) == [["0", "4", "8"]]
    assert index.query(["cat"], k=1)[0][0].metadata["flag"] is True


def test_queries_and_an_index_without_texts() -> None:
    index = SimilarityIndex(CountVectorizer())
    assert index.add([]) == []
    assert index.query(["cat"]) == [[]]
    assert words_index().query([]) == []
    with pytest.raises(UsageError, match="not fitted yet; add texts first"):
        index.vectorizer_  # noqa: B018


def test_progress_is_told_in_texts_and_choices_through_logging(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[tuple[str, int, int]] = []
    with caplog.at_level(logging.INFO, "nlp_toolkit"):
        SimilarityIndex(Bm25Vectorizer()).add(TEXTS, progress=lambda *step: seen.append(step))
    assert seen == [("fit", 0, 5), ("fit", 5, 5), ("add", 5, 5)]
    assert "chose English stems" in caplog.text


steps = st.lists(
    st.tuples(st.sampled_from(["add", "replace", "delete", "reload"]), st.integers(0, 9), st.integers(0, 4)),
    max_size=25,
)


@given(steps)
@settings(max_examples=40, deadline=None)
def test_any_sequence_of_changes_keeps_ids_in_step(tmp_path_factory: pytest.TempPathFactory, steps: object) -> None:
    words = ["cat", "dog", "bird", "fish", "worm"]
    path = tmp_path_factory.mktemp("store") / "index"
    index = SimilarityIndex(CountVectorizer().fit(words))
    kept: dict[str, str] = {}
    for what, number, word in steps:  # type: ignore[attr-defined]
        name = f"id{number}"
        if what == "reload" and kept:
            index.save(path)
            index = SimilarityIndex.load(path)
        elif what == "delete" and name in kept:
            index.delete([name])
            del kept[name]
        elif what == "replace" or (what == "add" and name not in kept):
            index.add([words[word]], ids=[name], on_duplicate="replace")
            kept.pop(name, None)
            kept[name] = words[word]
    assert [(document.id, document.text) for document in index.texts()] == list(kept.items())
    for word in words:
        assert ids_of(index.query([word], k=20)) == [[name for name, text in kept.items() if text == word]]
