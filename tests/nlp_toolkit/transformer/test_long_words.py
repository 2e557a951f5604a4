"""Long words made shorter: the tokens of the whole text, whatever the settings of BERT's rules, in far less time."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, normalizers, pre_tokenizers

from nlp_toolkit.transformer import tokenizing
from nlp_toolkit.transformer.checkpoint import Checkpoint
from nlp_toolkit.transformer.long_words import shorten_long_words
from nlp_toolkit.transformer.tokenizing import tokenize

NORMALIZERS: dict[str, Any] = {
    "of ours": None,
    "composing": normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()]),
    "stripping": normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents()]),
    "lower case": normalizers.BertNormalizer(lowercase=True),
}
# Letters, marks that compose with what stands before, jamo, letters that become several or hold a space, spaces, rest.
ALPHABET = "aZ서か\u3099\u0301각éßİกิﬁ½ﷺĿ中. \n\u3000\0\u200d😀=\u0338[SEP]"
RUNS = st.tuples(st.text(ALPHABET, min_size=1, max_size=3), st.sampled_from([1, 2, 50, 100, 101, 400, 809, 1_700]))


def _with(checkpoint: Checkpoint, name: str) -> Any:
    tokenizer = deepcopy(checkpoint.tokenizer)
    if NORMALIZERS[name] is not None:
        tokenizer.backend_tokenizer.normalizer = NORMALIZERS[name]
    return tokenizer


def _ids(tokenizer: Any, text: str) -> list[int]:
    found: list[int] = tokenizer(text, verbose=False)["input_ids"]
    return found


@pytest.mark.parametrize("name", NORMALIZERS)
@settings(max_examples=100, deadline=None)
@given(st.lists(RUNS, min_size=1, max_size=5))
def test_no_token_changes(checkpoint: Checkpoint, name: str, runs: list[tuple[str, int]]) -> None:
    tokenizer = _with(checkpoint, name)
    text = "".join(letters * times for letters, times in runs)
    assert _ids(tokenizer, shorten_long_words(tokenizer, text)) == _ids(tokenizer, text)


def test_words_keep_what_makes_them_unknown_and_spaces_one(checkpoint: Checkpoint) -> None:
    short = shorten_long_words(checkpoint.tokenizer, "a book" + " " * 500 + "서" * 5_000 + "." * 900)
    assert short == "a book  " + "서" * (8 * 101 + 1) + "." * 900


def test_a_token_that_may_stand_within_a_word_leaves_the_text_alone(checkpoint: Checkpoint) -> None:
    tokenizer = deepcopy(checkpoint.tokenizer)
    tokenizer.add_tokens([AddedToken("book", normalized=False)])
    text = "a" * 3_000 + "book" + "a" * 3_000
    assert shorten_long_words(tokenizer, text) == text


def test_other_rules_than_those_of_bert_leave_the_text_alone(checkpoint: Checkpoint) -> None:
    for name, rule in (("pre_tokenizer", pre_tokenizers.Digits(True)), ("normalizer", normalizers.Replace("a", " "))):
        tokenizer = deepcopy(checkpoint.tokenizer)
        setattr(tokenizer.backend_tokenizer, name, rule)
        assert shorten_long_words(tokenizer, "a" * 3_000) == "a" * 3_000


@pytest.mark.parametrize("overflow", ["truncate", "window"])
def test_tokenizer_is_given_little_of_ten_megabytes_without_a_space(
    checkpoint: Checkpoint, overflow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shortened: list[str] = []

    def watched(tokenizer: Any, text: str) -> str:
        shortened.append(shorten_long_words(tokenizer, text))
        return shortened[-1]

    monkeypatch.setattr(tokenizing, "shorten_long_words", watched)
    found = tokenize(checkpoint.tokenizer, ["a" * 10_000_000 + " book"], max_length=16, overflow=overflow)
    assert found.ids == [_ids(checkpoint.tokenizer, "a" * 101 + " book")]
    assert max(map(len, shortened)) < 1_000  # of all of it WordPiece takes 20 to 40 s
