"""Every way to something optional, where its extra is not installed: code 6, and the pip command that installs it."""

import importlib.abc
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from nlp_toolkit import extras
from nlp_toolkit.errors import MissingExtraError
from nlp_toolkit_cli.main import run

TEXTS = ["a cat and a dog", "two cats", "the night train", "a bus to the sea"] * 3


class Blocker(importlib.abc.MetaPathFinder):
    """Some packages are not installed."""

    def __init__(self, packages: set[str]) -> None:
        self.packages = packages

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name.partition(".")[0] in self.packages:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Take the packages of an extra away, and everything of ours that has imported one."""

    def take_away(extra: str) -> None:
        packages = {package for package, of in extras.EXTRA_OF.items() if of == extra}
        for name in list(sys.modules):
            if name.partition(".")[0] in packages or name == "nlp_toolkit.transformer.packed_linear":
                monkeypatch.delitem(sys.modules, name)
        monkeypatch.setattr(sys, "meta_path", [Blocker(packages), *sys.meta_path])

    yield take_away


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "texts.csv"
    lines = [f"{i},{text},{text},{i % 2},{i / 2}" for i, text in enumerate(TEXTS)]
    path.write_text("\n".join(["id,text,other,label,number", *lines]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a stage, a model and an index that need the extra bert, and a model that does not."""
    from sklearn.pipeline import Pipeline

    from nlp_toolkit import BertVectorizer, SimilarityIndex, save
    from nlp_toolkit.estimators.heads import make_head

    folder = tmp_path_factory.mktemp("saved")
    stage = BertVectorizer("scratch-tiny", device="cpu", max_length=16).fit(TEXTS)
    save(stage, folder / "stage")
    head = make_head("logreg", {}, task="classification", seed=0)
    pipeline = Pipeline([("vectorizer", stage), ("reduce", "passthrough"), ("estimator", head)])
    pipeline.fit(TEXTS, ["cat", "bus"] * 6)
    save(pipeline, folder / "model")
    index = SimilarityIndex(stage)
    index.add(TEXTS)
    index.save(folder / "index")
    return folder


BERT_RECIPES = [
    "bert-cls-logreg",
    "bert-mlm-cls-logreg",
    "bert-scratch-cls-logreg",
    "bert-finetune",
    "bert-mlm-finetune",
]
NEURAL_RECIPES = ["neural-bag", "neural-mlp", "neural-cnn", "neural-gru", "neural-transformer"]
COMMANDS = {
    **{
        f"train {name}": ("bert", f"train {name} CORPUS --text-column text --label-column label --folds 0 -o OUT")
        for name in [*BERT_RECIPES, *NEURAL_RECIPES]
    },
    "train pairs": (
        "bert",
        "train bert-pair-regression CORPUS --text-column text --pair-column other --label-column number --folds 0 "
        "-o OUT",
    ),
    "tune": ("bert", "tune neural-bag CORPUS --text-column text --label-column label -o OUT.yaml"),
    "vectorize": ("bert", "vectorize bert CORPUS --text-column text -o OUT.npy"),
    "vectorize by a saved stage": ("bert", "vectorize SAVED/stage CORPUS --text-column text -o OUT.npy"),
    "pretrain": ("bert", "pretrain scratch-tiny CORPUS --text-column text -o OUT"),
    "pretrain with a plot": ("report", "pretrain scratch-tiny CORPUS --text-column text -o OUT --plot OUT.png"),
    "predict": ("bert", "predict SAVED/model CORPUS --text-column text"),
    "evaluate": ("bert", "evaluate SAVED/model CORPUS --text-column text --label-column label"),
    "explain": ("bert", "explain SAVED/model cat"),
    "search": ("bert", "search SAVED/index cat"),
    "index build": ("bert", "index build bert CORPUS --text-column text -o OUT"),
    "index build, hybrid": ("bert", "index build tfidf CORPUS --text-column text --also bert -o OUT"),
    "index build, approximate": (
        "search",
        "index build word2vec CORPUS --text-column text --kind approximate --set vectorizer.min_count=1 -o OUT",
    ),
    "a device": ("bert", "vectorize count CORPUS --text-column text --device cuda -o OUT.npz"),
    "a data set": ("bert", "train count-logreg DATASET --label-column label --folds 0 -o OUT"),
    "inspect a data set": ("bert", "inspect DATASET"),
}


@pytest.mark.parametrize(("extra", "command"), COMMANDS.values(), ids=list(COMMANDS))
def test_a_command_names_the_extra(
    extra: str,
    command: str,
    without: Callable[[str], None],
    corpus: Path,
    saved: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    dataset = tmp_path / "dataset"
    dataset.mkdir()
    (dataset / "state.json").write_text('{"_data_files": []}', encoding="utf-8")
    given = {"CORPUS": corpus, "SAVED": saved, "OUT": tmp_path / "out", "DATASET": dataset}
    for name, path in given.items():
        command = command.replace(name, str(path))
    without(extra)

    code = run([*command.split(), "--json"])

    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()][-1]
    assert (code, told["error"]["code"]) == (6, 6), told
    assert told["error"]["message"].endswith(f' is not installed; run: pip install "nlp-toolkit[{extra}]"')
    assert [path for path in tmp_path.iterdir() if path != dataset] == []


def fit_bert() -> object:
    from nlp_toolkit import BertVectorizer

    return BertVectorizer("scratch-tiny").fit(TEXTS)


def fit_classifier(name: str) -> Callable[[], object]:
    def fit() -> object:
        import nlp_toolkit

        return getattr(nlp_toolkit, name)().fit(TEXTS, np.arange(12) % 2)

    return fit


def gensim_vectors() -> object:
    from nlp_toolkit import Word2VecVectorizer

    return Word2VecVectorizer(min_count=1, epochs=1).fit(TEXTS).word_vectors_


def graph() -> object:
    from nlp_toolkit import Word2VecVectorizer
    from nlp_toolkit.search.index import SimilarityIndex

    return SimilarityIndex(Word2VecVectorizer(min_count=1, epochs=1), "approximate").add(TEXTS)


def lee() -> object:
    from nlp_toolkit_pipelines.samples import lee_news

    return lee_news()


CALLS = {
    "BertVectorizer": ("bert", fit_bert),
    **{
        name: ("bert", fit_classifier(name))
        for name in ("BertClassifier", "BertRegressor", "NeuralClassifier", "NeuralRegressor")
    },
    "gensim's KeyedVectors": ("word2vec", gensim_vectors),
    "an approximate index": ("search", graph),
    "the Lee news": ("word2vec", lee),
}


@pytest.mark.parametrize(("extra", "call"), CALLS.values(), ids=list(CALLS))
def test_a_class_names_the_extra(extra: str, call: Callable[[], object], without: Callable[[str], None]) -> None:
    without(extra)
    with pytest.raises(MissingExtraError, match=rf'is not installed; run: pip install "nlp-toolkit\[{extra}\]"'):
        call()


def test_every_extra_is_tried() -> None:
    tried = {extra for extra, _ in COMMANDS.values()} | {extra for extra, _ in CALLS.values()}
    assert tried == set(extras.EXTRA_OF.values())


@pytest.mark.parametrize("package", list(extras.EXTRA_OF))
def test_require_names_the_extra_of_each_package(package: str, without: Callable[[str], None]) -> None:
    extra = extras.EXTRA_OF[package]
    without(extra)
    with pytest.raises(MissingExtraError, match=rf"{package} is not installed; .*\[{extra}\]"):
        extras.require(f"{package}.some.part")
