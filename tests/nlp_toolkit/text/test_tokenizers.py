"""Tokenizers by name: parity with scikit-learn, laws of every tokenizer, `auto`, and tokenizers as data."""

import json
import logging
import multiprocessing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joblib import Parallel, delayed
from sklearn.feature_extraction.text import CountVectorizer

from nlp_toolkit import CountVectorizer as CountVectorizerByName
from nlp_toolkit.errors import ArtefactError, UsageError
from nlp_toolkit.protocols import Tokenizer
from nlp_toolkit.text.korean import KoreanTokenizer
from nlp_toolkit.text.tokenizers import (
    TOKENIZERS,
    AllWordsTokenizer,
    CharacterTokenizer,
    CharWbTokenizer,
    EnglishStemTokenizer,
    WordTokenizer,
    resolve_tokenizer,
    tokenizer_by_name,
    tokenizer_from_dict,
    tokenizer_to_dict,
)

ANY_TEXT = st.text(st.characters(), max_size=40)
QUICK = [name for name in TOKENIZERS if name != "korean"]
TEXTS = ["", "서울은 a  b", "The cats\u3000were running, 책 3권", "😀", "a\x00b \ud800"]


@given(ANY_TEXT)
def test_words_are_those_of_scikit_learn(text: str) -> None:
    assert WordTokenizer()(text) == CountVectorizer(lowercase=False).build_analyzer()(text)


@given(ANY_TEXT)
def test_characters_are_those_of_scikit_learn(text: str) -> None:
    assert CharacterTokenizer()(text) == CountVectorizer(lowercase=False, analyzer="char").build_analyzer()(text)


@given(ANY_TEXT, st.integers(1, 4), st.integers(0, 3))
def test_char_wb_ngrams_are_those_of_scikit_learn(text: str, shortest: int, more: int) -> None:
    sizes = (shortest, shortest + more)
    expected = CountVectorizer(lowercase=False, analyzer="char_wb", ngram_range=sizes).build_analyzer()(text)
    assert CharWbTokenizer(sizes)(text) == expected


def test_all_words_keeps_what_words_drops() -> None:
    text = "나 책 사 a 1"
    assert AllWordsTokenizer()(text) == ["나", "책", "사", "a", "1"]
    assert WordTokenizer()(text) == []


def test_only_the_stemmer_lower_cases() -> None:
    assert WordTokenizer()("Seoul") == ["Seoul"]
    assert EnglishStemTokenizer()("RUNNING Cats") == ["run", "cat"]


def test_stop_words_go_before_stemming() -> None:
    assert EnglishStemTokenizer(stop_words=["running"])("running runs") == ["run"]
    assert EnglishStemTokenizer(stop_words="english")("this is the city") == ["citi"]


@pytest.mark.parametrize("name", TOKENIZERS)
def test_batch_gives_what_single_calls_give(name: str) -> None:
    tokenizer = tokenizer_by_name(name)
    assert list(tokenizer.batch(iter(TEXTS))) == [tokenizer(text) for text in TEXTS]


@pytest.mark.parametrize("name", QUICK)
@settings(max_examples=50)
@given(texts=st.lists(ANY_TEXT, max_size=5))
def test_batch_has_one_list_of_str_per_text(name: str, texts: list[str]) -> None:
    rows = list(tokenizer_by_name(name).batch(texts))
    assert len(rows) == len(texts)
    assert all(type(token) is str and token for row in rows for token in row)


@pytest.mark.parametrize("name", TOKENIZERS)
def test_tokenizers_are_small_values(name: str) -> None:
    tokenizer = tokenizer_by_name(name)
    assert isinstance(tokenizer, Tokenizer)
    assert tokenizer == tokenizer_by_name(name)
    assert hash(tokenizer) == hash(tokenizer_by_name(name))
    assert tokenizer.name == name
    tokenizer("서울 first")  # what it loaded must not travel
    here, worker = multiprocessing.Pipe()
    here.send(tokenizer)
    assert len(worker.recv_bytes()) < 400


def test_tokenizers_with_other_settings_are_unequal() -> None:
    assert CharWbTokenizer((1, 2)) != CharWbTokenizer((1, 3))
    assert CharWbTokenizer([1, 2]) == CharWbTokenizer((1, 2))
    assert WordTokenizer() != AllWordsTokenizer()


def test_tokenizers_work_in_joblib_workers() -> None:
    tokenizers: list[Tokenizer] = [WordTokenizer(), EnglishStemTokenizer(), KoreanTokenizer(form="form")]
    rows = Parallel(n_jobs=2)(delayed(tokenizer)("서울은 cats") for tokenizer in tokenizers)
    assert rows == [["서울은", "cats"], ["서울은", "cat"], ["서울", "은", "cats"]]


