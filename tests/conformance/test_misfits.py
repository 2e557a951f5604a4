"""Parts of a model that are whole in themselves and signed, and do not fit each other: refused with the file's name."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline

from nlp_toolkit import (
    Bm25Vectorizer,
    CountVectorizer,
    NeuralClassifier,
    SimilarityIndex,
    Word2VecVectorizer,
    load,
    save,
)
from nlp_toolkit.artefact.files import read_arrays, write_arrays
from nlp_toolkit.errors import ArtefactError
from nlp_toolkit.estimators.multilabel import MultiLabelClassifier
from nlp_toolkit_pipelines.model import load_model

from .mutations import sign_all
from .whole_model import LABELS, TEXTS

Change = Callable[[Any], object]


def changed(folder: Path, name: str, change: Change) -> None:
    """Change the one file of this name below `folder`: what JSON holds, named arrays, or bytes; and sign again."""
    (path,) = folder.rglob(name)
    if path.suffix == ".json":
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content))
    elif path.suffix == ".safetensors":
        arrays = {key: array.copy() for key, array in read_arrays(path).items()}
        change(arrays)
        write_arrays(path, arrays)
    else:
        path.write_bytes(bytes(change(path.read_bytes())))  # type: ignore[call-overload]
    sign_all(folder)


def longer(content: bytes) -> bytes:
    return content + b"zzz\n"


STAGES: dict[str, tuple[Callable[[], Any], str, Change, str]] = {
    "BM25 with a longer vocabulary": (Bm25Vectorizer, "vocabulary.txt", longer, r"statistics.safetensors: .* idf"),
    "BM25 with a huge idf": (
        Bm25Vectorizer, "statistics.safetensors", lambda arrays: arrays["idf"].fill(1e300), r"expected finite idf",
    ),
    "BM25 with an average of 0": (
        Bm25Vectorizer, "statistics.safetensors", lambda arrays: arrays["average_length"].fill(0), "average length",
    ),
    "words with negative counts": (
        lambda: Word2VecVectorizer(min_count=1, epochs=1), "vectors.safetensors",
        lambda arrays: arrays["counts"].fill(-1), r"vectors.safetensors: expected counts from 0 on",
    ),
    "words without a component": (
        lambda: Word2VecVectorizer(min_count=1, epochs=1, pooling="sif"), "vectors.safetensors",
        lambda arrays: arrays.pop("component"), r"0-word2vec: the SIF component",
    ),
    "text that is not UTF-8": (CountVectorizer, "vocabulary.txt", lambda _: b"\xff\n", r"vocabulary.txt: .*UTF-8"),
    "a card that is not UTF-8": (CountVectorizer, "README.md", lambda _: b"\xff", r"README.md: expected UTF-8"),
    "a callable of another": (
        CountVectorizer, "parameters.json",
        lambda content: content["parameters"].update(preprocessor={"__type__": "callable", "name": "x"}),
        r"parameters.json: unknown callable 'x'",
    ),
    "a type that strips accents": (
        CountVectorizer, "parameters.json",
        lambda content: content["parameters"].update(strip_accents={"__type__": "dtype", "name": "int64"}),
        r"parameters.json: .*strip_accents is a dtype",
    ),
    "a tokenizer that is none": (
        CountVectorizer, "parameters.json", lambda content: content.update(tokenizer="words"), "not the parameters",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("make", "name", "change", "message"), STAGES.values(), ids=STAGES)
def test_a_stage_whose_parts_do_not_fit_is_refused(
    make: Callable[[], Any], name: str, change: Change, message: str, tmp_path: Path
) -> None:
    save(make().fit(TEXTS), tmp_path / "model")
    changed(tmp_path / "model", name, change)
    with pytest.raises(ArtefactError, match=message):
        load(tmp_path / "model")


def test_a_head_for_other_columns_is_refused(tmp_path: Path) -> None:
    """It has no number of columns of its own, its parts have."""
    model = Pipeline([("words", CountVectorizer()), ("estimator", MultiLabelClassifier(LogisticRegression()))])
    save(model.fit(TEXTS, [[label] for label in LABELS]), tmp_path / "model")
    changed(tmp_path / "model", "vocabulary.txt", longer)
    with pytest.raises(ArtefactError, match=r"estimator takes .* columns"):
        load(tmp_path / "model")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A union before a linear model."""
    union = FeatureUnion([("words", CountVectorizer()), ("characters", CountVectorizer(analyzer="char"))])
    steps = [("vectorizer", union), ("reduce", "passthrough"), ("estimator", LogisticRegression())]
    save(Pipeline(steps).fit(TEXTS, LABELS), tmp_path / "model", task="classification")
    return tmp_path / "model"


