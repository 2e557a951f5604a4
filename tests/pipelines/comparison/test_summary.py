"""The words of a summary, the front worth considering, and which recipes are compared by default."""

from collections.abc import Sequence

import pytest
from corpora import ENGLISH, OF_TASK

from nlp_toolkit_pipelines import Corpus, load_recipe
from nlp_toolkit_pipelines.comparison.defaults import default_recipes, family_of, guess_task, scratch_seconds
from nlp_toolkit_pipelines.comparison.outcome import with_pareto
from nlp_toolkit_pipelines.comparison.results import LeftOut, PairResult, RecipeResult
from nlp_toolkit_pipelines.comparison.verdicts import summary_of

EVALUATION = {"kind": "cross-validation", "folds": 5, "repeats": 2, "n_test": 100, "seen_in_training": 0}


def recipe(
    name: str, score: float, fit_seconds: float = 1.0, model_mb: float = 1.0, speed: float = 100.0
) -> RecipeResult:
    return RecipeResult(
        name=name,
        family="count",
        score=score,
        low=score - 0.01,
        high=score + 0.01,
        train_score=None,
        fit_seconds=fit_seconds,
        texts_per_second=speed,
        peak_mb=1.0,
        model_mb=model_mb,
        pareto=False,
        metrics={},
        unseen=score,
        per_fold=(score,),
    )


def pair(a: str, b: str, verdict: str) -> PairResult:
    return PairResult(a, b, 0.1, 0.0, 0.2, 0.04, 0.04, "test", verdict)


def summary(
    recipes: Sequence[RecipeResult], pairs: Sequence[PairResult], left_out: Sequence[LeftOut] = ()
) -> tuple[str, ...]:
    return summary_of(recipes, pairs, None, left_out, "accuracy", EVALUATION)


def test_best_tied_and_cheapest_are_told_in_words():
    recipes = [recipe("bert", 0.9, 200.0, 440.0), recipe("svm", 0.89, 2.0, 30.0), recipe("nb", 0.7, 0.1, 1.0)]
    pairs = [
        pair("bert", "svm", "no difference shown"),
        pair("bert", "nb", "a better"),
        pair("svm", "nb", "a better"),
    ]

    assert summary(recipes, pairs, [LeftOut("gru", "torch is not installed")]) == (
        "bert has the highest accuracy: 0.900 (95 % interval 0.890 to 0.910, 2 times 5-fold cross-validation).",
        "No difference is shown between it and svm (0.890); it is shown to be better than the rest.",
        "The quickest to fit of these is svm: 2 s instead of 3 min 20 s.",
        "The smallest of these is svm: 30 MB instead of 440 MB.",
        "Left out: gru (torch is not installed).",
    )


def test_a_best_recipe_that_is_cheapest_too_is_praised_for_it():
    said = summary([recipe("nb", 0.9), recipe("svm", 0.89, 2.0, 2.0)], [pair("nb", "svm", "no difference shown")])

    assert said[1:] == (
        "No difference is shown between it and svm (0.890).",
        "Of these it is also the quickest to fit and the smallest.",
    )


def test_the_quickest_of_two_quick_ones_is_told_apart():
    said = summary([recipe("svm", 0.9, 0.031), recipe("nb", 0.89, 0.012)], [pair("svm", "nb", "no difference shown")])

    assert said[2] == "The quickest to fit of these is nb: 0.012 s instead of 0.031 s."


def test_one_recipe_alone_is_only_told():
    assert len(summary([recipe("nb", 0.9)], [])) == 1


def test_the_front_holds_what_nothing_beats_on_every_axis():
    best = recipe("best", 0.9, fit_seconds=10.0, model_mb=10.0, speed=10.0)
    quick = recipe("quick", 0.8, fit_seconds=1.0, model_mb=10.0, speed=10.0)
    small = recipe("small", 0.7, fit_seconds=20.0, model_mb=1.0, speed=5.0)
    beaten = recipe("beaten", 0.8, fit_seconds=2.0, model_mb=10.0, speed=10.0)
    twin = recipe("twin", 0.8, fit_seconds=1.0, model_mb=10.0, speed=10.0)

    found = {each.name: each.pareto for each in with_pareto([best, quick, small, beaten, twin], "accuracy")}

    assert found == {"best": True, "quick": True, "small": True, "beaten": False, "twin": True}
    errors = with_pareto([recipe("low", 0.1), recipe("high", 0.2)], "rmse")
    assert [each.pareto for each in errors] == [True, False]


