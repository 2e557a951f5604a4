import hashlib
import json
import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer

from nlp_toolkit import (
    BertClassifier,
    BertRegressor,
    BertVectorizer,
    CountVectorizer,
    NeuralClassifier,
    NeuralRegressor,
    PairFeatures,
    TfidfVectorizer,
    Word2VecVectorizer,
    load,
    register_callable,
    register_estimator,
    save,
)
from nlp_toolkit.artefact import ModelContents, read_manifest, read_model, text_hashes, write_model
from nlp_toolkit.artefact import manifest as manifest_module
from nlp_toolkit.artefact.files import read_json, write_json
from nlp_toolkit.errors import ArtefactError, UsageError
from nlp_toolkit.estimators.heads import HEADS, head_kinds, make_head
from nlp_toolkit.estimators.reduce import make_reducer, reducer_kinds

TEXTS = [
    "한국 영화 참 좋다 정말",
    "나쁜 영화 시간 낭비다",
    "a good film to see",
    "bad film and bad actors",
    "좋은 배우 좋은 이야기",
    "지루한 이야기 나쁜 배우",
    "a fine story well told",
    "dull story badly told",
] * 4
LABELS = ["good", "bad"] * 16
VALUES = np.linspace(-1, 1, 32) * np.tile([1, -1], 16)


def _union() -> FeatureUnion:
    parts = [("words", TfidfVectorizer()), ("characters", CountVectorizer(analyzer="char_wb", ngram_range=(1, 3)))]
    return FeatureUnion(parts, transformer_weights={"characters": 0.5})


def _pipeline(vectorizer: object = None, reduce: object = "passthrough", estimator: object = None) -> Pipeline:
    steps = [
        ("vectorizer", TfidfVectorizer() if vectorizer is None else vectorizer),
        ("reduce", reduce),
        ("estimator", LogisticRegression() if estimator is None else estimator),
    ]
    return Pipeline(steps)


def _fitted() -> Pipeline:
    return _pipeline().fit(TEXTS, LABELS)


def _answers(model: Pipeline) -> bytes:
    """The bytes of what a pipeline says of the texts, most telling method first."""
    for method in ("decision_function", "predict_proba", "predict"):
        if hasattr(model, method):
            return np.ascontiguousarray(getattr(model, method)(TEXTS)).tobytes()
    raise AssertionError("a pipeline that answers nothing")


