"""BM25 against a score worked by hand, against bm25s, and as a stage."""

import math
from itertools import pairwise

import bm25s
import numpy as np
import pytest
import scipy.sparse as sp

from nlp_toolkit import Bm25Vectorizer, load, save
from nlp_toolkit.errors import UsageError
from nlp_toolkit.text.korean import KoreanTokenizer

TEXTS = ["cat dog cat", "dog fish", "fish fish bird bird bird bird", "cat", ""]


def random_texts(n_texts: int, n_terms: int, seed: int) -> list[list[str]]:
    random = np.random.default_rng(seed)
    lengths = random.integers(0, 30, n_texts)
    return [[f"t{term}" for term in random.zipf(1.3, length) % n_terms] for length in lengths]


def test_lucene_weight_worked_by_hand() -> None:
    stage = Bm25Vectorizer(tokenizer="words-all", k1=1.5, b=0.75).fit(TEXTS)
    # "cat" is in 2 of 5 texts and twice in the first, which has 3 of the 12 words: avgdl = 12 / 5
    idf = math.log(1 + (5 - 2 + 0.5) / (2 + 0.5))
    weight = idf * 2 / (2 + 1.5 * (1 - 0.75 + 0.75 * 3 / 2.4))
    cat = stage.get_feature_names_out().tolist().index("cat")
    assert stage.transform(TEXTS)[0, cat] == pytest.approx(weight, rel=1e-14)


def test_atire_weight_worked_by_hand() -> None:
    stage = Bm25Vectorizer(variant="atire", tokenizer="words-all", k1=1.2, b=0.5).fit(TEXTS)
    weight = math.log(5 / 2) * (2.2 * 2) / (2 + 1.2 * (1 - 0.5 + 0.5 * 3 / 2.4))
    cat = stage.get_feature_names_out().tolist().index("cat")
    assert stage.transform(TEXTS)[0, cat] == pytest.approx(weight, rel=1e-14)


@pytest.mark.parametrize("variant", ["lucene", "atire"])
def test_scores_are_those_of_bm25s(variant: str) -> None:
    texts, queries = random_texts(300, 80, seed=0), random_texts(40, 100, seed=1)
    stage = Bm25Vectorizer(variant=variant, tokenizer="words-all")  # type: ignore[arg-type]
    rows = stage.fit_transform([" ".join(text) for text in texts])
    ours = (stage.query_rows(queries) @ rows.T).toarray()
    reference = bm25s.BM25(method=variant, k1=1.5, b=0.75, dtype="float64")
    reference.index(texts, show_progress=False)
    known = set(stage.get_feature_names_out())
    for query, scores in zip(queries, ours, strict=True):
        tokens = [token for token in query if token in known]
        expected = reference.get_scores(tokens) if tokens else np.zeros(len(texts))
        np.testing.assert_allclose(scores, expected, rtol=1e-12, atol=1e-12)


def test_weights_belong_to_their_terms_in_whatever_order_they_were_counted() -> None:
    stage = Bm25Vectorizer(tokenizer="words-all").fit(TEXTS)
    counts = stage.transform_query(TEXTS).astype(np.int64)
    turned = sp.csr_matrix(counts.shape, dtype=np.int64)
    turned.indptr = counts.indptr
    order = np.concatenate([np.arange(*ends)[::-1] for ends in pairwise(counts.indptr)])
    turned.indices, turned.data = counts.indices[order], counts.data[order]
    turned.has_sorted_indices = False
    np.testing.assert_array_equal(stage._weigh(turned).toarray(), stage._weigh(counts).toarray())


def test_query_rows_of_tokens_equal_those_of_the_text() -> None:
    stage = Bm25Vectorizer(tokenizer="words-all").fit(TEXTS)
    queries = ["cat cat unknown dog", "", "bird"]
    by_token = stage.query_rows([query.split() for query in queries])
    assert (by_token != stage.transform_query(queries)).nnz == 0
    assert by_token.toarray().sum(axis=1).tolist() == [3.0, 0.0, 1.0]
    assert stage.query_rows([]).shape == (0, 4)


def test_later_documents_are_weighed_with_the_statistics_of_those_fitted() -> None:
    stage = Bm25Vectorizer(tokenizer="words-all").fit(TEXTS)
    before = stage.transform(TEXTS)
    stage.transform(["cat dog bird fish " * 50])
    assert (stage.transform(TEXTS) != before).nnz == 0


def test_korean_particles_do_not_hide_a_word() -> None:
    stage = Bm25Vectorizer().fit(["서울은 넓다", "부산은 바다가 있다", "서울에서 만나자"])
    assert isinstance(stage.tokenizer_, KoreanTokenizer)
    scores = stage.transform_query(["서울"]) @ stage.transform(["서울은 크다", "바다를 보자"]).T
    assert scores[0, 0] > 0 == scores[0, 1]


def test_english_words_meet_in_their_stems() -> None:
    stage = Bm25Vectorizer().fit(["a cat runs", "two dogs sleep"])
    scores = stage.transform_query(["running cats"]) @ stage.transform(["a cat runs", "two dogs"]).T
    assert scores[0, 0] > 0 == scores[0, 1]


def test_saved_stage_weighs_alike(tmp_path: object) -> None:
    stage = Bm25Vectorizer(variant="atire", k1=0.9, b=0.4, tokenizer="english-stems").fit(TEXTS)
    save(stage, f"{tmp_path}/bm25")
    loaded = load(f"{tmp_path}/bm25")
    assert isinstance(loaded, Bm25Vectorizer)
    assert loaded.get_params() == stage.get_params()
    assert (loaded.transform(TEXTS) != stage.transform(TEXTS)).nnz == 0
    assert (loaded.transform_query(TEXTS) != stage.transform_query(TEXTS)).nnz == 0


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"variant": "okapi"}, "'variant' parameter .* Got 'okapi'"),
        ({"k1": -1.0}, "'k1' parameter .* range .* Got -1.0"),
        ({"b": 1.5}, "'b' parameter .* range .* Got 1.5"),
    ],
)
def test_parameters_without_meaning_are_refused(parameters: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Bm25Vectorizer(**parameters).fit(TEXTS)  # type: ignore[arg-type]
