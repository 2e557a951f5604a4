"""Rows on disk: csv, tsv and jsonl that read back, and are safe to open in a spreadsheet when asked."""

import csv
import io
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_toolkit.corpus import read_corpus, write_rows
from nlp_toolkit.corpus.rows import formula_safe
from nlp_toolkit.errors import DataError, UsageError

ROWS = [
    {"id": "001", "label": "긍정", "probabilities": {"긍정": 0.75, "부정": 0.25}, "note": None},
    {"id": "b", "label": "=1+1", "probabilities": {"긍정": 0.5, "부정": 0.5}, "note": 'a,"b"\n'},
]


def test_csv_has_a_header_and_json_for_what_is_no_string(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    assert write_rows(ROWS, path) == 2
    with path.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["id", "label", "probabilities", "note"],
            ["001", "긍정", '{"긍정": 0.75, "부정": 0.25}', ""],
            ["b", "=1+1", '{"긍정": 0.5, "부정": 0.5}', 'a,"b"\n'],
        ]


def test_jsonl_is_one_object_a_line(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    write_rows(ROWS, path)
    assert [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] == ROWS


def test_columns_choose_and_order() -> None:
    stream = io.BytesIO()
    write_rows([{"b": 1, "a": True}], stream, format="tsv", columns=["a", "b"])
    assert stream.getvalue() == b"a\tb\ntrue\t1\n"


def test_no_rows_leave_the_header() -> None:
    stream = io.BytesIO()
    assert write_rows([], stream, format="csv", columns=["a"]) == 0
    assert stream.getvalue() == b"a\n"


@pytest.mark.parametrize(
    "cell",
    [
        "=cmd()",
        "+1",
        "-1",
        "@SUM(A1)",
        "＝1",
        "＋1",
        "－1",
        "＠A1",
        " =1",
        "\u3000＝1",
        "\xa0+1",
        "\n-1",
        " \t@A1",
        "\tx",
        "\rx",
        "\nx",
    ],
)
def test_formulas_are_defused_when_asked(cell: str) -> None:
    safe, plain = io.BytesIO(), io.BytesIO()
    write_rows([{"text": cell, "value": -1.5}], safe, format="csv", excel_safe=True)
    write_rows([{"text": cell, "value": -1.5}], plain, format="csv")
    assert next(csv.DictReader(io.StringIO(plain.getvalue().decode(), newline=""))) == {"text": cell, "value": "-1.5"}
    assert next(csv.DictReader(io.StringIO(safe.getvalue().decode(), newline="")))["text"] == "'" + cell


@pytest.mark.parametrize("cell", ["a = b", " soup", "", " ", "'=1", "1-2"])
def test_what_is_no_formula_stays(cell: str) -> None:
    assert formula_safe(cell) == cell


def test_numbers_are_no_formulas() -> None:
    stream = io.BytesIO()
    write_rows([{"value": -1.5}], stream, format="csv", excel_safe=True)
    assert stream.getvalue() == b"value\n-1.5\n"


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_bad_rows_are_refused_and_nothing_is_left(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"rows.{kind}"
    with pytest.raises(DataError, match=r"row 2 \(counted from 1\) holds NaN or infinity"):
        write_rows([{"a": 1.0}, {"a": float("nan")}], path)
    with pytest.raises(DataError, match=r"row 2 \(counted from 1\) has the keys b; expected a"):
        write_rows([{"a": 1.0}, {"b": 1.0}], path, columns=["a"])
    assert list(tmp_path.iterdir()) == []


def test_existing_file_and_unknown_format_are_usage_errors(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("mine")
    with pytest.raises(UsageError, match="exists; name another file"):
        write_rows(ROWS, path)
    with pytest.raises(UsageError, match="known: csv, tsv, jsonl"):
        write_rows(ROWS, tmp_path / "rows.xlsx")
    assert path.read_text() == "mine"


_CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n\r"), max_size=20)


@given(st.lists(st.tuples(_CELLS, _CELLS), min_size=1, max_size=8), st.sampled_from(["csv", "tsv", "jsonl"]))
def test_what_is_written_is_read_back(rows: list[tuple[str, str]], kind: str) -> None:
    stream = io.BytesIO()
    write_rows([{"text": text, "label": label} for text, label in rows], stream, format=kind)  # type: ignore[arg-type]
    corpus = read_corpus(io.BytesIO(stream.getvalue()), format=kind, metadata="label")
    assert list(zip(corpus.texts, corpus.metadata["label"], strict=True)) == rows


def test_overwriting_a_symlink_writes_what_it_points_at(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere" / "rows.jsonl", tmp_path / "link.jsonl"
    link.symlink_to(target)
    assert write_rows([{"a": 1}], link) == 1  # points at nothing yet
    assert write_rows([{"a": 2}], link, overwrite=True) == 1
    assert link.is_symlink()
    assert target.read_text() == '{"a": 2}\n'
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["elsewhere", "link.jsonl", "rows.jsonl"]
    with pytest.raises(UsageError, match=r"link\.jsonl exists"):
        write_rows([{"a": 3}], link)


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("linked", [False, True])
def test_a_pipe_or_device_is_refused_by_name(tmp_path: Path, overwrite: bool, linked: bool) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    path = tmp_path / "pipe.jsonl"
    if linked:
        path = tmp_path / "link.jsonl"
        path.symlink_to("pipe.jsonl")
    with pytest.raises(UsageError, match=rf"{path.name} is a pipe or device, expected a file"):
        write_rows([{"a": 1}], path, overwrite=overwrite)
    assert (tmp_path / "pipe.jsonl").is_fifo()
