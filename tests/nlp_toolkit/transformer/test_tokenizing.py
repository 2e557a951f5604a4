"""Texts to token numbers: clipping changes nothing, every token is in a window, pairs are transformers' own."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_toolkit.errors import DataError
from nlp_toolkit.testing.trial import SENTENCES
from nlp_toolkit.transformer.checkpoint import Checkpoint
from nlp_toolkit.transformer.tokenizing import tokenize, tokenize_pairs

LONG = " ".join(SENTENCES) * 40
SPACED = "책" + " " * 50_000 + "book " * 30 + "끝"
WORD = "서" * 5_000


@pytest.mark.parametrize("text", [LONG, SPACED, WORD, "", "book"], ids=["long", "spaced", "word", "empty", "short"])
def test_clipping_before_tokenizing_gives_the_tokens_of_the_whole_text(checkpoint: Checkpoint, text: str) -> None:
    whole = checkpoint.tokenizer(text, truncation=True, max_length=16)["input_ids"]
    found = tokenize(checkpoint.tokenizer, [text], max_length=16, overflow="truncate")
    assert found.ids == [whole]
    assert found.truncated.tolist() == [len(checkpoint.tokenizer(text)["input_ids"]) > 16]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(alphabet="서울책 book읽다.,\t", max_size=400), min_size=1, max_size=4))
def test_truncation_is_transformers_own(checkpoint: Checkpoint, texts: list[str]) -> None:
    whole = checkpoint.tokenizer(texts, truncation=True, max_length=12)["input_ids"]
    assert tokenize(checkpoint.tokenizer, texts, max_length=12, overflow="truncate").ids == whole


def test_windows_hold_every_token(checkpoint: Checkpoint) -> None:
    text = " ".join(SENTENCES)
    tokens = checkpoint.tokenizer(text, add_special_tokens=False)["input_ids"]
    found = tokenize(checkpoint.tokenizer, ["book", text], max_length=16, overflow="window")
    windows = [row[1:-1] for row, of in zip(found.ids, found.text_of, strict=True) if of == 1]
    rebuilt = windows[0] + [token for window in windows[1:] for token in window[16 // 4 :]]
    assert rebuilt == tokens
    assert not found.truncated.any()


def test_too_long_a_text_is_refused(checkpoint: Checkpoint) -> None:
    with pytest.raises(DataError, match="a text has more than 16 tokens; shorten it, or set overflow to truncate or w"):
        tokenize(checkpoint.tokenizer, ["book", LONG], max_length=16, overflow="error")


def test_a_text_without_known_tokens_is_told(checkpoint: Checkpoint) -> None:
    found = tokenize(checkpoint.tokenizer, ["", "book", "뷁", "😀 book"], max_length=16, overflow="truncate")
    assert found.known.tolist() == [False, True, False, True]


def test_a_lone_surrogate_does_no_harm(checkpoint: Checkpoint) -> None:
    dirty = tokenize(checkpoint.tokenizer, ["book\ud800"], max_length=16, overflow="truncate")
    assert dirty.ids == [checkpoint.tokenizer("book\ufffd")["input_ids"]]


@pytest.mark.parametrize("second", ["A good book", LONG, "", SPACED], ids=["short", "long", "empty", "spaced"])
def test_pairs_are_truncated_and_numbered_as_transformers_does(checkpoint: Checkpoint, second: str) -> None:
    first = "책 한 권을 다 읽고 잠을 잤다"
    expected = checkpoint.tokenizer([first], [second], truncation="longest_first", max_length=24)
    found = tokenize_pairs(checkpoint.tokenizer, [(first, second), ("책", "책")], max_length=24)
    assert found.ids[0] == expected["input_ids"][0]
    assert found.segments is not None
    assert found.segments[0] == expected["token_type_ids"][0]
    assert found.truncated[0] == (len(checkpoint.tokenizer([first], [second])["input_ids"][0]) > 24)
    # [CLS] 책 [SEP] are segment 0, 책 [SEP] segment 1.
    assert found.segments[1] == [0, 0, 0, 1, 1]


def test_no_texts_give_no_rows(checkpoint: Checkpoint) -> None:
    assert tokenize(checkpoint.tokenizer, [], max_length=16, overflow="truncate").ids == []
    assert np.shape(tokenize_pairs(checkpoint.tokenizer, [], max_length=16).truncated) == (0,)
