"""One column has one meaning: csv in the decimal spelling, jsonl, Parquet and `datasets` read to the same corpus."""

import csv
import datetime
import io
import json
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_toolkit import Corpus, read_corpus
from nlp_toolkit.corpus.typed_cells import arrow_cells, spell_number
from nlp_toolkit.errors import DataError


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (
            pa.array([1e5, 1e-7, 1e15, 1e22, 0.1, -2.0, -0.0]),
            "100000 0.0000001 1000000000000000 1" + "0" * 22 + " 0.1 -2 0",
        ),
        (pa.array([1.7976931348623157e308]), "17976931348623157" + "0" * 292),
        (pa.array([5e-324]), "0." + "0" * 323 + "5"),
        (pa.array([2.0**53, 2.0**53 + 2, 2.0**63]), "9007199254740992 9007199254740994 9223372036854776000"),
        (pa.array(np.array([0.1, 1e20, 16777216], np.float32)), "0.1 100000000000000000000 16777216"),
        (pa.array(np.array([0.1, 2048, 6e-8], np.float16)), "0.1 2048 0.00000006"),
        (pa.array([2**53 + 1, -(2**63), 2**63 - 1]), "9007199254740993 -9223372036854775808 9223372036854775807"),
        (pa.array([2**64 - 1], pa.uint64()), "18446744073709551615"),
        (
            pa.array([Decimal("12345678901234567890123456789.50"), Decimal("100.00")], pa.decimal128(38, 2)),
            "12345678901234567890123456789.5 100",
        ),
        (pa.array([Decimal("1E+3"), Decimal("-2E+3")], pa.decimal128(5, -3)), "1000 -2000"),
        (pa.array([Decimal("0.000000001")], pa.decimal256(60, 12)), "0.000000001"),
        (pa.array([1e5, 2.0]).dictionary_encode(), "100000 2"),
        (pa.array([datetime.date(2020, 1, 31)]), "2020-01-31"),
        (pa.array([datetime.datetime(2020, 1, 31, 12)], pa.timestamp("ns")), "2020-01-31T12:00:00"),
        (pa.array([datetime.datetime(2020, 1, 31, 12, 0, 0, 500)]), "2020-01-31T12:00:00.0005"),
        (pa.array([datetime.datetime(2020, 1, 31, 12)], pa.timestamp("s", "UTC")), "2020-01-31T12:00:00Z"),
        (pa.array([datetime.datetime(2020, 1, 31, 12)], pa.timestamp("ms", "+09:00")), "2020-01-31T21:00:00+09:00"),
        (pa.array([datetime.time(1, 2, 3, 4000)]), "01:02:03.004"),
    ],
)
def test_an_arrow_cell_has_its_shortest_spelling(column: Any, expected: str) -> None:
    assert arrow_cells(column) == expected.split(" ")
    assert arrow_cells(pa.chunked_array([column, column])) == expected.split(" ") * 2


@pytest.mark.parametrize(
    "column",
    [
        pa.array([None, 1.0, float("nan")], from_pandas=False),
        pa.array([None, np.float16(1), np.float16("nan")], pa.float16()),
        pa.array([None, 1, None]),
        pa.array([None, Decimal(1), None]),
    ],
)
def test_null_and_nan_are_missing(column: Any) -> None:
    assert arrow_cells(column) == [None, "1", None]


