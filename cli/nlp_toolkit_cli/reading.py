"""The input as the options say: a whole corpus, or blocks of one."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit_cli.options import Labelling, Reading, Weighting

if TYPE_CHECKING:
    from nlp_toolkit import Corpus


def read(
    source: str,
    reading: Reading,
    labelling: Labelling,
    weighting: Weighting | None = None,
    *,
    guess_labels: bool = False,
    optional_labels: bool = False,
    metadata: Sequence[str] = (),
) -> "Corpus":
    """Read the whole input; with `guess_labels` a label column that is not named is guessed, and told.

    With `optional_labels` an input without that column is read without labels. `metadata` names further columns to
    keep.
    """
    from nlp_toolkit import read_corpus

    return read_corpus(
        source,
        format=reading.format,
        encoding=reading.encoding,
        quoting=reading.quoting,
        text_column=reading.text_column,
        pair_column=reading.pair_column,
        label_column=labelling.label_column,
        label_separator=labelling.label_separator,
        id_column=reading.id_column,
        weight_column=None if weighting is None else weighting.weight_column,
        group_column=None if weighting is None else weighting.group_column,
        metadata=metadata,
        guess_labels=guess_labels,
        optional_labels=optional_labels,
        on_bad_rows=reading.on_bad_rows,
        bad_rows_path=_place_for_bad_rows(source, reading),
    )


def read_with_test(
    source: str, test: str | None, reading: Reading, labelling: Labelling, weighting: Weighting
) -> "tuple[Corpus, Corpus | None]":
    """A labelled input, and the file to test on where one is named; a label column that is not named is guessed."""
    guess = not labelling.label_column
    corpus = read(source, reading, labelling, weighting, guess_labels=guess)
    return corpus, None if test is None else read(test, reading, labelling, guess_labels=guess)


def read_blocks(source: str, reading: Reading, metadata: Sequence[str] = ()) -> "Iterator[Corpus]":
    """Read the input block by block, without labels; `metadata` names columns as NAME or NAME:TYPE."""
    from nlp_toolkit import iter_corpus

    return iter_corpus(
        source,
        format=reading.format,
        encoding=reading.encoding,
        quoting=reading.quoting,
        text_column=reading.text_column,
        pair_column=reading.pair_column,
        id_column=reading.id_column,
        metadata=metadata,
        on_bad_rows=reading.on_bad_rows,
        bad_rows_path=_place_for_bad_rows(source, reading),
    )


@contextlib.contextmanager
def about(*sources: str | None) -> Iterator[None]:
    """Name the inputs in a `DataError` that names rows only: what the library was given is a corpus, not a file."""
    try:
        yield
    except DataError as error:
        names = ["stdin" if source == "-" else source for source in sources if source is not None]
        if any(name in str(error) for name in names):
            raise
        raise DataError(f"{' or '.join(names)}: {error}") from error


class Blocks:
    """The blocks of an input, as often as they are asked for; stdin and pipes, which come once, are held."""

    def __init__(self, source: str, reading: Reading) -> None:
        self._source = source
        self._reading = reading
        self._held: list[Corpus] | None = None

    def __iter__(self) -> "Iterator[Corpus]":
        if self._source != "-" and not Path(self._source).is_fifo():
            return read_blocks(self._source, self._reading)
        if self._held is None:
            self._held = list(read_blocks(self._source, self._reading))
        return iter(self._held)


def _place_for_bad_rows(source: str, reading: Reading) -> Path | None:
    """`INPUT.bad-rows`, written again by every run that skips rows.

    What was made by other hands is not taken away: `UsageError` for a link, a pipe, a device or a directory there.
    """
    if reading.on_bad_rows != "skip":
        return None
    place = Path("stdin.bad-rows" if source == "-" else f"{source}.bad-rows")
    if place.is_symlink() or (place.exists() and not place.is_file()):
        raise UsageError(f"{place} is no regular file, and bad rows are to be kept there; move it away")
    place.unlink(missing_ok=True)
    return place
