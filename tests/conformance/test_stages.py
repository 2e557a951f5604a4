"""Every registered stage, and scikit-learn's vectorizers, held to every promise of the conformance suite."""

from functools import partial

import pytest
from sklearn.feature_extraction import text as sklearn_text

from nlp_toolkit import (
    BertVectorizer,
    Bm25Vectorizer,
    CountVectorizer,
    HashingVectorizer,
    TfidfVectorizer,
    Word2VecVectorizer,
)
from nlp_toolkit.registry import stage_class, stage_kinds
from nlp_toolkit.testing import CONFORMANCE_CHECKS, Trial

OURS = {
    "count": Trial(CountVectorizer),
    "tfidf": Trial(TfidfVectorizer),
    # Kiwi reads about half a megabyte a second.
    "tfidf auto": Trial(partial(TfidfVectorizer, tokenizer="auto", token_pattern=None), long_text_bytes=200_000),
    "bm25": Trial(Bm25Vectorizer, long_text_bytes=200_000),
    "count char_wb": Trial(partial(CountVectorizer, analyzer="char_wb", ngram_range=(1, 3)), long_text_bytes=1_000_000),
    "hashing": Trial(partial(HashingVectorizer, n_features=4096), long_text_bytes=1_000_000),
    "word2vec": Trial(partial(Word2VecVectorizer, vector_size=16, min_count=1, sample=0, tokenizer="words-all")),
    "word2vec subwords": Trial(
        partial(
            Word2VecVectorizer,
            algorithm="skip-gram",
            vector_size=16,
            min_count=1,
            sample=0,
            pooling="sif",
            subwords=True,
            bucket=10_000,
        ),
        long_text_bytes=200_000,
    ),
    # Made from the texts, with weights as they were drawn: what training does to them is tested where it lives.
    "bert": Trial(
        partial(
            BertVectorizer,
            mlm={"epochs": 0, "block_length": 64, "vocabulary_size": 400},
            precision="float32",
            device="cpu",
        ),
        tolerance=2e-6,
    ),
}

_SKLEARN = {
    "CountVectorizer": Trial(sklearn_text.CountVectorizer, long_text_bytes=1_000_000),
    "TfidfVectorizer": Trial(sklearn_text.TfidfVectorizer, long_text_bytes=1_000_000),
    "HashingVectorizer": Trial(sklearn_text.HashingVectorizer, long_text_bytes=1_000_000),
}
_BROKEN_BY_ALL = {
    "accepts_every_kind_of_sequence": "Arrow scalars are taken for texts and have no lower()",
    "refuses_what_is_not_texts": "bytes, dicts and DataFrames are iterated over, or fail on lower()",
    "composed_and_decomposed_text_give_one_row": "nothing is normalized",
    "honours_set_output": "there is no set_output",
    "saved_stage_gives_the_same_rows": "only registered stages are saved",
}
_BROKEN = {
    "CountVectorizer": _BROKEN_BY_ALL,
    "TfidfVectorizer": _BROKEN_BY_ALL,
    "HashingVectorizer": {**_BROKEN_BY_ALL, "names_every_column": "hashed columns have no names"},
}


def _sklearn_cases() -> list[object]:
    return [
        pytest.param(
            trial,
            promise,
            id=f"{name}-{promise}",
            marks=[pytest.mark.xfail(reason=_BROKEN[name][promise], strict=True)] if promise in _BROKEN[name] else [],
        )
        for name, trial in _SKLEARN.items()
        for promise in CONFORMANCE_CHECKS
    ]


@pytest.mark.parametrize("promise", CONFORMANCE_CHECKS)
@pytest.mark.parametrize("trial", OURS.values(), ids=OURS)
def test_our_stage_keeps(trial: Trial, promise: str) -> None:
    CONFORMANCE_CHECKS[promise](trial)


@pytest.mark.parametrize(("trial", "promise"), _sklearn_cases())
def test_scikit_learn_keeps_all_but_the_promises_known_to_be_broken(trial: Trial, promise: str) -> None:
    CONFORMANCE_CHECKS[promise](trial)


def test_every_registered_kind_is_on_trial() -> None:
    tried = {getattr(trial.make_stage, "func", trial.make_stage) for trial in OURS.values()}
    missing = [kind for kind in stage_kinds() if stage_class(kind) not in tried]
    assert missing == []
