"""Options of every stage, estimator and reduction: whatever is given, the exit code is 0, 2 or 3 and never a bug."""

import importlib
import inspect
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from nlp_toolkit import Corpus, CountVectorizer, HashingVectorizer, TfidfVectorizer
from nlp_toolkit.errors import ArtefactError, RecipeError, UsageError
from nlp_toolkit.estimators.heads import HEADS, head_kinds
from nlp_toolkit.estimators.reduce import REDUCERS
from nlp_toolkit.registry import stage_class, stage_kinds
from nlp_toolkit_cli.faults import fault_of
from nlp_toolkit_pipelines import load_recipe, train

VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 1, 1.5, 2**40, 1e300, math.inf, "", "x", "object", "undefined", "\ud800", "(",
    "a\0b", [], [1], ["a"], ["a", "b"], [1.0, 2.0], [2, 1], [1, 60], [-1, 2], {}, {"a": 1}, {"good": -1},
    {"a": {"b": [1]}}, {"good": 0, "bad": 0}, [[1], [2]], {"kind": ["a"]},
)  # fmt: skip
TEXTS = ["a good film", "a bad film", "some more of it", "nothing"] * 3
LABELS = {"classification": ["good", "bad"] * 6, "regression": ["1", "2.5"] * 6}
SMALL: Mapping[str, Mapping[str, Any]] = {"word2vec": {"min_count": 1, "vector_size": 4, "epochs": 1}}
SLOW = frozenset({"bert", "neural", "word2vec"})  # their recipes are built and not fitted


def outcome(recipe: dict[str, Any], *, fits: bool) -> int:
    """The exit code of building a recipe, and of training it on twelve rows."""
    try:
        loaded = load_recipe(recipe)
        if fits:
            train(loaded, Corpus(texts=TEXTS, labels=LABELS[recipe["task"]]), folds=0)
    except Exception as error:  # noqa: BLE001 - the door of the command line turns whatever comes into a code
        fault = fault_of(error)
        assert len(fault.message) < 1000, fault.message
        return fault.code
    return 0


def wrong(part: str, kind: str, cls: type, plain: dict[str, Any]) -> Iterator[tuple[str, object, int]]:
    """Each option and value that gives another exit code than 0, 2 and 3."""
    for name in inspect.signature(cls).parameters:
        if name == "random_state":
            continue
        for value in VALUES:
            given = {"kind": kind, **SMALL.get(kind, {}), name: value}
            code = outcome({**plain, part: given}, fits=kind not in SLOW)
            if code not in (0, 2, 3):
                yield name, value, code


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", stage_kinds())
def test_no_option_of_a_stage_is_a_bug(kind: str) -> None:
    plain = {"task": "classification", "estimator": {"kind": "majority"}}
    assert list(wrong("vectorizer", kind, stage_class(kind), plain)) == []


def estimators() -> list[tuple[str, str]]:
    return [(kind, task) for task in ("classification", "regression") for kind in head_kinds(task)]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("kind", "task"), estimators())
def test_no_option_of_an_estimator_is_a_bug(kind: str, task: str) -> None:
    module, _, name = getattr(HEADS[kind], task).partition(":")
    stage = None if HEADS[kind].takes_texts else {"kind": "count", "tokenizer": "words"}
    plain = {"task": task, "vectorizer": stage}
    assert list(wrong("estimator", kind, getattr(importlib.import_module(module), name), plain)) == []


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", REDUCERS)
def test_no_option_of_a_reduction_is_a_bug(kind: str) -> None:
    plain = {"task": "classification", "vectorizer": "count", "estimator": "majority"}
    assert list(wrong("reduce", kind, REDUCERS[kind], plain)) == []  # type: ignore[arg-type]


REFUSED = {
    "n-grams of words": ("vectorizer", {"kind": "count", "ngram_range": ["a", "b"]}, "two whole numbers"),
    "n-grams of 51": ("vectorizer", {"kind": "tfidf", "ngram_range": [1, 51]}, "shortest <= longest <= 50"),
    "n-grams upside down": ("vectorizer", {"kind": "bm25", "ngram_range": [2, 1]}, "1 <= shortest <= longest"),
    "dtype 5": ("vectorizer", {"kind": "count", "dtype": 5}, "dtype=5: expected a type of numbers"),
    "dtype of texts": ("vectorizer", {"kind": "hashing", "dtype": "U5"}, "dtype=.*: expected a type of numbers"),
    "no encoding": ("vectorizer", {"kind": "tfidf", "encoding": "undefined"}, "expected an encoding of text"),
    "65 stages": ("vectorizer", {"union": ["count"] * 65}, "65 stages, expected at most 64"),
    "two groups": ("vectorizer", {"kind": "count", "tokenizer": None, "token_pattern": "(a)(b)"}, "one capturing"),
    "negative prior": ("estimator", {"kind": "multinomial_nb", "class_prior": [0.5, -1]}, "a probability"),
    "nested weights": ("estimator", {"kind": "logreg", "class_weight": {"a": {"b": 1}}}, "a finite weight"),
    "weights of 0": ("estimator", {"kind": "sgd", "class_weight": {"good": 0}}, "not all of them 0"),
    "huge number": ("estimator", {"kind": "logreg", "max_iter": 2**40}, "a whole number of at most 2147483647"),
    "folder that is none": ("estimator", {"kind": "neural", "checkpoints": 5}, "'checkpoints' parameter"),
    "astronomical rate": ("estimator", {"kind": "neural", "training": {"learning_rate": 1e300}}, "learning_rate"),
}  # fmt: skip


@pytest.mark.parametrize(("part", "given", "message"), REFUSED.values(), ids=REFUSED)
def test_the_recipe_is_refused_by_the_option(part: str, given: dict[str, Any], message: str) -> None:
    takes_texts = given.get("kind") == "neural"
    plain = {"task": "classification", "vectorizer": None if takes_texts else "count", "estimator": "logreg"}
    with pytest.raises(RecipeError, match=message):
        load_recipe({**plain, part: given})


@pytest.mark.parametrize("cls", [CountVectorizer, TfidfVectorizer, HashingVectorizer])
@pytest.mark.parametrize(
    "wrong", [{"ngram_range": ("a", "b")}, {"dtype": 5}, {"token_pattern": None}, {"n_jobs": True}]
)
def test_the_same_check_is_made_by_fit_and_by_load(cls: type, wrong: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        cls(**wrong).fit(TEXTS)
    cls().fit(TEXTS).save_files(tmp_path)
    text = (tmp_path / "parameters.json").read_text()
    (tmp_path / "parameters.json").write_text(text.replace('"n_jobs": -1', '"n_jobs": true'))
    with pytest.raises(ArtefactError, match=r"parameters.json: n_jobs takes no true or false"):
        cls.load_files(tmp_path)
