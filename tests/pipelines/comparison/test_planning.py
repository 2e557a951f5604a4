"""What is measured with what: recipes that need more rows than there are, threads, the device, many pairs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from corpora import ENGLISH

from nlp_toolkit.errors import DataError
from nlp_toolkit.transformer import device as devices
from nlp_toolkit_pipelines import Corpus, compare, load_recipe
from nlp_toolkit_pipelines.comparison import compare as comparing
from nlp_toolkit_pipelines.comparison import measure as measuring
from nlp_toolkit_pipelines.comparison.cells import CellStore
from nlp_toolkit_pipelines.comparison.defaults import default_recipes
from nlp_toolkit_pipelines.comparison.measure import measure
from nlp_toolkit_pipelines.comparison.rows import compared_rows
from nlp_toolkit_pipelines.comparison.running import run_here
from nlp_toolkit_pipelines.comparison.scoring import scores_on_test
from nlp_toolkit_pipelines.comparison.splits import make_splits
from nlp_toolkit_pipelines.remembered import TokenMemory

HERE = {"isolated": False, "text_map": "none"}
ONE_OF_C = Corpus(texts=[*ENGLISH.texts, "a lone text"], labels=[*ENGLISH.labels, "c"])


def test_a_recipe_that_needs_two_rows_of_each_class_is_left_out_and_the_others_stay():
    result = compare(ONE_OF_C, ["count-logreg", "tfidf-svm"], test=ENGLISH, **HERE)

    assert [each.name for each in result.recipes] == ["count-logreg"]
    assert [each.name for each in result.left_out] == ["tfidf-svm"]
    assert "class 'c' has one row, and the probabilities of linear_svm need two" in result.left_out[0].reason
    assert list(result.settings["recipes"]) == ["count-logreg", "tfidf-svm"]


def test_where_no_recipe_can_do_with_the_rows_that_is_the_error():
    with pytest.raises(DataError, match="class 'c' has one row, and the probabilities of linear_svm need two"):
        compare(ONE_OF_C, ["tfidf-svm"], test=ENGLISH, **HERE)


def grouped(groups_of_c: list[str]) -> Corpus:
    """50 rows each of a and b in ten groups, and some of c."""
    labels = [*(["a"] * 50), *(["b"] * 50), *(["c"] * len(groups_of_c))]
    groups = [*(f"g{n % 10}" for n in range(100)), *groups_of_c]
    return Corpus(texts=[f"text {n}" for n in range(len(labels))], labels=labels, groups=groups)


@pytest.mark.parametrize(
    ("groups_of_c", "min_class_count", "lexical"),
    [
        (["g0", "g0", "g0", "g0", "g1"], 1, "tfidf-logreg"),  # without g0 one row is left
        (["g0", "g1", "g2", "g3"], 1, "tfidf-word-char-svm"),
        (["g0"] * 9, 1, "tfidf-logreg"),
        (["g0"], 5, "tfidf-word-char-svm"),  # that class is dropped
    ],
)
def test_the_default_lexical_recipe_can_be_fitted_with_whole_groups_left_out(groups_of_c, min_class_count, lexical):
    found = default_recipes(
        "classification", grouped(groups_of_c), bert=None, fits=1, threads=1, min_class_count=min_class_count
    )

    assert found.recipes[1].name == lexical
    rows = compared_rows(found.recipes[1], grouped(groups_of_c), None, min_class_count)
    assert len(make_splits(rows, found.recipes, folds=5, repeats=1, seed=0)[0]) == 5


def test_a_recipe_added_later_gets_as_many_threads_as_the_others_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    given = []

    def run_apart(tasks, rows, folder, *, threads, progress, **_):
        given.append(threads)
        return run_here(tasks, rows, CellStore(folder), threads, progress)

    monkeypatch.setattr(comparing, "effective_jobs", lambda n_jobs: 2)
    monkeypatch.setattr(comparing, "run_apart", run_apart)
    asked = {"folds": 2, "text_map": "none", "output": tmp_path / "out"}

    compare(ENGLISH, ["count-logreg", "tfidf-nb"], **asked)
    result = compare(ENGLISH, ["count-logreg", "tfidf-nb", "tfidf-logreg"], resume=True, **asked)

    assert given == [1, 1]
    assert result.settings["threads_per_recipe"] == 1
    assert not any("threads" in sentence for sentence in result.summary)


def test_costs_of_different_threads_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(measuring, "effective_jobs", lambda: 1)
    compare(ENGLISH, ["count-logreg"], folds=2, output=tmp_path / "out", **HERE)
    monkeypatch.setattr(measuring, "effective_jobs", lambda: 4)

    result = compare(ENGLISH, ["count-logreg", "tfidf-nb"], folds=2, output=tmp_path / "out", resume=True, **HERE)

    assert "Note: seconds and texts per second were measured with 1 and 4 threads" in result.summary[-1]


def test_networks_run_where_device_says_in_this_process_too(monkeypatch: pytest.MonkeyPatch):
    preferred = []

    def spied(*arguments, **more):
        preferred.append(devices._preferred.get())
        return measure(*arguments, **more)

    monkeypatch.setattr("nlp_toolkit_pipelines.comparison.worker.measure", spied)

    compare(ENGLISH, ["count-logreg"], folds=2, device="cpu", **HERE)

    assert preferred == ["cpu", "cpu"]
    assert devices._preferred.get() == "auto"


def test_a_clear_difference_is_shown_however_many_recipes_are_compared():
    # Twenty models that are right on half of the rows, each on other ones, and one that is nearly always right.
    random = np.random.default_rng(0)
    truth = random.choice(["x", "y"], 1000)
    corpus = Corpus(texts=[f"text {n}" for n in range(1000)], labels=truth.tolist())
    rows = compared_rows(
        load_recipe("count-logreg"), Corpus(texts=["text one", "text two"], labels=["x", "y"]), corpus, 1
    )
    (split,), _ = make_splits(rows, [load_recipe("count-logreg")], folds=2, repeats=1, seed=0)
    cell = measure(load_recipe("count-logreg"), rows, split, TokenMemory(), key="", save=False)

    def guessing(share: float) -> list[str]:
        wrong = {"x": "y", "y": "x"}
        return [label if random.random() < share else wrong[label] for label in truth]

    cells = {f"half {n}": replace(cell, predicted=guessing(0.5)) for n in range(20)} | {
        "best": replace(cell, predicted=guessing(0.99))
    }
    _, pairs = scores_on_test(cells, rows, split, "macro_f1", seed=0)

    with_best = [pair for pair in pairs if pair.a == "best"]
    assert len(pairs) == 210
    assert {pair.verdict for pair in with_best} == {"a better"}
    assert {pair.verdict for pair in pairs if pair.a != "best"} == {"no difference shown"}
