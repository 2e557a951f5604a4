"""Index directories that were forged or damaged: each is refused before it is used, naming what is wrong."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nlp_toolkit import Bm25Vectorizer, SimilarityIndex, save
from nlp_toolkit.artefact.files import read_arrays, write_arrays
from nlp_toolkit.artefact.manifest import Manifest, file_entry, read_manifest, write_manifest
from nlp_toolkit.errors import ArtefactError

from .saved import TEXTS, saved


def forge(index: Path, change: Callable[[dict[str, object], Path], None]) -> None:
    """Change files or manifest fields and make the manifest fit again, as an attacker would."""
    manifest = read_manifest(index)
    fields = json.loads(json.dumps(dict(manifest.fields)))
    change(fields, index / "segments" / "000001-0")
    files = {name: file_entry(index / name) for name in manifest.files}
    write_manifest(
        index / "manifest.json", Manifest(manifest.kind, manifest.generation, manifest.versions, files, fields)
    )


def arrays_with(**wrong: Callable[[np.ndarray], np.ndarray]) -> Callable[[dict[str, object], Path], None]:
    def change(fields: dict[str, object], segment: Path) -> None:
        arrays = read_arrays(segment / "rows.safetensors")
        write_arrays(
            segment / "rows.safetensors", arrays | {name: make(arrays[name].copy()) for name, make in wrong.items()}
        )

    return change


def sql(*statements: str) -> Callable[[dict[str, object], Path], None]:
    def change(fields: dict[str, object], segment: Path) -> None:
        with sqlite3.connect(segment / "documents.sqlite") as table:
            for statement in statements:
                table.execute(statement)
        table.close()

    return change


def described(**wrong: object) -> Callable[[dict[str, object], Path], None]:
    def change(fields: dict[str, object], segment: Path) -> None:
        index = fields["index"]
        assert isinstance(index, dict)
        index["segments"][0].update(wrong)

    return change


def listed(**wrong: object) -> Callable[[dict[str, object], Path], None]:
    def change(fields: dict[str, object], segment: Path) -> None:
        index = fields["index"]
        assert isinstance(index, dict)
        index.update(wrong)

    return change


def segment_twice(fields: dict[str, object], segment: Path) -> None:
    index = fields["index"]
    assert isinstance(index, dict)
    index["segments"] *= 2


def segment_without_rows(fields: dict[str, object], segment: Path) -> None:
    index = fields["index"]
    assert isinstance(index, dict)
    del index["segments"][0]["rows"]


def garbage(fields: dict[str, object], segment: Path) -> None:
    (segment / "documents.sqlite").write_bytes(b"SQLite format 3\x00" + bytes(range(256)) * 40)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (arrays_with(rows=lambda rows: rows + 1000), "expected rows below 4"),
        (arrays_with(rows=lambda rows: rows - 1000), "expected rows below 4"),
        (arrays_with(columns=lambda columns: columns[::-1]), "expected ascending columns"),
        (arrays_with(starts=lambda starts: starts * 100), "starts of the columns do not fit"),
        (arrays_with(starts=lambda starts: starts[:-1]), "one start a column and one more"),
        (arrays_with(weights=lambda weights: weights * np.nan), "expected finite weights"),
        (arrays_with(weights=lambda weights: weights[:-1]), "starts of the columns do not fit"),
        (
            sql("CREATE TRIGGER t AFTER INSERT ON documents BEGIN DELETE FROM documents; END"),
            "its tables are not those",
        ),
        (sql("CREATE VIEW v AS SELECT load_extension('x')"), "its tables are not those"),
        (sql("ALTER TABLE documents ADD COLUMN extra"), "its tables are not those"),
        (sql("DELETE FROM documents WHERE row = 2"), "expected 4 rows from 0 on"),
        (sql("UPDATE segment SET stage = 'other'"), "belongs to another generation or stage"),
        (sql("UPDATE segment SET generation = 9"), "belongs to another generation or stage"),
        (garbage, "the file is damaged"),
        (described(folder="../elsewhere"), "speaks of '../elsewhere/rows.safetensors' without listing it"),
        (described(rows=7), "expected rows|expected 7 rows"),
        (described(kind="pickle"), "KeyError"),
        (described(metadata=[["year", "int); DROP"]]), "expected metadata as"),
        (described(metadata=[["year", "str"]]), "its tables are not those"),
        (listed(columns=2**60), "is not a count"),
        (listed(graph={"neighbors": -1}), "expected 2 to 256 neighbors"),
        (segment_twice, "a segment is listed twice"),
        (segment_without_rows, "a segment without rows"),
    ],
)
def test_forged_index_is_refused_before_it_is_used(
    tmp_path: Path, change: Callable[[dict[str, object], Path], None], message: str
) -> None:
    saved(tmp_path / "index")
    forge(tmp_path / "index", change)
    with pytest.raises(ArtefactError, match=message):
        SimilarityIndex.load(tmp_path / "index")


@pytest.mark.parametrize("name", ["rows.safetensors", "documents.sqlite"])
def test_changed_byte_missing_file_or_link_is_named(tmp_path: Path, name: str) -> None:
    saved(tmp_path / "index")
    file = tmp_path / "index" / "segments" / "000001-0" / name
    original = file.read_bytes()
    file.write_bytes(original[:-1] + bytes([original[-1] ^ 1]))
    with pytest.raises(ArtefactError, match=f"{name}: its SHA-256 differs"):
        SimilarityIndex.load(tmp_path / "index")
    file.write_bytes(original + b"x")
    with pytest.raises(ArtefactError, match=f"{name}: .* bytes, expected"):
        SimilarityIndex.load(tmp_path / "index")
    file.unlink()
    with pytest.raises(ArtefactError, match=f"{name}: missing or a link"):
        SimilarityIndex.load(tmp_path / "index")
    (tmp_path / "copy").write_bytes(original)
    file.symlink_to(tmp_path / "copy")
    with pytest.raises(ArtefactError, match=f"{name}: missing or a link"):
        SimilarityIndex.load(tmp_path / "index")


def test_stage_swapped_for_another_is_noticed(tmp_path: Path) -> None:
    saved(tmp_path / "index")
    shutil.rmtree(tmp_path / "index" / "stage-000001")
    save(Bm25Vectorizer(tokenizer="words").fit(TEXTS), tmp_path / "index" / "stage-000001")
    with pytest.raises(ArtefactError, match=r"missing or a link|differs|bytes, expected"):
        SimilarityIndex.load(tmp_path / "index")
