"""Estimator files that no fit could have left, with digests that fit: refused by name, or answering as any model."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from nlp_toolkit import load
from nlp_toolkit.artefact.estimator_files import Arrays, describe_estimator, rebuild_estimator
from nlp_toolkit.artefact.estimator_table import ESTIMATORS
from nlp_toolkit.artefact.files import read_arrays, read_json, write_arrays
from nlp_toolkit.artefact.fitted_rules import UnfitError
from nlp_toolkit.errors import ArtefactError

from .whole_model import sign

GOLDEN = Path(__file__).parents[1] / "fixtures" / "golden" / "format-2"
KEPT = sorted(path.with_suffix("") for path in GOLDEN.glob("*/model/*/*.safetensors") if path.stem != "training_texts")
VALUES: tuple[object, ...] = (None, True, -1, 10**12, 1.5, "x", [], {}, {"float": "inf"}, {"array": "coef_"})


def _read(kept: Path) -> tuple[Any, Arrays]:
    return read_json(kept.with_suffix(".json")), read_arrays(kept.with_suffix(".safetensors"))


def _places(value: object, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Keys and positions from the root of a document to every value in it, of a list to the first."""
    if place:
        yield place
    inner = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    for key, each in inner:
        yield from _places(each, (*place, key))


def _changed(document: Any, place: tuple[Any, ...], value: object) -> Any:
    changed = copy.deepcopy(document)
    target = changed
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = value
    return changed


def _answers(estimator: Any) -> None:
    """Whatever passed the checks answers, as an honest model would."""
    width = getattr(estimator, "n_features_in_", None) or estimator.estimators_[0].n_features_in_
    if width > 1000:
        return  # consistent in itself; the columns of the stage before it are compared in the pipeline
    rows = np.abs(np.random.default_rng(0).normal(size=(3, width)))
    answer = getattr(estimator, "predict", None) or estimator.transform
    assert len(answer(rows)) == 3


def test_every_class_of_the_table_is_in_a_golden_model() -> None:
    text = "".join(kept.with_suffix(".json").read_text(encoding="utf-8") for kept in KEPT)
    missing = [name for name in ESTIMATORS if f'"{name}"' not in text]
    assert missing == ["sklearn.preprocessing.LabelEncoder"]  # a pipeline never fits one


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: f"{kept.parts[-4]}-{kept.name}")
@pytest.mark.filterwarnings("ignore")
def test_any_value_in_any_place_is_refused_or_answers(kept: Path) -> None:
    document, arrays = _read(kept)
    places = list(_places(document))
    refused = 0
    for number, place in enumerate(places):
        # A few values for each place, other ones for the next: all of them in every kind of place.
        for value in VALUES[number % 3 :: 3]:
            try:
                estimator = rebuild_estimator(_changed(document, place, value), arrays)
            except UnfitError:
                refused += 1
            else:
                _answers(estimator)
    assert refused > len(places)


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: f"{kept.parts[-4]}-{kept.name}")
@pytest.mark.filterwarnings("ignore")
def test_arrays_of_other_numbers_types_and_shapes_are_refused_or_answer(kept: Path) -> None:
    document, arrays = _read(kept)
    for name, array in arrays.items():
        others = [array.ravel()[:-1], array.reshape(-1, 1), array.astype(np.float16), array.astype(np.int8)]
        if array.dtype.kind == "f":
            others += [np.full_like(array, value) for value in (np.nan, np.inf, -1.0)]
        for other in others:
            try:
                _answers(rebuild_estimator(document, arrays | {name: other}))
            except UnfitError:
                continue


def _logreg() -> tuple[Any, Arrays]:
    return describe_estimator(LogisticRegression().fit(np.eye(4), ["a", "b", "c", "a"]))


def _neighbours() -> tuple[Any, Arrays]:
    return describe_estimator(KNeighborsClassifier(1, algorithm="brute").fit(sp.eye_array(4, 5).tocsr(), [1, 2, 1, 3]))


def _nested(document: Any, depth: int) -> None:
    value: Any = None
    for _ in range(depth):
        value = [value]
    document["parameters"]["class_weight"] = value


