"""Packing texts into blocks loses nothing."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_toolkit.errors import DataError
from nlp_toolkit.transformer.checkpoint import Checkpoint
from nlp_toolkit.transformer.packing import pack


def test_a_worked_example(checkpoint: Checkpoint) -> None:
    tokenizer = checkpoint.tokenizer
    cls, sep, pad = tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.pad_token_id
    (a,), (b,) = (tokenizer(text, add_special_tokens=False)["input_ids"] for text in ("a", "book"))
    blocks = pack(tokenizer, ["a book", "book", "a"], 5)
    assert blocks.ids.tolist() == [[cls, a, b, sep, sep], [cls, b, sep, a, sep]]
    assert blocks.maskable.tolist() == [[False, True, True, False, False], [False, True, False, True, False]]
    shorter = pack(tokenizer, ["a book a book"], 5)
    assert shorter.ids.tolist() == [[cls, a, b, a, sep], [cls, b, sep, pad, pad]]
    assert not shorter.maskable[1, 2:].any()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.text(alphabet="서울책 book읽다.", max_size=80), min_size=1, max_size=12).filter(
        lambda texts: any(text.strip() for text in texts)
    ),
    st.integers(8, 20),
)
def test_no_token_is_lost_and_none_comes_twice(checkpoint: Checkpoint, texts: list[str], length: int) -> None:
    tokenizer = checkpoint.tokenizer
    blocks = pack(tokenizer, texts, length)
    alone = tokenizer(texts, add_special_tokens=False)["input_ids"]
    assert blocks.ids[blocks.maskable].tolist() == [
        token for row in alone for token in row if token not in (tokenizer.cls_token_id, tokenizer.sep_token_id)
    ]
    assert (blocks.ids[:, 0] == tokenizer.cls_token_id).all()
    assert (blocks.ids[:-1, -1] == tokenizer.sep_token_id).all()
    # Only the last block may hold padding.
    assert not (blocks.ids[:-1] == tokenizer.pad_token_id).any()


def test_words_begin_after_white_space(checkpoint: Checkpoint) -> None:
    blocks = pack(checkpoint.tokenizer, ["서울은 걸었다."], 24)
    tokens = checkpoint.tokenizer.convert_ids_to_tokens(blocks.ids[0])
    begins = [
        token
        for token, start, known in zip(tokens, blocks.starts[0], blocks.maskable[0], strict=True)
        if start and known
    ]
    assert len(begins) == 2
    assert begins[0].startswith("서")
    assert begins[1].startswith("걸")


def test_a_text_of_a_million_characters_is_packed_in_pieces(checkpoint: Checkpoint) -> None:
    text = "책 book " * 100_000
    blocks = pack(checkpoint.tokenizer, [text], 64)
    assert int(blocks.maskable.sum()) == 200_000
    assert np.unique(blocks.ids[blocks.maskable]).size == 2


def test_tokenized_at_once_is_a_bounded_number_of_characters(
    checkpoint: Checkpoint,
) -> None:
    texts = ["책 book " * 20_000, "", *["a book"] * 30_000]
    longest = 0

    class Watched:
        def __getattr__(self, name: str) -> Any:
            return getattr(checkpoint.tokenizer, name)

        def __call__(self, pieces: list[str], **options: Any) -> Any:
            nonlocal longest
            longest = max(longest, sum(map(len, pieces)))
            return checkpoint.tokenizer(pieces, **options)

    blocks = pack(Watched(), texts, 64)
    assert longest <= 200_000
    assert blocks.n_texts == 30_002
    assert int(blocks.maskable.sum()) == 40_000 + 60_000


def test_texts_without_tokens_are_refused(checkpoint: Checkpoint) -> None:
    with pytest.raises(DataError, match="2 texts hold no token to train on; give texts with words in them"):
        pack(checkpoint.tokenizer, ["", " "], 16)
