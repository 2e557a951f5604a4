"""Hostile and damaged model directories: each is refused, naming the file, and no code in it runs."""

import io
import json
import os
import pickle
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline

from nlp_toolkit import TfidfVectorizer, load
from nlp_toolkit.artefact import ModelContents, read_manifest, text_hashes, write_model
from nlp_toolkit.artefact import manifest as manifest_module
from nlp_toolkit.artefact.manifest import Manifest, file_entry, write_manifest
from nlp_toolkit.errors import ArtefactError

TEXTS = ["한국 영화 좋다", "나쁜 영화", "a good film", "a bad film"] * 3
LABELS = ["good", "bad"] * 6
FILES = [
    "manifest.json",
    "000001/README.md",
    "000001/estimator.skops",
    "000001/metrics.json",
    "000001/stages/0-tfidf/idf.safetensors",
    "000001/stages/0-tfidf/parameters.json",
    "000001/stages/0-tfidf/vocabulary.txt",
    "000001/training_texts.safetensors",
]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A small, whole model directory with every kind of file."""
    pipeline = Pipeline(
        [("vectorizer", TfidfVectorizer()), ("reduce", "passthrough"), ("estimator", LogisticRegression())]
    ).fit(TEXTS, LABELS)
    contents = ModelContents(pipeline, metrics={"accuracy": 1.0}, training_texts=text_hashes(TEXTS))
    write_model(tmp_path / "model", contents)
    return tmp_path / "model"


@pytest.fixture
def marker(tmp_path: Path) -> Iterator[Path]:
    """A file that the hostile models here would create if their code ran."""
    path = tmp_path / "code-ran"
    yield path
    assert not path.exists()


def _sign(model: Path, **fields: object) -> None:
    """Make the manifest fit the files again, as an attacker would; `fields` replace the manifest's."""
    old = read_manifest(model)
    folder = model / old.generation
    files = {
        path.relative_to(folder).as_posix(): file_entry(path) for path in sorted(folder.rglob("*")) if path.is_file()
    }
    new = Manifest(old.kind, old.generation, old.versions, files, {**old.fields, **fields})
    write_manifest(model / "manifest.json", new)


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
    _sign(model)
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
        (b'{"format": 2}', r"format 2 is newer than this toolkit reads \(1\); upgrade nlp-toolkit"),
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
        ({"kind": "index"}, "of kind 'index'"),
        ({"labels": 3}, "labels or recipe are damaged"),
        ({"seed": "zero"}, "task or seed is damaged"),
        ({"model": None}, "unknown part"),
        ({"model": {"pipeline": [1]}}, "pipeline is not a list of"),
        ({"model": {"union": [{"name": "a"}]}}, "union is not a list of"),
        ({"model": {"pairs": "passthrough"}}, "pairs of 'passthrough'"),
        ({"model": {"skops": "../../estimator.skops"}}, "outside the model"),
        ({"model": {"skops": "/etc/passwd"}}, "outside the model"),
        ({"model": {"skops": "README.md"}}, "README.md: not a skops file"),
        ({"model": {"stage": "tfidf", "folder": "../.."}}, "outside the model"),
        ({"model": {"stage": "tfidf", "folder": "."}}, "vocabulary.txt"),
        ({"model": {"stage": "os:system", "folder": "."}}, "kind 'os:system', which is not registered"),
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


