import json
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression

from nlp_toolkit import registry
from nlp_toolkit.errors import RecipeError
from nlp_toolkit.estimators.heads import HEADS, check_rows_fit, head_kinds, make_head

ROWS = sp.random(60, 20, 0.4, format="csr", random_state=0)
LABELS = np.array(["가", "b", "c"] * 20)
LISTS = [["가"], ["b", "가"], []] * 20
VALUES = np.asarray(ROWS @ np.arange(20.0))

CLASSIFIERS = ["complement_nb", "knn", "linear_svm", "logreg", "majority", "multinomial_nb", "sgd"]
REGRESSORS = ["knn", "mean", "ols", "ridge", "sgd_regression"]


@pytest.mark.parametrize(
    ("task", "kinds"),
    [
        ("classification", CLASSIFIERS),
        ("multilabel", CLASSIFIERS),
        ("regression", REGRESSORS),
    ],
)
def test_each_task_has_its_estimators(task: str, kinds: list[str]) -> None:
    # "bert" and "neural" take texts instead of rows; their own tests are in test_bert.py and test_neural.py.
    assert head_kinds(task) == sorted(["bert", "neural", *kinds])
    assert set(kinds) <= set(head_kinds())


@pytest.mark.parametrize(
    ("task", "kinds"),
    [
        ("pair-classification", CLASSIFIERS),
        ("pair-regression", REGRESSORS),
    ],
)
def test_neural_networks_do_not_serve_pairs(task: str, kinds: list[str]) -> None:
    assert head_kinds(task) == sorted(["bert", *kinds])
    with pytest.raises(RecipeError, match=f"estimator 'neural' does not serve {task}; these do: bert"):
        make_head("neural", {}, task=task, seed=0)


@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_every_classifier_has_probabilities_and_gives_the_most_probable_label(kind: str) -> None:
    head: Any = make_head(kind, {}, task="classification", seed=0).fit(ROWS, LABELS)
    probabilities = head.predict_proba(ROWS)
    assert head.classes_.tolist() == ["b", "c", "가"]
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert head.predict(ROWS).tolist() == head.classes_[probabilities.argmax(axis=1)].tolist()


@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_every_classifier_serves_several_labels_a_row(kind: str) -> None:
    head: Any = make_head(kind, {}, task="multilabel", seed=0).fit(ROWS, LISTS)
    assert head.classes_.tolist() == ["b", "가"]
    assert head.predict_proba(ROWS).shape == (60, 2)
    assert len(head.predict(ROWS)) == 60


@pytest.mark.parametrize("kind", REGRESSORS)
def test_every_regressor_beats_or_is_the_mean(kind: str) -> None:
    params = {"max_iter": 5000} if kind == "sgd_regression" else {}
    head: Any = make_head(kind, params, task="regression", seed=0).fit(ROWS, VALUES)
    assert head.score(ROWS, VALUES) >= 0
    assert np.isfinite(head.predict(ROWS)).all()


@pytest.mark.parametrize(
    ("task", "kind"),
    [(task, kind) for task in ("classification", "regression") for kind in HEADS if not HEADS[kind].takes_texts],
)
def test_the_same_seed_gives_the_same_answers(task: str, kind: str) -> None:
    if kind not in head_kinds(task):
        with pytest.raises(RecipeError, match=f"does not serve {task}; these do"):
            make_head(kind, {}, task=task, seed=1)
        return
    y = LABELS if task == "classification" else VALUES
    params = {"max_iter": 5000} if kind == "sgd_regression" else {}
    heads: list[Any] = [make_head(kind, params, task=task, seed=1).fit(ROWS, y) for _ in range(2)]
    np.testing.assert_array_equal(heads[0].predict(ROWS), heads[1].predict(ROWS))


