"""The comparison: figures that scikit-learn confirms, recipes that fail, what is kept and found again, every task."""

import json
import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from corpora import ENGLISH, KOREAN, NUMBERS, OF_TASK
from sklearn.model_selection import StratifiedKFold, cross_val_score
from stages import spying

from nlp_toolkit.errors import DataError, MissingExtraError, ResourceError, UnavailableError, UsageError
from nlp_toolkit.metrics.intervals import corrected_interval
from nlp_toolkit.metrics.paired import corrected_t_test, mcnemar_test
from nlp_toolkit.text.korean import KoreanTokenizer
from nlp_toolkit_pipelines import Corpus, build_pipeline, compare, load_recipe, remembered, train
from nlp_toolkit_pipelines.comparison import measure as measuring
from nlp_toolkit_pipelines.comparison.place import prepared_place

HERE = {"isolated": False, "text_map": "none"}
NOISY = Corpus(texts=ENGLISH.texts, labels=["cat" if n % 5 == 0 else label for n, label in enumerate(ENGLISH.labels)])
TWO = ("count-logreg", "tfidf-nb")


def test_scores_and_tests_over_folds_are_those_of_scikit_learns_folds():
    result = compare(NOISY, TWO, folds=4, seed=3, **HERE)

    folds = StratifiedKFold(4, shuffle=True, random_state=3)
    expected = {
        name: cross_val_score(build_pipeline(name), NOISY.texts, np.array(NOISY.labels), cv=folds) for name in TWO
    }
    for each in result.recipes:
        assert each.per_fold == pytest.approx(expected[each.name])
        assert each.score == pytest.approx(expected[each.name].mean())
        assert (each.low, each.high) == pytest.approx(
            np.clip(corrected_interval(expected[each.name], 8 / 24, step=1 / 8), 0, 1)
        )
    assert result.recipes[0].score >= result.recipes[1].score
    pair = result.pairs[0]
    test = corrected_t_test(expected[pair.a], expected[pair.b], 8 / 24, step=1 / 8)
    assert (pair.difference, pair.p, pair.p_adjusted) == pytest.approx((test.difference, test.p, test.p))
    assert pair.verdict == "no difference shown"
    assert "No difference is shown between it and" in result.summary[1]


def test_on_a_test_file_the_score_is_that_of_train_and_the_pair_is_mcnemars():
    test = NOISY.select(range(0, 32, 2))
    corpus = NOISY.select(range(1, 32, 2))

    result = compare(corpus, TWO, test=test, **HERE)

    for each in result.recipes:
        assert each.score == train(each.name, corpus, test=test).metrics["accuracy"]
        assert each.low < each.score < each.high or each.score == 1.0
    predictions = {
        name: train(name, corpus).pipeline.predict(list(test.texts)) == np.array(test.labels) for name in TWO
    }
    pair = result.pairs[0]
    assert pair.p == mcnemar_test(predictions[pair.a], predictions[pair.b])
    assert result.evaluation["kind"] == "test"
    assert result.evaluation["n_test"] == 16


def test_a_clear_difference_is_shown():
    texts = [f"{'good' if n % 2 else 'bad'} film {n % 7}" for n in range(120)]
    corpus = Corpus(texts=texts, labels=[str(n % 2) for n in range(120)])
    blind = load_recipe("count-logreg", {"name": "majority", "estimator": {"kind": "majority"}})

    result = compare(corpus, ["count-logreg", blind], folds=5, **HERE)

    assert result.pairs[0].verdict == "a better"
    assert result.pairs[0].difference == pytest.approx(0.5)
    assert result.summary[0].startswith("count-logreg has the highest accuracy: 1.000")
    assert result.summary[1] == "It is shown to be better than the other one."


