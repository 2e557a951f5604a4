"""CountVectorizer and TfidfVectorizer as stages: inputs, growing vocabularies, blocks, cloning, saving."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction import text as reference
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from nlp_toolkit import CountVectorizer, HashingVectorizer, TfidfVectorizer, register_callable
from nlp_toolkit.counting import counters, matrices
from nlp_toolkit.counting import stage as stage_module
from nlp_toolkit.errors import ArtefactError, DataError, UsageError

from .parity import CORPORA, ENGLISH, KOREAN, assert_same_matrix, nfc

TEXTS = CORPORA["mixed"]


def test_counts_of_a_small_example() -> None:
    vectorizer = CountVectorizer(ngram_range=(1, 2))
    counted = vectorizer.fit_transform(["to be or not to be", "to do"])
    assert vectorizer.get_feature_names_out().tolist() == [
        "be", "be or", "do", "not", "not to", "or", "or not", "to", "to be", "to do",
    ]  # fmt: skip
    assert counted.toarray().tolist() == [[2, 1, 0, 1, 1, 1, 1, 2, 2, 0], [0, 0, 1, 0, 0, 0, 0, 1, 0, 1]]


@pytest.mark.parametrize("stage", [CountVectorizer(), TfidfVectorizer()])
def test_is_scikit_learns_vectorizer(stage: Any) -> None:
    assert isinstance(stage, reference.CountVectorizer)
    assert isinstance(stage, reference.TfidfVectorizer) == isinstance(stage, TfidfVectorizer)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("one text", "Iterable over raw text documents expected, string object received; wrap it in a list"),
        (None, "got None"),
        ([None, "a"], r"row 1 \(counted from 1\) is missing"),
        (["a", 3], r"row 2 \(counted from 1\) is int 3"),
        ([["two", "words"]], r"row 1 \(counted from 1\) is a list of 2"),
    ],
)
def test_refuses_what_is_not_texts_by_name(wrong: Any, message: str) -> None:
    for stage in (CountVectorizer(), TfidfVectorizer(), HashingVectorizer()):
        with pytest.raises(DataError, match=message):
            stage.fit(wrong)


def test_reads_bytes_and_files_as_scikit_learn_does(tmp_path: Path) -> None:
    path = tmp_path / "한국어.txt"
    path.write_bytes("서울은 봄이다".encode("cp949"))
    assert CountVectorizer(encoding="cp949").fit([path.read_bytes()]).vocabulary_ == {"서울은": 1, "봄이다": 0}
    assert CountVectorizer(encoding="cp949", input="filename").fit([path]).vocabulary_ == {"서울은": 1, "봄이다": 0}


def test_unfitted_stages_say_so() -> None:
    with pytest.raises(NotFittedError, match="Vocabulary not fitted or provided"):
        CountVectorizer().transform(["a"])
    with pytest.raises(NotFittedError, match="The TF-IDF vectorizer is not fitted"):
        TfidfVectorizer().transform(["a"])
    assert not hasattr(CountVectorizer(), "vocabulary_")


def test_an_empty_vocabulary_says_of_how_many_texts() -> None:
    with pytest.raises(DataError, match=r"empty vocabulary; perhaps .* \(2 texts"):
        CountVectorizer().fit(["a", "!"])
    with pytest.raises(DataError, match=r"no terms remain. Try a lower min_df .* \(2 texts, 2 terms, min_df=2"):
        CountVectorizer(min_df=2).fit(["one", "two"])


def test_scikit_learns_path_says_the_same_of_an_empty_vocabulary() -> None:
    with pytest.raises(DataError, match=r"empty vocabulary; .* \(2 texts, 0 tokens"):
        CountVectorizer(token_pattern=r"\w{9}").fit(iter(["a", "!"]))
    with pytest.raises(DataError, match=r"Try a lower min_df .* \(3 texts, min_df=2, max_df=1.0"):
        CountVectorizer(token_pattern=r"[a-z]+", min_df=2).fit(["one", "two", ""])


def test_more_texts_asked_for_than_there_are_says_what_to_lower() -> None:
    with pytest.raises(UsageError, match=r"\(1 texts, min_df=5, max_df=1.0\); lower min_df"):
        TfidfVectorizer(min_df=5).fit(["one"])


@pytest.mark.parametrize(
    ("parameter", "words", "message"),
    [("stop_words", ["a", 1], "stop_words=.* got 1"), ("vocabulary", [False], "vocabulary=.* got False")],
)
def test_words_that_no_text_holds_are_refused(parameter: str, words: list[Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        CountVectorizer(**{parameter: words}).fit(ENGLISH)


def test_an_infinite_idf_makes_no_row_and_no_model(tmp_path: Path) -> None:
    vectorizer = TfidfVectorizer(vocabulary=["one", "two"], smooth_idf=False)
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        vectorizer.fit(["one"])
    assert vectorizer.transform(["one"]).toarray().tolist() == [[1.0, 0.0]]
    with pytest.raises(DataError, match=r"without smooth_idf, .* holds NaN or infinity in row 2 \(counted from 1\);"):
        vectorizer.transform(["one", "two"])
    with pytest.raises(UsageError, match=r"cannot save an idf that is infinite: .* use smooth_idf=True"):
        vectorizer.save_files(tmp_path)


def test_a_function_may_make_terms_of_any_type() -> None:
    vectorizer = CountVectorizer(
        tokenizer=lambda text: [len(text)], token_pattern=None, lowercase=False, vocabulary=[1, 3]
    )
    assert vectorizer.fit_transform(["abc", "a"]).toarray().tolist() == [[0, 1], [1, 0]]


def test_a_pattern_that_is_none_is_named() -> None:
    with pytest.raises(UsageError, match=r"token_pattern='\(a': expected a regular expression \(missing"):
        CountVectorizer(token_pattern="(a").fit(ENGLISH)


def test_a_vocabulary_without_a_term_is_not_saved(tmp_path: Path) -> None:
    vectorizer = CountVectorizer().partial_fit(["a"])
    with pytest.raises(UsageError, match="cannot save a vocabulary without a term"):
        vectorizer.save_files(tmp_path)


def test_stripping_accents_warns_where_it_breaks_hangul() -> None:
    with pytest.warns(UserWarning, match="breaks Hangul"):
        CountVectorizer(strip_accents="unicode").fit(KOREAN)


def test_auto_looks_at_the_first_texts_of_an_iterator_and_loses_none() -> None:
    vectorizer = CountVectorizer(tokenizer="auto")
    counted = vectorizer.fit_transform(text for text in ["서울은 춥다", "서울에 간다", "나는 책을 읽는다"])
    assert vectorizer.tokenizer_.name == "korean"
    assert counted.shape[0] == 3
    assert vectorizer.transform(["서울"]).sum() == 1
    assert CountVectorizer(tokenizer="auto").fit(ENGLISH).tokenizer_.name == "words"


def test_an_unknown_tokenizer_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"tokenizer='wrods': expected one of words, words-all"):
        CountVectorizer(tokenizer="wrods").fit(ENGLISH)


def test_the_vocabulary_is_built_when_it_is_read() -> None:
    vectorizer = CountVectorizer().fit(ENGLISH)
    vectorizer.transform(ENGLISH)
    vectorizer.get_feature_names_out()
    assert "_vocabulary" not in vars(vectorizer)
    assert vectorizer.vocabulary_ is vectorizer.vocabulary_
    assert vectorizer.vocabulary_ == reference.CountVectorizer().fit(ENGLISH).vocabulary_


def test_a_vocabulary_set_or_extended_by_hand_is_used() -> None:
    vectorizer = CountVectorizer().fit(ENGLISH)
    vectorizer.transform(ENGLISH)
    vectorizer.vocabulary_["added"] = len(vectorizer.vocabulary_)
    assert vectorizer.transform(["added added"])[0, len(vectorizer.vocabulary_) - 1] == 2
    vectorizer.vocabulary_ = {"only": 0}
    assert vectorizer.transform(["only dogs"]).toarray().tolist() == [[1]]


def test_inverse_transform_gives_the_terms_back() -> None:
    vectorizer = CountVectorizer().fit(["cats and dogs", "dogs"])
    terms = vectorizer.inverse_transform(vectorizer.transform(["dogs dogs", "and cats"]))
    assert [found.tolist() for found in terms] == [["dogs"], ["and", "cats"]]


def test_clone_set_params_workers_and_grid_search_work(sent_to_worker: Callable[[Any], Any]) -> None:
    fitted = TfidfVectorizer(ngram_range=(1, 2), min_df=2).fit(TEXTS)
    fitted.transform(TEXTS)
    assert_same_matrix(sent_to_worker(fitted).transform(TEXTS), fitted.transform(TEXTS))
    assert clone(fitted).get_params() == fitted.get_params()
    assert not hasattr(clone(fitted), "vocabulary_")
    assert fitted.set_params(n_jobs=1).n_jobs == 1
    pipeline = Pipeline([("vectorizer", TfidfVectorizer()), ("estimator", LogisticRegression())])
    texts = ["good film", "bad film", "good plot", "bad plot", "good", "bad"]
    search = GridSearchCV(pipeline, {"vectorizer__ngram_range": [(1, 1), (1, 2)]}, cv=2).fit(texts, [1, 0, 1, 0, 1, 0])
    assert search.predict(["good", "bad"]).tolist() == [1, 0]


@pytest.mark.parametrize("stage_class", [CountVectorizer, TfidfVectorizer, HashingVectorizer])
def test_blocks_are_the_rows_of_transform(stage_class: Any) -> None:
    stage = stage_class().fit(TEXTS)
    blocks = list(stage.transform_blocks(iter(TEXTS), block_texts=4))
    assert [block.shape[0] for block in blocks] == [4, 4, 4, 4, 3]
    whole = stage.transform(TEXTS)
    assert all((block != whole[4 * k : 4 * k + 4]).nnz == 0 for k, block in enumerate(blocks))


def test_blocks_are_read_when_they_are_wanted() -> None:
    read: list[int] = []

    def texts() -> Iterator[str]:
        for number in range(100):
            read.append(number)
            yield "the dog"

    next(CountVectorizer().fit(ENGLISH).transform_blocks(texts(), block_texts=10))
    assert len(read) == 10


class TestPartialFit:
    def test_first_part_is_fit(self) -> None:
        assert CountVectorizer().partial_fit(TEXTS).vocabulary_ == CountVectorizer().fit(TEXTS).vocabulary_

    def test_new_terms_are_new_columns_at_the_end(self) -> None:
        vectorizer = CountVectorizer().partial_fit(["dogs bark", "dogs"]).partial_fit(["zebra ant dogs"])
        assert vectorizer.get_feature_names_out().tolist() == ["bark", "dogs", "ant", "zebra"]
        assert vectorizer.transform(["ant zebra dogs dogs"]).toarray().tolist() == [[0, 2, 1, 1]]

    @pytest.mark.parametrize(
        "parameters", [{}, {"ngram_range": (1, 2)}, {"analyzer": "char_wb", "ngram_range": (2, 3)}]
    )
    def test_idf_is_that_of_all_texts(self, parameters: dict[str, Any]) -> None:
        grown = TfidfVectorizer(**parameters)
        for part in (TEXTS[:5], TEXTS[5:6], ["", "!"], TEXTS[6:]):
            grown.partial_fit(part)
        whole = TfidfVectorizer(**parameters).fit([*TEXTS, "", "!"])
        assert dict(zip(grown.get_feature_names_out(), grown.idf_, strict=True)) == dict(
            zip(whole.get_feature_names_out(), whole.idf_, strict=True)
        )
        order = [grown.vocabulary_[term] for term in whole.get_feature_names_out()]
        np.testing.assert_allclose(grown.transform(TEXTS).toarray()[:, order], whole.transform(TEXTS).toarray())

    def test_a_part_without_a_term_counts_where_scikit_learns_path_is_taken(self) -> None:
        grown = TfidfVectorizer(token_pattern=r"[a-z]+").partial_fit(["1"]).partial_fit(["one two"])
        assert grown.idf_.tolist() == TfidfVectorizer().fit(["1", "one two"]).idf_.tolist()

    @pytest.mark.parametrize(
        "limit", [{"min_df": 2}, {"min_df": 1.0}, {"max_df": 0.5}, {"max_df": np.int64(1)}, {"max_features": 3}]
    )
    def test_limits_are_refused(self, limit: dict[str, Any]) -> None:
        with pytest.raises(UsageError, match="partial_fit cannot drop terms by min_df, max_df or max_features"):
            CountVectorizer(**limit).partial_fit(ENGLISH)


class TestHashing:
    def test_lone_surrogates_are_hashed_alike_on_both_paths(self) -> None:
        texts, known = ["a \ud800b", "\udc80"], HashingVectorizer(analyzer="char", n_features=32)
        other = HashingVectorizer(analyzer=list, n_features=32)
        np.testing.assert_array_equal(known.transform(texts).toarray(), other.transform(texts).toarray())

    @pytest.mark.parametrize(
        "parameters",
        [
            {},
            {"n_features": 7, "norm": None, "alternate_sign": True},
            {"ngram_range": (1, 3), "stop_words": "english", "norm": "l1"},
            {"analyzer": "char", "ngram_range": (1, 3), "dtype": np.float32},
            {"analyzer": "char_wb", "ngram_range": (2, 5), "n_features": 64, "binary": True},
            {"tokenizer": str.split, "token_pattern": None},
        ],
    )
    def test_rows_are_scikit_learns(self, parameters: dict[str, Any]) -> None:
        texts = [text for text in TEXTS if text.isprintable()]  # scikit-learn cannot hash surrogates
        ours, theirs = HashingVectorizer(**parameters), reference.HashingVectorizer(**parameters)
        assert_same_matrix(ours.fit_transform(texts), theirs.fit_transform(nfc(texts)))

    def test_a_full_cache_changes_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from nlp_toolkit.counting import blocks, hashed

        expected = HashingVectorizer(ngram_range=(1, 2)).transform(TEXTS)
        monkeypatch.setattr(hashed, "CACHED_FEATURES", 10)
        monkeypatch.setattr(blocks.encode_blocks, "__defaults__", (50,))
        assert_same_matrix(HashingVectorizer(ngram_range=(1, 2)).transform(TEXTS), expected)

    def test_surrogates_are_hashed_too(self) -> None:
        assert HashingVectorizer(analyzer="char").transform(["a\ud800"]).nnz == 2


class TestSaving:
    @pytest.mark.parametrize(
        "stage",
        [
            CountVectorizer(ngram_range=(1, 2), stop_words=["the"], dtype=np.float32),
            CountVectorizer(vocabulary={"the": 1, "dog": 0}),
            CountVectorizer(tokenizer="auto"),
            TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True),
            TfidfVectorizer(use_idf=False, max_df=np.float64(0.9)),
            HashingVectorizer(n_features=32),
        ],
        ids=lambda stage: type(stage).__name__,
    )
    def test_a_loaded_stage_gives_the_same_rows(self, stage: Any, tmp_path: Path) -> None:
        stage = clone(stage).fit(TEXTS)
        stage.check_storable()
        stage.save_files(tmp_path)
        loaded = type(stage).load_files(tmp_path)
        assert_same_matrix(loaded.transform(TEXTS), stage.transform(TEXTS))
        assert loaded.get_feature_names_out().tolist() == stage.get_feature_names_out().tolist()
        assert {path.suffix for path in tmp_path.iterdir()} <= {".json", ".txt", ".safetensors"}

    def test_an_unregistered_callable_is_refused_by_name(self) -> None:
        stage = CountVectorizer(preprocessor=lambda text: text).fit(ENGLISH)
        with pytest.raises(UsageError, match=r"cannot save preprocessor=<function .*register_callable"):
            stage.check_storable()

    def test_terms_that_are_not_text_are_refused(self, tmp_path: Path) -> None:
        register_callable("numbers of test_count_stage", list)
        stage = CountVectorizer(analyzer=list).fit([(1, 2), (2, 3)])
        with pytest.raises(UsageError, match="expected terms of type str, got 1"):
            stage.save_files(tmp_path)
        assert not list(tmp_path.iterdir())

    def test_a_registered_callable_is_saved_by_its_name(self, tmp_path: Path) -> None:
        def halves(text: str) -> list[str]:
            return [text[: len(text) // 2], text[len(text) // 2 :]]

        register_callable("halves of test_count_stage", halves)
        stage = CountVectorizer(tokenizer=halves, token_pattern=None).fit(["abcd"])
        stage.save_files(tmp_path)
        assert CountVectorizer.load_files(tmp_path).transform(["abcd"]).toarray().tolist() == [[1, 1]]

    def test_damage_is_named(self, tmp_path: Path) -> None:
        TfidfVectorizer().fit(ENGLISH).save_files(tmp_path)
        terms = (tmp_path / "vocabulary.txt").read_text().splitlines()
        (tmp_path / "vocabulary.txt").write_text("\n".join([*terms, "one-more"]) + "\n")
        with pytest.raises(ArtefactError, match=r"idf.safetensors: expected finite idf of shape \(\d+,\)"):
            TfidfVectorizer.load_files(tmp_path)
        (tmp_path / "vocabulary.txt").write_text("\n".join([*terms, terms[0]]) + "\n")
        with pytest.raises(ArtefactError, match="no term twice"):
            TfidfVectorizer.load_files(tmp_path)
        (tmp_path / "vocabulary.txt").write_text("\n".join(terms) + "\n")
        parameters = json.loads((tmp_path / "parameters.json").read_text())
        parameters["parameters"]["no_such"] = 1
        (tmp_path / "parameters.json").write_text(json.dumps(parameters))
        with pytest.raises(ArtefactError, match="not the parameters of TfidfVectorizer"):
            TfidfVectorizer.load_files(tmp_path)

    def test_200_000_terms_take_less_than_10_mb(self, tmp_path: Path) -> None:
        texts = [
            " ".join(f"term{number:x}" for number in range(start, start + 1000)) for start in range(0, 200_000, 1000)
        ]
        TfidfVectorizer().fit(texts).save_files(tmp_path)
        assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 10_000_000


def test_indices_are_64_bit_where_32_do_not_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assert matrices.index_dtype(2**31 - 1) is np.int32
    assert matrices.index_dtype(2**31) is np.int64
    expected = CountVectorizer().fit_transform(ENGLISH)
    given: list[Any] = []

    def csr_array(arrays: Any, shape: Any) -> Any:
        given.extend(arrays)
        return scipy.sparse.csr_array(arrays, shape)

    monkeypatch.setattr(matrices, "MAX_INT32", 10)
    monkeypatch.setattr(matrices, "sp", SimpleNamespace(csr_array=csr_array))
    assert (CountVectorizer().fit_transform(ENGLISH) != expected).nnz == 0
    assert [part.dtype for part in given] == [np.int64, np.int64, np.int64]  # data, indices, indptr
    given.clear()
    monkeypatch.setattr(matrices, "MAX_INT32", 1000)
    CountVectorizer().fit_transform(ENGLISH)
    assert [part.dtype for part in given] == [np.int64, np.int32, np.int32]


def test_a_forgotten_word_cache_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from nlp_toolkit.counting import blocks

    monkeypatch.setattr(counters, "CACHED_GRAMS", 20)
    monkeypatch.setattr(counters, "PIECE", 4)
    monkeypatch.setattr(blocks.encode_blocks, "__defaults__", (50,))
    parameters = {"analyzer": "char_wb", "ngram_range": (2, 4)}
    ours, theirs = CountVectorizer(**parameters), reference.CountVectorizer(**parameters)
    assert_same_matrix(ours.fit_transform(TEXTS * 3), theirs.fit_transform(nfc(TEXTS * 3)))
    assert_same_matrix(ours.transform(TEXTS), theirs.transform(nfc(TEXTS)))


@pytest.mark.parametrize("cls", [CountVectorizer, TfidfVectorizer])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"ngram_range": (1, 2), "stop_words": ["to"]},
        {"tokenizer": "english-stems", "ngram_range": (1, 2)},
        {"tokenizer": "words-all", "lowercase": False, "binary": True},
        {"analyzer": "char_wb", "ngram_range": (2, 3)},
        {"analyzer": "char", "ngram_range": (1, 3), "dtype": np.float32},
    ],
)
def test_a_few_texts_get_the_rows_that_the_kernels_would_give(
    cls: Any, settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cls(**settings).fit(TEXTS).save_files(tmp_path)
    asked = [*TEXTS[:4], "", "\u1112\u1161\u11ab 🙂 To be"]
    by_kernels = cls.load_files(tmp_path)
    rows = by_kernels.transform(asked)
    assert "_lookup" in vars(by_kernels)
    monkeypatch.setattr(stage_module, "FEW_TEXTS", 8)
    loaded = cls.load_files(tmp_path)
    assert_same_matrix(loaded.transform(asked), rows)
    assert "_lookup" not in vars(loaded)


@pytest.mark.parametrize(
    ("texts", "few"),
    [(["a"] * 8, True), (["a"] * 9, False), (["a" * 20_001], False), (iter(["a"]), False), ([b"a"], False)],
)
def test_few_is_few_and_short(texts: Any, few: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage_module, "FEW_TEXTS", 8)
    assert stage_module._are_few(texts, CountVectorizer().fit(["a cat"])._known_terms()) is few
