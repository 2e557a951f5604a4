"""A BERT from nothing: a cased WordPiece tokenizer trained on the texts, and an encoder of a named size."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from nlp_toolkit.errors import DataError
from nlp_toolkit.extras import require
from nlp_toolkit.text.normalize import without_surrogates
from nlp_toolkit.transformer.checkpoint import Checkpoint
from nlp_toolkit.transformer.sizes import Size, bert_config
from nlp_toolkit.validation import spool

SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
VOCABULARY_SIZE = 32_000
_ALPHABET = 6_000  # Hangul has 11,172 syllables, some 2,500 of them in use; the library's default of 1,000 loses them


def train_wordpiece(
    texts: Iterable[str],
    *,
    vocabulary_size: int = VOCABULARY_SIZE,
    min_frequency: int = 2,
    lowercase: bool = False,
    max_length: int = 512,
) -> Any:
    """A WordPiece tokenizer of at most `vocabulary_size` pieces, as a transformers tokenizer.

    Korean-safe: NFC first, accents are not stripped (that would take Hangul apart), syllables stay
    whole. Schuster & Nakajima 2012; Devlin et al. 2019.
    """
    tokenizers = require("tokenizers")
    transformers = require("transformers")
    backend = _backend(tokenizers.models.WordPiece(unk_token="[UNK]"), lowercase=lowercase)
    pieces = _trained_pieces(backend, texts, vocabulary_size, min_frequency)
    # A new tokenizer: the one that was trained takes the numbered letters for special tokens.
    backend = _backend(tokenizers.models.WordPiece(pieces, unk_token="[UNK]"), lowercase=lowercase)
    backend.add_special_tokens(list(SPECIAL_TOKENS))
    backend.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[(token, backend.token_to_id(token)) for token in ("[CLS]", "[SEP]")],
    )
    # Not BertTokenizer: it rebuilds its normalizer from flags and loses NFC. Segment ids for pairs must be asked for.
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=backend,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=max_length,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )


def new_checkpoint(
    size: Size, texts: Iterable[str], *, seed: int, vocabulary_size: int = VOCABULARY_SIZE, max_length: int = 512
) -> Checkpoint:
    """A tokenizer trained on `texts` and an untrained BERT of `size` for it; the same seed gives the same weights."""
    torch = require("torch")
    transformers = require("transformers")
    tokenizer = train_wordpiece(texts, vocabulary_size=vocabulary_size, max_length=max_length)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        encoder = transformers.BertModel(
            bert_config(size, len(tokenizer), max_length=max_length), add_pooling_layer=False
        )
    encoder.eval()
    return Checkpoint(encoder, tokenizer, max_length, is_pretrained=False)


def _backend(model: Any, *, lowercase: bool) -> Any:
    """A tokenizer around `model` with BERT's rules, NFC before them, and no accent stripping."""
    tokenizers = require("tokenizers")
    normalizers = tokenizers.normalizers
    backend = tokenizers.Tokenizer(model)
    backend.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.BertNormalizer(strip_accents=False, lowercase=lowercase)]
    )
    backend.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    backend.decoder = tokenizers.decoders.WordPiece(prefix="##")
    return backend


def _trained_pieces(backend: Any, texts: Iterable[str], vocabulary_size: int, min_frequency: int) -> dict[str, int]:
    """Piece -> number. Every frequent letter is a piece at the start of a word, and inside one where it can be there.

    So a word of known letters is never [UNK] as a whole; and as the letters are numbered before the
    training, which breaks ties by number, the pieces are the same in every process.
    """
    tokenizers = require("tokenizers")
    passes = spool(map(without_surrogates, texts))
    counts: Counter[str] = Counter()
    for text in passes:
        counts.update(backend.normalizer.normalize_str(text))
    frequent = sorted((char for char in counts if not char.isspace()), key=lambda char: (-counts[char], char))
    letters = sorted(frequent[: min(_ALPHABET, vocabulary_size // 4)])
    if not letters:
        raise DataError("the texts hold no word to learn a vocabulary from; give texts with letters in them")
    inside = [f"##{char}" for char in letters if _can_be_inside(backend, char)]
    trainer = tokenizers.trainers.WordPieceTrainer(
        vocab_size=vocabulary_size,
        min_frequency=min_frequency,
        initial_alphabet=letters,
        limit_alphabet=len(letters),
        special_tokens=[*SPECIAL_TOKENS, *inside],  # numbered first; they are special in this trainer's eyes only
        show_progress=False,
    )
    backend.train_from_iterator(passes, trainer)
    learned: dict[str, int] = backend.get_vocab()
    return learned


def _can_be_inside(backend: Any, char: str) -> bool:
    """Whether the rules leave `char` within a word: punctuation and Chinese characters are words of their own.

    One that can be and is not numbered before the training is numbered in it, in another order in every process.
    """
    return len(backend.pre_tokenizer.pre_tokenize_str(backend.normalizer.normalize_str(f"a{char}a"))) == 1
