"""Columns of every format arrive in the corpus as they stand in the file."""

import csv
import gzip
import io
import json
import logging
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_toolkit.corpus import Cleaning, Corpus, iter_corpus, read_corpus
from nlp_toolkit.corpus.seen_ids import SeenIds
from nlp_toolkit.errors import DataError, UsageError

ROWS = [
    {"id": "001", "text": "좋은 영화,\n정말", "other": 'say "hi"', "label": "NA", "year": "1999", "weight": "0.5"},
    {"id": "1e5", "text": "", "other": "b", "label": "null", "year": "", "weight": "2"},
    {"id": "0x1", "text": " spaces ", "other": "", "label": "1", "year": "-3", "weight": "1e1"},
]
NAMES = list(ROWS[0])


def _write(path: Path, rows: list[dict[str, str]]) -> Path:
    kind = path.name.removesuffix(".gz").rpartition(".")[2]
    if kind == "parquet":
        sink = pa.BufferOutputStream()
        pq.write_table(pa.Table.from_pylist(rows), sink)
        content = sink.getvalue().to_pybytes()
    elif kind == "jsonl":
        content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    else:
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), delimiter="\t" if kind == "tsv" else ",")
        writer.writeheader()
        writer.writerows(rows)
        content = text.getvalue().encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


FORMATS = ["a.csv", "a.tsv", "a.jsonl", "a.parquet", "a.csv.gz", "a.tsv.gz", "a.jsonl.gz", "a.parquet.gz", "A.CSV"]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_corpus(name: str, tmp_path: Path) -> None:
    corpus = read_corpus(
        _write(tmp_path / name, ROWS),
        text_column="text",
        label_column="label",
        id_column="id",
        weight_column="weight",
        group_column="other",
        metadata=["year:int", "label", "weight:float"],
    )
    assert corpus.texts == ["좋은 영화,\n정말", "", " spaces "]
    assert corpus.labels == ["NA", "null", "1"]
    assert corpus.ids == ["001", "1e5", "0x1"]
    assert corpus.weights is not None
    assert corpus.weights.tolist() == [0.5, 2.0, 10.0]
    assert corpus.groups == ['say "hi"', "b", ""]
    assert corpus.metadata == {"year": [1999, None, -3], "label": ["NA", "null", "1"], "weight": [0.5, 2.0, 10.0]}
    assert corpus.pairs is None


@pytest.mark.parametrize("name", FORMATS)
def test_pairs_keep_both_texts(name: str, tmp_path: Path) -> None:
    corpus = read_corpus(_write(tmp_path / name, ROWS), text_column="text", pair_column="other")
    assert corpus.pairs == [("좋은 영화,\n정말", 'say "hi"'), ("", "b"), (" spaces ", "")]
    assert corpus.texts == ()


@pytest.mark.parametrize("name", FORMATS)
def test_blocks_make_the_whole(name: str, tmp_path: Path) -> None:
    path = _write(tmp_path / name, ROWS)
    blocks = list(iter_corpus(path, block_rows=2, id_column="id"))
    assert [block.texts for block in blocks] == [["좋은 영화,\n정말", ""], [" spaces "]]
    assert [block.ids for block in blocks] == [["001", "1e5"], ["0x1"]]