Change = Callable[[Any, Arrays], object]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d, a: d.update({"class": "os.system"}), "class 'os.system' is not an estimator that models hold"),
        (lambda d, a: d.update({"class": ["a"]}), "is not an estimator that models hold"),
        (lambda d, a: d.update({"class": "sklearn.calibration._SigmoidCalibration"}), "has no parameter"),
        (lambda d, a: d.update(more=1), "expected class, parameters and fitted"),
        (lambda d, a: d["parameters"].update(C=-1), "'C' parameter of LogisticRegression must be"),
        (lambda d, a: d["parameters"].update(C="much"), "'C' parameter of LogisticRegression must be"),
        (lambda d, a: d["parameters"].update(D=1), "has no parameter 'D'; known: "),
        (lambda d, a: d["parameters"].update(n_jobs=10**9), "n_jobs is 1000000000"),
        (lambda d, a: d["fitted"].update(_sneaky=1), "has no fitted attribute '_sneaky'"),
        (lambda d, a: d["fitted"].update(predict="x"), "has no fitted attribute 'predict'"),
        (lambda d, a: d["fitted"].pop("n_features_in_"), "n_features_in_ is missing"),
        (lambda d, a: d["fitted"].update(n_features_in_=5), r"coef_ has shape \(3, 4\), expected \(scores, features\)"),
        (lambda d, a: d["fitted"]["classes_"].update(labels=["a", "b"]), r"coef_ has shape \(3, 4\)"),
        (lambda d, a: d["fitted"]["classes_"].update(labels=["b", "a", "c"]), "sorted and each once"),
        (lambda d, a: d["fitted"]["classes_"].update(labels=["a", "a", "c"]), "sorted and each once"),
        (lambda d, a: d["fitted"]["classes_"].update(labels=["a", 1, "c"]), "expected a list of str"),
        (lambda d, a: d["fitted"]["classes_"].update(type="pickle"), "labels of type 'pickle'"),
        (lambda d, a: d["fitted"].update(coef_={"call": "os.system"}), "unknown value with 'call'"),
        (lambda d, a: d["fitted"].update(coef_={"array": "intercept_"}), "missing or used twice"),
        (lambda d, a: a["coef_"].fill(np.nan), "coef_ holds numbers that are not finite"),
        (lambda d, a: a.update(coef_=a["coef_"][:2]), r"coef_ has shape \(3, 2\)|coef_ has shape \(2, 4\)"),
        (lambda d, a: a.update(coef_=a["coef_"].astype(np.int64)), "coef_ is an array of int64"),
        (lambda d, a: a.pop("coef_"), "array 'coef_' is missing"),
        (lambda d, a: a.update(more=np.zeros(3)), "arrays more belong to no attribute"),
        (lambda d, a: _nested(d, 50), "nested too deeply"),
    ],
)
def test_a_consistent_but_wrong_estimator_is_refused(change: Change, message: str) -> None:
    document, arrays = _logreg()
    change(document, arrays)
    with pytest.raises(UnfitError, match=message):
        rebuild_estimator(document, arrays)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d, a: a["rows.indices"].fill(7), "are no matrix"),
        (lambda d, a: a["rows.indices"].fill(-1), "are no matrix"),
        (lambda d, a: a["rows.indptr"].put(1, 9), "are no matrix"),
        (lambda d, a: a["rows.data"].fill(np.nan), "cannot be fitted on its rows"),
        (lambda d, a: d["fitted"]["rows"].update(shape=[2**40, 5]), "are no matrix"),
        (lambda d, a: d["fitted"]["rows"].update(shape=[4, -5]), "have the shape"),
        (lambda d, a: d["fitted"]["rows"].update(shape="4x5"), "have the shape"),
        (lambda d, a: d["fitted"]["rows"].update(type="dok"), "the type 'dok'"),
        (lambda d, a: a["targets"].fill(9), "do not number its 3 classes"),
        (lambda d, a: a["targets"].fill(-1), "do not number its 3 classes"),
        (lambda d, a: d["parameters"].update(n_neighbors=5), "n_neighbors is 5, and it holds 4 rows"),
        (lambda d, a: d["parameters"].update(metric="haversine"), "cannot be fitted on its rows"),
        (lambda d, a: d["parameters"].update(metric_params={"mapping": [["q", 1]]}), "metric_params is set"),
    ],
)
def test_stored_rows_that_are_wrong_are_refused(change: Change, message: str) -> None:
    document, arrays = _neighbours()
    arrays = {name: array.copy() for name, array in arrays.items()}
    change(document, arrays)
    with pytest.raises(UnfitError, match=message):
        rebuild_estimator(document, arrays)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d, a: d["parameters"].update(C="much"), r"estimator.json: .*'C' parameter"),
        (lambda d, a: d["fitted"]["classes_"].update(labels=["bad", "evil"]), "labels are not the 2 of the estimator"),
        (
            lambda d, a: (d["fitted"].update(n_features_in_=2), a.update(coef_=a["coef_"][:, :2])),
            "estimator takes 2 columns, and the step before gives 7",
        ),
    ],
)
def test_a_model_with_a_wrong_estimator_is_refused_by_its_file(model: Path, change: Change, message: str) -> None:
    path = model / "000001" / "estimator.json"
    document, arrays = _read(path.with_suffix(""))
    change(document, arrays)
    path.write_text(json.dumps(document), encoding="utf-8")
    write_arrays(path.with_suffix(".safetensors"), arrays)
    sign(model)
    with pytest.raises(ArtefactError, match=message):
        load(model)


@pytest.mark.parametrize("content", ["", "[]", '"x"', "{", '{"class": NaN}', "[" * 100_000, '{"class": {}}'])
def test_a_garbage_description_is_refused_by_its_file(model: Path, content: str) -> None:
    (model / "000001" / "estimator.json").write_text(content, encoding="utf-8")
    sign(model)
    with pytest.raises(ArtefactError, match=r"estimator.json: "):
        load(model)


def test_a_model_of_format_2_may_not_name_a_skops_file(model: Path) -> None:
    sign(model, model={"pipeline": [{"name": "estimator", "part": {"skops": "estimator.json"}}]})
    with pytest.raises(ArtefactError, match="names a skops file, which format 2 does not have"):
        load(model)
