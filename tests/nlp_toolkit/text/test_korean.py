"""Korean morphemes: what is found, what is kept, and that threads, forks and dirt change nothing."""

import multiprocessing
import subprocess
import sys
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics.pairwise import cosine_similarity

from nlp_toolkit import TfidfVectorizer
from nlp_toolkit.errors import UsageError
from nlp_toolkit.text import korean
from nlp_toolkit.text.korean import CONTENT_TAGS, PIECE_LENGTH, KoreanTokenizer, pieces
from nlp_toolkit.threads import limit

TEXTS = ["서울은 아름답다", "", "나는 책을 읽었다", "plain English 123", "😀ㅋㅋㅋ", " \n"] * 20


def test_seoul_is_found_in_seoul_with_its_particle() -> None:
    assert KoreanTokenizer()("서울은 아름답다") == ["서울/NNP", "은/JX", "아름답/VA-I", "다/EC"]
    assert "서울" in KoreanTokenizer(form="form")("서울에서")


def test_content_tags_leave_particles_and_endings_out() -> None:
    tokenizer = KoreanTokenizer(tags=CONTENT_TAGS)
    assert tokenizer("서울은 아름답고 book 3권을 샀다!") == [
        *("서울/NNP", "아름답/VA-I", "book/SL", "3/SN", "권/NNB", "사/VV"),
    ]


def test_stop_words_are_forms_or_forms_with_tag() -> None:
    assert KoreanTokenizer(form="form", stop_words=("은",))("서울은") == ["서울"]
    assert KoreanTokenizer(form="form", stop_words=("은/JX",))("서울은") == ["서울"]
    assert KoreanTokenizer(form="form", stop_words=("은/NNG",))("서울은") == ["서울", "은"]


def test_user_words_stay_whole_and_touch_no_other_tokenizer() -> None:
    with_words = KoreanTokenizer(user_words=("뷁뚧이", ("쀍하다요", "NNG", 3.0)))
    assert with_words("뷁뚧이를 봤다")[0] == "뷁뚧이/NNP"
    assert with_words("쀍하다요")[0] == "쀍하다요/NNG"
    assert KoreanTokenizer()("뷁뚧이를 봤다")[0] != "뷁뚧이/NNP"


def test_both_spellings_of_hangul_have_the_same_tokens() -> None:
    tokenizer = KoreanTokenizer()
    decomposed = [unicodedata.normalize("NFD", text) for text in TEXTS]
    assert list(tokenizer.batch(decomposed)) == list(tokenizer.batch(TEXTS))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(), max_size=30), max_size=4))
def test_any_text_has_tokens_and_batch_agrees(texts: list[str]) -> None:
    tokenizer = KoreanTokenizer()
    assert list(tokenizer.batch(texts)) == [tokenizer(text) for text in texts]


def test_lone_surrogates_and_control_characters_do_no_harm() -> None:
    assert KoreanTokenizer()("서울\ud800은\x00")[0] == "서울/NNP"


def test_a_query_for_seoul_finds_the_text_that_says_it_with_a_particle() -> None:
    texts = ["부산은 항구다", "서울은 한국의 수도다", "제주도는 섬이다"]
    stage = TfidfVectorizer(tokenizer="auto").fit(texts)
    similarities = cosine_similarity(stage.transform(["서울"]), stage.transform(texts))[0]
    assert (similarities > 0).tolist() == [False, True, False]


def test_short_text_is_one_piece() -> None:
    assert pieces("") == [""]
    assert pieces("가" * PIECE_LENGTH) == ["가" * PIECE_LENGTH]


@pytest.mark.parametrize(
    "text",
    [
        "서울은 아름답다. " * 5_000,
        "가" * 50_000,
        " " * 50_000,
        "가" * PIECE_LENGTH + " 나",
        "나 " + "가" * 60_000 + "\n다",
    ],
    ids=["words", "one word", "white space", "space just after", "a long word between"],
)
def test_pieces_are_the_whole_text_cut_at_white_space(text: str) -> None:
    found = pieces(text)
    assert "".join(found) == text
    assert all(0 < len(piece) <= PIECE_LENGTH for piece in found)
    assert all(piece[-1].isspace() or len(piece) == PIECE_LENGTH for piece in found[:-1])


