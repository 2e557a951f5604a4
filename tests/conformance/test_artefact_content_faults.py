"""Hostile skops files in models of format 1, with a manifest that vouches for them: refused by name, no code runs."""

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.pipeline import Pipeline

from nlp_toolkit import load
from nlp_toolkit.errors import ArtefactError

from .whole_model import model_of_format_1, sign


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A whole model of format 1."""
    model_of_format_1(tmp_path / "model", "classification-logreg")
    return tmp_path / "model"


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
    sign(model)


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
        (lambda schema, entries: schema.pop("content"), "cannot be read"),
    ],
)
def test_a_hostile_estimator_file_is_refused(model: Path, change: Callable[..., object], message: str) -> None:
    _change_skops(model, change)
    with pytest.raises(ArtefactError, match=rf"estimator.skops: .*({message})"):
        load(model)


def test_a_zip_bomb_is_refused_before_it_unpacks(model: Path) -> None:
    with ZipFile(model / "000001" / "estimator.skops", "w", ZIP_DEFLATED) as file:
        file.writestr("schema.json", b" " * 2**27)
    sign(model)
    with pytest.raises(
        ArtefactError, match=r"estimator.skops: entry 'schema.json' unpacks to 134217728 bytes; refused"
    ):
        load(model)


@pytest.fixture
def neighbours(tmp_path: Path) -> Path:
    """A model that stores a sparse matrix."""
    model_of_format_1(tmp_path / "neighbours", "classification-knn")
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
        (_csr([7], np.ones(1)), "indices|index values"),
        (_csr([-1], np.ones(1)), "indices|index values"),
        (_csr([0], np.ones(1), shape=(1, 3), format=b"csc"), "CSR|index"),
        (_csr([0], np.ones(2**24)), "unpacks to"),
        (_npz(data=np.ones(1)), "expected a matrix in CSR form"),
        (b"not a zip", "not a zip"),
    ],
    ids=["column too high", "column below 0", "of another form", "too large", "arrays missing", "not a zip"],
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
    assert list(found.predict(["오늘 날씨가 맑고 따뜻하다"])) == ["맑음"]
