"""Texts, pairs and matrices: what is accepted as it is, what is refused and with which words, spooling."""

import errno
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from nlp_toolkit.errors import DataError, ResourceError
from nlp_toolkit.validation import SpooledTexts, as_list, check_finite, check_pairs, check_texts, spool

TWO = ["서울", ""]
FRAME = pd.DataFrame({"text": TWO})


@pytest.mark.parametrize(
    "texts",
    [
        TWO,
        tuple(TWO),
        np.array(TWO),
        np.array(TWO, dtype=object),
        pd.Series(TWO, index=[7, 8]),
        pd.Series(TWO, dtype=object),
        pd.Series(TWO, dtype="category"),
        pd.Index(TWO),
        pa.array(TWO),
        pa.chunked_array([TWO[:1], TWO[1:]]),
        pa.array(TWO).dictionary_encode(),
        pa.array(TWO, type=pa.large_string()),
        iter(TWO),
        (text for text in TWO),
        map(str, TWO),
        dict.fromkeys(TWO).keys(),
    ],
    ids=lambda texts: type(texts).__name__,
)
def test_every_kind_of_sequence_gives_its_texts(texts: object) -> None:
    assert list(check_texts(texts)) == TWO  # type: ignore[arg-type]


def test_column_of_datasets_is_read_lazily_and_again() -> None:
    datasets = pytest.importorskip("datasets", reason="the extra bert is not installed")
    checked = check_texts(datasets.Dataset.from_dict({"text": TWO})["text"])
    assert [list(checked), list(checked)] == [TWO, TWO]


def test_a_list_comes_back_itself() -> None:
    assert check_texts(TWO) is TWO
    assert as_list(TWO) is TWO