def test_nested_cells_are_spelled_inside() -> None:
    lists = pa.array([[1e5, None], None, [], [0.5]])
    assert arrow_cells(lists) == [["100000", None], None, [], ["0.5"]]
    assert arrow_cells(lists.slice(1, 3)) == [None, [], ["0.5"]]
    assert arrow_cells(pa.array([[1.0, 2.5], None], pa.list_(pa.float32(), 2))) == [["1", "2.5"], None]
    assert arrow_cells(pa.array([{"a": 1e5, "b": True}, None])) == [{"a": "100000", "b": True}, None]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_spelling_of_a_float_is_its_value_without_an_exponent(number: float) -> None:
    written = spell_number(repr(number))
    assert isinstance(written, str)
    assert float(written) == number
    assert "e" not in written and not written.endswith(".0") and written != "-0"
    assert arrow_cells(pa.array([number])) == [written]


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=None).filter(lambda number: abs(number.adjusted()) < 300)
)
def test_the_spelling_of_a_decimal_is_its_value(number: Decimal) -> None:
    written = spell_number(str(number))
    assert isinstance(written, str)
    assert Decimal(written) == number
    assert written == "0" or not written.startswith(("-0", "00")) or written.startswith(("-0.", "0."))


@pytest.mark.parametrize("written", ["1e401", "-1e-401", "1e999999999999999999", "Infinity", "-inf"])
def test_a_number_without_a_decimal_spelling_is_kept_apart(written: str) -> None:
    assert type(spell_number(written)) is not str
    assert spell_number("0e999999999999") == "0"


CELLS = {
    "float": (st.floats(allow_nan=False, allow_infinity=False), pa.float64()),
    "integer": (st.integers(-(2**63), 2**63 - 1), pa.int64()),
    "large": (st.integers(0, 2**64 - 1), pa.uint64()),
    "truth": (st.booleans(), pa.bool_()),
    "text": (st.sampled_from(["NaN", "1e5", "1.0", "null", "-0", "true", "가", " a"]), pa.string()),
}