class _Touch:
    """What unpickles by running code: only a real pickle shows that none is opened."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("name", [name for name in FILES if name not in {"manifest.json", "000001/README.md"}])
def test_a_pickle_in_place_of_a_file_is_refused_and_not_run(model: Path, marker: Path, name: str) -> None:
    (model / name).write_bytes(pickle.dumps(_Touch(marker)))
    _sign(model)
    with pytest.raises(ArtefactError, match=Path(name).name):
        load(model)


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".safetensors")])
def test_an_oversized_header_is_refused(model: Path, name: str) -> None:
    (model / name).write_bytes((2**40).to_bytes(8, "little") + b"{}")
    _sign(model)
    with pytest.raises(ArtefactError, match=rf"{Path(name).name}: its header claims 1099511627776 bytes"):
        load(model)


def _node(loader: str, module: str, name: str, **more: object) -> dict[str, object]:
    return {"__loader__": loader, "__module__": module, "__class__": name, "__id__": 10**6, **more}


def _json(value: object) -> dict[str, object]:
    return _node("JsonNode", "builtins", "str", content=json.dumps(value), is_json=True)


def _arguments(*values: object) -> dict[str, object]:
    return _node("TupleNode", "builtins", "tuple", content=[_json(value) for value in values])


NO_STATE = _node(
    "DictNode", "builtins", "dict", content={}, key_types=_node("ListNode", "builtins", "list", content=[])
)


@pytest.mark.parametrize(
    ("hostile", "named"),
    [
        (_node("FunctionNode", "os", "system"), "os.system"),
        (_node("FunctionNode", "numpy", "load"), "numpy.load"),
        (_node("TypeNode", "subprocess", "Popen"), "subprocess.Popen"),
        (_node("ObjectNode", "subprocess", "Popen", content=None), "subprocess.Popen"),
        (_node("ObjectNode", "sklearn.tree._classes", "DecisionTreeClassifier"), "DecisionTreeClassifier"),
        (_node("ObjectNode", "sklearn.datasets", "fetch_openml"), "fetch_openml"),
        (_node("ConstructorFromReduceNode", "os", "system", content=_arguments("touch MARKER")), "os.system"),
        (_node("OperatorFuncNode", "operator", "methodcaller", attrs=_arguments("touch")), "operator.methodcaller"),
        (_node("MethodNode", "builtins", "str", content={"func": "format", "obj": _json("a")}), "builtins.str"),
        (_node("PartialNode", "functools", "partial"), "functools.partial"),
        (
            _node("LossNode", "os", "system", __reduce__={"args": _arguments("touch MARKER")}, content=NO_STATE),
            "os.system",
        ),
        (_node("TreeNode", "sklearn.tree._tree", "Tree"), "sklearn.tree._tree.Tree"),
        (_node("DictNode", "nlp_toolkit_cli.main", "main", content={}), "nlp_toolkit_cli.main.main"),
        (_node("NdArrayNode", "numpy", "fromfile", type="numpy", file="1.npy"), "numpy.fromfile"),
        (_node("CachedNode", "builtins", "str"), "builtins.str"),
        (_node("RandomStateNode", "numpy.random.mtrand", "RandomState"), "RandomState"),
        (_node("UnheardOfNode", "builtins", "str"), "builtins.str"),
        ({"__loader__": ["JsonNode"], "__class__": "str", "__module__": "builtins"}, "builtins.str"),
    ],
)
def test_an_estimator_file_holding_anything_else_is_refused_by_name(
    model: Path, marker: Path, hostile: dict[str, object], named: str
) -> None:
    _change_skops(model, lambda schema, _: schema["content"]["content"].update(coef_=hostile))
    text = (model / "000001" / "estimator.skops").read_bytes().replace(b"MARKER", os.fsencode(marker.name))
    assert named.rpartition(".")[2].encode() in text
    with pytest.raises(ArtefactError, match=rf"estimator.skops: holds .*{named}.*nothing was loaded"):
        load(model)


def _change_skops(model: Path, change: Callable[[Any, dict[str, bytes]], object]) -> None:
    """Let `change` edit the schema and the entries of the estimator's file, and sign the model."""
    path = model / "000001" / "estimator.skops"
    with ZipFile(path) as file:
        entries = {name: file.read(name) for name in file.namelist()}
    schema = json.loads(entries.pop("schema.json"))
    change(schema, entries)
    with ZipFile(path, "w") as file:
        for name, content in entries.items():
            file.writestr(name, content)
        file.writestr("schema.json", json.dumps(schema))
    _sign(model)


