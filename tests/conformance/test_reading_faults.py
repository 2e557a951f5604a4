"""What can go wrong while a corpus is read: one row a fault, with the error and what its message must name."""

import gzip
import json
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nlp_toolkit.corpus import iter_corpus, read_corpus
from nlp_toolkit.errors import DataError, ToolkitError, UsageError


class Fault(NamedTuple):
    """A file that cannot be read as asked: its name and content, what is asked, what must be raised."""

    name: str
    content: bytes
    asked: dict[str, Any]
    error: type[ToolkitError]
    message: str


def _parquet(columns: dict[str, Any]) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue().to_pybytes()


_NESTED = b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n"
_PARQUET = _parquet({"text": [f"문장 {number}" for number in range(1000)]})

FAULTS = {
    "neither UTF-8 nor CP949": Fault(
        "a.txt", "좋다\n".encode() + b"bad \xff byte\n", {}, DataError, r"UTF-8 \(byte 0xff at offset 11, line 2\)"
    ),
    "UTF-8 asked for, CP949 found": Fault(
        "a.txt", "ok\n좋다\n".encode("cp949"), {"encoding": "utf-8"}, DataError, "not utf-8 .* line 2"
    ),
    "UTF-16 without a mark": Fault(
        "a.csv", "text\nhello\n".encode("utf-16-le"), {}, DataError, "pass encoding='utf-16"
    ),
    "UTF-8 cut off in a character": Fault("a.txt", "좋은 글".encode()[:-1], {}, DataError, "offset 7, line 1"),
    "unknown encoding": Fault("a.txt", b"x\n", {"encoding": "klingon"}, UsageError, "unknown encoding 'klingon'"),
    "codec that is not of text": Fault(
        "a.txt", b"x\n", {"encoding": "base64"}, UsageError, "unknown encoding 'base64'"
    ),
    "unclosed quote": Fault(
        "a.csv", b'text,label\nfine,1\n"open,0\nmore,1\n', {}, DataError, "line 3: a quote is opened"
    ),
    "text after a quote": Fault("a.tsv", b'text\tlabel\n"a" b\t1\n', {}, DataError, "line 2: .*pass quoting='none'"),
    "row too long": Fault("a.csv", b"text,label\nfine,1\na,b,c\n", {}, DataError, "line 3: 3 cells, the header has 2"),
    "row too short": Fault("a.csv", b"text,label\nfine\n", {}, DataError, "line 2: 1 cells, the header has 2"),
    "ragged row after a quoted line break": Fault("a.csv", b'text,n\n"a\nb",1\nx\n', {}, DataError, "line 4: 1 cells"),
    "missing column": Fault(
        "a.csv", b"text,label\nx,1\n", {"label_column": "labels"}, DataError, "no column 'labels'.*'text', 'label'"
    ),
    "column name twice": Fault("a.csv", b"text,text\nx,y\n", {}, DataError, "column names occur twice: 'text'"),
    "nothing like a text column": Fault("a.csv", b"q,a\nx,y\n", {}, UsageError, "pass text_column, one of: 'q', 'a'"),
    "two text columns": Fault("a.csv", b"review,sentence\nx,y\n", {}, UsageError, "'sentence' could all be it"),
    "empty csv": Fault("a.csv", b"", {}, DataError, "a.csv: the file is empty"),
    "empty txt": Fault("a.txt", b"", {}, DataError, "a.txt: nothing to read: it has no rows"),
    "empty jsonl": Fault("a.jsonl", b"\n\n", {}, DataError, "a.jsonl: the file is empty"),
    "header only": Fault("a.csv", b"text,label\n", {}, DataError, "it has a header and no rows"),
    "columns that another sign separates": Fault(
        "a.csv", b"text;label\na, b;1\n", {}, UsageError, "one column is called 'text;label'; if ';' separates"
    ),
    "tabs in a csv": Fault("a.csv", b"text\tlabel\nx\t1\n", {}, UsageError, r"if '\\t' separates .* format='tsv'"),
    "labels in a txt": Fault("a.txt", b"x\n", {"guess_labels": True}, UsageError, "no column is left .* the label"),
    "invalid JSON": Fault(
        "a.jsonl", b'{"text": "a"}\n{"text": \n', {}, DataError, r"line 2: not valid JSON \(.*character 11\)"
    ),
    "JSON that is no object": Fault("a.jsonl", b'{"text": "a"}\n[1]\n', {}, DataError, "line 2: not a JSON object"),
    "JSON key twice": Fault("a.jsonl", b'{"text": "a", "text": "b"}\n', {}, DataError, "line 1: the key 'text' occurs"),
    "JSON without the text": Fault("a.jsonl", b'{"text": "a"}\n{"t": 1}\n', {}, DataError, "line 2: no key 'text'"),
    "JSON text is a list": Fault("a.jsonl", b'{"text": ["a"]}\n', {}, DataError, "line 1: column 'text' holds a list"),
    "JSON nested without end": Fault("a.jsonl", _NESTED, {}, DataError, "line 1: nested too deeply"),
    "gzip cut off": Fault("a.txt.gz", gzip.compress(b"text\n" * 999)[:-9], {}, DataError, "damaged gzip file"),
    "gzip with a changed byte": Fault(
        "a.txt.gz", gzip.compress(b"text\n")[:-8] + b"\0\0\0\0\5\0\0\0", {}, DataError, "damaged gzip file"
    ),
    "Parquet cut off": Fault("a.parquet", _PARQUET[:-20], {}, DataError, "damaged Parquet file"),
    "Parquet with damaged pages": Fault(
        "a.parquet", _PARQUET[:4] + b"\xff" * 40 + _PARQUET[44:], {}, DataError, "damaged Parquet file"
    ),
    "not Parquet at all": Fault("a.parquet", b"text,label\nx,1\n", {}, DataError, "damaged Parquet file"),
    "Parquet without rows": Fault("a.parquet", _parquet({"text": pa.array([], pa.string())}), {}, DataError, "no rows"),
    "Parquet of bytes": Fault("a.parquet", _parquet({"text": [b"a"]}), {}, DataError, "'text' cannot be read as text"),
    "duplicate ids": Fault(
        "a.csv", b"id,text\n7,a\n8,b\n7,c\n", {"id_column": "id"}, DataError, "line 4: id '7' is on line 2 too"
    ),
    "no id": Fault("a.csv", b"id,text\n,a\n", {"id_column": "id"}, DataError, "line 2: column 'id' has no id"),
    "weight is no number": Fault(
        "a.csv", b"text,w\na,1\nb,many\n", {"weight_column": "w"}, DataError, "line 3: column 'w' has weight 'many'"
    ),
    "weight is not finite": Fault("a.csv", b"text,w\na,inf\n", {"weight_column": "w"}, DataError, "line 2: .*'inf'"),
    "metadata of another type": Fault(
        "a.csv", b"text,year\na,1999\nb,soon\n", {"metadata": "year:int"}, DataError, "line 3: .*'soon', expected int"
    ),
    "metadata type unknown": Fault("a.csv", b"text,y\na,1\n", {"metadata": "y:date"}, UsageError, "str, int, float"),
    "label lists and single labels": Fault(
        "a.jsonl",
        b'{"text": "a", "label": ["x"]}\n{"text": "b", "label": "x"}\n',
        {"label_column": "label"},
        DataError,
        "line 2: column 'label' holds 'x', expected a list of labels",
    ),
    "format not told by the name": Fault("a.xlsx", b"", {}, UsageError, "cannot tell the format"),
    "format unknown": Fault("a.csv", b"", {"format": "xls"}, UsageError, "known formats: csv, tsv, jsonl"),
    "policy unknown": Fault("a.csv", b"text\nx\n", {"on_bad_rows": "ignore"}, UsageError, "'error' or 'skip'"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_fault_is_refused_by_name(fault: Fault, tmp_path: Path) -> None:
    path = tmp_path / fault.name
    path.write_bytes(fault.content)
    with pytest.raises(fault.error, match=fault.message) as whole:
        read_corpus(path, **fault.asked)
    with pytest.raises(fault.error) as in_blocks:
        list(iter_corpus(path, **fault.asked))
    assert str(in_blocks.value) == str(whole.value)
    assert "\n" not in str(whole.value)


def test_missing_file_and_directory_are_usage_errors(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.csv: no such file"):
        read_corpus(tmp_path / "nowhere.csv")
    with pytest.raises(UsageError, match="is a directory"):
        read_corpus(tmp_path)
    with pytest.raises(UsageError, match=r"no such file"):
        read_corpus(tmp_path / "folder" / "x.csv")


def test_text_stream_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text\nx\n")
    with path.open() as stream, pytest.raises(UsageError, match="open it with 'rb'"):
        read_corpus(stream)  # type: ignore[arg-type]


# Content -> the texts it must be read as.
SAFE: dict[str, tuple[str, bytes, list[str]]] = {
    "CP949": ("a.csv", "text,label\n좋은 영화,1\n".encode("cp949"), ["좋은 영화"]),
    "UTF-8 with a mark": ("a.csv", b"\xef\xbb\xbf" + "text\n좋다\n".encode(), ["좋다"]),
    "UTF-16, little end first": ("a.csv", b"\xff\xfe" + "text\n좋다\n".encode("utf-16-le"), ["좋다"]),
    "UTF-16, big end first": ("a.jsonl", b"\xfe\xff" + '{"text": "좋다"}'.encode("utf-16-be"), ["좋다"]),
    "UTF-32": ("a.txt", "좋다\n".encode("utf-32"), ["좋다"]),
    "mixed line ends, csv": ("a.csv", b"text,n\na,1\r\nb,2\rc,3\n", ["a", "b", "c"]),
    "mixed line ends, txt": ("a.txt", b"a\r\nb\rc\n\nd", ["a", "b", "c", "", "d"]),
    "mixed line ends, jsonl": ("a.jsonl", b'{"text": "a"}\r\n{"text": "b"}\r\n\n{"text": "c"}', ["a", "b", "c"]),
    "line breaks that are none": ("a.txt", "a\u2028b\x0bc\x85d\n".encode(), ["a\u2028b c d"]),
    "line break in quotes": ("a.csv", b'text,n\n"a\r\nb, ""c""",1\n', ['a\r\nb, "c"']),
    "NUL and control characters": ("a.csv", b"text\na\x00b\x1bc\td\n", ["a b c\td"]),
    "lone surrogates": ("a.jsonl", b'{"text": "a\\ud800b \\ud83d\\ude00"}\n', ["a\ufffdb \U0001f600"]),
    "decomposed Hangul stays": ("a.txt", "\u1112\u1161\u11ab\n".encode(), ["\u1112\u1161\u11ab"]),
    "words that look like values": (
        "a.csv",
        b"text\nNA\nnull\n001\n1e5\nTrue\n\n",
        ["NA", "null", "001", "1e5", "True", ""],
    ),
    "numbers in JSON": ("a.jsonl", b'{"text": 1e5}\n{"text": 1.10}\n{"text": true}\n', ["100000", "1.1", "true"]),
    "null in JSON": ("a.jsonl", b'{"text": null}\n{"text": "null"}\n', ["", "null"]),
    "gzip whatever its name": ("a.txt", gzip.compress("좋다\n".encode()), ["좋다"]),
    "only an emoji": ("a.txt", "😀\n".encode(), ["😀"]),
    "quotes in a file that does not quote": ("a.txt", b'"open\n', ['"open']),
}


@pytest.mark.parametrize(("name", "content", "texts"), SAFE.values(), ids=SAFE.keys())
def test_content_is_read_as_it_is(name: str, content: bytes, texts: list[str], tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert read_corpus(path).texts == texts


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("a.csv", lambda text: f'text,label\n"{text}",1\nlast,0\n'),
        ("a.jsonl", lambda text: json.dumps({"text": text}) + '\n{"text": "last"}\n'),
        ("a.txt", lambda text: f"{text}\nlast\n"),
    ],
)
def test_ten_megabyte_text_is_read_whole(name: str, write: Callable[[str], str], tmp_path: Path) -> None:
    text = "긴 문장 " * 2_000_000
    path = tmp_path / name
    path.write_text(write(text), encoding="utf-8")
    assert read_corpus(path).texts == [text, "last"]
    assert [block.texts for block in iter_corpus(path, block_rows=1)] == [[text], ["last"]]


def test_unclosed_quote_takes_no_good_row_with_it(tmp_path: Path) -> None:
    rows = [f"row {number},1\n" for number in range(50)]
    rows[20] = '"row 20,1\n'
    path = tmp_path / "a.csv"
    path.write_text("text,label\n" + "".join(rows))
    corpus = read_corpus(path, on_bad_rows="skip", bad_rows_path=tmp_path / "bad")
    assert corpus.texts == [f"row {number}" for number in range(50) if number != 20]
    assert corpus.cleaning.skipped_rows == 1
    assert (tmp_path / "bad").read_text() == '"row 20,1\n'


def test_unclosed_quote_in_a_large_file_is_found_in_bounded_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nlp_toolkit.corpus.lines.LONGEST_RECORD", 10_000)
    path = tmp_path / "a.csv"
    path.write_text('text,label\n"open,1\n' + "fine,0\n" * 1_000_000)
    tracemalloc.start()
    with pytest.raises(DataError, match="line 2: a quote is opened and not closed"):
        read_corpus(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3e6  # of a file of seven million bytes


def test_message_stays_short_whatever_the_header_holds(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(",".join(f"column {number}" for number in range(20_000)) + "," + "x" * 10_000 + "\n")
    with pytest.raises(UsageError, match="'column 29' and 19971 more") as refused:
        read_corpus(path)
    assert len(str(refused.value)) < 1000


def test_line_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlp_toolkit.corpus.lines.LONGEST_RECORD", 10_000)
    path = tmp_path / "a.txt"
    path.write_text("short\n" + "x" * 20_000)
    with pytest.raises(DataError, match="line 2: longer than 10000 characters"):
        read_corpus(path)


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes are made differently there")
def test_named_pipe_is_read_like_a_file(tmp_path: Path) -> None:
    import os
    import threading

    path = tmp_path / "a.txt"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_bytes("좋다\n싫다\n".encode("cp949")))
    writer.start()
    corpus = read_corpus(path)
    writer.join()
    assert corpus.texts == ["좋다", "싫다"]
