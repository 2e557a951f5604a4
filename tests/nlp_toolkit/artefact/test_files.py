import json
import stat
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors.numpy import load_file

from nlp_toolkit.artefact.files import read_arrays, read_json, read_lines, write_arrays, write_json, write_lines
from nlp_toolkit.errors import ArtefactError

any_text = st.text(st.characters(), max_size=8)  # lone surrogates, NUL, CR, newlines included
awkward_text = st.text(st.sampled_from("\\\n\r\x00\x85\u2028\ud800\udc00nu가a"), max_size=8)


@given(terms=st.lists(any_text | awkward_text))
def test_lines_come_back_as_they_were(terms: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "terms.txt"
    write_lines(path, terms)
    assert read_lines(path) == terms


def test_lines_are_readable_utf8_and_escape_only_what_they_must(tmp_path: Path) -> None:
    write_lines(tmp_path / "terms.txt", ["서울", "a b", "back\\slash", "new\nline", "\udc80"])
    assert (tmp_path / "terms.txt").read_bytes().decode() == "서울\na b\nback\\\\slash\nnew\\nline\n\\udc80\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"one\ntwo", "cut off"),
        (b"\xff\xfe\n", "expected UTF-8"),
        (b"a\\qb\n", "stray backslash"),
        (b"a\\\n", "stray backslash"),
    ],
)
def test_damaged_lines_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "terms.txt").write_bytes(content)
    with pytest.raises(ArtefactError, match=message):
        read_lines(tmp_path / "terms.txt")


def test_lines_larger_than_allowed_are_not_read(tmp_path: Path) -> None:
    write_lines(tmp_path / "terms.txt", ["word"] * 100)
    with pytest.raises(ArtefactError, match="500 bytes, expected at most 499"):
        read_lines(tmp_path / "terms.txt", max_bytes=499)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(value=json_values)
def test_json_comes_back_as_it_was(value: object, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "value.json"
    write_json(path, value)
    assert read_json(path) == value


def test_equal_json_has_equal_bytes(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"b": 1, "a": ["한"]})
    write_json(tmp_path / "b.json", {"a": ["한"], "b": 1})
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_json_has_no_word_for_nan(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", float("nan"))


@pytest.mark.parametrize("content", [b"{", b"[" * 200_000, b"NaN", b"\xff", b"9" * 5000, b"[1e999]"])
def test_damaged_json_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(ArtefactError, match=r"a\.json: expected JSON"):
        read_json(tmp_path / "a.json")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match=r"gone\.json: No such file"):
        read_json(tmp_path / "gone.json")


plain_arrays = hnp.arrays(
    hnp.boolean_dtypes() | hnp.integer_dtypes(endianness="?") | hnp.floating_dtypes(endianness="?"),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0),
)


@given(arrays=st.dictionaries(st.text(max_size=5), plain_arrays, max_size=4))
def test_arrays_come_back_as_they_were(arrays: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "arrays.safetensors"
    # A name that is not a key safetensors keeps for itself, and that JSON can hold.
    arrays = {name: array for name, array in arrays.items() if name != "__metadata__"}
    write_arrays(path, arrays)
    found = read_arrays(path)
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype.newbyteorder("<")
        np.testing.assert_array_equal(found[name], array)


def test_arrays_are_what_safetensors_reads(tmp_path: Path) -> None:
    path = tmp_path / "arrays.safetensors"
    arrays = {
        "column-major": np.asfortranarray([[1.5, 2.5], [3.5, 4.5]]),
        "flags": np.array([True]),
        "none": np.ones(0),
    }
    write_arrays(path, arrays)
    found = load_file(path)
    assert {name: array.tolist() for name, array in found.items()} == {
        "column-major": [[1.5, 2.5], [3.5, 4.5]],
        "flags": [True],
        "none": [],
    }


def test_arrays_can_be_read_by_whom_the_system_lets_read_new_files(tmp_path: Path) -> None:
    write_arrays(tmp_path / "arrays.safetensors", {"a": np.ones(1)})
    (tmp_path / "other").touch()
    mode = stat.S_IMODE((tmp_path / "arrays.safetensors").stat().st_mode)
    assert mode == stat.S_IMODE((tmp_path / "other").stat().st_mode)


@pytest.mark.parametrize("array", [np.array(["a"]), np.array([None]), np.array([1j])])
def test_arrays_of_other_types_are_refused_by_name(tmp_path: Path, array: np.ndarray) -> None:
    with pytest.raises(ValueError, match="array 'odd' has type"):
        write_arrays(tmp_path / "arrays.safetensors", {"odd": array})


def _safetensors(header: object, body: bytes = b"", *, length: int | None = None) -> bytes:
    raw = json.dumps(header).encode() if not isinstance(header, bytes) else header
    return (len(raw) if length is None else length).to_bytes(8, "little") + raw + body


def _entry(dtype: str, shape: list[int], begin: int, end: int) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"123", "claims"),
        (_safetensors({}, length=2**62), "claims 4611686018427387904 bytes"),
        (_safetensors(b" " * (2**20 + 1)), "claims 1048577 bytes"),
        (_safetensors(b"[1]"), "header is damaged"),
        (_safetensors(b"[" * 100_000), "header is damaged"),
        (_safetensors({"a": _entry("F64", [2**40], 0, 8)}, b"8 bytes!"), "does not take 8 bytes"),
        (_safetensors({"a": _entry("F64", [-1, -1], 0, 8)}, b"8 bytes!"), "negative"),
        (_safetensors({"a": _entry("F64", [True], 0, 8)}, b"8 bytes!"), "negative or fractional"),
        (_safetensors({"a": _entry("C64", [1], 0, 8)}, b"8 bytes!"), "has type 'C64'"),
        (_safetensors({"a": _entry("F64", [1], 0, 8)}, b"8 bytes! and more"), "need 8 bytes, the file holds 17"),
        (
            _safetensors({"a": _entry("F64", [1], 0, 8), "b": _entry("F64", [1], 0, 8)}, b"8 bytes!"),
            "overlap or leave gaps",
        ),
        (_safetensors({"a": {"dtype": "F64"}}), "header is damaged"),
    ],
)
def test_hostile_array_files_are_refused_before_memory_is_taken(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "arrays.safetensors"
    path.write_bytes(content)
    with pytest.raises(ArtefactError, match=message):
        read_arrays(path)