def _claim(shape: str, descr: str = "<f8") -> bytes:
    """A .npy file that claims a shape and holds nothing."""
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (53 - len(header) % 64 + 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


def _pickled_array() -> bytes:
    content = io.BytesIO()
    np.save(content, np.array([{}], dtype=object), allow_pickle=True)
    return content.getvalue()


def _first_array(entries: dict[str, bytes]) -> str:
    return next(name for name in entries if name.endswith(".npy"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda schema, entries: entries.update({_first_array(entries): _claim("(1099511627776,)")}), "not as long as"),
        (lambda schema, entries: entries.update({_first_array(entries): _claim("(-1,)")}), "not as long as"),
        (lambda schema, entries: entries.update({_first_array(entries): _pickled_array()}), "holds pickled objects"),
        (lambda schema, entries: entries.update({_first_array(entries): b"not numpy"}), "not a skops file"),
        (
            lambda schema, entries: entries.update({_first_array(entries): _claim("__import__('os')")}),
            "not a skops file",
        ),
        (lambda schema, entries: entries.update({"../../up.npy": b""}), "has a path in its name"),
        (lambda schema, entries: entries.update({f"{n}.txt": b"" for n in range(10_001)}), "10\\d\\d\\d entries"),
        (lambda schema, entries: entries.pop(_first_array(entries)), "cannot be read|not a skops file"),
        (lambda schema, entries: schema.update(protocol=0), "skops protocol 0, expected 2"),
        (lambda schema, entries: schema.update(protocol=99), "skops protocol 99, expected 2"),
        (lambda schema, entries: schema.pop("content"), "not fitted"),
    ],
)
def test_a_hostile_estimator_file_is_refused(model: Path, change: Callable[..., object], message: str) -> None:
    _change_skops(model, change)
    with pytest.raises(ArtefactError, match=rf"estimator.skops: .*({message})"):
        load(model)


def test_a_zip_bomb_is_refused_before_it_unpacks(model: Path) -> None:
    with ZipFile(model / "000001" / "estimator.skops", "w", ZIP_DEFLATED) as file:
        file.writestr("schema.json", b" " * 2**27)
    _sign(model)
    with pytest.raises(
        ArtefactError, match=r"estimator.skops: entry 'schema.json' unpacks to 134217728 bytes; refused"
    ):
        load(model)


@pytest.fixture
def neighbours(tmp_path: Path) -> Path:
    """A model that stores a sparse matrix."""
    pipeline = Pipeline(
        [
            ("vectorizer", TfidfVectorizer()),
            ("reduce", "passthrough"),
            ("estimator", KNeighborsClassifier(1, algorithm="brute")),
        ]
    ).fit(TEXTS, LABELS)
    write_model(tmp_path / "neighbours", ModelContents(pipeline))
    return tmp_path / "neighbours"


def _npz(**arrays: np.ndarray) -> bytes:
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    return content.getvalue()


def _csr(indices: list[int], data: np.ndarray, *, shape: tuple[int, int] = (1, 3), format: bytes = b"csr") -> bytes:
    return _npz(
        indices=np.array(indices, dtype=np.int32),
        indptr=np.array([0, len(indices)], dtype=np.int32),
        format=np.array(format),
        shape=np.array(shape),
        data=data,
    )


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (_csr([7], np.ones(1)), "indices"),
        (_csr([-1], np.ones(1)), "indices"),
        (_csr([0], np.ones(1), shape=(1, 3), format=b"csc"), "CSR|index"),
        (_csr([0], np.ones(2**24)), "unpacks to"),
        (_npz(data=np.ones(1)), "expected a matrix in CSR form"),
        (b"not a zip", "not a zip"),
    ],
)
def test_a_hostile_sparse_matrix_is_refused(neighbours: Path, matrix: bytes, message: str) -> None:
    _change_skops(
        neighbours,
        lambda _, entries: entries.update({name: matrix for name in entries if name.endswith(".npz")}),
    )
    with pytest.raises(ArtefactError, match=rf"estimator.skops: .*({message})"):
        load(neighbours)


def test_an_honest_sparse_matrix_is_read(neighbours: Path) -> None:
    found = load(neighbours)
    assert isinstance(found, Pipeline)
    assert sp.issparse(found["estimator"]._fit_X)
    assert list(found.predict(TEXTS[:2])) == LABELS[:2]
