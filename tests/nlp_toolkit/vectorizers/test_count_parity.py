"""CountVectorizer and TfidfVectorizer give scikit-learn's matrix of the NFC-normalized texts, bit for bit."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction import text as reference

from nlp_toolkit import CountVectorizer, TfidfVectorizer
from nlp_toolkit.counting.plan import analysis_of

from .parity import CORPORA, ENGLISH, KOREAN, MIXED, assert_same_fit, assert_same_matrix, nfc, outcome

PAIRS = [(CountVectorizer, reference.CountVectorizer), (TfidfVectorizer, reference.TfidfVectorizer)]

GRID: dict[str, dict[str, Any]] = {
    "defaults": {},
    "case kept": {"lowercase": False},
    "binary": {"binary": True},
    "stop list": {"stop_words": ["the", "책을", "서울은"]},
    "english stop words, 1-2-grams": {"stop_words": "english", "ngram_range": (1, 2)},
    "1-3-grams": {"ngram_range": (1, 3)},
    "2-3-grams": {"ngram_range": (2, 3), "min_df": 2},
    "longer n-grams than texts": {"ngram_range": (3, 9)},
    "min_df count": {"min_df": 2},
    "max_df share": {"max_df": 0.4, "ngram_range": (1, 2)},
    "max_features": {"max_features": 5},
    "max_features of n-grams": {"max_features": 20, "ngram_range": (1, 2), "min_df": 1, "max_df": 0.9},
    "max_features binary": {"max_features": 7, "binary": True, "analyzer": "char"},
    "all words": {"token_pattern": r"(?u)\b\w+\b"},
    "own pattern": {"token_pattern": r"[a-z가-힣]+"},
    "characters": {"analyzer": "char"},
    "character 1-3-grams": {"analyzer": "char", "ngram_range": (1, 3), "lowercase": False},
    "character 5-grams": {"analyzer": "char", "ngram_range": (5, 5), "max_features": 30},
    "char_wb": {"analyzer": "char_wb"},
    "char_wb 2-4": {"analyzer": "char_wb", "ngram_range": (2, 4)},
    "char_wb longer than words": {"analyzer": "char_wb", "ngram_range": (4, 8), "min_df": 1},
    "char_wb pruned": {"analyzer": "char_wb", "ngram_range": (1, 4), "min_df": 2, "max_features": 40},
    "accents stripped": {"strip_accents": "unicode"},
    "accents to ascii": {"strip_accents": "ascii", "ngram_range": (1, 2)},
    "vocabulary list": {"vocabulary": ["dog", "책", "the", "서울은", "quick brown"], "ngram_range": (1, 2)},
    "vocabulary dict": {"vocabulary": {"the": 1, "dog": 0, "x": 2}, "token_pattern": r"(?u)\b\w+\b"},
    "vocabulary of characters": {"vocabulary": ["th", "the ", "", "서울"], "analyzer": "char", "ngram_range": (1, 4)},
    "vocabulary, stop words": {
        "vocabulary": ["the dog", "dog sleeps", "the"],
        "ngram_range": (1, 2),
        "stop_words": ["the"],
    },
    "float32": {"dtype": np.float32},
    "int32": {"dtype": np.int32, "ngram_range": (1, 2)},
    "int8": {"dtype": np.int8},
    "callable tokenizer": {"tokenizer": str.split, "token_pattern": None},
    "callable analyzer": {"analyzer": str.split},
    "preprocessor": {"preprocessor": str.title},
    "nothing left": {"min_df": 0.99, "max_df": 0.995},
    "max below min": {"min_df": 3, "max_df": 2},
    "no such min_df": {"min_df": 1.5},
    "no n-gram of that size": {"ngram_range": (49, 50)},
}


@pytest.mark.parametrize("corpus", CORPORA)
@pytest.mark.parametrize("parameters", GRID.values(), ids=GRID)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_counts_are_scikit_learns_of_the_normalized_texts(parameters: dict[str, Any], corpus: str) -> None:
    for ours, theirs in PAIRS:
        assert_same_fit(ours(**parameters), theirs(**parameters), CORPORA[corpus], [*MIXED, *KOREAN, *ENGLISH])


@pytest.mark.parametrize(
    "parameters",
    [
        {"norm": "l1", "sublinear_tf": True},
        {"norm": None, "smooth_idf": False},
        {"use_idf": False, "dtype": np.float32},
        {"sublinear_tf": True, "dtype": np.float32, "ngram_range": (1, 2)},
    ],
)
def test_weights_are_scikit_learns(parameters: dict[str, Any]) -> None:
    ours, theirs = TfidfVectorizer(**parameters), reference.TfidfVectorizer(**parameters)
    assert_same_fit(ours, theirs, CORPORA["mixed"], ENGLISH)
    if parameters.get("use_idf", True):
        np.testing.assert_array_equal(ours.idf_, theirs.idf_)


def test_fit_alone_learns_what_fit_transform_learns() -> None:
    for parameters in ({}, {"ngram_range": (1, 2), "max_features": 9}, {"analyzer": "char_wb", "min_df": 2}):
        fitted = TfidfVectorizer(**parameters).fit(iter(CORPORA["mixed"]))
        theirs = reference.TfidfVectorizer(**parameters).fit(nfc(CORPORA["mixed"]))
        assert_same_matrix(fitted.transform(MIXED), theirs.transform(nfc(MIXED)))


# Characters that have broken one tokenizer or another: two whose lower case is not one character by itself, white
# space of every kind, combining marks, jamo, surrogates, beyond the basic plane.
ODD = (
    "\u0130\u03a3\u03c3\u03c2 \t\n\r\x0b\x0c\x1c\x1f\x85\xa0\u2028\u3000\u200b\x00_a1B"
    "\u0301\u0307\u0345ßẞǅΩ가\u1100\u1161힣책\ud800\udfff😀𝔸𐐀²½"
)
TEXTS = st.lists(st.text(alphabet=st.one_of(st.sampled_from(ODD), st.characters()), max_size=24), max_size=6)


@settings(max_examples=150, deadline=None)
@given(
    texts=TEXTS,
    others=TEXTS,
    parameters=st.sampled_from(
        [
            {},
            {"lowercase": False, "token_pattern": r"(?u)\b\w+\b"},
            {"ngram_range": (1, 2)},
            {"ngram_range": (2, 3), "token_pattern": r"\w+"},
            {"analyzer": "char", "ngram_range": (1, 3)},
            {"analyzer": "char_wb", "ngram_range": (2, 4)},
            {"analyzer": "char_wb", "lowercase": False, "max_features": 4},
        ]
    ),
)
def test_any_unicode_counts_as_in_scikit_learn(texts: list[str], others: list[str], parameters: dict[str, Any]) -> None:
    assert_same_fit(CountVectorizer(**parameters), reference.CountVectorizer(**parameters), texts, others)


@pytest.mark.parametrize("tokenizer", ["words", "words-all", "characters", "char_wb", "english-stems", "auto"])
@pytest.mark.parametrize("ngram_range", [(1, 1), (1, 2)])
def test_named_tokenizers_count_as_their_tokens_in_scikit_learn(tokenizer: str, ngram_range: tuple[int, int]) -> None:
    texts = [*ENGLISH, *MIXED]
    ours = CountVectorizer(tokenizer=tokenizer, ngram_range=ngram_range, stop_words=["the", "a"])
    mine = outcome(lambda: ours.fit_transform(texts))
    theirs = reference.CountVectorizer(
        tokenizer=ours.tokenizer_, token_pattern=None, ngram_range=ngram_range, stop_words=["the", "a"]
    )
    assert_same_matrix(mine, outcome(lambda: theirs.fit_transform(nfc(texts))))
    assert_same_matrix(ours.transform(KOREAN + texts), theirs.transform(nfc(KOREAN + texts)))
    assert list(ours.vocabulary_.items()) == list(theirs.vocabulary_.items())


class Pieces:
    """A tokenizer by protocol whose tokens, cut at commas, hold whatever stands between them."""

    name, version = "pieces", "1"

    def __call__(self, text: str) -> list[str]:
        return text.split(",")

    def batch(self, texts: Any) -> Any:
        return map(self, texts)


def assert_same_pieces(texts: list[str], others: list[str], one_shot: bool = False) -> None:
    parameters = {"tokenizer": Pieces(), "token_pattern": None, "ngram_range": (1, 3), "stop_words": ["b", "a b"]}
    ours, theirs = CountVectorizer(**parameters), reference.CountVectorizer(**parameters)
    assert_same_matrix(ours.fit_transform(iter(texts) if one_shot else texts), theirs.fit_transform(texts))
    assert_same_matrix(ours.transform(others), theirs.transform(others))
    assert list(ours.vocabulary_.items()) == list(theirs.vocabulary_.items())


@settings(max_examples=60, deadline=None)
@given(*[st.lists(st.text(alphabet="ab가,  ", max_size=16), min_size=1, max_size=6)] * 2)
def test_tokens_with_spaces_in_them_are_the_ngrams_they_look_like(texts: list[str], others: list[str]) -> None:
    assert_same_pieces([*texts, "a,b c,d", "a b,c", "a,b,c d"], others)


@pytest.mark.parametrize("one_shot", [False, True])
def test_tokens_with_control_characters_in_them_sort_as_in_scikit_learn(one_shot: bool) -> None:
    assert_same_pieces(["a,b", "a\x01,b", "a b", "\x01b,a "], ["a\x01,b", "a,b"], one_shot)


def test_names_of_two_words_need_no_second_analysis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CountVectorizer, "_fit_by_reference", None)
    fitted = CountVectorizer(tokenizer=Pieces(), ngram_range=(1, 2)).fit(["조니 뎁,나오다"])
    assert fitted.get_feature_names_out().tolist() == ["나오다", "조니 뎁", "조니 뎁 나오다"]


@pytest.mark.parametrize("parameters", [{}, {"ngram_range": (1, 2)}, {"analyzer": "char_wb", "ngram_range": (2, 3)}])
def test_result_does_not_depend_on_the_number_of_threads(
    parameters: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from nlp_toolkit.counting import blocks

    monkeypatch.setattr(blocks.encode_blocks, "__defaults__", (200,))  # many small blocks
    texts = [
        f"{text} {number % 7} w{number % 50} 단어{number * 7919 % 101}" for number in range(60) for text in ENGLISH
    ]
    theirs = reference.TfidfVectorizer(**parameters).fit(texts)
    for n_jobs in (1, 2, 3, 7):
        ours = TfidfVectorizer(n_jobs=n_jobs, **parameters)
        assert_same_matrix(ours.fit_transform(texts), reference.TfidfVectorizer(**parameters).fit_transform(texts))
        assert_same_matrix(ours.transform(texts), theirs.transform(texts))
        assert list(ours.vocabulary_) == list(theirs.vocabulary_)


def test_both_spellings_of_hangul_give_one_row() -> None:
    rows = CountVectorizer().fit(KOREAN).transform(["서울은", "\u1109\u1165\u110b\u116e\u11af\u110b\u1173\u11ab"])
    assert rows[[0]].sum() == 1
    assert (rows[[0]] != rows[[1]]).nnz == 0
    assert CountVectorizer(normalization=None).fit(KOREAN[:2]).transform(["\u1109\u1165\u110b\u116e\u11af"]).sum() == 0


@pytest.mark.parametrize(
    "parameters", [{}, {"ngram_range": (1, 2)}, {"analyzer": "char"}, {"analyzer": "char_wb"}, {"tokenizer": "korean"}]
)
def test_the_kernels_know_what_they_should(parameters: dict[str, Any]) -> None:
    vectorizer = CountVectorizer(**parameters)
    vectorizer._resolve_tokenizer([])
    assert analysis_of(vectorizer) is not None


def test_a_subclass_with_its_own_analysis_is_asked() -> None:
    class Reversed(CountVectorizer):
        def build_analyzer(self) -> Any:
            return lambda text: [word[::-1] for word in text.split()]

    assert Reversed().fit(["abc def"]).get_feature_names_out().tolist() == ["cba", "fed"]


def test_empty_input_gives_no_rows() -> None:
    fitted, theirs = CountVectorizer().fit(ENGLISH), reference.CountVectorizer().fit(ENGLISH)
    assert_same_matrix(fitted.transform([]), theirs.transform([]))