@pytest.mark.parametrize(
    ("corpus", "task"),
    [
        (ENGLISH, "classification"),
        (OF_TASK["multilabel"], "multilabel"),
        (OF_TASK["pair-classification"], "pair-classification"),
        (Corpus(texts=["x"] * 4, labels=["1", "2", "1", "2"]), "classification"),
        (Corpus(texts=["x"] * 4, labels=["1", "2.5", "1", "2"]), "regression"),
        (Corpus(texts=["x"] * 60, labels=[str(n) for n in range(60)]), "regression"),
        (Corpus(texts=["x"] * 600, labels=[str(n % 60) for n in range(600)]), "classification"),
        (Corpus(pairs=[("x", "y")] * 2, labels=[0.5, 1.0]), "pair-regression"),
    ],
)
def test_the_task_is_guessed_from_labels_and_texts(corpus: Corpus, task: str):
    assert guess_task(corpus)[0] == task


def names(corpus: Corpus, task: str, bert: str | None = None) -> list[str]:
    found = default_recipes(task, corpus, bert=bert, fits=1, threads=1)
    return [each.name for each in found.recipes]


def test_defaults_are_one_of_each_family():
    assert names(ENGLISH, "classification") == [
        *("count-logreg", "tfidf-word-char-svm", "word2vec-skipgram-logreg", "word2vec-cbow-logreg"),
        "bert-scratch-cls-logreg",
    ]
    assert names(OF_TASK["regression"], "regression") == [
        *("count-ridge", "tfidf-ridge", "word2vec-skipgram-ridge", "word2vec-cbow-ridge", "bert-scratch-cls-ridge")
    ]


def test_a_checkpoint_takes_the_place_of_the_bert_from_nothing():
    found = default_recipes("classification", ENGLISH, bert="some/checkpoint", fits=1, threads=1).recipes[-2:]

    assert [each.name for each in found] == ["bert-cls-logreg", "bert-finetune"]
    assert found[0].vectorizer.parameters["model"] == "some/checkpoint"
    assert found[1].estimator.parameters["model"] == "some/checkpoint"


def test_classes_of_few_rows_get_a_recipe_that_needs_only_one():
    few = Corpus(texts=["x"] * 6, labels=["a", "a", "a", "b", "b", "b"])

    assert names(few, "classification")[1] == "tfidf-logreg"


def test_a_bert_from_nothing_that_would_take_hours_is_left_out_with_the_estimate():
    long = Corpus(texts=["x" * 1_000_000] * 20, labels=["a", "b"] * 10)

    found = default_recipes("classification", long, bert=None, fits=5, threads=1)

    assert "bert-scratch-cls-logreg" not in [each.name for each in found.recipes]
    assert found.left_out[0].name == "bert-scratch-cls-logreg"
    assert "about 8.3 hours here; name it to have it all the same" in found.left_out[0].reason


def test_on_a_gpu_a_bert_from_nothing_is_never_left_out(monkeypatch: pytest.MonkeyPatch):
    import torch

    asked = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch, "zeros", lambda *_, device: asked.append(device))
    long = Corpus(texts=["x" * 1_000_000] * 20, labels=["a", "b"] * 10)

    on_gpu = default_recipes("classification", long, bert=None, fits=5, threads=1)
    on_processor = default_recipes("classification", long, bert=None, fits=5, threads=1, device="cpu")

    assert [each.name for each in on_gpu.recipes][-1] == "bert-scratch-cls-logreg"
    assert on_gpu.left_out == ()
    assert on_processor.left_out[0].name == "bert-scratch-cls-logreg"
    assert asked == ["cuda"]


def test_the_estimate_counts_korean_by_its_syllables_and_a_start_for_every_fit():
    # Measured on one thread: 1,000 sentences of sst2 took 41.5 s, 1,000 reviews of nsmc 29.8 s.
    english, korean = (Corpus(texts=[letter] * n) for letter, n in (("x", 103_474), ("가", 36_271)))

    assert scratch_seconds(english, 1) == pytest.approx(41.5, rel=0.35)
    assert scratch_seconds(korean, 1) == pytest.approx(29.8, rel=0.35)
    assert scratch_seconds(english, 2) == scratch_seconds(english, 1) / 2


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("count-logreg", "count"),
        ("tfidf-word-char-svm", "tfidf"),
        ("word2vec-skipgram-logreg", "word2vec skip-gram"),
        ("bert-finetune", "bert"),
        ("bert-cls-logreg", "bert"),
    ],
)
def test_families(name: str, family: str):
    assert family_of(load_recipe(name)) == family