@pytest.mark.parametrize("kind", sorted(HEADS))
def test_heads_can_be_cloned_with_their_parameters(kind: str) -> None:
    task = "classification" if kind in CLASSIFIERS else "regression"
    head = make_head(kind, {}, task=task, seed=3)
    assert repr(clone(head)) == repr(head)
    assert json.dumps({name: str(value) for name, value in clone(head).get_params().items()})


def test_ols_on_sparse_rows_is_least_squares() -> None:
    dense = LinearRegression().fit(ROWS.toarray(), VALUES)
    sparse: Any = make_head("ols", {"tol": 1e-12}, task="regression", seed=0).fit(ROWS, VALUES)
    np.testing.assert_allclose(sparse.coef_, dense.coef_, atol=1e-9)


def test_the_seed_and_the_parameters_arrive() -> None:
    head = make_head("sgd", {"alpha": 1e-5, "eta0": 0.5, "learning_rate": "invscaling"}, task="classification", seed=9)
    chosen = {name: head.get_params()[name] for name in ("alpha", "eta0", "learning_rate", "loss", "random_state")}
    assert chosen == {
        "alpha": 1e-5,
        "eta0": 0.5,
        "learning_rate": "invscaling",
        "loss": "log_loss",
        "random_state": 9,
    }


def test_the_majority_baseline_gives_the_shares_of_the_labels() -> None:
    head: Any = make_head("majority", {}, task="classification", seed=0)
    assert isinstance(head, DummyClassifier)
    assert head.fit(ROWS[:4], ["a", "b", "b", "b"]).predict_proba(ROWS[:1]).tolist() == [[0.25, 0.75]]


@pytest.mark.parametrize(
    ("kind", "params", "task", "message"),
    [
        ("svm", {}, "classification", "unknown estimator 'svm'; known for classification: bert, complement_nb, knn"),
        ("ols", {}, "classification", "estimator 'ols' does not serve classification; these do: bert, complement_nb"),
        ("logreg", {}, "clustering", "unknown task 'clustering'; known: classification"),
        ("linear_svm", {"c": 1}, "classification", "has no parameter 'c'; known: C, loss, dual"),
        ("linear_svm", {"random_state": 1}, "classification", "has no parameter 'random_state'"),
        ("linear_svm", {"C": "1"}, "classification", "'C' parameter of LinearSvmClassifier must be a float .* Got '1'"),
        ("linear_svm", {"C": -1}, "classification", "in the range .* Got -1"),
        ("linear_svm", {"C": True}, "classification", "C takes no true or false"),
        ("logreg", {"class_weight": "even"}, "classification", "'class_weight' parameter"),
        ("sgd", {"loss": "hinge"}, "classification", "loss is one of 'log_loss', 'modified_huber', got 'hinge'"),
        ("knn", {"algorithm": "ball_tree"}, "regression", "algorithm is one of 'brute'"),
        ("logreg", {"class_weight": {"a": 2}}, "multilabel", "class_weight by label has no meaning"),
    ],
)
def test_recipe_errors_say_what_was_meant(kind: str, params: dict[str, object], task: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        make_head(kind, params, task=task, seed=0)


@pytest.mark.parametrize("kind", ["complement_nb", "multinomial_nb"])
def test_naive_bayes_on_negative_numbers_is_refused_before_fitting(kind: str) -> None:
    with pytest.raises(RecipeError, match=f"estimator '{kind}' takes no negative numbers, which reduce 'svd' gives"):
        check_rows_fit(kind, stages=["tfidf"], reduce="svd")


class _Dense:
    negative_rows = True


def test_a_stage_that_says_its_rows_are_negative_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._registered, "dense", _Dense)
    check_rows_fit("complement_nb", stages=["count", "tfidf"], reduce=None)
    check_rows_fit("logreg", stages=["dense"], reduce="svd")
    with pytest.raises(RecipeError, match="which vectorizer 'dense' gives; use it on counts"):
        check_rows_fit("complement_nb", stages=["tfidf", "dense"], reduce=None)
