"""A whole model directory to damage, and its manifest signed again."""

import shutil
from pathlib import Path

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from nlp_toolkit import TfidfVectorizer
from nlp_toolkit.artefact import ModelContents, read_manifest, text_hashes, write_model
from nlp_toolkit.artefact.manifest import Manifest, file_entry, write_manifest

GOLDEN = Path(__file__).parents[1] / "fixtures" / "golden"
TEXTS = ["한국 영화 좋다", "나쁜 영화", "a good film", "a bad film"] * 3
LABELS = ["good", "bad"] * 6


def whole_model(path: Path) -> None:
    """A small, whole model directory with every kind of file."""
    pipeline = Pipeline(
        [("vectorizer", TfidfVectorizer()), ("reduce", "passthrough"), ("estimator", LogisticRegression())]
    ).fit(TEXTS, LABELS)
    contents = ModelContents(pipeline, metrics={"accuracy": 1.0}, training_texts=text_hashes(TEXTS))
    write_model(path, contents)


def model_of_format_1(path: Path, name: str) -> None:
    """A copy of the golden model `name`, which format 1 has estimators in skops files for."""
    shutil.copytree(GOLDEN / "format-1" / name / "model", path)


def sign(model: Path, /, **fields: object) -> None:
    """Make the manifest fit the files again, as an attacker would; `fields` replace the manifest's."""
    old = read_manifest(model)
    folder = model / old.generation
    files = {
        path.relative_to(folder).as_posix(): file_entry(path) for path in sorted(folder.rglob("*")) if path.is_file()
    }
    new = Manifest(old.kind, old.generation, old.versions, files, {**old.fields, **fields}, old.format)
    write_manifest(model / "manifest.json", new)