def test_a_file_gives_its_lines() -> None:
    assert as_list(io.StringIO("one\ntwo\n")) == ["one\n", "two\n"]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("text", r"expected a sequence of texts, got one str; wrap it in a list: \[text\]"),
        (b"text", r"got bytes; decode it and pass a list"),
        (None, r"got None; pass a list: \[text\]"),
        (3, r"got int; pass a list"),
        (2.5, r"got float; pass a list"),
        ({"text": "a"}, r"got dict; pass one column or its values as a list"),
        ({"a"}, r"got set; a set has no order"),
        (FRAME, r"got DataFrame of shape \(2, 1\); iterating over a table gives its column names: pass one column"),
        (pa.table({"text": TWO}), r"got Table of shape \(2, 1\); iterating over a table"),
        (np.array([TWO, TWO]), r"got ndarray of shape \(2, 2\); pass a one-dimensional column"),
        (np.array("text"), r"got ndarray of shape \(\)"),
        (sp.csr_matrix((2, 2)), r"got csr_matrix of shape \(2, 2\)"),
        (Path("texts.csv"), r"got PosixPath|got WindowsPath"),
        (
            ["a", None],
            r"row 2 \(counted from 1\) is missing \(None\), expected a text; leave the row out or put '' there",
        ),
        (["a", float("nan")], r"row 2 \(counted from 1\) is missing \(nan\)"),
        (pd.Series(["a", None]), r"row 2 \(counted from 1\) is missing"),
        (pd.Series(["a", pd.NA], dtype="string"), r"row 2 \(counted from 1\) is missing \(<NA>\)"),
        (pa.array(["a", None]), r"row 2 \(counted from 1\) is missing \(None\)"),
        ([1, 2], r"row 1 \(counted from 1\) is int 1, expected a text; convert it first"),
        (np.array([1.5]), r"row 1 \(counted from 1\) is float 1.5"),
        ([b"a"], r"row 1 \(counted from 1\) is bytes, expected a text; decode it first: row.decode\('utf-8'\)"),
        (
            [("a", "b")],
            r"row 1 \(counted from 1\) is a tuple of 2, expected a text; pairs of texts need PairFeatures\(stage\)",
        ),
        ([["a", "b", "c"]], r"row 1 \(counted from 1\) is a list of 3, expected a text; join its words"),
        (["a", {"text": "b" * 99}], r"row 2 \(counted from 1\) is dict \{'text': 'b+\.\.\., expected a text"),
    ],
    ids=str,
)
def test_everything_else_is_refused_with_cause_and_remedy(texts: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        check_texts(texts)  # type: ignore[arg-type]


def test_an_iterator_is_checked_row_by_row_as_it_is_read() -> None:
    checked = iter(check_texts(iter(["a", "b", 3])))  # type: ignore[list-item]
    assert [next(checked), next(checked)] == ["a", "b"]
    with pytest.raises(DataError, match=r"row 3 \(counted from 1\) is int 3"):
        next(checked)


def test_bytes_pass_where_a_stage_decodes_them() -> None:
    rows = ["a", b"b"]
    assert check_texts(rows, allow_bytes=True) is rows  # type: ignore[comparison-overlap, arg-type]


def test_subclasses_of_str_are_texts() -> None:
    rows = [np.str_("a"), "b"]
    assert check_texts(rows) is rows


def test_pairs_come_back_as_tuples() -> None:
    assert check_pairs([["a", "b"], ("c", "d")]) == [("a", "b"), ("c", "d")]  # type: ignore[list-item]
    assert check_pairs(zip(["a"], ["b"], strict=True)) == [("a", "b")]
    assert check_pairs(np.array([["a", "b"]])) == [("a", "b")]


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ("ab", r"expected a sequence of pairs of texts, got one str; wrap it in a list: \[\(text, text\)\]"),
        (FRAME, r"got DataFrame of shape \(2, 1\)"),
        (["ab"], r"row 1 \(counted from 1\) is str 'ab', expected a pair of texts: \(text, text\)"),
        ([("a", "b"), ("a",)], r"row 2 \(counted from 1\) is tuple \('a',\), expected a pair of texts"),
        ([("a", None)], r"the second text of row 1 \(counted from 1\) is NoneType None, expected a text"),
        ([(1, "a")], r"the first text of row 1 \(counted from 1\) is int 1, expected a text"),
    ],
    ids=str,
)
def test_what_is_no_pair_is_refused_by_row(pairs: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        check_pairs(pairs)  # type: ignore[arg-type]


@pytest.mark.parametrize("convert", [np.asarray, sp.csr_matrix, sp.csr_array], ids=["dense", "csr_matrix", "csr_array"])
def test_rows_with_nan_or_infinity_are_named(convert: type) -> None:
    values = np.eye(8)
    check_finite(convert(values), "the matrix")
    values[2, 0], values[5, 5] = np.nan, -np.inf
    with pytest.raises(
        DataError,
        match=r"the matrix holds NaN or infinity in rows 3, 6 \(counted from 1\); expected finite numbers only",
    ):
        check_finite(convert(values), "the matrix")
    with pytest.raises(DataError, match="in rows c, f;"):
        check_finite(convert(values), "the matrix", ids=list("abcdefgh"))


def test_many_bad_rows_are_counted() -> None:
    with pytest.raises(DataError, match=r"in rows 1, 2, .*, 10 and 990 more \(counted from 1\);"):
        check_finite(np.full((1000, 2), np.nan), "the matrix")


def test_counts_and_large_finite_numbers_pass() -> None:
    check_finite(np.array([[1, 2]]), "counts")
    check_finite(np.full((3, 3), 1e308), "large numbers")
    check_finite(sp.csr_matrix((0, 4)), "nothing")


def test_what_can_be_read_again_is_not_spooled() -> None:
    assert spool(TWO) is TWO


@given(st.lists(st.text(st.characters(), max_size=20)))
def test_spooled_texts_are_the_texts_each_time_they_are_read(texts: list[str]) -> None:
    spooled = spool(iter(texts))
    assert [list(spooled), list(spooled)] == [texts, texts]


def test_two_readers_of_spooled_texts_do_not_disturb_each_other() -> None:
    spooled = SpooledTexts(iter("abcd"))
    assert len(spooled) == 4
    assert list(zip(spooled, spooled, strict=True)) == [(letter, letter) for letter in "abcd"]


def test_spooling_leaves_no_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    spooled = spool(iter(TWO))
    assert list(spooled) == TWO
    del spooled
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_the_texts_comes_through_spooling() -> None:
    with pytest.raises(DataError, match=r"row 2 \(counted from 1\) is missing"):
        spool(check_texts(iter(["a", None])))  # type: ignore[list-item]


def test_a_full_disk_names_the_folder_and_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    class FullDisk(io.BytesIO):
        def write(self, _: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", FullDisk)
    with pytest.raises(ResourceError, match=r"could not keep 0 texts in .* \(No space left on device\); free space"):
        spool(iter(["a"]))