def test_stemmers_are_not_shared_by_threads() -> None:
    words = [f"running{number} cats" for number in range(300)]
    rows = Parallel(n_jobs=4, backend="threading")(delayed(EnglishStemTokenizer())(word) for word in words)
    assert rows == [EnglishStemTokenizer()(word) for word in words]


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"unknown tokenizer 'word'; known: words, words-all, .*korean, auto"):
        tokenizer_by_name("word")


def test_wrong_sizes_are_refused_when_used() -> None:
    tokenizer = CharWbTokenizer((3, 1))
    with pytest.raises(UsageError, match=r"expected ngram_range as \(shortest, longest\).*got \(3, 1\)"):
        tokenizer("text")


def test_stop_words_as_one_str_are_refused() -> None:
    with pytest.raises(UsageError, match="expected stop_words as 'english' or a list of words, got 'the'"):
        EnglishStemTokenizer(stop_words="the")("the text")


def test_auto_takes_morphemes_for_korean_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "nlp_toolkit")
    assert resolve_tokenizer("auto", ["서울은 수도다", "K-pop concert"]) == KoreanTokenizer()
    assert "auto chose korean: 35 % of the letters are Hangul" in caplog.text


def test_auto_takes_words_for_english_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "nlp_toolkit")
    assert resolve_tokenizer("auto", ["Seoul is the capital of Korea"] * 20 + ["서울"]) == WordTokenizer()
    assert "auto chose words: 0 % of the letters are Hangul" in caplog.text


def test_auto_looks_at_all_of_a_sorted_corpus() -> None:
    assert resolve_tokenizer("auto", ["only English here"] * 4_000 + ["여기는 한국어만"] * 4_000).name == "korean"


def test_auto_of_a_stage_looks_at_all_of_a_sorted_corpus() -> None:
    stage = CountVectorizerByName(tokenizer="auto").fit(["only English here"] * 2_000 + ["여기는 한국어만"] * 2_000)
    assert stage.tokenizer_ == KoreanTokenizer()


def test_auto_without_texts_takes_words() -> None:
    assert resolve_tokenizer("auto", []) == WordTokenizer()


def test_a_name_is_resolved_whatever_the_texts() -> None:
    assert resolve_tokenizer("characters", ["서울"]) == CharacterTokenizer()


@pytest.mark.parametrize(
    "tokenizer",
    [
        *(make() for make in TOKENIZERS.values()),
        CharWbTokenizer((2, 3)),
        EnglishStemTokenizer(stop_words=("a", "the")),
        EnglishStemTokenizer(stop_words="english"),
        KoreanTokenizer(form="form", tags=("NNG",), stop_words=("것",), user_words=("뷁", ("카카오페이", "NNP", 1.5))),
    ],
    ids=lambda tokenizer: repr(tokenizer),
)
def test_tokenizer_survives_json(tokenizer: Tokenizer, caplog: pytest.LogCaptureFixture) -> None:
    saved = json.loads(json.dumps(tokenizer_to_dict(tokenizer)))
    assert tokenizer_from_dict(saved) == tokenizer
    assert caplog.records == []


def test_other_version_is_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    saved = {**tokenizer_to_dict(WordTokenizer()), "version": "0"}
    assert tokenizer_from_dict(saved) == WordTokenizer()
    assert "saved with tokenizer words version 0, this is version 1: tokens may differ" in caplog.text


def test_only_built_in_tokenizers_become_data() -> None:
    with pytest.raises(UsageError, match=r"expected a built-in tokenizer .*got function; .*register_callable"):
        tokenizer_to_dict(lambda text: text.split())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ({"name": "os.system"}, r"unknown tokenizer 'os.system' in a saved stage; known: words"),
        ({"name": ["words"]}, r"unknown tokenizer \['words'\]"),
        ({"settings": {}}, r"expected the settings \['ngram_range'\] of tokenizer 'char_wb', got \{\}"),
        ({"settings": {"ngram_range": [1, 2], "more": 1}}, r"expected the settings \['ngram_range'\]"),
        ({"settings": {"ngram_range": [2, 1]}}, r"damaged settings of tokenizer 'char_wb'.*got \(2, 1\)"),
        ({"settings": {"ngram_range": "12"}}, r"damaged settings of tokenizer 'char_wb'.*got '12'"),
        ({"surplus": 1}, r"expected a tokenizer as name, version and settings"),
    ],
)
def test_damaged_data_is_refused(damage: dict[str, object], message: str) -> None:
    saved = {**tokenizer_to_dict(CharWbTokenizer()), **damage}
    with pytest.raises(ArtefactError, match=message):
        tokenizer_from_dict(saved)