def test_long_texts_are_put_together_again_in_order() -> None:
    long_text = "서울은 좋다. " * 6_000
    tokenizer = KoreanTokenizer(tags=("NNP",))
    rows = list(tokenizer.batch(["부산에 간다", long_text, "", "대구에 간다"]))
    assert rows == [["부산/NNP"], ["서울/NNP"] * 6_000, [], ["대구/NNP"]]
    assert tokenizer(long_text) == rows[1]


def test_tokens_do_not_depend_on_threads() -> None:
    tokenizer = KoreanTokenizer()
    expected = [tokenizer(text) for text in TEXTS]
    assert list(tokenizer.batch(TEXTS)) == expected
    with limit(1):
        assert list(tokenizer.batch(TEXTS)) == expected


def test_batch_is_lazy_and_may_be_left_early() -> None:
    read = 0

    def texts() -> Iterator[str]:
        nonlocal read
        while True:
            read += 1
            yield "서울은 아름답다"

    rows = iter(KoreanTokenizer().batch(texts()))
    assert next(rows) == ["서울/NNP", "은/JX", "아름답/VA-I", "다/EC"]
    del rows
    assert read < 5_000


def test_an_error_of_the_texts_comes_through() -> None:
    def texts() -> Iterator[str]:
        yield "서울"
        raise KeyError("the source broke")

    with pytest.raises(KeyError, match="the source broke"):
        list(KoreanTokenizer().batch(texts()))


def test_kiwi_is_loaded_once_per_user_dictionary() -> None:
    KoreanTokenizer()("서울")
    before = korean._loaded[()][1]
    list(KoreanTokenizer(form="form", tags=("NNG",)).batch(["서울"]))
    assert korean._loaded[()][1] is before


def _tokens_of_batch(texts: list[str]) -> list[list[str]]:
    return list(KoreanTokenizer(form="form").batch(texts))


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(korean.os, "fork"), reason="this system cannot fork")
def test_a_forked_process_does_not_wait_for_threads_it_lacks() -> None:
    _tokens_of_batch(["서울은"])  # the parent's Kiwi has threads now
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply_async(_tokens_of_batch, (["서울은"],)).get(timeout=120) == [["서울", "은"]]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(korean.os, "fork"), reason="this system cannot fork")
def test_a_forked_process_ends_cleanly_whether_it_used_kiwi_or_not() -> None:
    code = (
        "import os, sys\n"
        "from nlp_toolkit import KoreanTokenizer\n"
        "list(KoreanTokenizer().batch(['서울은']))\n"
        "child = os.fork()\n"
        "if not child: sys.exit(7)\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (7, "")


def test_importing_and_constructing_load_nothing() -> None:
    code = (
        "import sys; from nlp_toolkit import KoreanTokenizer; t = KoreanTokenizer(tags=['NNG'], user_words=['뷁']); "
        "hash(t); t == KoreanTokenizer(); sys.exit('kiwipiepy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("tokenizer", "message"),
    [
        (KoreanTokenizer(form="tag"), "unknown form 'tag' of Korean tokens; known: 'form/tag', 'form'"),  # type: ignore[arg-type]
        (KoreanTokenizer(tags=("NOUN",)), "unknown part-of-speech tag 'NOUN'; known: EC, EF"),
        (KoreanTokenizer(tags="NNG"), "expected tags of the Korean tokenizer as a list, got 'NNG'"),
        (KoreanTokenizer(stop_words="것"), "expected stop_words of the Korean tokenizer as a list, got '것'"),
        (KoreanTokenizer(stop_words=(3,)), "as strings, got 3"),  # type: ignore[arg-type]
        (KoreanTokenizer(user_words="뷁"), "expected user_words of the Korean tokenizer as a list, got '뷁'"),
        (KoreanTokenizer(user_words=(("뷁", "NOUN"),)), r"expected a user word as 'word'.*got \('뷁', 'NOUN'\)"),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_settings_without_meaning_are_refused_when_used(tokenizer: KoreanTokenizer, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        tokenizer("서울")
