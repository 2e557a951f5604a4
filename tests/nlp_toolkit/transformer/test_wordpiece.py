"""The tokenizer made from nothing, as it is once saved and loaded again."""

import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import transformers

from nlp_toolkit.errors import DataError
from nlp_toolkit.testing.trial import SENTENCES
from nlp_toolkit.transformer.wordpiece import train_wordpiece


@pytest.fixture(scope="module")
def loaded(checkpoint_folder: Path) -> Any:
    """The tokenizer as transformers itself opens it."""
    return transformers.AutoTokenizer.from_pretrained(checkpoint_folder, local_files_only=True)


def test_both_spellings_of_hangul_give_the_same_tokens(loaded: Any) -> None:
    text = "서울은 한국의 수도"
    assert loaded.tokenize(unicodedata.normalize("NFD", text)) == loaded.tokenize(text)


def test_hangul_syllables_stay_whole(loaded: Any) -> None:
    pieces = "".join(piece.removeprefix("##") for piece in loaded.tokenize("서울은 사람이"))
    assert pieces == "서울은사람이"


def test_case_and_accents_stay() -> None:
    tokenizer = train_wordpiece(["Café cafe CAFE résumé Seoul seoul"] * 3, vocabulary_size=200)
    assert tokenizer.decode(tokenizer("Café CAFE")["input_ids"], skip_special_tokens=True) == "Café CAFE"
    assert tokenizer.tokenize("Seoul") != tokenizer.tokenize("seoul")


def test_special_tokens_are_placed_and_pairs_have_segments(loaded: Any) -> None:
    encoded = loaded("book", "책")
    assert loaded.convert_ids_to_tokens(encoded["input_ids"])[0] == "[CLS]"
    assert loaded.convert_ids_to_tokens(encoded["input_ids"]).count("[SEP]") == 2
    second = encoded["input_ids"].index(loaded.sep_token_id) + 1
    assert encoded["token_type_ids"] == [0] * second + [1] * (len(encoded["input_ids"]) - second)


def test_the_loaded_tokenizer_is_the_one_that_was_made(loaded: Any) -> None:
    made = train_wordpiece(list(SENTENCES), vocabulary_size=400, max_length=64)
    for text in [*SENTENCES, "새 단어 unseen WORDS, 123!", "é ｶﾅ 漢字 😀"]:
        assert loaded(text)["input_ids"] == made(text)["input_ids"]


def test_a_word_of_known_letters_is_never_unknown() -> None:
    tokenizer = train_wordpiece(["가나다 라마바"] * 2, vocabulary_size=100)
    assert tokenizer.unk_token not in tokenizer.tokenize("바마라다나가")


def test_the_pieces_are_the_same_in_every_process() -> None:
    code = (
        "import json, sys\n"
        "from nlp_toolkit.testing.trial import SENTENCES\n"
        "from nlp_toolkit.transformer.wordpiece import train_wordpiece\n"
        "print(json.dumps(train_wordpiece(SENTENCES, vocabulary_size=400).get_vocab(), sort_keys=True))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert json.loads(done.stdout) == train_wordpiece(SENTENCES, vocabulary_size=400).get_vocab()


def test_symbols_within_words_are_numbered_alike_in_every_process() -> None:
    texts = [f"가{symbol}나 하{symbol}파" for symbol in "∼─＝♡↓°∀≤♨★♂↑×㎡㈜≫"]
    code = (
        "import json\n"
        "from nlp_toolkit.transformer.wordpiece import train_wordpiece\n"
        f"print(json.dumps(train_wordpiece({texts!r}, vocabulary_size=300).get_vocab()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == train_wordpiece(texts, vocabulary_size=300).get_vocab()


def test_no_piece_is_spent_on_letters_that_never_continue_a_word() -> None:
    pieces = train_wordpiece(["나무 樹木, 나무!"] * 2, vocabulary_size=200).get_vocab()
    assert {"나", "樹", ",", "##무", "##나"} <= set(pieces)
    assert not {"##樹", "##,", "##!"} & set(pieces)


def test_texts_without_letters_are_refused() -> None:
    with pytest.raises(DataError, match="the texts hold no word to learn a vocabulary from; give texts with letters"):
        train_wordpiece(["", "  "])