def test_several_text_columns_are_joined_with_a_space(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", [{"title": "A", "text": "b"}, {"title": "", "text": "c"}])
    assert read_corpus(path, text_column=["title", "text"]).texts == ["A b", "c"]


def test_stdin_is_lines_of_text_unless_a_format_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    content = "text,label\n좋다,1\n".encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert read_corpus("-").texts == ["text,label", "좋다,1"]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert read_corpus(Path("-"), format="csv", label_column="label").labels == ["1"]


def test_binary_stream_is_read_and_needs_a_format() -> None:
    assert read_corpus(io.BytesIO(b"text\na\n"), format="csv").texts == ["a"]
    assert read_corpus(io.BytesIO(gzip.compress(b"a\n")), format="txt").texts == ["a"]
    with pytest.raises(UsageError, match="stream: cannot tell the format from the name"):
        read_corpus(io.BytesIO(b"text\na\n"))


def test_txt_has_one_row_a_line(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one\n\n  two  \n")
    assert read_corpus(path, text_column="text").texts == ["one", "", "  two  "]
    with pytest.raises(DataError, match="no column 'label'; its columns: 'text'"):
        read_corpus(path, label_column="label")


def test_tsv_written_without_quotes(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text('text\tlabel\n"명작" 영화\t1\n"\t0\n', encoding="utf-8")
    assert read_corpus(path, quoting="none").texts == ['"명작" 영화', '"']


def test_blank_lines_are_rows_only_where_there_is_one_column(tmp_path: Path) -> None:
    two = tmp_path / "two.csv"
    two.write_text("text,label\n\na,1\n\nb,0\n\n")
    corpus = read_corpus(two)
    assert corpus.texts == ["a", "b"]
    assert corpus.cleaning.blank_lines == 3
    one = tmp_path / "one.csv"
    one.write_text("text\na\n\nb\n")
    assert read_corpus(one).texts == ["a", "", "b"]


def test_parquet_columns_of_other_types_are_spelt_plainly(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table(
        {
            "text": pa.array(["a", None, "c"]).dictionary_encode(),
            "whole": [1, 2, -3],
            "floats": pa.array([0.0, float("nan"), 0.1]),
            "single": pa.array([0.1, 1e20, 3.0], pa.float32()),
            "truth": [True, False, None],
            "large": pa.array(["x", "y", "z"], pa.large_string()),
        }
    )
    pq.write_table(table, path)
    corpus = read_corpus(path, metadata=["whole", "floats", "single", "truth:bool", "large"])
    assert corpus.texts == ["a", "", "c"]
    assert corpus.metadata == {
        "whole": ["1", "2", "-3"],
        "floats": ["0", None, "0.1"],
        "single": ["0.1", "100000000000000000000", "3"],
        "truth": [True, False, None],
        "large": ["x", "y", "z"],
    }
    assert corpus.cleaning.missing_texts == 1
    assert read_corpus(path, label_column="floats").labels == ["0", "", "0.1"]


@pytest.mark.parametrize(
    ("name", "content", "asked"),
    [
        ("a.jsonl", b'{"text": "a", "l": ["x", 1]}\n{"text": "b", "l": []}\n', {"label_column": "l"}),
        ("a.csv", b'text,l\na,"[""x"", 1]"\nb,[]\n', {"label_column": "l"}),
        ("a.csv", b"text,l\na,x | 1\nb,\n", {"label_column": "l", "label_separator": "|"}),
        ("a.csv", b"text,l1,l2\na,x,1\nb,,\n", {"label_column": ["l1", "l2"]}),
    ],
)
def test_several_labels_a_row(name: str, content: bytes, asked: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert read_corpus(path, **asked).labels == [["x", "1"], []]


def test_labels_in_brackets_that_are_no_lists_stay_strings(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\na,[spam]\nb,ham\n")
    assert read_corpus(path, label_column="label").labels == ["[spam]", "ham"]


def test_parquet_lists_are_labels(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": ["a", "b"], "labels": [["x", "y"], []]}), path)
    assert read_corpus(path, label_column="labels").labels == [["x", "y"], []]


def test_datasets_are_read_from_memory_and_from_their_folder(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets", reason="needs the extra bert")
    dataset = datasets.Dataset.from_dict({"text": ["좋다", "싫다", "음"], "label": [1, 0, 1]})
    dataset.save_to_disk(tmp_path / "saved")
    for source in (dataset, tmp_path / "saved"):
        corpus = read_corpus(source, label_column="label")
        assert (corpus.texts, corpus.labels) == (["좋다", "싫다", "음"], ["1", "0", "1"])
        assert [block.texts for block in iter_corpus(source, block_rows=2)] == [["좋다", "싫다"], ["음"]]
    splits = datasets.DatasetDict({"train": dataset, "test": dataset})
    with pytest.raises(UsageError, match="several splits"):
        read_corpus(splits)


@pytest.mark.parametrize("name", ["../other/data-00000-of-00001.arrow", "/etc/hostname", 5, "a/../../b"])
def test_a_data_set_that_points_outside_itself_is_refused(name: object, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets", reason="needs the extra bert")
    for place in ("saved", "other"):
        datasets.Dataset.from_dict({"text": ["좋다"]}).save_to_disk(tmp_path / place)
    state = json.loads((tmp_path / "saved" / "state.json").read_text())
    state["_data_files"] = [{"filename": name}]
    (tmp_path / "saved" / "state.json").write_text(json.dumps(state))
    with pytest.raises(DataError, match=r"state.json: (names .* outside the data set's folder|not the state)"):
        read_corpus(tmp_path / "saved")


def test_a_data_set_whose_split_is_elsewhere_is_refused(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets", reason="needs the extra bert")
    datasets.DatasetDict({"train": datasets.Dataset.from_dict({"text": ["좋다"]})}).save_to_disk(tmp_path / "saved")
    (tmp_path / "saved" / "dataset_dict.json").write_text('{"splits": ["../other"]}')
    with pytest.raises(DataError, match="outside the data set's folder"):
        read_corpus(tmp_path / "saved")


def test_what_was_cleaned_is_counted_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a\\u0000\\u001b\\ud800", "label": "x\\u0007"}\n{"text": "ok", "label": "y"}\n')
    corpus = read_corpus(path, label_column="label", metadata=["label", "text"])
    assert corpus.texts == ["a  \ufffd", "ok"]
    assert corpus.labels == ["x ", "y"]
    assert corpus.cleaning == Cleaning(encoding="utf-8", control_characters=3, lone_surrogates=1)
    assert "replaced 4 control characters and lone surrogates" in caplog.text


def test_cp949_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("똠방각하\n".encode("cp949"))
    corpus = read_corpus(path)
    assert corpus.texts == ["똠방각하"]
    assert corpus.cleaning.encoding == "cp949"
    assert "not UTF-8 (byte 0x8c at offset 0, line 1); read as CP949" in caplog.text


def test_utf16_and_marks_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("좋다".encode("utf-16"))
    assert read_corpus(path).cleaning.encoding == "utf-16"
    assert read_corpus(path, encoding="utf-16-le").texts == ["좋다"]


def test_encoding_fault_past_the_first_megabyte_is_placed_rightly(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    lines = "가나다\n" * 200_000
    path.write_bytes(lines.encode() + b"\xff\n")
    with pytest.raises(DataError, match=r"byte 0xff at offset 2000000, line 200001"):
        read_corpus(path)


@pytest.mark.parametrize("name", ["문장", "Document", " review ", "sentence"])
def test_text_column_is_guessed_and_told(name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "nlp_toolkit")
    path = _write(tmp_path / "a.csv", [{"n": "1", name: "a", "감정": "+"}])
    corpus = read_corpus(path, guess_labels=True)
    assert (corpus.texts, corpus.labels) == (["a"], ["+"])
    assert f"took column {name!r} as the text" in caplog.text
    assert "took column '감정' as the label" in caplog.text


def test_labels_are_taken_only_when_asked_for(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", [{"text": "a", "label": "1", "label_name": "x"}])
    assert read_corpus(path).labels is None
    assert read_corpus(path, guess_labels=True).labels == ["1"]
    assert read_corpus(path, guess_labels=True, label_column="label_name").labels == ["x"]


@pytest.mark.parametrize(("text", "label"), [("내용", "라벨"), ("리뷰", "감성"), ("원문", "정답")])
def test_a_file_saved_by_a_korean_excel_is_read_without_options(text: str, label: str, tmp_path: Path) -> None:
    path = tmp_path / "후기.csv"
    path.write_bytes(f"번호,{text},{label}\r\n1,정말 좋다,001\r\n2,나쁘다,NA\r\n".encode("cp949"))
    corpus = read_corpus(path, guess_labels=True)
    assert (corpus.texts, corpus.labels) == (["정말 좋다", "나쁘다"], ["001", "NA"])


def test_labels_that_cannot_be_guessed_are_asked_for(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", [{"text": "a", "target": "1", "class": "x"}])
    with pytest.raises(UsageError, match="'target' and 'class' could all be it"):
        read_corpus(path, guess_labels=True)


@pytest.mark.parametrize(
    ("columns", "options", "why"),
    [
        ({"text": "a", "target": "1", "class": "x"}, {}, "'target' and 'class' could all be it"),
        ({"text": "a", "place": "x"}, {"label_column": "label"}, "its columns: 'text', 'place'"),
        ({"text": "a", "one": "x"}, {"label_column": ["one", "other"]}, "its columns: 'text', 'one'"),
    ],
)
def test_optional_labels_that_are_not_there_are_none_and_that_is_told(columns, options, why, tmp_path, caplog) -> None:
    caplog.set_level(logging.INFO, "nlp_toolkit")
    corpus = read_corpus(
        _write(tmp_path / "a.csv", [columns]), **options, guess_labels=not options, optional_labels=True
    )
    assert (corpus.texts, corpus.labels) == (["a"], None)
    assert "read without labels" in caplog.text
    assert why in caplog.text


def test_optional_labels_that_are_there_are_taken(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", [{"text": "a", "label": "1", "other": "x"}])
    assert read_corpus(path, guess_labels=True, optional_labels=True).labels == ["1"]
    assert read_corpus(path, label_column="other", optional_labels=True).labels == ["x"]


def test_optional_labels_of_lines_of_text_are_no_news(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "nlp_toolkit")
    (tmp_path / "a.txt").write_text("a\nb\n", encoding="utf-8")
    assert read_corpus(tmp_path / "a.txt", guess_labels=True, optional_labels=True).labels is None
    assert "labels" not in caplog.text


def test_single_column_is_the_text_whatever_its_name(tmp_path: Path) -> None:
    assert read_corpus(_write(tmp_path / "a.csv", [{"zz": "a"}])).texts == ["a"]
    path = _write(tmp_path / "b.csv", [{"zz": "a", "no": "1"}])
    assert read_corpus(path, id_column="no").texts == ["a"]


def test_bad_rows_are_left_out_counted_and_kept_byte_for_byte(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    bad = ['"a",b,c\r\n', '"x"y,1\r', '나쁜,"줄\r\n바꿈",1\n', "z,soon\n"]
    content = "text,year\r\n가,1\n" + bad[0] + "나,2\r\n" + bad[1] + bad[2] + "다,3\n" + bad[3]
    path = tmp_path / "a.csv"
    path.write_bytes(content.encode("cp949"))
    corpus = read_corpus(path, metadata="year:int", on_bad_rows="skip", bad_rows_path=tmp_path / "bad")
    assert corpus.texts == ["가", "나", "다"]
    assert corpus.metadata == {"year": [1, 2, 3]}
    assert corpus.cleaning.skipped_rows == 4
    assert (tmp_path / "bad").read_bytes() == "".join(bad).encode("cp949")
    assert "left out 4 bad rows (line 3: 3 cells, the header has 2; line 5: " in caplog.text
    with pytest.raises(UsageError, match="bad exists; name another file"):
        read_corpus(path, metadata="year:int", on_bad_rows="skip", bad_rows_path=tmp_path / "bad")


def test_bad_lines_of_json_are_kept(tmp_path: Path) -> None:
    bad = [b'{"text": 1, "text": 2}\n', b"nonsense\r\n", b'{"t": "a"}\n', b'{"text": {"a": 1}}']
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": "a"}\n' + b"".join(bad))
    corpus = read_corpus(path, on_bad_rows="skip", bad_rows_path=tmp_path / "bad")
    assert corpus.texts == ["a"]
    assert (tmp_path / "bad").read_bytes() == b"".join(bad)


def test_bad_rows_of_utf16_can_be_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xfe\xff" + "text,n\n좋다,1\n하나\n".encode("utf-16-be"))
    assert read_corpus(path, on_bad_rows="skip", bad_rows_path=tmp_path / "bad.txt").texts == ["좋다"]
    assert (tmp_path / "bad.txt").read_bytes() == b"\xfe\xff" + "하나\n".encode("utf-16-be")
    assert read_corpus(tmp_path / "bad.txt").texts == ["하나"]


def test_no_bad_row_no_file(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", ROWS)
    read_corpus(path, text_column="text", on_bad_rows="skip", bad_rows_path=tmp_path / "bad")
    assert not (tmp_path / "bad").exists()


def test_rows_that_are_all_bad_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\na\nb\n")
    with pytest.raises(DataError, match="nothing to read: its 2 rows are all bad"):
        read_corpus(path, on_bad_rows="skip")


def test_blocks_carry_their_own_counts(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,n\na,1\nbad\n\nb,2\nc\x00,3\n")
    blocks = list(iter_corpus(path, block_rows=1, on_bad_rows="skip"))
    assert [block.texts for block in blocks] == [["a"], ["b"], ["c "]]
    assert [block.cleaning.skipped_rows for block in blocks] == [0, 1, 0]
    assert [block.cleaning.blank_lines for block in blocks] == [0, 1, 0]
    assert [block.cleaning.control_characters for block in blocks] == [0, 0, 1]


def test_an_id_that_comes_again_in_a_later_block_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,text\n7,a\n8,b\n9,c\n10,d\n8,e\n")
    blocks = iter_corpus(path, block_rows=2, id_column="id")
    assert [next(blocks).ids, next(blocks).ids] == [["7", "8"], ["9", "10"]]
    with pytest.raises(DataError, match=r"a\.csv, line 6: id '8' is on an earlier line too"):
        next(blocks)


@given(st.lists(st.lists(st.text(max_size=2), max_size=5, unique=True), max_size=12))
def test_seen_ids_tell_the_first_of_a_block_that_was_there_before(blocks: list[list[str]]) -> None:
    seen, before = SeenIds(), set[str]()
    for ids in blocks:
        expected = next((place for place, name in enumerate(ids) if name in before), None)
        assert seen.first_again(ids) == expected
        before.update(ids)


def test_block_rows_below_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at least 1, got 0"):
        iter_corpus(tmp_path / "a.txt", block_rows=0)


_CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n\r"), max_size=20)


@given(st.lists(st.tuples(_CELLS, _CELLS), min_size=1, max_size=10), st.sampled_from([",", "\t"]))
def test_what_the_csv_module_writes_is_read_back(rows: list[tuple[str, str]], delimiter: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("text", "label"), *rows])
    stream = io.BytesIO(text.getvalue().encode())
    corpus = read_corpus(stream, format="tsv" if delimiter == "\t" else "csv", label_column="label")
    assert list(zip(corpus.texts, corpus.labels or (), strict=True)) == rows


@given(st.binary(max_size=200), st.sampled_from(["csv", "tsv", "jsonl", "txt", "parquet"]))
def test_any_bytes_are_read_or_refused_with_one_line(content: bytes, kind: str) -> None:
    try:
        corpus = read_corpus(io.BytesIO(content), format=kind)
    except (DataError, UsageError) as error:
        assert "\n" not in str(error)
    else:
        assert isinstance(corpus, Corpus)
        assert len(corpus) > 0