@pytest.mark.parametrize("task", sorted(OF_TASK))
def test_every_task_has_default_recipes_and_a_report(task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("nlp_toolkit_pipelines.comparison.defaults.PATIENCE", 0.0)  # no BERT from nothing here

    result = compare(OF_TASK[task], output=tmp_path / "out", folds=2, text_map="pca", isolated=False, task=task)

    families = {each.family for each in result.recipes}
    assert families == {"count", "tfidf", "word2vec skip-gram", "word2vec cbow"}
    (left,) = result.left_out
    assert "hours here; name it to have it all the same, or give a checkpoint" in left.reason
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report == json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert report["task"] == task
    assert {"name", "score", "low", "high", "fit_seconds", "texts_per_second", "peak_mb", "model_mb"} <= report[
        "recipes"
    ][0].keys()
    assert len(report["pairs"]) == 6
    assert all(
        each["fit_seconds"] > 0 and each["texts_per_second"] > 0 and each["peak_mb"] > 50 for each in report["recipes"]
    )
    assert (report["map"] is None) == task.startswith("pair-")
    assert "<!doctype html>" in (tmp_path / "out" / "report.html").read_text()[:200].lower()


def test_the_task_is_told_from_the_labels(caplog: pytest.LogCaptureFixture):
    fractions = Corpus(texts=NUMBERS.texts, labels=[str(n / 7) for n in range(32)])

    with caplog.at_level(logging.INFO, logger="nlp_toolkit"):
        result = compare(fractions, ["tfidf-ridge"], folds=2, **HERE)

    assert (result.task, result.metric) == ("regression", "r2")
    assert result.data["labels"] is None


def test_recipes_of_two_tasks_and_recipes_of_one_name_are_refused():
    with pytest.raises(
        UsageError, match=r"only recipes of one task can be compared, got count-logreg \(classification\), tfidf-ridge"
    ):
        compare(ENGLISH, ["count-logreg", "tfidf-ridge"], **HERE)
    with pytest.raises(UsageError, match="two recipes are called 'count-logreg'"):
        compare(ENGLISH, ["count-logreg", load_recipe("count-logreg", {"estimator.C": 2.0})], **HERE)
    with pytest.raises(UsageError, match="count-logreg and mine are the same recipe"):
        compare(ENGLISH, ["count-logreg", load_recipe("count-logreg", {"name": "mine"})], **HERE)


def test_a_recipe_that_fails_in_one_fold_is_left_out_by_name_and_the_others_stay(spies):
    corpus = Corpus(texts=[f"text {n}" for n in range(12)], labels=["x", "y"] * 6)

    result = compare(corpus, [spying("moody", "text 3", "moody"), spying("steady")], folds=3, **HERE)

    assert [each.name for each in result.recipes] == ["steady"]
    (left,) = result.left_out
    assert left.name == "moody"
    assert left.reason.startswith("failed on fold ")
    assert left.reason.endswith("the text 'text 3' is missing; add it")
    assert f"Left out: moody ({left.reason})." in result.summary


def test_when_no_recipe_is_left_the_reasons_are_the_error(spies):
    corpus = Corpus(texts=[f"text {n}" for n in range(12)], labels=["x", "y"] * 6)

    with pytest.raises(DataError, match="no recipe could be compared: moody: failed on fold 1 of 3: the text 'never'"):
        compare(corpus, [spying("moody", "never", "moody")], folds=3, **HERE)


def test_a_recipe_without_the_metric_is_left_out_and_never_scored_as_zero():
    constant = load_recipe("tfidf-ridge", {"name": "constant", "estimator": {"kind": "mean"}})
    corpus = Corpus(texts=NUMBERS.texts, labels=[str(n / 2) for n in range(32)])

    result = compare(corpus, ["tfidf-ridge", constant], folds=2, metric="spearman", **HERE)

    assert [each.name for each in result.recipes] == ["tfidf-ridge"]
    assert result.left_out[0].reason.startswith("spearman does not exist on fold 1 of 2: the labels or the predictions")


def test_a_missing_extra_is_named_and_not_fatal(monkeypatch: pytest.MonkeyPatch):
    def without_torch(recipe, *arguments: object, labels: object):
        if recipe.name == "count-logreg":
            raise MissingExtraError("torch", "bert")
        return fit(recipe, *arguments, labels=labels)

    fit = measuring.fit_pipeline
    monkeypatch.setattr(measuring, "fit_pipeline", without_torch)

    result = compare(ENGLISH, TWO, folds=2, **HERE)

    assert [each.name for each in result.recipes] == ["tfidf-nb"]
    assert 'torch is not installed; run: pip install "nlp-toolkit[bert]"' in result.left_out[0].reason


def test_without_the_extra_of_any_recipe_nothing_is_available(monkeypatch: pytest.MonkeyPatch):
    def without_torch(recipe, *arguments: object, labels: object):
        raise MissingExtraError("torch", "bert")

    monkeypatch.setattr(measuring, "fit_pipeline", without_torch)

    with pytest.raises(UnavailableError, match=r"no recipe could be compared: count-logreg: .*torch is not installed"):
        compare(ENGLISH, TWO, folds=2, **HERE)


def test_a_failing_point_of_a_curve_costs_that_point_only():
    neighbours = load_recipe("tfidf-nb", {"estimator": {"kind": "knn", "n_neighbors": 9}, "name": "knn"})

    result = compare(ENGLISH, ["count-logreg", neighbours], folds=2, learning_curve="6,12,all", **HERE)

    points = {curve.name: [point.size for point in curve.points] for curve in result.curves.by}
    assert points == {"count-logreg": [6, 12, 16], "knn": [12, 16]}
    notes = next(each.notes for each in result.recipes if each.name == "knn")
    assert notes[0].startswith(
        "no point of the learning curve: 6 labels, draw 1: knn cannot be fitted: Expected n_neighbors"
    )


def test_a_second_run_computes_nothing_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    first = compare(ENGLISH, TWO, folds=2, learning_curve="8,all", output=tmp_path / "out", **HERE)
    monkeypatch.setattr(measuring, "fit_pipeline", lambda *_, labels: pytest.fail("fitted again"))

    again = compare(ENGLISH, TWO, folds=2, learning_curve="8,all", output=tmp_path / "out", resume=True, **HERE)

    assert again == first


@pytest.mark.parametrize(
    "changed",
    [
        {"recipes": [load_recipe("count-logreg", {"estimator.C": 2.0}), "tfidf-nb"]},
        {"seed": 1},
        {"folds": 4},
        {"corpus": Corpus(texts=ENGLISH.texts, labels=list(reversed(ENGLISH.labels)))},
        {"corpus": Corpus(texts=[f"{text}!" for text in ENGLISH.texts], labels=ENGLISH.labels)},
    ],
    ids=["recipe", "seed", "folds", "labels", "texts"],
)
def test_what_changed_is_measured_again(changed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    usual = {"corpus": ENGLISH, "recipes": TWO, "folds": 2, "output": tmp_path / "out", **HERE}
    compare(**usual)
    fitted = []
    fit = measuring.fit_pipeline
    monkeypatch.setattr(
        measuring,
        "fit_pipeline",
        lambda recipe, *rest, **labels: fitted.append(recipe.name) or fit(recipe, *rest, **labels),
    )

    compare(**{**usual, **changed, "resume": True})

    assert fitted.count("count-logreg") == changed.get("folds", 2)
    assert fitted.count("tfidf-nb") == (0 if "recipes" in changed else changed.get("folds", 2))


def test_a_damaged_cell_is_measured_again_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    compare(ENGLISH, TWO, folds=2, output=tmp_path / "out", **HERE)
    cell = sorted((tmp_path / "out" / "cells").iterdir())[0]
    cell.write_text("{")

    compare(ENGLISH, TWO, folds=2, output=tmp_path / "out", resume=True, **HERE)

    assert f"{cell}: not a finished cell" in caplog.text
    assert json.loads(cell.read_text())["n_test"] == 16


def test_an_interrupted_comparison_says_what_is_kept_and_goes_on(tmp_path: Path, monkeypatch, caplog):
    fit, calls = measuring.fit_pipeline, []

    def interrupted(*arguments: object, labels: object):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return fit(*arguments, labels=labels)

    monkeypatch.setattr(measuring, "fit_pipeline", interrupted)
    with pytest.raises(KeyboardInterrupt):
        compare(ENGLISH, TWO, folds=2, output=tmp_path / "out", **HERE)
    assert (
        f"2 of 4 cells are finished and kept in {tmp_path / 'out' / 'cells'}; go on with resume=True (--resume)"
        in caplog.text
    )
    assert not (tmp_path / "out" / "report.json").exists()

    result = compare(ENGLISH, TWO, folds=2, output=tmp_path / "out", resume=True, **HERE)

    assert len(calls) == 5  # the third again, and the fourth
    assert [each.per_fold for each in result.recipes] == [
        each.per_fold for each in compare(ENGLISH, TWO, folds=2, **HERE).recipes
    ]


def test_a_directory_with_something_in_it_is_refused(tmp_path: Path):
    compare(ENGLISH, TWO[:1], folds=2, output=tmp_path / "out", **HERE)
    with pytest.raises(
        UsageError, match=r"a comparison exists there; go on with it \(resume=True, --resume\), replace it"
    ):
        compare(ENGLISH, TWO[:1], folds=2, output=tmp_path / "out", **HERE)

    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("irreplaceable")
    with pytest.raises(UsageError, match=r"exists and holds no comparison \(thesis.txt\); name another directory"):
        compare(ENGLISH, TWO[:1], folds=2, output=tmp_path / "mine", overwrite=True, **HERE)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "irreplaceable"


def test_a_directory_that_another_comparison_writes_is_refused_by_its_process(tmp_path: Path):
    with (
        prepared_place(tmp_path / "out", overwrite=False, resume=False),
        pytest.raises(ResourceError, match=f"being written by process {os.getpid()}"),
    ):
        compare(ENGLISH, TWO[:1], folds=2, output=tmp_path / "out", resume=True, **HERE)


def test_overwrite_measures_everything_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    compare(ENGLISH, TWO[:1], folds=2, output=tmp_path / "out", **HERE)
    fitted = []
    fit = measuring.fit_pipeline
    monkeypatch.setattr(measuring, "fit_pipeline", lambda *rest, **labels: fitted.append(1) or fit(*rest, **labels))

    compare(ENGLISH, TWO[:1], folds=2, output=tmp_path / "out", overwrite=True, **HERE)

    assert len(fitted) == 2


def test_test_rows_with_labels_nobody_learned_are_left_out_and_told(caplog: pytest.LogCaptureFixture):
    test = Corpus(texts=["a cat", "a car", "a boat"], labels=["cat", "car", "boat"])

    result = compare(ENGLISH, TWO[:1], test=test, **HERE)

    assert result.evaluation["n_test"] == 2
    assert "1 of 3 test rows have labels no training row has: left out" in caplog.text
    assert "Note: 1 of 3 test rows have labels no training row has: left out." in result.summary


def test_texts_that_are_in_training_too_are_counted_and_scored_apart():
    test = Corpus(texts=[ENGLISH.texts[0], "the road is red", "milk"], labels=["car", "car", "cat"])

    result = compare(ENGLISH, TWO[:1], test=test, **HERE)

    assert result.evaluation["seen_in_training"] == 1
    assert (result.recipes[0].score, result.recipes[0].unseen) == (pytest.approx(2 / 3), 1.0)
    assert "1 of 3 test texts are in the training part too: without them count-logreg has 1.000." in result.summary


def test_korean_is_analysed_once_a_recipe_and_every_fit_is_charged(monkeypatch: pytest.MonkeyPatch):
    analysed: list[str] = []
    batch = KoreanTokenizer.batch

    def analysing(tokenizer: KoreanTokenizer, texts: Iterable[str]) -> Iterator[list[str]]:
        some = list(texts)
        analysed.extend(some)
        return batch(tokenizer, some)

    # By this clock a second goes by for each character analysed, and nothing else takes time.
    monkeypatch.setattr(KoreanTokenizer, "batch", analysing)
    for module in (measuring, remembered):
        monkeypatch.setattr(module, "perf_counter", lambda: float(sum(map(len, analysed))))
    corpus = KOREAN.select(range(8))

    result = compare(corpus, ["count-logreg", "tfidf-logreg"], folds=2, **HERE)

    # The folds of a recipe share what was analysed; each recipe analyses for itself.
    assert sorted(text for text in analysed if text in corpus.texts) == sorted(corpus.texts * 2)
    one, other = (each.fit_seconds for each in result.recipes)
    assert one == other >= sum(map(len, corpus.texts)) / 2  # a fit also looks at its first row again
    assert result.data["language"] == "ko"


def test_what_the_stages_say_is_kept_with_the_recipe(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.INFO, logger="nlp_toolkit"):
        result = compare(ENGLISH, TWO[:1], folds=2, output=tmp_path / "out", **HERE)

    assert result.recipes[0].notes[0].startswith("tokenizer auto chose words")
    again = compare(ENGLISH, TWO[:1], folds=2, output=tmp_path / "out", resume=True, **HERE)
    assert again.recipes[0].notes == result.recipes[0].notes


def test_how_far_a_training_was_is_no_note_of_its_recipe(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.INFO, logger="nlp_toolkit"):
        result = compare(ENGLISH, ["word2vec-cbow-logreg"], folds=2, **HERE)

    assert "word2vec epoch" in caplog.text
    assert [note for note in result.recipes[0].notes if "epoch" in note] == []
    assert result.recipes[0].notes[0].startswith("tokenizer auto chose words")


def test_processes_give_what_this_process_gives(tmp_path: Path):
    heard = []
    apart = compare(
        NOISY,
        TWO,
        folds=2,
        learning_curve="8,all",
        output=tmp_path / "out",
        text_map="none",
        on_cell=lambda *told: heard.append(told),
    )
    here = compare(NOISY, TWO, folds=2, learning_curve="8,all", **HERE)

    assert [(each.name, each.score, each.train_score, each.metrics) for each in apart.recipes] == [
        (each.name, each.score, each.train_score, each.metrics) for each in here.recipes
    ]
    assert apart.curves == here.curves
    assert apart.pairs == here.pairs
    assert {told for told in heard if told[0] == "count-logreg"} == {("count-logreg", done, 4) for done in range(5)}
    assert len(list((tmp_path / "out" / "cells").glob("*.json"))) == 8


def test_a_process_that_dies_takes_its_recipe_out_and_says_why(monkeypatch: pytest.MonkeyPatch):
    from nlp_toolkit_pipelines.comparison import running

    environment = running._environment
    # The interpreter refuses to start with this.
    monkeypatch.setattr(running, "_environment", lambda threads: {**environment(threads), "PYTHONHASHSEED": "odd"})

    reason = "count-logreg: its process ended with code 1: Python runtime state"
    with pytest.raises(DataError, match=f"no recipe could be compared: {reason}"):
        compare(ENGLISH, TWO[:1], folds=2, text_map="none")


def test_both_cores_are_shared_without_oversubscribing():
    from nlp_toolkit_pipelines.comparison.compare import sharing

    assert sharing(2, 5, isolated=True) == (2, 1)
    assert sharing(16, 5, isolated=True) == (5, 3)
    assert sharing(4, 1, isolated=True) == (1, 4)
    assert sharing(4, 9, isolated=False) == (1, 4)


def test_a_metric_that_errors_are_measured_in_is_better_when_small():
    result = compare(NUMBERS, ["tfidf-ridge", "tfidf-ols"], folds=2, metric="rmse", task="regression", **HERE)

    assert result.recipes[0].score <= result.recipes[1].score
    assert "has the lowest root mean squared error" in result.summary[0]


def test_an_unknown_metric_lists_those_of_the_task():
    with pytest.raises(
        UsageError, match=r"unknown metric 'r2' for classification; known: accuracy, balanced_accuracy, macro_f1"
    ):
        compare(ENGLISH, TWO, metric="r2", **HERE)
