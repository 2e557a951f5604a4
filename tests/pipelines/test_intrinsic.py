"""A stage by itself: agreement with people's scores, the shape of its rows, what whitening does."""

import numpy as np
import pytest
from corpora import ENGLISH, PAIRS
from scipy.stats import spearmanr
from sklearn.metrics.pairwise import cosine_similarity

from nlp_toolkit import Corpus, HashingVectorizer, TfidfVectorizer, save
from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit_pipelines import evaluate_stage, train
from nlp_toolkit_pipelines.intrinsic import names_a_stage

STS = Corpus(
    pairs=[
        ("서울은 넓다", "서울은 크다"),
        ("서울은 넓다", "부산에 갔다"),
        ("a cat sleeps", "a cat sleeps on the sofa"),
        ("a cat sleeps", "the car needs oil"),
        ("cars drive on the road", "cars drive on the roads"),
        ("my car is red", "my cat purrs"),
    ],
    labels=["3.5", "0.5", "4", "0", "4.8", "1"],
)


def test_correlation_is_that_of_the_cosines_of_the_stage():
    stage = TfidfVectorizer().fit([text for pair in STS.pairs for text in pair])
    first, second = (stage.transform([pair[side] for pair in STS.pairs]) for side in (0, 1))
    cosines = cosine_similarity(first, second).diagonal()

    found = evaluate_stage(stage, STS)

    expected = spearmanr([float(label) for label in STS.labels], cosines).statistic
    assert found.similarity.spearman == pytest.approx(expected)
    assert found.similarity.spearman_low <= expected <= found.similarity.spearman_high
    assert (found.rows, found.texts) == (6, 10)


def test_saved_stage_kind_and_model_are_all_stages(tmp_path):
    texts = [text for pair in STS.pairs for text in pair]
    save(TfidfVectorizer(tokenizer="words-all").fit(texts), tmp_path / "stage")
    model = train("count-logreg", ENGLISH, folds=0, output=tmp_path / "model")

    by_path, by_model = evaluate_stage(tmp_path / "stage", STS), evaluate_stage(model, STS)

    assert by_path.similarity.spearman > 0.5
    assert by_model.shape.n_features == model.pipeline["vectorizer"].transform(["a"]).shape[1]
    assert (names_a_stage(tmp_path / "stage"), names_a_stage(tmp_path / "model")) == (True, False)
    assert (names_a_stage("hashing"), names_a_stage(tmp_path / "nothing")) == (True, False)


def test_single_texts_tell_a_shape_and_pairs_without_scores_too(caplog):
    stage = HashingVectorizer(n_features=32)

    texts, pairs = evaluate_stage(stage, Corpus(texts=ENGLISH.texts)), evaluate_stage(stage, Corpus(pairs=PAIRS.pairs))

    assert (texts.similarity, pairs.similarity, pairs.whitened.gain) == (None, None, None)
    assert texts.texts == 32
    assert texts.to_json()["task"] == "geometry"
    assert "the pairs have no scores" in caplog.text


def test_whitening_fills_the_directions_it_keeps():
    stage = HashingVectorizer(n_features=64)
    rows = stage.transform(ENGLISH.texts).toarray()
    directions = np.linalg.matrix_rank(rows - rows.mean(axis=0), tol=1e-6)

    found = evaluate_stage(stage, Corpus(texts=ENGLISH.texts))

    assert found.whitened.components == directions < len(ENGLISH)
    assert found.whitened.shape.isoscore == pytest.approx(1.0, abs=1e-6)
    assert found.whitened.shape.effective_dimension == pytest.approx(directions, abs=1e-5)
    assert abs(found.whitened.shape.mean_cosine) < 0.1 < found.shape.mean_cosine


def test_gain_of_whitening_is_the_difference_of_the_correlations():
    random = np.random.default_rng(0)
    words = [f"w{n}" for n in range(12)]
    texts = [" ".join(["the", "of", *random.choice(words, 4)]) for _ in range(120)]
    pairs = [(texts[at], texts[at + 60]) for at in range(60)]
    shared = [len(set(one.split()) & set(other.split())) for one, other in pairs]

    found = evaluate_stage(HashingVectorizer(n_features=256), Corpus(pairs=pairs, labels=[str(n) for n in shared]))

    assert found.whitened.gain == pytest.approx(found.whitened.similarity.spearman - found.similarity.spearman)
    assert found.whitened.gain_low <= found.whitened.gain <= found.whitened.gain_high


def test_what_cannot_be_evaluated_is_refused():
    with pytest.raises(UsageError, match="this stage takes pairs itself"):
        evaluate_stage(train("tfidf-pair-logreg", PAIRS, folds=0), STS)
    with pytest.raises(DataError, match="expected a finite number as label, got 'same'"):
        evaluate_stage("hashing", PAIRS)
    with pytest.raises(DataError, match="3 rows with values or more, got 0 of 2"):
        evaluate_stage(HashingVectorizer(n_features=8), Corpus(texts=["", " "]))
