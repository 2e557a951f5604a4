"""Nothing is fitted on what is tested: told by a stage that remembers its texts, and by scores only leakage gives."""

import numpy as np
import pytest
from stages import spying

from nlp_toolkit_pipelines import Corpus, build_pipeline, compare, load_recipe

WITHOUT_PROCESSES = {"isolated": False, "text_map": "none"}


def test_stages_are_fitted_on_the_training_part_only_and_on_the_same_for_every_recipe(spies):
    texts = [f"text {'a' * (n % 3)} number {n}" for n in range(24)]
    corpus = Corpus(texts=texts, labels=["x", "y"] * 12)

    compare(
        corpus,
        [spying("one", "1"), spying("two", "2")],
        folds=3,
        learning_curve="6,10,all",
        **WITHOUT_PROCESSES,
    )

    fitted = {mark: [texts for seen, texts in spies.fitted_on if seen == mark] for mark in "12"}
    assert fitted["1"] == fitted["2"]
    assert [len(texts) for texts in fitted["1"]] == [16] * 3 + [6, 10] * 3
    tested = [set(texts) - set(part) for part in fitted["1"][:3]]
    assert set.union(*tested) == set(texts)
    assert sum(map(len, tested)) == 24  # each text left out of exactly one fold
    for fold, part in enumerate(fitted["1"][3:]):
        assert tested[fold // 2].isdisjoint(part)


def test_a_test_file_is_never_fitted_on(spies):
    train = Corpus(texts=[f"a text {n}" for n in range(12)], labels=["x", "y"] * 6)
    test = Corpus(texts=["only tested", "this too a"], labels=["x", "y"])

    compare(train, [spying("one")], test=test, learning_curve="6,all", curve_seeds=2, **WITHOUT_PROCESSES)

    assert [len(texts) for _, texts in spies.fitted_on] == [12, 6, 6]
    assert {"only tested", "this too a"}.isdisjoint(text for _, texts in spies.fitted_on for text in texts)


def planted() -> Corpus:
    """Random labels, and in each row a word that one other row of the same label has, and no third one has.

    With both rows in view the word is frequent enough (min_df, min_count of 2) to be kept, and gives the label away.
    Where one of them is tested, an honest vocabulary lacks the word, and nothing is left but chance.
    """
    random = np.random.default_rng(0)
    labels = random.permutation(["x", "y"] * 60)
    texts = [f"zq{pair}zq" for pair in range(120) for _ in range(2)]
    return Corpus(
        texts=[f"{text} {'once' if n % 2 else 'twice'}" for n, text in enumerate(texts)],
        labels=np.repeat(labels, 2).tolist(),
    )


@pytest.mark.parametrize(
    "overrides",
    [
        {"vectorizer": {"kind": "count", "min_df": 2, "tokenizer": "words"}},
        {"vectorizer": {"kind": "tfidf", "min_df": 2, "tokenizer": "words"}},
        {"vectorizer": {"kind": "word2vec", "min_count": 2, "tokenizer": "words", "vector_size": 300, "epochs": 1}},
        {
            "vectorizer": {"kind": "tfidf", "min_df": 2, "tokenizer": "words"},
            "reduce": {"kind": "svd", "components": 60},
        },
    ],
    ids=["count", "tfidf", "word2vec", "tfidf and svd"],
)
def test_a_feature_that_only_leakage_sees_gives_chance(overrides):
    corpus = planted()
    recipe = load_recipe("count-logreg", {**overrides, "estimator.C": 1e6})

    honest = compare(corpus, [recipe], folds=4, **WITHOUT_PROCESSES).recipes[0]

    # 240 rows by chance: a standard error of 0.032.
    assert abs(honest.score - 0.5) < 0.12
    # The same recipe with its vectorizer fitted on all texts, as leakage would have it.
    assert leaking_accuracy(recipe, corpus) > 0.68


def leaking_accuracy(recipe, corpus: Corpus) -> float:
    """Leave-half-out accuracy when the words are learned from tested texts as well."""
    from sklearn.base import clone

    pipeline = build_pipeline(recipe)
    rows = pipeline[:-1].fit_transform(list(corpus.texts))
    labels = np.array(corpus.labels)
    train = np.arange(0, len(labels), 2)  # one row of each pair
    head = clone(pipeline["estimator"]).fit(rows[train], labels[train])
    return float((head.predict(rows[train + 1]) == labels[train + 1]).mean())
