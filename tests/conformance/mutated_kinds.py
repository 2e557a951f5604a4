"""The artefacts that `mutate.py` changes, one of every kind of stage, estimator, index and encoder, each tiny."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlp_toolkit import (
    BertClassifier,
    BertRegressor,
    BertVectorizer,
    Bm25Vectorizer,
    CountVectorizer,
    HashingVectorizer,
    HybridIndex,
    NeuralClassifier,
    NeuralRegressor,
    PairFeatures,
    SimilarityIndex,
    TfidfVectorizer,
    Word2VecVectorizer,
    save,
)

from .mutations import sign_all

TEXTS = ["a good film", "a bad film", "some more of it", "nothing but words"] * 4
LABELS = ["good", "bad"] * 8
THREE_LABELS = ["good", "bad", "some", "none"] * 4
LISTS = [["good"], ["bad"], ["bad", "good"], []] * 4
TARGETS = [0.25, 1.5, -2.0, 3.0] * 4
DEVICE = {"device": "cpu"}
SCRATCH: dict[str, Any] = {"mlm": {"epochs": 0, "block_length": 16, "vocabulary_size": 200}, **DEVICE}
WORDS: dict[str, Any] = {"min_count": 1, "vector_size": 4, "epochs": 1, "tokenizer": "words"}
TINY: dict[str, Any] = {
    "tokenizer": "words",
    "embedding_dim": 4,
    "hidden": 4,
    "training": {"epochs": 1},
    "device": "cpu",
}


PREDICT = ("predict", "ARTEFACT", "TEXTS", "--json", "--text-column", "text")
VECTORIZE = ("vectorize", "ARTEFACT", "TEXTS", "-o", "ROWS", "--overwrite", "--text-column", "text")
SEARCH = ("search", "ARTEFACT", "a good film", "--json", "--where", "id < 'd'")


@dataclass(frozen=True)
class Artefact:
    """How one is made, and the arguments of the command that uses it."""

    make: Callable[[Path], object]
    use: tuple[str, ...]


def _pipeline(path: Path, vectorizer: Any, estimator: Any, reduce: Any = "passthrough", y: Any = LABELS) -> None:
    from sklearn.pipeline import Pipeline

    task = "multilabel" if isinstance(y[0], list) else "regression" if isinstance(y[0], float) else "classification"
    rows: Any = TEXTS
    if isinstance(vectorizer, PairFeatures):
        task, rows = f"pair-{task}", list(zip(TEXTS, TEXTS[1:] + TEXTS[:1], strict=True))
    steps = [("vectorizer", vectorizer), ("reduce", reduce), ("estimator", estimator)]
    save(Pipeline(steps).fit(rows, y), path, task=task)


def _trained(recipe: str | dict[str, Any], path: Path) -> None:
    from nlp_toolkit import Corpus
    from nlp_toolkit_pipelines import train

    train(recipe, Corpus(texts=TEXTS, labels=LABELS), output=path, folds=2)


def _index(path: Path, stage: Any, kind: Any = "exact") -> None:
    index = SimilarityIndex(stage, kind)
    index.add(TEXTS[:4], ids=list("abcd"), metadata={"year": [1, 2, 3, 4], "good": [True, False, None, True]})
    index.save(path)


def _hybrid(path: Path) -> None:
    stages = (Bm25Vectorizer(tokenizer="words"), HashingVectorizer(n_features=256))
    index = HybridIndex([SimilarityIndex(stage) for stage in stages])
    index.add(TEXTS[:4])
    index.save(path)


def _union() -> Any:
    from sklearn.pipeline import FeatureUnion

    return FeatureUnion([("a", CountVectorizer()), ("b", HashingVectorizer(n_features=64))])


def _head(kind: str, task: str = "classification", **parameters: Any) -> Any:
    from nlp_toolkit.estimators.heads import make_head

    return make_head(kind, parameters, task=task, seed=0)


def _of_scikit(place: str, **parameters: Any) -> Any:
    from nlp_toolkit.registry import class_at

    return class_at(f"sklearn.{place}")(**parameters)


def _of_head(kind: str, task: str = "classification", vectorizer: Any = CountVectorizer, **parameters: Any) -> Artefact:
    """An estimator of the dictionary of heads on words."""
    y = {"classification": LABELS, "multilabel": LISTS, "regression": TARGETS}[task]
    return Artefact(lambda path: _pipeline(path, vectorizer(), _head(kind, task, **parameters), y=y), PREDICT)


def _of_estimator(place: str, y: Any = LABELS, reduce: Any = "passthrough", **parameters: Any) -> Artefact:
    """A scikit-learn estimator that no recipe names, on words."""
    return Artefact(
        lambda path: _pipeline(path, CountVectorizer(), _of_scikit(place, **parameters), reduce, y), PREDICT
    )


def _of_step(make: Callable[[], Any]) -> Artefact:
    """A reduction or scaler between words and a linear model."""
    return Artefact(lambda path: _pipeline(path, CountVectorizer(), _head("logreg"), make()), PREDICT)


def _reducer(kind: str) -> Any:
    from nlp_toolkit.estimators.reduce import make_reducer

    return make_reducer(kind, {"components": 2}, 0)


def _of_texts(make: Callable[[], Any], y: Any = LABELS) -> Artefact:
    """An estimator that reads texts itself."""
    return Artefact(lambda path: _pipeline(path, "passthrough", make(), y=y), PREDICT)


def _golden(path: Path) -> None:
    """A model of format 1, as an earlier version saved it; its recipe was never a whole one."""
    golden = Path(__file__).parent.parent / "fixtures" / "golden" / "format-1" / "classification-linear_svm"
    shutil.copytree(golden / "model", path)
    manifest = path / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "recipe": None}))
    sign_all(path)


def _subwords(path: Path) -> None:
    save(Word2VecVectorizer(**WORDS, subwords=True, pooling="sif").fit(TEXTS), path)


def _encoder(path: Path) -> None:
    """The files of a Hugging Face folder, without the manifest that would notice a change."""
    stage = BertVectorizer(**SCRATCH).fit(TEXTS)
    path.mkdir()
    stage.save_files(path)


ARTEFACTS: dict[str, Artefact] = {
    "tfidf-logreg": Artefact(lambda path: _trained("tfidf-logreg", path), PREDICT),
    "tfidf-svm": Artefact(lambda path: _pipeline(path, TfidfVectorizer(), _head("linear_svm")), PREDICT),
    "union": Artefact(lambda path: _pipeline(path, _union(), _head("logreg")), PREDICT),
    "pairs": Artefact(
        lambda path: _pipeline(path, PairFeatures(CountVectorizer()), _head("logreg")),
        (*PREDICT, "--pair-column", "other"),
    ),
    "complement-nb": _of_head("complement_nb"),
    "multinomial-nb": _of_head("multinomial_nb"),
    "bernoulli-nb": _of_estimator("naive_bayes:BernoulliNB"),
    "gaussian-nb": Artefact(
        lambda path: _pipeline(
            path, CountVectorizer(), _of_scikit("naive_bayes:GaussianNB"), _reducer("svd"), THREE_LABELS
        ),
        PREDICT,
    ),
    "sgd": _of_head("sgd"),
    "knn": _of_head("knn", n_neighbors=2),
    "majority": _of_head("majority"),
    "ridge-classifier": _of_estimator("linear_model:RidgeClassifier", THREE_LABELS),
    "linear-svc": _of_estimator("svm:LinearSVC", THREE_LABELS),
    "calibrated": Artefact(
        lambda path: _pipeline(
            path,
            CountVectorizer(),
            _of_scikit("calibration:CalibratedClassifierCV", estimator=_head("complement_nb"), cv=2),
            y=THREE_LABELS,
        ),
        PREDICT,
    ),
    "multilabel": _of_head("logreg", "multilabel"),
    "multilabel-svm": _of_head("linear_svm", "multilabel"),
    "ols": _of_head("ols", "regression"),
    "ridge": _of_head("ridge", "regression"),
    "sgd-regression": _of_head("sgd_regression", "regression", average=True),
    "knn-regression": _of_head("knn", "regression", n_neighbors=2),
    "mean": _of_head("mean", "regression"),
    "linear-svr": _of_estimator("svm:LinearSVR", TARGETS),
    "svd": _of_step(lambda: _reducer("svd")),
    "pca": _of_step(lambda: _reducer("pca")),
    "whiten": _of_step(lambda: _reducer("whiten")),
    "scikit-svd": _of_step(lambda: _of_scikit("decomposition:TruncatedSVD", n_components=2)),
    "max-abs-scaler": _of_step(lambda: _of_scikit("preprocessing:MaxAbsScaler")),
    "standard-scaler": _of_step(lambda: _of_scikit("preprocessing:StandardScaler", with_mean=False)),
    "normalizer": _of_step(lambda: _of_scikit("preprocessing:Normalizer")),
    "format-1": Artefact(_golden, PREDICT),
    "bm25": Artefact(lambda path: save(Bm25Vectorizer(tokenizer="words").fit(TEXTS), path), VECTORIZE),
    "hashing": Artefact(lambda path: save(HashingVectorizer(n_features=256).fit(TEXTS), path), VECTORIZE),
    "word2vec": Artefact(_subwords, VECTORIZE),
    "bert": Artefact(lambda path: save(BertVectorizer(**SCRATCH).fit(TEXTS), path), VECTORIZE),
    "bert-classifier": _of_texts(lambda: BertClassifier(**SCRATCH, training={"epochs": 0.1})),
    "bert-multilabel": _of_texts(lambda: BertClassifier(**SCRATCH, training={"epochs": 0.1}), LISTS),
    "bert-regressor": _of_texts(lambda: BertRegressor(**SCRATCH, training={"epochs": 0.1}), TARGETS),
    "neural": _of_texts(lambda: NeuralClassifier(**TINY)),
    "neural-cnn": _of_texts(lambda: NeuralClassifier("cnn", **TINY), LISTS),
    "neural-gru": _of_texts(lambda: NeuralClassifier("gru", **TINY), THREE_LABELS),
    "neural-transformer": _of_texts(lambda: NeuralClassifier("transformer", heads=2, **TINY)),
    "neural-regressor": _of_texts(lambda: NeuralRegressor("mlp", **TINY), TARGETS),
    "index-bm25": Artefact(lambda path: _index(path, Bm25Vectorizer(tokenizer="words")), SEARCH),
    "index-dense": Artefact(lambda path: _index(path, Word2VecVectorizer(**WORDS)), SEARCH),
    "index-approximate": Artefact(lambda path: _index(path, Word2VecVectorizer(**WORDS), "approximate"), SEARCH),
    "index-hybrid": Artefact(_hybrid, ("search", "ARTEFACT", "a good film", "--json")),
    "encoder": Artefact(_encoder, ("vectorize", "bert", *VECTORIZE[2:], "--set", "model=ARTEFACT")),
}


def make(folder: Path, kinds: list[str]) -> None:
    """Make the artefacts of these kinds below `folder`, and the texts they are used on."""
    (folder / "texts.csv").write_text("text,other\na good film,a bad film\nnothing of a word known,x y\n")
    for kind in kinds:
        ARTEFACTS[kind].make(folder / kind)
