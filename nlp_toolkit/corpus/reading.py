"""Reading a corpus: from a file, stdin, a stream or a data set, whole or in blocks."""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from nlp_toolkit.corpus.arrow import dataset_table, is_dataset, load_dataset_folder, parquet_table
from nlp_toolkit.corpus.assemble import Assembler
from nlp_toolkit.corpus.bad_rows import BadRows, OnBadRows
from nlp_toolkit.corpus.by_line import jsonl_table, txt_table
from nlp_toolkit.corpus.columns import Columns, choose, metadata_types, names_of
from nlp_toolkit.corpus.corpus import Corpus, concatenate
from nlp_toolkit.corpus.delimited import Quoting, delimited_table
from nlp_toolkit.corpus.encodings import settle_encoding
from nlp_toolkit.corpus.lines import Lines, text_stream
from nlp_toolkit.corpus.sources import SourceLike, as_file, is_standard_stream, open_source, unpack_errors
from nlp_toolkit.corpus.tables import Table
from nlp_toolkit.errors import DataError, UsageError

logger = logging.getLogger("nlp_toolkit")

CorpusSource: TypeAlias = "SourceLike | Any"
"""A path, "-" for stdin, a binary stream, or a `datasets.Dataset` (whose class is an extra's, hence Any)."""

_ROWS_AT_ONCE = 65_536  # read_corpus keeps every row anyway; blocks only bound what is held twice


def read_corpus(
    source: CorpusSource,
    *,
    format: str | None = None,
    encoding: str = "auto",
    quoting: Quoting = "double",
    text_column: str | Sequence[str] | None = None,
    pair_column: str | None = None,
    label_column: str | Sequence[str] | None = None,
    label_separator: str | None = None,
    id_column: str | None = None,
    weight_column: str | None = None,
    group_column: str | None = None,
    metadata: str | Sequence[str] = (),
    guess_labels: bool = False,
    optional_labels: bool = False,
    on_bad_rows: OnBadRows = "error",
    bad_rows_path: str | os.PathLike[str] | None = None,
) -> Corpus:
    """Read a corpus whole, every row in file order.

    `source` is a path (csv, tsv, jsonl, txt, parquet, `.gz` of these, a folder that `datasets` saved),
    "-" for stdin, a binary stream or a `datasets.Dataset`; `format` overrides the name's ending and is
    txt for stdin unless given. `encoding` "auto" means byte-order mark, UTF-8, CP949 (told), in that order;
    `quoting` "none" is for TSV files written without quotes.

    Columns, by name: `text_column` (several are joined with a space; none: guessed and told), `pair_column`
    the second text of a pair, `label_column` (several, a `label_separator` or JSON lists make a list of
    labels a row), `metadata` as "name" or "name:type" (str, int, float, bool). `guess_labels` also guesses
    the label column; with `optional_labels` a file without it, named or guessed, is read without labels, and
    a note says so. Every other value stays the string it is in the file. Typed cells (jsonl, Parquet, data sets) are
    spelled: numbers in their shortest decimal spelling ("100000", not "1e5" or "100000.0"), booleans "true" and
    "false", dates and times as ISO 8601. Null and NaN read as "" (None in metadata); an id or a weight that is
    missing, and a label, id or group that is infinite, make a bad row. Control characters and lone surrogates are
    replaced, and everything changed or left out is counted in `Corpus.cleaning`.

    Raises `UsageError` for a missing file or a column that cannot be guessed, `DataError` for content that
    cannot be used, naming the line it starts at (Parquet and data sets: the row, from 1). With `on_bad_rows`
    "skip" bad rows are left out, counted, and written byte for byte to `bad_rows_path`.
    """
    columns = Columns(
        text=names_of(text_column),
        pair=pair_column,
        labels=names_of(label_column),
        label_separator=label_separator,
        id=id_column,
        weight=weight_column,
        group=group_column,
        metadata=metadata_types(metadata),
        guess_labels=guess_labels,
        optional_labels=optional_labels,
    )
    bad_rows = None if bad_rows_path is None else Path(bad_rows_path)
    return concatenate(list(_read(source, format, encoding, quoting, columns, on_bad_rows, bad_rows, None)))


