"""CONTRIBUTING's example of a new stage, carried out: its file, its registration, its trial, a model that uses it."""

import ast
import doctest
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from pages import blocks

from nlp_toolkit import load, registry
from nlp_toolkit.testing import Trial
from nlp_toolkit_pipelines import Corpus, predict, train

TEXTS = [
    "서울은 넓다",
    "책이 재미있다",
    "오늘은 맑다",
    "바다가 가깝다",
    "a good book",
    "the sea is near",
    "it is warm",
    "we walk",
]
LABELS = ["ko"] * 4 + ["en"] * 4


def example(path: str) -> str:
    """The block that says it is the file `path`, without that line."""
    [code] = [block.code for block in blocks("CONTRIBUTING.md", "python") if block.code.startswith(f"# {path}\n")]
    return code.partition("\n")[2]


@pytest.fixture
def my_stages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The example as a package of its own, imported and thereby registered."""
    package = tmp_path / "my_stages"
    package.mkdir()
    (package / "letters.py").write_text(example("nlp_toolkit/vectorizers/letters.py"), encoding="utf-8")
    (package / "__init__.py").write_text(example("my_stages/__init__.py"), encoding="utf-8")
    monkeypatch.setattr(registry, "_registered", {})
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("my_stages")
    for name in ("my_stages", "my_stages.letters"):
        sys.modules.pop(name, None)


def test_example_keeps_every_promise(my_stages: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "test_letters.py").write_text(example("tests/test_letters.py"), encoding="utf-8")
    importlib.import_module("test_letters").test_letters_keep_every_promise()
    sys.modules.pop("test_letters")


def test_example_shows_what_it_gives(my_stages: ModuleType) -> None:
    failed, tried = doctest.testmod(sys.modules["my_stages.letters"])
    assert (failed, tried) == (0, 1)


def test_recipe_with_the_example_trains_saves_and_predicts(my_stages: ModuleType, tmp_path: Path) -> None:
    recipe = {"task": "classification", "vectorizer": {"kind": "letters"}, "estimator": {"kind": "logreg", "C": 100.0}}
    train(recipe, Corpus(texts=TEXTS, labels=LABELS), folds=0, output=tmp_path / "model")
    assert type(load(tmp_path / "model")[0]) is my_stages.LetterVectorizer
    assert [found.label for found in predict(tmp_path / "model", ["맛있는 책", "good food"])] == ["ko", "en"]


def test_lines_for_registry_and_conformance_table_fit_in(
    my_stages: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = ast.literal_eval("{" + example("nlp_toolkit/registry.py") + "}")
    [(kind, place)] = kinds.items()
    monkeypatch.setitem(registry._BUILT_IN, kind, place.replace("nlp_toolkit.vectorizers", "my_stages"))
    registry._registered.clear()
    assert registry.stage_class(kind) is my_stages.LetterVectorizer
    line = "{" + example("tests/conformance/test_stages.py") + "}"
    table = eval(line, {"Trial": Trial, "LetterVectorizer": my_stages.LetterVectorizer})
    assert table == {kind: Trial(my_stages.LetterVectorizer)}
