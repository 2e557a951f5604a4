"""Hostile and damaged model directories: each is refused, naming the file, and no code in it runs."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from sklearn.pipeline import Pipeline

from nlp_toolkit import load
from nlp_toolkit.artefact import manifest as manifest_module
from nlp_toolkit.artefact import read_manifest
from nlp_toolkit.errors import ArtefactError

from .whole_model import sign

FILES = [
    "manifest.json",
    "000001/README.md",
    "000001/estimator.json",
    "000001/estimator.safetensors",
    "000001/metrics.json",
    "000001/stages/0-tfidf/idf.safetensors",
    "000001/stages/0-tfidf/parameters.json",
    "000001/stages/0-tfidf/vocabulary.txt",
    "000001/training_texts.safetensors",
]


def _rewrite_manifest(model: Path, changes: Mapping[str, object]) -> None:
    """Change top-level keys of the manifest and give it a digest that fits."""
    content = json.loads((model / "manifest.json").read_text())
    content.pop("digest")
    content |= changes
    content["digest"] = manifest_module._digest(content)
    (model / "manifest.json").write_text(json.dumps(content))


def test_the_model_is_whole_before_it_is_damaged(model: Path) -> None:
    assert sorted(path.relative_to(model).as_posix() for path in model.rglob("*") if path.is_file()) == sorted(FILES)
    assert isinstance(load(model), Pipeline)
    sign(model)
    assert isinstance(load(model), Pipeline)


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_anywhere_is_found(model: Path, name: str) -> None:
    path = model / name
    whole = path.read_bytes()
    for position in sorted({0, len(whole) // 3, len(whole) // 2, len(whole) - 2}):
        damaged = bytearray(whole)
        damaged[position] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(ArtefactError, match=path.name):
            load(model)


def test_no_flipped_bit_of_the_manifest_goes_unseen(model: Path) -> None:
    path = model / "manifest.json"
    whole = path.read_bytes()
    unseen = []
    for position in range(0, len(whole), 7):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << (position % 7)
        path.write_bytes(damaged)
        try:
            changed = read_manifest(model)
        except ArtefactError:
            continue
        unseen.append((position, changed))
    path.write_bytes(whole)
    # White space between values may become other white space; what the manifest says is then the same.
    assert [changed for _, changed in unseen] == [read_manifest(model)] * len(unseen)


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_short_is_found(model: Path, name: str) -> None:
    content = (model / name).read_bytes()
    (model / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(ArtefactError, match=Path(name).name):
        load(model)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_found(model: Path, name: str) -> None:
    (model / name).unlink()
    with pytest.raises(ArtefactError, match=f"{Path(name).name}.* missing"):
        load(model)


@pytest.mark.parametrize("name", FILES)
def test_a_link_in_place_of_a_file_is_refused(model: Path, name: str) -> None:
    path = model / name
    path.rename(model.parent / "elsewhere")
    path.symlink_to(model.parent / "elsewhere")
    with pytest.raises(ArtefactError, match=r"link"):
        load(model)


def test_a_link_in_place_of_the_generation_is_refused(model: Path) -> None:
    (model / "000001").rename(model.parent / "elsewhere")
    (model / "000001").symlink_to(model.parent / "elsewhere")
    with pytest.raises(ArtefactError, match="000001: the generation in force is missing or not a folder"):
        load(model)


def test_a_link_to_a_folder_inside_is_refused(model: Path) -> None:
    (model / "000001" / "more").symlink_to("/etc")
    with pytest.raises(ArtefactError, match="more: a link or special file"):
        load(model)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are POSIX")
def test_a_pipe_is_refused_and_not_waited_for(model: Path) -> None:
    (model / "000001" / "README.md").unlink()
    os.mkfifo(model / "000001" / "README.md")
    with pytest.raises(ArtefactError, match=r"README.md: a link or special file"):
        load(model)


def test_a_file_that_is_not_listed_is_refused(model: Path) -> None:
    (model / "000001" / "stages" / "extra.py").write_text("print('hello')")
    with pytest.raises(ArtefactError, match=r"stages/extra.py: not listed"):
        load(model)


def test_leavings_of_a_killed_save_do_not_matter(model: Path) -> None:
    (model / "000002").mkdir()
    (model / "000002" / "half").write_text("half a model")
    (model / "manifest.json.new").write_text("{")
    assert isinstance(load(model), Pipeline)


def test_a_size_is_checked_before_the_file_is_read(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (model / "000001" / "README.md").open("r+b") as file:
        file.truncate(2**40)  # sparse: a terabyte that takes no room, but would take hours to read
    with pytest.raises(ArtefactError, match=r"README.md: 1099511627776 bytes, expected"):
        load(model)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected JSON"),
        (b"\x80\x04\x95", "expected JSON"),
        (b"[" * 100_000, "expected JSON"),
        (b"[1]", "expected a manifest"),
        (b"{}", "expected a manifest"),
        (b'{"format": "1"}', "expected a manifest"),
        (b'{"format": true}', "expected a manifest"),
        (b'{"format": 3}', r"format 3 is newer than this toolkit reads \(2\); upgrade nlp-toolkit"),
        (b'{"format": 0}', "there is no format 0"),
        (b'{"format": -1}', "there is no format -1"),
        (b'{"format": 1}', "its digest does not fit"),
        (b'{"format": 1}' + b" " * 2**25, "33554445 bytes, expected at most"),
    ],
)
def test_a_garbage_manifest_is_refused(model: Path, content: bytes, message: str) -> None:
    (model / "manifest.json").write_bytes(content)
    with pytest.raises(ArtefactError, match=rf"manifest.json: .*{message}"):
        load(model)


_ENTRY = {"size": 1, "sha256": "0" * 64}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"generation": "../../etc"}, "generation '../../etc'"),
        ({"generation": 1}, "generation 1"),
        ({"generation": "000002"}, "000002: the generation in force is missing"),
        ({"files": {"../../secret": _ENTRY}}, "leaves the model directory"),
        ({"files": {"/etc/passwd": _ENTRY}}, "leaves the model directory"),
        ({"files": {"a/./b": _ENTRY}}, "leaves the model directory"),
        ({"files": {"a\\..\\b": _ENTRY}}, "leaves the model directory"),
        ({"files": {"C:a": _ENTRY}}, "leaves the model directory"),
        ({"files": {"": _ENTRY}}, "leaves the model directory"),
        ({"files": {"a": {"size": -1, "sha256": "0" * 64}}}, "file entry"),
        ({"files": {"a": {"size": 1, "sha256": "short"}}}, "file entry"),
        ({"files": {"a": 1}}, "damaged"),
        ({"files": []}, "no versions or files"),
        ({"kind": "index", "format": 1}, "of kind 'index'"),
        ({"labels": 3}, "labels or recipe are damaged"),
        ({"seed": "zero"}, "task or seed is damaged"),
        ({"model": None}, "unknown part"),
        ({"model": {"pipeline": [1]}}, "pipeline is not a list of"),
        ({"model": {"union": [{"name": "a"}]}}, "union is not a list of"),
        ({"model": {"pairs": "passthrough"}}, "pairs of 'passthrough'"),
        ({"model": {"sklearn": "../../estimator"}}, "expected the name of a step"),
        ({"model": {"sklearn": "/etc/passwd"}}, "expected the name of a step"),
        ({"model": {"sklearn": "README"}}, "'README.json', which the manifest does not list"),
        ({"model": {"skops": "estimator.skops"}}, "names a skops file, which format 2 does not have"),
        ({"model": {"skops": "README.md"}, "format": 1}, "README.md: not a skops file"),
        ({"model": {"stage": "tfidf", "folder": "../.."}}, "in which the manifest lists no file"),
        ({"model": {"stage": "tfidf", "folder": "."}}, "in which the manifest lists no file"),
        ({"model": {"stage": "os:system", "folder": "stages/0-tfidf"}}, "kind 'os:system', which is not registered"),
    ],
)
def test_a_hostile_manifest_is_refused(model: Path, changes: dict[str, object], message: str) -> None:
    _rewrite_manifest(model, changes)
    with pytest.raises(ArtefactError, match=message):
        load(model)


@pytest.mark.parametrize("depth", [1, 700])
def test_a_deeply_nested_model_is_refused(model: Path, depth: int) -> None:
    tree: object = "passthrough"
    for _ in range(depth):
        tree = {"pairs": tree}
    _rewrite_manifest(model, {"model": tree})
    with pytest.raises(ArtefactError, match=r"pairs of 'passthrough'|nested too deeply"):
        load(model)


def test_a_manifest_nested_without_end_is_refused(model: Path) -> None:
    (model / "manifest.json").write_text('{"format": 1, "model": ' + '{"pairs": ' * 900 + "1" + "}" * 901)
    with pytest.raises(ArtefactError, match=r"manifest.json: (nested too deeply|.*digest)"):
        load(model)


@pytest.mark.parametrize("name", [name for name in FILES if name not in {"manifest.json", "000001/README.md"}])
def test_a_pickle_in_place_of_a_file_is_refused_and_not_run(model: Path, marker: Path, name: str) -> None:
    (model / name).write_bytes(f"cos\nmkdir\n(V{marker}\ntR.".encode())  # makes the marker when it is opened
    sign(model)
    with pytest.raises(ArtefactError, match=Path(name).name):
        load(model)


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".safetensors")])
def test_an_oversized_header_is_refused(model: Path, name: str) -> None:
    (model / name).write_bytes((2**40).to_bytes(8, "little") + b"{}")
    sign(model)
    with pytest.raises(ArtefactError, match=rf"{Path(name).name}: its header claims 1099511627776 bytes"):
        load(model)
