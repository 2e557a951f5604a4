"""Very long words and spaces made shorter where WordPiece makes the same tokens of them, in a fraction of the time."""

import json
import re
from collections.abc import Iterable
from typing import Any

# Each acts on a character by itself, or composes it with its neighbours; others may do anything.
_NORMALIZERS = {"BertNormalizer", "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents"}
_MOST_COMPOSED = 8  # characters that one composed character is made of; Unicode has at most 4


def shorten_long_words(tokenizer: Any, text: str) -> str:
    """`text` with the middle of its longest words and spaces left out, giving the same tokens.

    WordPiece makes one [UNK] of a word of more than `max_input_chars_per_word` characters, however many: so a run of
    characters that only ever stand within words can lose those beyond. A tokenizer that follows other rules than
    BERT's gets the text as it is.
    """
    backend = tokenizer.backend_tokenizer
    if not _follows_bert(backend):
        return text
    inside = {char for char in set(text) if _words(backend, f"a{char}a") == 1}
    if any(inside.issuperset(token.content) for token in backend.get_added_tokens_decoder().values()):
        return text  # one that could stand within a word
    spaces = {char for char in set(text) - inside if _words(backend, f"a{char}a") == 2}
    most = _MOST_COMPOSED * (backend.model.max_input_chars_per_word + 1)
    for chars, kept in ((inside, most), (spaces, 1)):
        if chars:
            any_of = f"[{''.join(map(re.escape, sorted(chars)))}]"
            text = re.sub(f"({any_of}{{{kept}}}){any_of}+({any_of})", r"\1\2", text)
    return text


def _follows_bert(backend: Any) -> bool:
    rules = [type(rule).__name__ for rule in (backend.model, backend.pre_tokenizer)]
    return rules == ["WordPiece", "BertPreTokenizer"] and _NORMALIZERS.issuperset(_normalizers(backend.normalizer))


def _normalizers(normalizer: Any) -> Iterable[str]:
    if normalizer is None:
        return []
    rules = json.loads(normalizer.__getstate__())
    return [rule["type"] for rule in rules.get("normalizers", [rules])]


def _words(backend: Any, text: str) -> int:
    """What the rules make of a character between two others: 1 a part of their word, 2 a space, 0 anything else."""
    normal = text if backend.normalizer is None else backend.normalizer.normalize_str(text)
    words = [word for word, _ in backend.pre_tokenizer.pre_tokenize_str(normal)]
    if len(words) == 1 and len(words[0]) >= len(text):
        return 1
    return 2 if words == [text[0], text[-1]] else 0
