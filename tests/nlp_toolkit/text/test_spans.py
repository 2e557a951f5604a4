"""Tokens with their places are the tokens, and stand where they say."""

import pytest
from sklearn.feature_extraction.text import CountVectorizer

from nlp_toolkit.text.korean import CONTENT_TAGS, KoreanTokenizer
from nlp_toolkit.text.spans import char_wb_spans, has_spans, pattern_spans, token_spans
from nlp_toolkit.text.tokenizers import (
    AllWordsTokenizer,
    CharacterTokenizer,
    CharWbTokenizer,
    EnglishStemTokenizer,
    WordTokenizer,
)

TEXTS = [
    "",
    "The cats were  running, 3 times! 😀",
    "서울은 아름다웠다. 영화가 정말 재미있었어요!! 😀 ㅋㅋ good",
    "이건\n\n별로예요... (2점)",
]
TOKENIZERS = [
    WordTokenizer(),
    AllWordsTokenizer(),
    CharacterTokenizer(),
    CharWbTokenizer((2, 3)),
    EnglishStemTokenizer(stop_words="english"),
    KoreanTokenizer(),
    KoreanTokenizer(form="form", tags=CONTENT_TAGS, stop_words=["것"]),
]


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=lambda tokenizer: tokenizer.name)
@pytest.mark.parametrize("text", TEXTS)
def test_spans_hold_the_tokens_of_the_tokenizer_in_order(tokenizer, text: str):
    spans = token_spans(tokenizer, text)

    assert spans is not None
    assert [span.token for span in spans] == tokenizer(text)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)


def test_words_and_morphemes_stand_where_they_say():
    text = "정말 좋은 Movies"
    assert [text[span.start : span.end] for span in token_spans(WordTokenizer(), text) or ()] == [
        "정말",
        "좋은",
        "Movies",
    ]
    assert [text[span.start : span.end] for span in token_spans(EnglishStemTokenizer(), text) or ()][-1] == "Movies"
    assert {"정말/MAG": "정말", "좋/VA": "좋", "은/ETM": "은"}.items() <= {
        span.token: text[span.start : span.end] for span in token_spans(KoreanTokenizer(), text) or ()
    }.items()


def test_long_korean_text_is_cut_and_places_go_on():
    text = "서울에 갔다. " * 4000
    spans = token_spans(KoreanTokenizer(tags=["NNP"]), text) or []

    assert len(spans) == 4000
    assert {text[span.start : span.end] for span in spans} == {"서울"}


@pytest.mark.parametrize("text", TEXTS)
def test_characters_inside_words_are_those_scikit_learn_counts(text: str):
    analyze = CountVectorizer(analyzer="char_wb", ngram_range=(2, 4), lowercase=False).build_analyzer()
    assert [span.token for span in char_wb_spans(text, 2, 4)] == analyze(text)


@pytest.mark.parametrize("pattern", [r"(?u)\b\w\w+\b", r"#(\w+)", r"\S+"])
def test_pattern_finds_what_scikit_learn_finds(pattern: str):
    text = "a #tag and #other  words"
    analyze = CountVectorizer(token_pattern=pattern, lowercase=False).build_analyzer()
    spans = list(pattern_spans(pattern, text))

    assert [span.token for span in spans] == analyze(text)
    assert all(text[span.start : span.end] == span.token for span in spans)


def test_function_has_no_spans():
    assert not has_spans(str.split)
    assert token_spans(str.split, "a b") is None
