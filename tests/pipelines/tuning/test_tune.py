"""Tuning finds planted parameters, scores them on rows the search never saw, and computes nothing twice."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from corpora import KOREAN, NUMBERS, SEVERAL

from nlp_toolkit import Corpus
from nlp_toolkit.errors import DataError, RecipeError, UsageError
from nlp_toolkit_pipelines import load_recipe, recipe_names, train, tune
from nlp_toolkit_pipelines.comparison.rows import compared_rows
from nlp_toolkit_pipelines.tuning import search as search_module
from nlp_toolkit_pipelines.tuning.outer import outer_split
from nlp_toolkit_pipelines.tuning.sampling import draw_candidates
from nlp_toolkit_pipelines.tuning.search import plan_stages
from nlp_toolkit_pipelines.tuning.writing import recipe_yaml

# Bad on purpose: words alone say nothing about the order of two, and the penalty leaves no weights.
BAD = {
    "name": "bad",
    "task": "classification",
    "vectorizer": {"kind": "count", "tokenizer": "words"},
    "estimator": {"kind": "logreg", "C": 1.0e-6},
    "space": {
        "vectorizer.ngram_range": {"choice": [[1, 1], [1, 2]]},
        "estimator.C": {"log_uniform": [1.0e-6, 100]},
    },
}


def planted(n: int = 240, seed: int = 0) -> Corpus:
    """The label is which of two words comes first; a tenth of the labels are wrong."""
    random = np.random.default_rng(seed)
    texts, labels = [], []
    for _ in range(n):
        first = bool(random.integers(2))
        pair = "aa bb" if first else "bb aa"
        noise = " ".join(f"w{k}" for k in random.integers(0, 30, 4))
        texts.append(f"{noise} {pair}")
        labels.append("ab" if first ^ (random.random() < 0.1) else "ba")
    return Corpus(texts=texts, labels=labels)


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("tuned") / "better.yaml"
    return tune(BAD, planted(), trials=12, output=path)


def test_planted_parameters_are_found_and_help_outside(tuned):
    assert tuned.best.parameters["vectorizer.ngram_range"] == [1, 2]
    assert tuned.best.parameters["estimator.C"] > 1e-3
    assert tuned.outer.score > 0.8 > 0.65 > tuned.outer.untuned
    assert tuned.outer.difference == pytest.approx(tuned.outer.score - tuned.outer.untuned)
    assert tuned.outer.difference_low > 0
    assert tuned.outer.low <= tuned.outer.score <= tuned.outer.high
    assert (tuned.outer.how, tuned.outer.n) == ("hold-out", 48)


def test_recipe_as_it_is_goes_all_the_way_beside_the_best(tuned):
    untuned = tuned.trials[0]

    assert untuned.parameters == {}
    assert [each.rows for each in untuned.rungs] == [rung.rows for rung in tuned.rungs]
    assert tuned.rungs[-1].rows == 192
    assert tuned.inner == tuned.best.score > untuned.score


def test_written_recipe_is_what_train_takes_and_was_scored(tuned):
    written = load_recipe(tuned.output)
    corpus = planted()
    part, outside, _ = outer_split(load_recipe(BAD), compared_rows(load_recipe(BAD), corpus, None, 1))

    assert written == tuned.recipe
    assert (written.name, written.space) == ("better", load_recipe(BAD).space)
    assert written.estimator.parameters["C"] == tuned.best.parameters["estimator.C"]
    one, other = (
        Corpus(texts=[corpus.texts[i] for i in rows], labels=[corpus.labels[i] for i in rows])
        for rows in (part, outside)
    )
    assert train(written, one, test=other).metrics["accuracy"] == pytest.approx(tuned.outer.score)


def test_search_never_sees_the_outer_rows(monkeypatch: pytest.MonkeyPatch):
    seen: list[int] = []
    score = search_module.score_candidate

    def spy(recipe, rows, folds, memory):
        seen.extend(row for fold in folds for part in fold for row in part.tolist())
        return score(recipe, rows, folds, memory)

    monkeypatch.setattr(search_module, "score_candidate", spy)
    corpus = planted()
    tune(BAD, corpus, trials=3)
    recipe = load_recipe(BAD)
    part, outside, _ = outer_split(recipe, compared_rows(recipe, corpus, None, 1))

    assert set(seen) == set(part.tolist())
    assert set(seen).isdisjoint(outside.tolist())


def test_outer_labels_change_the_outer_score_and_nothing_else():
    corpus = planted()
    recipe = load_recipe(BAD)
    _, outside, _ = outer_split(recipe, compared_rows(recipe, corpus, None, 1))
    test = Corpus(texts=[corpus.texts[i] for i in outside], labels=[corpus.labels[i] for i in outside])
    swapped = Corpus(texts=test.texts, labels=["ab" if label == "ba" else "ba" for label in test.labels])

    right, wrong = (tune(BAD, corpus, trials=4, test=each) for each in (test, swapped))

    assert right.outer.how == "test"
    assert (right.best, right.inner, right.trials) == (wrong.best, wrong.inner, wrong.trials)
    assert wrong.outer.score == pytest.approx(1 - right.outer.score)


def test_same_call_gives_the_same_and_computes_nothing_twice(tuned, monkeypatch: pytest.MonkeyPatch):
    def refuse(*arguments):
        raise AssertionError("computed again")

    monkeypatch.setattr(search_module, "score_candidate", refuse)
    again = tune(BAD, planted(), trials=12, output=tuned.output, overwrite=True)

    assert (again.computed, again.reused) == (0, tuned.computed)
    assert (again.best, again.trials, again.outer) == (tuned.best, tuned.trials, tuned.outer)


def test_interrupted_search_goes_on_where_it_was(tuned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog):
    score, calls = search_module.score_candidate, []

    def interrupted(*arguments):
        if len(calls) == 7:
            raise KeyboardInterrupt
        calls.append(1)
        return score(*arguments)

    path = tmp_path / "better.yaml"
    monkeypatch.setattr(search_module, "score_candidate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        tune(BAD, planted(), trials=12, output=path)
    assert "7 finished trials are kept in" in caplog.text
    assert not path.exists()
    monkeypatch.setattr(search_module, "score_candidate", score)

    result = tune(BAD, planted(), trials=12, output=path)

    assert (result.reused, result.computed) == (7, tuned.computed - 7)
    assert (result.best, result.trials, result.outer) == (tuned.best, tuned.trials, tuned.outer)


def test_other_data_or_seed_is_computed_anew(tuned, tmp_path: Path):
    path = tmp_path / "better.yaml"
    tune(BAD, planted(), trials=3, output=path)

    for change in ({"corpus": planted(seed=1)}, {"seed": 5}):
        corpus = change.pop("corpus", planted())
        assert tune(BAD, corpus, trials=3, output=path, overwrite=True, **change).reused == 0


@pytest.mark.parametrize(
    "content",
    [
        b'{"folds": ',
        b"",
        b"\xff\xfe\x00",
        b"null",
        b"[1, 2]",
        b"[" * 100_000,
        b'{"folds": []}',
        b'{"folds": "abc"}',
        b'{"folds": [1]}',
        b'{"folds": [{"accuracy": "high"}]}',
        b'{"folds": [{"accuracy": NaN}]}',
        b'{"folds": [], "failed": 7}',
        b'{"folds": [], "failed": "why", "more": 1}',
    ],
    ids=lambda content: content[:20].decode(errors="replace"),
)
def test_damaged_trial_is_computed_again(content: bytes, tmp_path: Path, caplog):
    path = tmp_path / "better.yaml"
    first = tune(BAD, planted(60), trials=2, folds=2, output=path)
    next((tmp_path / "better.yaml.trials").iterdir()).write_bytes(content)

    again = tune(BAD, planted(60), trials=2, folds=2, output=path, overwrite=True)

    assert "not a finished trial" in caplog.text
    assert (again.computed, again.reused) == (1, first.computed - 1)
    assert again.best == first.best


def test_parameters_the_rows_cannot_bear_are_failed_trials():
    space = {"vectorizer.min_df": {"choice": [1, 500]}}
    result = tune(BAD | {"space": space}, planted(90), trials=5)

    failed = [trial for trial in result.trials if trial.failed]
    assert [trial.parameters for trial in failed] == [{"vectorizer.min_df": 500}]
    assert "min_df=500" in failed[0].failed
    assert result.best.number == 0
    assert result.notes == ("2 trials instead of 5: the space has no more",)


def test_no_candidate_that_can_be_fitted_is_an_error():
    space = {"vectorizer.min_df": {"choice": [500, 600]}}
    recipe = BAD | {"space": space, "vectorizer": {"kind": "count", "min_df": 500}}
    with pytest.raises(RecipeError, match=r"no candidate could be fitted; the recipe itself: .*min_df=500"):
        tune(recipe, planted(90), trials=3)


@pytest.mark.parametrize(
    ("name", "corpus", "metric"),
    [("tfidf-ridge", NUMBERS, "r2"), ("tfidf-multilabel", SEVERAL, "macro_f1"), ("tfidf-svm", KOREAN, "accuracy")],
)
def test_every_task_is_tuned_by_its_own_metric(name, corpus, metric):
    result = tune(name, corpus, trials=3, folds=2)

    assert result.metric == metric
    assert result.best.score is not None
    json.dumps(result.to_json(), allow_nan=False)


def test_lower_is_better_where_it_is():
    result = tune("tfidf-ridge", NUMBERS, trials=6, folds=2, metric="rmse")
    last = [trial.score for trial in result.trials if len(trial.rungs) == len(result.rungs)]

    assert result.inner == min(last)


def test_whole_groups_stay_outside():
    corpus = planted(120)
    grouped = Corpus(texts=corpus.texts, labels=corpus.labels, groups=[f"g{i % 12}" for i in range(120)])
    recipe = load_recipe(BAD)
    rows = compared_rows(recipe, grouped, None, 1)
    part, outside, _ = outer_split(recipe, rows)

    assert {grouped.groups[i] for i in part}.isdisjoint({grouped.groups[i] for i in outside})
    for stage in plan_stages(recipe, rows, part, 5, 3):
        for train_rows, test_rows in stage.folds:
            assert {grouped.groups[i] for i in train_rows}.isdisjoint({grouped.groups[i] for i in test_rows})


def test_smaller_rungs_lie_inside_larger_ones_and_know_every_class():
    recipe = load_recipe(BAD)
    rows = compared_rows(recipe, planted(), None, 1)
    stages = plan_stages(recipe, rows, np.arange(240), 30, 5)
    parts = [{row for fold in stage.folds for row in fold[1].tolist()} for stage in stages]

    assert len(stages) == 3
    assert all(small < large for small, large in itertools.pairwise(parts))
    assert all({rows.values[row] for row in part} == {"ab", "ba"} for part in parts)


def test_candidates_are_different_and_lie_in_the_space():
    recipe = load_recipe("tfidf-sgd")
    drawn = draw_candidates(recipe, 30, seed=3)

    assert drawn[0] == {}
    assert len({json.dumps(candidate, sort_keys=True) for candidate in drawn}) == len(drawn) == 30
    for candidate in drawn[1:]:
        assert 1e-7 <= candidate["estimator.alpha"] <= 1e-3
        assert type(candidate["estimator.max_iter"]) is int
        assert 5 <= candidate["estimator.max_iter"] <= 50
        load_recipe(recipe, candidate)
    assert draw_candidates(recipe, 30, seed=3) == drawn != draw_candidates(recipe, 30, seed=4)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"trials": 1}, UsageError, "expected 2 trials or more, got 1"),
        ({"folds": 1}, UsageError, "expected at least 2 folds, got 1"),
        ({"metric": "rmse"}, UsageError, "cannot tune classification by 'rmse'; known: accuracy"),
        ({"output": "better.txt"}, UsageError, "expected a recipe file, ending in .yaml"),
        ({"overrides": {"space": {}}}, RecipeError, "bad declares no space to search; add one, such as"),
    ],
)
def test_what_cannot_be_tuned_says_why(arguments, error, message):
    with pytest.raises(error, match=message):
        tune(BAD, planted(60), **arguments)


@pytest.mark.parametrize(
    ("labels", "has_test", "message"),
    [
        ("xxxyy", False, "class 'y' has only 2 rows, it takes 3 .*1 held out .*min-class-count 3.* or give a test set"),
        ("xxxy", False, "class 'y' has only 1 row, it takes 3 of each class .*min-class-count 3\\)$"),
        ("xxxy", True, "it takes 2 of each class with logreg, 2 for the folds of the search; drop .*count 2\\)$"),
    ],
)
def test_too_few_rows_of_a_class_say_how_many_it_takes(labels: str, has_test: bool, message: str):
    corpus = Corpus(texts=[f"aa b{n}" for n in range(len(labels))], labels=list(labels))
    with pytest.raises(DataError, match=message):
        tune(BAD, corpus, trials=2, test=corpus if has_test else None)


def test_as_many_rows_of_a_class_as_it_takes_are_enough_and_fewer_folds_are_told():
    texts = ["aa bb", "bb aa"] * 3
    result = tune(BAD, Corpus(texts=texts, labels=["x", "y"] * 3), trials=2)

    assert "2 folds instead of 5: class 'x' has only 2 rows" in result.notes


def test_place_of_the_trials_that_is_no_folder_is_refused_before_anything_is_computed(tmp_path: Path, caplog):
    (tmp_path / "better.yaml.trials").write_text("mine")
    with pytest.raises(UsageError, match="expected a folder that can be written, to keep finished trials in"):
        tune(BAD, planted(60), trials=2, output=tmp_path / "better.yaml")


def test_existing_recipe_is_refused_before_anything_is_computed(tmp_path: Path):
    path = tmp_path / "mine.yaml"
    path.write_text("mine")
    with pytest.raises(UsageError, match="exists; name another file, or overwrite it"):
        tune(BAD, planted(60), output=path)


@pytest.mark.parametrize("name", recipe_names())
def test_every_shipped_recipe_has_a_space_and_can_be_written(name: str, tmp_path: Path):
    recipe = load_recipe(name)
    path = tmp_path / f"{name}.yaml"
    path.write_text(recipe_yaml(recipe, tmp_path), encoding="utf-8")

    assert recipe.space
    assert load_recipe(path) == recipe


def test_paths_are_written_as_the_folder_of_the_recipe_sees_them(tmp_path: Path):
    (tmp_path / "inside").mkdir()
    (tmp_path / "folder").mkdir()
    plain = {
        "task": "classification",
        "vectorizer": {"kind": "bert", "model": str(tmp_path / "inside")},
        "estimator": "logreg",
    }
    recipe = load_recipe(plain)

    assert "model: ./inside" in recipe_yaml(recipe, tmp_path)
    with pytest.raises(UsageError, match="may only name what lies in its own folder"):
        recipe_yaml(recipe, tmp_path / "folder")


@pytest.mark.parametrize(
    "word", ["no", "1e5", "1_000", "null", "~", "0x1f", "- a", "서울", "a: b", "", "1.5", "on", "é\n"]
)
def test_words_that_look_like_something_else_stay_words_in_a_written_recipe(word: str, tmp_path: Path):
    plain = {
        "task": "classification",
        "vectorizer": {"kind": "tfidf", "stop_words": ["x", word]},
        "estimator": "logreg",
        "name": "n",
    }
    path = tmp_path / "r.yaml"
    path.write_text(recipe_yaml(load_recipe(plain), tmp_path), encoding="utf-8")

    assert load_recipe(path).vectorizer.parameters["stop_words"] == ["x", word]
