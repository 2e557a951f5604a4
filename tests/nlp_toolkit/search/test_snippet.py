"""Snippets: what matches is marked, morphemes too, and the piece shown is the one with the matches."""

from nlp_toolkit import Bm25Vectorizer, TfidfVectorizer
from nlp_toolkit.search.snippet import Snippet, analyzer_of, snippet


def marked(found: Snippet) -> list[str]:
    return [found.text[start:end] for start, end in found.marks]


def test_korean_morpheme_is_marked_without_its_particle() -> None:
    stage = Bm25Vectorizer().fit(["서울은 넓다", "부산에는 바다가 있다"])
    found = snippet("부산을 거쳐 서울에서 왔다", "서울 이야기", analyzer_of(stage))
    assert marked(found) == ["서울"]
    assert found.text == "부산을 거쳐 서울에서 왔다"


def test_english_word_is_marked_whole_where_its_stem_matches() -> None:
    stage = Bm25Vectorizer().fit(["cats run", "dogs sleep"])
    assert marked(snippet("The runner was Running with cats", "run cat", analyzer_of(stage))) == ["Running", "cats"]


def test_words_of_a_stage_without_tokenizer_are_marked() -> None:
    stage = TfidfVectorizer().fit(["a cat", "a dog"])
    assert marked(snippet("Cat and dog", "the cat", analyzer_of(stage))) == ["Cat"]
    assert marked(snippet("Cat and dog", "nothing", analyzer_of(stage))) == []


def test_piece_of_a_long_text_is_the_one_with_the_matches() -> None:
    text = "filler " * 100 + "the cat met another cat\nand left " + "filler " * 100
    found = snippet(text, "cat", str.split, width=60)
    assert marked(found) == ["cat", "cat"]
    assert len(found.text) == 60
    assert "\n" not in found.text