@pytest.mark.slow
def test_every_vectorizer_with_every_estimator_answers_the_same_in_a_fresh_process(tmp_path: Path) -> None:
    expected: dict[str, str] = {}
    vectorizers = {"count": CountVectorizer, "tfidf": TfidfVectorizer, "union": _union}
    together = [(vectorizer, "none") for vectorizer in vectorizers] + [("tfidf", reduce) for reduce in reducer_kinds()]
    for vectorizer, reduce in together:
        reducer = "passthrough" if reduce == "none" else make_reducer(reduce, {"components": 3}, 0)
        features = _pipeline(vectorizers[vectorizer](), reducer)[:2]
        rows = features.fit_transform(TEXTS)
        for task, y in (("classification", LABELS), ("regression", VALUES)):
            for kind in head_kinds(task):
                if HEADS[kind].takes_texts:
                    continue  # it takes no rows; saved and loaded in estimators/test_bert.py
                if HEADS[kind].negative_rows or reduce == "none":
                    head = make_head(kind, {}, task=task, seed=0).fit(rows, y)
                    model = Pipeline([*features.steps, ("estimator", head)])
                    save(model, tmp_path / f"{task}-{vectorizer}-{reduce}-{kind}")
                    expected[f"{task}-{vectorizer}-{reduce}-{kind}"] = hashlib.sha256(_answers(model)).hexdigest()
    script = (
        "import hashlib, json, sys; import numpy as np; from pathlib import Path; import nlp_toolkit\n"
        "texts, found = json.loads(sys.stdin.read()), {}\n"
        "for path in Path(sys.argv[1]).iterdir():\n"
        "    model = nlp_toolkit.load(path)\n"
        "    methods = ('decision_function', 'predict_proba', 'predict')\n"
        "    answer = getattr(model, next(each for each in methods if hasattr(model, each)))(texts)\n"
        "    found[path.name] = hashlib.sha256(np.ascontiguousarray(answer).tobytes()).hexdigest()\n"
        "print(json.dumps(found))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        input=json.dumps(TEXTS),
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(expected) == 3 * (7 + 5) + 3 * (5 + 5)
    assert json.loads(done.stdout) == expected


def test_a_stage_by_itself_comes_back(tmp_path: Path) -> None:
    stage = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit(TEXTS)
    save(stage, tmp_path / "stage")
    found = load(tmp_path / "stage")
    assert isinstance(found, TfidfVectorizer)
    assert found.get_params() == stage.get_params()
    assert (found.transform(TEXTS) != stage.transform(TEXTS)).nnz == 0
    assert read_manifest(tmp_path / "stage").kind == "stage"


def test_pairs_of_a_union_come_back_with_names_and_weights(tmp_path: Path) -> None:
    pairs = list(zip(TEXTS, reversed(TEXTS), strict=True))
    model = _pipeline(PairFeatures(_union())).fit(pairs, LABELS)
    save(model, tmp_path / "model")
    found = load(tmp_path / "model")
    assert isinstance(found, Pipeline)
    np.testing.assert_array_equal(found.decision_function(pairs), model.decision_function(pairs))
    assert list(found[:1].get_feature_names_out()) == list(model[:1].get_feature_names_out())


def test_several_labels_a_row_come_back_as_lists(tmp_path: Path) -> None:
    y = [["good"], ["bad", "film"], ["good", "film"], ["bad", "film"]] * 8
    model = _pipeline(estimator=make_head("linear_svm", {}, task="multilabel", seed=0)).fit(TEXTS, y)
    save(model, tmp_path / "model")
    found = read_model(tmp_path / "model")
    assert found.labels == ["bad", "film", "good"]
    assert isinstance(found.model, Pipeline)
    assert found.model.predict(TEXTS[:2]) == model.predict(TEXTS[:2])


def test_everything_known_about_a_model_comes_back(tmp_path: Path) -> None:
    contents = ModelContents(
        _fitted(),
        task="classification",
        recipe={"task": "classification", "vectorizer": {"kind": "tfidf"}},
        labels=["bad", "good"],
        seed=7,
        deterministic=False,
        metrics={"accuracy": 0.75},
        training_texts=text_hashes(TEXTS),
        card="# 영화\n",
    )
    write_model(tmp_path / "model", contents)
    found = read_model(tmp_path / "model")
    assert found.training_texts is not None
    assert found.training_texts.tolist() == sorted(set(text_hashes(TEXTS).tolist()))
    known = ("task", "recipe", "labels", "seed", "deterministic", "metrics", "card")
    assert [getattr(found, name) for name in known] == [getattr(contents, name) for name in known]


@pytest.mark.parametrize("labels", [["good", "bad"], ["bad"], [0, 1], []])
def test_labels_that_are_not_the_estimators_are_refused_before_anything_is_written(
    tmp_path: Path, labels: list[object]
) -> None:
    with pytest.raises(UsageError, match=f"the manifest's {len(labels)} labels are not the 2 of the estimator"):
        write_model(tmp_path / "model", ModelContents(_fitted(), labels=labels))
    assert list(tmp_path.iterdir()) == []


def test_the_manifest_says_what_made_the_model(tmp_path: Path) -> None:
    save(_pipeline(TfidfVectorizer(tokenizer="english-stems")).fit(TEXTS, LABELS), tmp_path / "model", seed=3)
    manifest = read_manifest(tmp_path / "model")
    assert manifest.fields["labels"] == ["bad", "good"]
    assert manifest.fields["seed"] == 3
    assert manifest.versions.keys() >= {"nlp-toolkit", "numpy", "scikit-learn", "unicode"}
    stages = manifest.fields["stages"]
    assert isinstance(stages, list)
    assert stages[0]["kind"] == "tfidf"
    assert stages[0]["normalization"] == "NFC"
    assert stages[0]["tokenizer"]["name"] == "english-stems"


def test_the_card_shows_the_two_lines_that_use_the_model(tmp_path: Path) -> None:
    save(_fitted(), tmp_path / "model")
    card = read_model(tmp_path / "model").card
    assert card is not None
    assert 'nlp_toolkit.load("MODEL").predict(["a text"])' in card
    assert "nlp-toolkit predict MODEL texts.txt" in card


@pytest.mark.parametrize("kind", ["linear_svm", "knn", "sgd"])
@pytest.mark.parametrize("reduce", ["svd", None])
def test_the_same_model_saved_twice_has_the_same_bytes(tmp_path: Path, kind: str, reduce: str | None) -> None:
    for name in ("a", "b"):
        reducer = "passthrough" if reduce is None else make_reducer(reduce, {"components": 3}, 0)
        head = make_head(kind, {}, task="classification", seed=0)
        save(_pipeline(_union(), reducer, head).fit(TEXTS, LABELS), tmp_path / name)
    files = {name: sorted(path for path in (tmp_path / name).rglob("*") if path.is_file()) for name in ("a", "b")}
    assert len(files["a"]) == (9 if reduce is None else 11)
    assert [path.read_bytes() for path in files["a"]] == [path.read_bytes() for path in files["b"]]


def test_a_large_vocabulary_takes_little_room(tmp_path: Path) -> None:
    terms = [f"낱말{number}" for number in range(200_000)]
    save(TfidfVectorizer().fit([" ".join(terms)]), tmp_path / "stage")
    size = sum(path.stat().st_size for path in (tmp_path / "stage").rglob("*") if path.is_file())
    assert size < 10 * 2**20


def _with(model: Pipeline, attribute: str, value: object) -> Pipeline:
    setattr(model[-1], attribute, value)
    return model


class _Unregistered(TransformerMixin, BaseEstimator):
    def fit(self, texts: object, y: object = None) -> Self:
        self.fitted_ = True
        return self

    def transform(self, texts: list[str]) -> np.ndarray:
        return np.array([[len(text)] for text in texts])


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (_pipeline(_Unregistered()).fit(TEXTS, LABELS), r"cannot be saved: it holds .*_Unregistered"),
        (_Unregistered().fit(TEXTS), r"_Unregistered .* call nlp_toolkit.register_stage"),
        (TfidfVectorizer(analyzer=str.split).fit(TEXTS), "analyzer=.*register_callable"),
        (
            _pipeline(reduce=FunctionTransformer(np.abs), estimator=LogisticRegression()).fit(TEXTS, LABELS),
            "FunctionTransformer cannot be saved",
        ),
        (
            _pipeline(reduce=make_reducer("svd", {"components": 3}, 0), estimator=KNeighborsClassifier()).fit(
                TEXTS, LABELS
            ),
            "KNeighborsClassifier cannot be saved: it holds a KDTree; set algorithm='brute'",
        ),
        (
            _pipeline(estimator=LogisticRegression(random_state=np.random.RandomState(0))).fit(TEXTS, LABELS),
            r"LogisticRegression cannot be saved: it holds numpy.random.mtrand.RandomState \(random_state\)",
        ),
        (_with(_fitted(), "coef_", np.full((1, 31), np.nan)), "coef_"),
        (_with(_fitted(), "secret_", 1), "it has secret_, which is unknown of a LogisticRegression"),
        (
            _pipeline(estimator=KNeighborsClassifier(weights=np.ones_like)).fit(TEXTS, LABELS),
            "KNeighborsClassifier cannot be saved: it holds numpy.ones_like",
        ),
        (
            LogisticRegression().fit([[0], [1]], [0, 1]),
            "LogisticRegression cannot be saved: it is not a registered stage",
        ),
        (Pipeline([("../up", TfidfVectorizer().fit(TEXTS))]), "cannot save a step called '../up'"),
    ],
)
def test_what_cannot_be_saved_is_refused_by_name_before_anything_is_written(
    tmp_path: Path, model: object, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        save(model, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("model", [TfidfVectorizer(), _pipeline(), _pipeline(PairFeatures(TfidfVectorizer()))])
def test_what_is_not_fitted_is_refused_before_anything_is_written(tmp_path: Path, model: object) -> None:
    with pytest.raises(NotFittedError, match="is not fitted yet"):
        save(model, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


class _Longest(ClassifierMixin, BaseEstimator):
    """Says whether a row's largest value is above the middle one of those it was fitted on; saves itself."""

    def fit(self, X: Any, y: Any) -> Self:
        self.classes_ = np.unique(y)
        self.middle_ = float(np.median(X.max(axis=1).toarray()))
        return self

    def predict(self, X: Any) -> np.ndarray:
        return self.classes_[(X.max(axis=1).toarray().ravel() > self.middle_).astype(int)]

    def save_files(self, folder: Path) -> None:
        write_json(folder / "middle.json", {"middle": self.middle_, "classes": self.classes_.tolist()})

    @classmethod
    def load_files(cls, folder: Path) -> Self:
        found: Any = read_json(folder / "middle.json")
        estimator = cls()
        estimator.middle_, estimator.classes_ = found["middle"], np.array(found["classes"])
        return estimator


def test_an_estimator_that_saves_itself_is_saved_once_it_is_registered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nlp_toolkit.registry._registered_estimators", {})
    model = _pipeline(estimator=_Longest()).fit(TEXTS, LABELS)
    with pytest.raises(UsageError, match=r"_Longest cannot be saved: .*register_estimator\(name, class\)"):
        save(model, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []
    register_estimator("longest", _Longest)
    save(model, tmp_path / "model")
    found = load(tmp_path / "model")
    assert isinstance(found, Pipeline)
    assert found.predict(TEXTS).tolist() == model.predict(TEXTS).tolist()
    monkeypatch.setattr("nlp_toolkit.registry._registered_estimators", {})
    with pytest.raises(ArtefactError, match=r"unknown estimator kind 'longest'; .*register_estimator"):
        load(tmp_path / "model")


def _split_on_commas(text: str) -> list[str]:
    return text.split(",")


def test_a_registered_callable_is_saved_by_its_name(tmp_path: Path) -> None:
    register_callable("split-on-commas", _split_on_commas)
    save(CountVectorizer(tokenizer=_split_on_commas, token_pattern=None).fit(["a,b c"]), tmp_path / "stage")
    found = load(tmp_path / "stage")
    assert isinstance(found, CountVectorizer)
    assert found.get_feature_names_out().tolist() == ["a", "b c"]


def test_other_versions_are_told_and_the_model_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    versions = manifest_module.current_versions()
    monkeypatch.setattr("nlp_toolkit.artefact.generations.current_versions", lambda: versions | {"numpy": "1.0.0"})
    save(_fitted(), tmp_path / "model")
    with caplog.at_level(logging.WARNING, logger="nlp_toolkit"):
        found = load(tmp_path / "model")
    assert isinstance(found, Pipeline)
    assert found.predict(TEXTS[:1]) == ["good"]
    assert [record.message for record in caplog.records] == [
        f"{tmp_path / 'model'} was saved with numpy 1.0.0 (here {versions['numpy']}); its results may differ slightly"
    ]


def test_a_manifest_names_the_libraries_its_stages_stand_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    save(_fitted(), tmp_path / "plain")
    monkeypatch.setattr(CountVectorizer, "libraries", ("numba", "no-such-package"), raising=False)
    save(CountVectorizer().fit(TEXTS), tmp_path / "model")
    plain, more = (read_manifest(tmp_path / name).versions for name in ("plain", "model"))
    assert more == {**plain, "numba": version("numba"), "no-such-package": "none"}
    monkeypatch.setattr(
        manifest_module, "_installed", lambda name: f"{more[name]}.1" if name == "numba" else more[name]
    )
    with caplog.at_level(logging.WARNING, logger="nlp_toolkit"):
        load(tmp_path / "model")
    assert f"saved with numba {more['numba']} (here {more['numba']}.1); its results may differ" in caplog.text


def test_stages_of_networks_name_what_runs_them() -> None:
    bert = {"tokenizers", "torch", "transformers"}
    for stage in (BertVectorizer, BertClassifier, BertRegressor):
        assert set(stage.libraries) == bert
    assert {*NeuralClassifier.libraries, *NeuralRegressor.libraries} == {"torch"}
    assert Word2VecVectorizer.libraries == ("numba",)


def test_a_model_of_an_unregistered_stage_names_its_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(CountVectorizer().fit(TEXTS), tmp_path / "stage")
    monkeypatch.delitem(__import__("nlp_toolkit.registry", fromlist=["_BUILT_IN"])._BUILT_IN, "count")
    with pytest.raises(ArtefactError, match="a stage of kind 'count', which is not registered here"):
        load(tmp_path / "stage")


def test_a_model_read_while_it_is_replaced_is_one_or_the_other_whole(tmp_path: Path) -> None:
    texts = {size: [f"word{number}" for number in range(size)] for size in (10, 20)}
    stages = {size: CountVectorizer().fit(terms) for size, terms in texts.items()}
    save(stages[10], tmp_path / "stage")

    def replace(turn: int) -> None:
        save(stages[20 if turn % 2 else 10], tmp_path / "stage", overwrite=True)

    def read(_: int) -> int:
        found = load(tmp_path / "stage")
        assert isinstance(found, CountVectorizer)
        return len(found.get_feature_names_out())

    with ThreadPoolExecutor(3) as pool:
        writing = pool.map(replace, range(15))
        assert set(pool.map(read, range(60))) <= {10, 20}
        assert len(list(writing)) == 15


def test_what_fit_asked_for_by_routing_is_no_hindrance(tmp_path: Path) -> None:
    with config_context(enable_metadata_routing=True):
        head = LogisticRegression().set_fit_request(sample_weight=True)
        model = _pipeline(estimator=head).fit(TEXTS, LABELS, sample_weight=np.ones(len(TEXTS)))
    save(model, tmp_path / "model")
    found = load(tmp_path / "model")
    assert isinstance(found, Pipeline)
    np.testing.assert_array_equal(found.decision_function(TEXTS), model.decision_function(TEXTS))


def test_hashes_tell_texts_apart_and_spellings_together() -> None:
    hashes = text_hashes(["한", "\u1112\u1161\u11ab", "하", "", "\ud800"])
    assert hashes.dtype == np.uint64
    assert hashes[0] == hashes[1]
    assert len(set(hashes.tolist())) == 4


def test_hashes_of_pairs_depend_on_where_one_text_ends() -> None:
    assert len(set(text_hashes([("ab", "c"), ("a", "bc"), ("c", "ab")]).tolist())) == 3


def test_hashes_are_the_same_everywhere() -> None:
    assert text_hashes(["서울은 크다"]).tolist() == [
        int.from_bytes(hashlib.blake2b("서울은 크다".encode(), digest_size=8).digest(), "little")
    ]


def test_grid_search_is_refused_with_what_to_save_instead(tmp_path: Path) -> None:
    texts, labels = ["a cat", "the cat", "a car", "the car"], ["x", "x", "y", "y"]
    pipeline = Pipeline([("vectorizer", CountVectorizer()), ("estimator", LogisticRegression())])
    search = GridSearchCV(pipeline, {"estimator__C": [1.0]}, cv=2).fit(texts, labels)

    with pytest.raises(UsageError, match="GridSearchCV cannot be saved: it is a search; save its best_estimator_"):
        save(search, tmp_path / "model")