MANIFESTS: dict[str, tuple[Change, str]] = {
    "labels of others": (lambda content: content.update(labels=["a", "b"]), r"labels are not the \d of the estimator"),
    "labels twice": (
        lambda content: content.update(labels=["good", "bad", "bad"]), r"labels are not the \d of the estimator",
    ),
    "labels in lists": (lambda content: content.update(labels=[["good"], "bad"]), "labels are damaged"),
    "another task": (lambda content: content.update(task="regression"), "its task is 'regression', expected class"),
    "half of the union": (
        lambda content: content["model"]["pipeline"][0]["part"]["union"].pop(), "estimator takes .* columns",
    ),
    "a weight that is none": (
        lambda content: content["model"]["pipeline"][0]["part"]["union"][0].update(weight="x"), "weight",
    ),
    "a name twice": (
        lambda content: content["model"]["pipeline"][0]["part"]["union"][0].update(name="characters"), "has names",
    ),
    "a weight that is true": (
        lambda content: content["model"]["pipeline"][0]["part"]["union"][0].update(weight=True), "the weight True",
    ),
    "a huge weight": (
        lambda content: content["model"]["pipeline"][0]["part"]["union"][0].update(weight=10**400), "the weight 1000",
    ),
    "a folder twice": (
        lambda content: content["model"]["pipeline"][0]["part"]["union"][0].update(
            part=content["model"]["pipeline"][0]["part"]["union"][1]["part"]
        ),
        "two parts are in stages/1-count",
    ),
    "an estimator of another file": (
        lambda content: content["model"]["pipeline"][2].update(part={"sklearn": "metrics"}), "the name of a step",
    ),
    "an estimator without a file": (
        lambda content: content["model"]["pipeline"][2].update(part={"sklearn": "other"}), "does not list",
    ),
    "a part of two kinds": (
        lambda content: content["model"]["pipeline"][2]["part"].update(skops="a"), "expected sklearn",
    ),
    "no vectorizer": (
        lambda content: content["model"]["pipeline"][0].update(part="passthrough"), "expected one that reads texts",
    ),
    "a recipe of wrong options": (
        lambda content: content.update(
            recipe={
                "task": "classification",
                "vectorizer": {"kind": "count", "min_df": "x"},
                "estimator": {"kind": "logreg"},
            }
        ),
        "min_df.* recipe in manifest.json is damaged or newer",
    ),
    "no steps": (lambda content: content["model"].update(pipeline=[]), "has no steps"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "message"), MANIFESTS.values(), ids=MANIFESTS)
def test_a_manifest_that_does_not_fit_its_parts_is_refused(change: Change, message: str, model: Path) -> None:
    changed(model, "manifest.json", change)
    with pytest.raises(ArtefactError, match=message):
        load_model(model)


@pytest.mark.parametrize("metrics", [[], {"metrics": [1]}, {"metrics": {"accuracy": "high"}}, {"unseen": {"f1": []}}])
def test_metrics_of_another_shape_are_refused(metrics: object, model: Path) -> None:
    (folder,) = model.glob("0*")
    (folder / "metrics.json").write_text(json.dumps(metrics))
    sign_all(model)
    with pytest.raises(ArtefactError, match=r"metrics.json: expected"):
        load(model)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("state.json", lambda content: content.update(classes=["good"]), "1 classes and 2 outputs"),
        ("state.json", lambda content: content.update(classes=["good", {"a": 1}]), "expected labels as a list"),
        ("state.json", lambda content: content.update(classes=["good", "good"]), "expected different labels"),
        ("state.json", lambda content: content.update(multilabel=True), "expected a threshold from 0 to 1"),
        ("words.txt", longer, "size mismatch"),
        ("weights.safetensors", lambda arrays: arrays["linear.bias"].fill(np.inf), "expected finite float32"),
        ("parameters.json", lambda content: content["parameters"].update(min_count="x"), "'min_count' parameter"),
    ],
)
def test_a_network_whose_parts_do_not_fit_is_refused(name: str, change: Change, message: str, tmp_path: Path) -> None:
    network = NeuralClassifier(embedding_dim=2, training={"epochs": 1}, tokenizer="words", device="cpu")
    save(network.fit(TEXTS, LABELS), tmp_path / "model")
    changed(tmp_path / "model", name, change)
    with pytest.raises(ArtefactError, match=message):
        load(tmp_path / "model")


@pytest.mark.parametrize("ask", [lambda index: index.query(["a film"], 40), lambda index: index.refit()])
def test_a_page_that_is_broken_is_named_when_it_is_read(ask: Callable[[Any], object], tmp_path: Path) -> None:
    index = SimilarityIndex(CountVectorizer(stop_words=None))
    texts = [f"a film of {number} {'x' * 500}" for number in range(40)]
    index.add(texts)
    index.save(tmp_path / "index")
    (path,) = (tmp_path / "index").rglob("documents.sqlite")
    content = bytearray(path.read_bytes())
    at = content.index(b"a film of 3 ")
    content[at - 400 : at + 400] = b"\xff" * 800
    path.write_bytes(content)
    sign_all(tmp_path / "index")
    with pytest.raises(ArtefactError, match=r"documents.sqlite: .*damaged"):
        ask(SimilarityIndex.load(tmp_path / "index"))
