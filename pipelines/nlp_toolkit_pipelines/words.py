"""Questions about the words of a Word2Vec model, or of a file of word vectors."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from nlp_toolkit.corpus.whole_file import whole_draft
from nlp_toolkit.errors import UsageError

if TYPE_CHECKING:
    from nlp_toolkit import Word2VecVectorizer
    from nlp_toolkit.word_vectors.container import Neighbour
    from nlp_toolkit.word_vectors.evaluation import AnalogyResult, SimilarityResult


def open_words(path: str | Path) -> "Word2VecVectorizer":
    """The Word2Vec stage saved in a directory, alone or in a trained model, or one made of a file of vectors.

    Anything else is a `UsageError` that says what was found.
    """
    from nlp_toolkit import Word2VecVectorizer, load

    place = Path(path)
    if place.is_file():
        return Word2VecVectorizer.from_file(place)
    if not place.exists():
        raise UsageError(f"{path}: no such model directory or file of word vectors (.txt, .vec, .bin)")
    model = load(place)
    stage = model.named_steps.get("vectorizer") if hasattr(model, "named_steps") else model
    if not isinstance(stage, Word2VecVectorizer):
        raise UsageError(
            f"{path}: holds {type(stage).__name__}, which has no word vectors; expected Word2VecVectorizer"
        )
    return stage


def nearest_words(stage: "Word2VecVectorizer", word: str, n: int = 10) -> "list[Neighbour]":
    """The `n` words most similar to `word`, which may be unknown where the stage has subwords."""
    spelled = stage.spell(word)
    if spelled not in stage.words_.index:
        vectors, has_any = stage.learned_.unknown_vectors([spelled])
        if has_any[0]:
            return stage.words_.nearest_to(vectors[0], n)
    return stage.words_.nearest(spelled, n)


def word_analogy(stage: "Word2VecVectorizer", a: str, b: str, c: str, n: int = 10) -> "list[Neighbour]":
    """What is to `c` as `b` is to `a`, best first."""
    return stage.words_.analogy(stage.spell(a), stage.spell(b), stage.spell(c), n)


def evaluate_words(stage: "Word2VecVectorizer", path: str | Path) -> "SimilarityResult | AnalogyResult":
    """Evaluate on a file: analogies where it has ": section" lines, else pairs of words with people's scores."""
    from nlp_toolkit.word_vectors.evaluation import (
        evaluate_analogies,
        evaluate_similarity,
        read_analogies,
        read_text,
        read_word_pairs,
    )

    place = Path(path)
    if not place.is_file():
        raise UsageError(f"{path}: no such file; expected word pairs with scores, or analogies")
    has_sections = any(line.startswith(":") for line in read_text(place).splitlines())
    spell = cache(stage.spell)  # analogies ask for the same few words over and over
    if has_sections:
        return evaluate_analogies(stage.words_, read_analogies(place), spell)
    return evaluate_similarity(stage.words_, read_word_pairs(place), spell)


def export_words(stage: "Word2VecVectorizer", path: str | Path, *, overwrite: bool = False) -> int:
    """Write the word vectors as word2vec text (.txt, .vec) or binary (.bin), whole or not at all; returns how many.

    White space within a word, which these forms cannot hold, is written as "_".
    """
    from nlp_toolkit.word_vectors.formats import WRITERS, check_suffix, with_underscores

    place = Path(path)
    check_suffix(place)
    with whole_draft(place, overwrite=overwrite) as draft:
        WRITERS[place.suffix](draft, with_underscores(stage.words_))
    return len(stage.words_.words)