def iter_corpus(
    source: CorpusSource,
    *,
    block_rows: int = 8192,
    format: str | None = None,
    encoding: str = "auto",
    quoting: Quoting = "double",
    text_column: str | Sequence[str] | None = None,
    pair_column: str | None = None,
    label_column: str | Sequence[str] | None = None,
    label_separator: str | None = None,
    id_column: str | None = None,
    weight_column: str | None = None,
    group_column: str | None = None,
    metadata: str | Sequence[str] = (),
    guess_labels: bool = False,
    optional_labels: bool = False,
    on_bad_rows: OnBadRows = "error",
    bad_rows_path: str | os.PathLike[str] | None = None,
) -> Iterator[Corpus]:
    """Read a corpus in blocks of at most `block_rows` rows, never empty; memory is bounded by a block.

    Takes what `read_corpus` takes and raises what it raises, as late as the fault is met. A block ends
    early where its texts are very long. That ids are unique over all blocks costs 8 bytes an id. Rows skipped
    after the last good one are told (logging) but in no block's `cleaning`.
    """
    if block_rows < 1:
        raise UsageError(f"block_rows is at least 1, got {block_rows}")
    columns = Columns(
        text=names_of(text_column),
        pair=pair_column,
        labels=names_of(label_column),
        label_separator=label_separator,
        id=id_column,
        weight=weight_column,
        group=group_column,
        metadata=metadata_types(metadata),
        guess_labels=guess_labels,
        optional_labels=optional_labels,
    )
    bad_rows = None if bad_rows_path is None else Path(bad_rows_path)
    blocks = _read(source, format, encoding, quoting, columns, on_bad_rows, bad_rows, block_rows)
    return (block for block in blocks if len(block))


def _read(
    source: CorpusSource,
    format: str | None,
    encoding: str,
    quoting: Quoting,
    columns: Columns,
    on_bad_rows: OnBadRows,
    bad_rows_path: Path | None,
    block_rows: int | None,
) -> Iterator[Corpus]:
    """Blocks in order, the last maybe empty but for its cleaning; without `block_rows` they make one corpus."""
    with (
        BadRows(_name(source), on_bad_rows, bad_rows_path) as bad,
        unpack_errors(bad.source),
        _opened(source, format, encoding, quoting, bad) as (table, codec),
    ):
        settled = choose(columns, table.names, bad.source)
        assembler = Assembler(settled, table.unit, bad, codec, whole=block_rows is None)
        n_rows = skipped = replaced = missing = 0
        for block in table.blocks(settled.named, block_rows or _ROWS_AT_ONCE):
            corpus = assembler.corpus(block)
            corpus = replace(corpus, cleaning=replace(corpus.cleaning, skipped_rows=bad.count - skipped))
            skipped = bad.count
            n_rows += len(corpus)
            replaced += corpus.cleaning.control_characters + corpus.cleaning.lone_surrogates
            missing += corpus.cleaning.missing_texts
            yield corpus
        if not n_rows:
            raise DataError(f"{bad.source}: nothing to read: {_why_nothing(table, bad)}")
        if replaced:
            logger.warning("%s: replaced %d control characters and lone surrogates", bad.source, replaced)
        if missing:
            logger.warning("%s: %d texts are missing (null); they are read as empty", bad.source, missing)


def _why_nothing(table: Table, bad: BadRows) -> str:
    if bad.count:
        return f"its {bad.count} rows are all bad"
    return "it has a header and no rows" if table.has_header else "it has no rows"


def _name(source: CorpusSource) -> str:
    if isinstance(source, str | os.PathLike):
        return "stdin" if is_standard_stream(source) else str(source)
    return "data set" if is_dataset(source) else str(getattr(source, "name", "stream"))


@contextmanager
def _opened(
    source: CorpusSource, format: str | None, encoding: str, quoting: Quoting, bad: BadRows
) -> Iterator[tuple[Table, str | None]]:
    """The table of a source, and the codec it is read with (None where the format has its own)."""
    if is_dataset(source):
        yield dataset_table(source, bad.source), None
    elif isinstance(source, str | os.PathLike) and (format == "datasets" or Path(source).is_dir()):
        yield dataset_table(load_dataset_folder(Path(source)), bad.source), None
    else:
        with open_source(source, format) as opened:
            if opened.format == "parquet":
                with as_file(opened) as stream:
                    yield parquet_table(stream, opened.name), None
            else:
                settled = settle_encoding(opened.open, encoding, opened.name)
                bad.mark = settled.mark if settled.codec != "utf-8-sig" else b""
                with closing(text_stream(opened.open(), settled)) as text:
                    yield _text_table(opened.format, Lines(text, settled, opened.name), quoting, bad), settled.codec


def _text_table(format: str, lines: Lines, quoting: Quoting, bad: BadRows) -> Table:
    if format == "txt":
        return txt_table(lines, bad)
    if format == "jsonl":
        return jsonl_table(lines, bad)
    return delimited_table(lines, "\t" if format == "tsv" else ",", quoting, bad)