def _spelled(cell: Any) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str):
        return cell
    text = format(Decimal(repr(cell)), "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _read(path: Path) -> Corpus:
    return read_corpus(
        path, label_column="label", id_column="id", group_column="group", metadata=["extra", "more:float"]
    )


@given(data=st.data(), kinds=st.tuples(*[st.sampled_from(sorted(CELLS))] * 4), n=st.integers(1, 4))
def test_the_same_table_reads_to_the_same_corpus_from_every_format(
    tmp_path_factory: pytest.TempPathFactory, data: Any, kinds: tuple[str, ...], n: int
) -> None:
    names = ("text", "label", "group", "extra")
    columns = {
        name: data.draw(st.lists(CELLS[kind][0], min_size=n, max_size=n))
        for name, kind in zip(names, kinds, strict=True)
    }
    types = [pa.field(name, CELLS[kind][1]) for name, kind in zip(names, kinds, strict=True)]
    columns["id"] = data.draw(st.lists(st.integers(0, 10**9).map(float), min_size=n, max_size=n, unique=True))
    columns["more"] = data.draw(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=n, max_size=n))
    types += [pa.field("id", pa.float64()), pa.field("more", pa.float64())]
    folder = tmp_path_factory.mktemp("table")
    table = pa.table(columns, schema=pa.schema(types))
    pq.write_table(table, folder / "a.parquet")
    rows = table.to_pylist()
    (folder / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    written = io.StringIO()
    writer = csv.DictWriter(written, list(columns))
    writer.writeheader()
    writer.writerows({name: _spelled(cell) for name, cell in row.items()} for row in rows)
    (folder / "a.csv").write_text(written.getvalue(), encoding="utf-8")

    parquet = _read(folder / "a.parquet")
    for other in (_read(folder / "a.jsonl"), _read(folder / "a.csv")):
        for name in ("texts", "labels", "ids", "groups", "metadata"):
            assert getattr(other, name) == getattr(parquet, name), name


def test_a_data_set_reads_as_parquet_does() -> None:
    rows = {"text": ["a", "b"], "label": [1.0, None], "id": [100000.0, 1e16], "extra": [float("nan"), 0.5]}
    corpus = read_corpus(datasets.Dataset.from_dict(rows), label_column="label", id_column="id", metadata="extra")
    assert (corpus.labels, corpus.ids, corpus.metadata["extra"]) == (
        ["1", ""],
        ["100000", "1" + "0" * 16],
        [None, "0.5"],
    )


def test_a_csv_cell_is_its_text_verbatim(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label,id\na,NaN,1e5\nb,1.0,-0\nc,Infinity,001\n")
    corpus = read_corpus(tmp_path / "a.csv", label_column="label", id_column="id")
    assert corpus.labels == ["NaN", "1.0", "Infinity"]
    assert corpus.ids == ["1e5", "-0", "001"]


def _written(path: Path, cells: list[Any]) -> Path:
    table = {"text": ["a", "b"], "cell": cells}
    if path.suffix == ".parquet":
        pq.write_table(pa.table(table), path)
    else:
        rows = [{"text": text, "cell": cell} for text, cell in zip("ab", cells, strict=True)]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize("name", ["a.parquet", "a.jsonl"])
@pytest.mark.parametrize("part", ["label_column", "id_column", "group_column"])
@pytest.mark.parametrize("cell", [math.inf, -math.inf])
def test_an_infinite_label_id_or_group_is_refused_with_its_row(
    name: str, part: str, cell: float, tmp_path: Path
) -> None:
    path = _written(tmp_path / name, [1.0, cell])
    with pytest.raises(
        DataError, match=r"(row|line) 2: column 'cell' holds the number '-?Infinity', expected a finite"
    ):
        read_corpus(path, text_column="text", **{part: "cell"})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["a.parquet", "a.jsonl"])
def test_infinity_in_lists_of_labels_is_refused_and_is_a_word_elsewhere(name: str, tmp_path: Path) -> None:
    path = _written(tmp_path / name, [[1.0], [2.0, math.inf]])
    with pytest.raises(DataError, match="2: column 'cell' holds the number 'Infinity'"):
        read_corpus(path, text_column="text", label_column="cell")
    words = read_corpus(_written(tmp_path / name, [1.5, math.inf]), text_column="cell", metadata="cell")
    assert words.texts == ["1.5", "Infinity"]
    assert words.metadata["cell"] == ["1.5", "Infinity"]


@pytest.mark.parametrize("cell", ["Infinity", "-inf", "1e999", "1_000"])
def test_metadata_that_is_no_finite_number_is_refused_with_its_row(cell: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"text,cell\na,1\nb,{cell}\n")
    with pytest.raises(DataError, match=f"line 3: column 'cell' has '{cell}', expected a finite float"):
        read_corpus(tmp_path / "a.csv", text_column="text", metadata="cell:float")
    with pytest.raises(DataError, match=f"line 3: column 'cell' has '{cell}', expected int"):
        read_corpus(tmp_path / "a.csv", text_column="text", metadata="cell:int")
    with pytest.raises(DataError, match=f"line 3: column 'cell' has weight '{cell}', expected a number"):
        read_corpus(tmp_path / "a.csv", text_column="text", weight_column="cell")


@pytest.mark.parametrize("name", ["a.parquet", "a.jsonl"])
def test_nan_is_a_missing_label_text_and_value(name: str, tmp_path: Path) -> None:
    path = _written(tmp_path / name, [1.0, math.nan])
    corpus = read_corpus(path, text_column="text", label_column="cell", metadata="cell")
    assert corpus.labels == ["1", ""]
    assert corpus.metadata["cell"] == ["1", None]
    assert read_corpus(path, text_column="cell").texts == ["1", ""]
    with pytest.raises(DataError, match="2: column 'cell' has no id"):
        read_corpus(path, text_column="text", id_column="cell")


def test_pandas_floats_read_as_the_integers_they_were(tmp_path: Path) -> None:
    frame = pd.DataFrame({"text": ["a", "b"], "label": pd.Series([1, None]), "id": [100000.0, 2e5]})
    frame.to_parquet(tmp_path / "a.parquet")
    corpus = read_corpus(tmp_path / "a.parquet", label_column="label", id_column="id")
    assert (corpus.labels, corpus.ids) == (["1", ""], ["100000", "200000"])
