"""`import nlp_toolkit` is cheap, a command imports what it needs, and every public name is where it says."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sklearn.pipeline import Pipeline

import nlp_toolkit
from nlp_toolkit import Bm25Vectorizer, SimilarityIndex, TfidfVectorizer
from nlp_toolkit.estimators.heads import make_head

HEAVY = (
    "numpy",
    "scipy",
    "sklearn",
    "numba",
    "torch",
    "transformers",
    "gensim",
    "faiss",
    "kiwipiepy",
    "pyarrow",
    "pandas",
)


def test_importing_loads_nothing_heavy() -> None:
    code = f"import sys, nlp_toolkit; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", nlp_toolkit.__all__)
def test_public_name_is_defined_where_it_says(name: str) -> None:
    found = getattr(nlp_toolkit, name)
    assert found.__name__ == name
    assert found.__doc__
    assert name in dir(nlp_toolkit)


def test_using_every_public_name_loads_no_extra_and_no_kiwi() -> None:
    code = (
        "import sys, nlp_toolkit\n"
        "for name in nlp_toolkit.__all__: getattr(nlp_toolkit, name)\n"
        "unwanted = ('torch', 'transformers', 'gensim', 'faiss', 'kiwipiepy', 'matplotlib')\n"
        "print([name for name in unwanted if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'nlp_toolkit' has no attribute 'CuontVectorizer'"):
        nlp_toolkit.CuontVectorizer  # noqa: B018


TEXTS = ["a good film", "a bad film", "a fine story", "a dull story"]
# Nothing that predicts or searches needs these, whatever else is installed.
NEVER = ("torch", "transformers", "datasets", "gensim", "faiss", "skops", "matplotlib", "hypothesis", "tokenizers")


def imported_by(arguments: list[str], unwanted: tuple[str, ...]) -> list[str]:
    """Which of the `unwanted` modules a run of the command line imports."""
    code = (
        "import json, sys\n"
        "from nlp_toolkit_cli.main import run\n"
        "arguments, unwanted = json.loads(sys.argv[1])\n"
        "code = run(arguments)\n"
        "print(json.dumps([code, [name for name in unwanted if name in sys.modules]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps([arguments, unwanted])], capture_output=True, text=True, check=True
    )
    exit_code, found = json.loads(done.stdout.splitlines()[-1])
    assert exit_code == 0, done.stderr
    return list(found)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved model, a saved index and an English text."""
    folder = tmp_path_factory.mktemp("cold")
    head = make_head("linear_svm", {}, task="classification", seed=0)
    model = Pipeline(
        [("vectorizer", TfidfVectorizer(tokenizer="auto")), ("reduce", "passthrough"), ("estimator", head)]
    )
    model.fit(TEXTS, ["good", "bad"] * 2)
    recipe = {"task": "classification", "vectorizer": {"kind": "tfidf"}, "estimator": {"kind": "linear_svm"}}
    nlp_toolkit.save(model, folder / "model", task="classification", recipe=recipe, seed=0)
    index = SimilarityIndex(Bm25Vectorizer())
    index.add(TEXTS)
    index.save(folder / "index")
    (folder / "text.txt").write_text("a good story\n", encoding="utf-8")
    return folder


def test_predicting_an_english_text_loads_no_kernels_and_no_skops(folder: Path) -> None:
    arguments = ["predict", str(folder / "model"), str(folder / "text.txt"), "--quiet"]
    assert imported_by(arguments, (*NEVER, "kiwipiepy", "numba")) == []


def test_a_search_loads_no_recipes_and_no_morphemes(folder: Path) -> None:
    arguments = ["search", str(folder / "index"), "good story", "--quiet"]
    assert imported_by(arguments, (*NEVER, "kiwipiepy", "nlp_toolkit_pipelines.recipe")) == []


@pytest.mark.parametrize("arguments", [["recipes"], ["predict", "--help"], ["--version"]], ids=" ".join)
def test_what_only_tells_loads_no_numbers(arguments: list[str]) -> None:
    assert imported_by(arguments, (*NEVER, *HEAVY)) == []
