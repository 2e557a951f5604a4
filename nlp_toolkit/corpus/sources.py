"""Where bytes come from: a path, stdin or a binary stream, plain or gzip, that can be read more than once."""

import errno
import gzip
import os
import shutil
import stat
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Literal, TypeAlias, cast, get_args

from nlp_toolkit.errors import DataError, ResourceError, UsageError

Format = Literal["csv", "tsv", "jsonl", "txt", "parquet", "datasets"]
SourceLike: TypeAlias = "str | os.PathLike[str] | BinaryIO"

_SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".txt": "txt",
    ".text": "txt",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True)
class Source:
    """A name for messages, a format, and `open()`, which gives the unpacked bytes from the start.

    Only one of the streams it opens may be in use at a time.
    """

    name: str
    format: Format
    open: Callable[[], BinaryIO]


def is_standard_stream(place: object) -> bool:
    """Whether a path is `-`: stdin for what is read, stdout for what is written."""
    return isinstance(place, str | os.PathLike) and os.fspath(place) == "-"


def checked_format(given: str) -> Format:
    """`given` as a format, or `UsageError` with the known ones."""
    if given not in get_args(Format):
        raise UsageError(f"unknown format {given!r}; known formats: {', '.join(get_args(Format))}")
    return cast(Format, given)


def format_of(name: str) -> Format:
    """The format a file name's ending stands for (`.gz` is looked through); unknown raises `UsageError`.

    >>> format_of("reviews.csv.gz")
    'csv'
    """
    path = Path(name.lower())
    suffix = Path(path.stem).suffix if path.suffix == ".gz" else path.suffix
    if suffix not in _SUFFIXES:
        known = ", ".join(_SUFFIXES)
        raise UsageError(f"{name}: cannot tell the format from the name; known endings: {known}, or pass format=")
    return _SUFFIXES[suffix]


@contextmanager
def open_source(source: SourceLike, format: str | None) -> Iterator[Source]:
    """Open a path, `-` (stdin) or a binary stream; what cannot be read twice is spooled to disk first.

    A missing file or a stream whose format cannot be told raises `UsageError`, a damaged gzip file
    `DataError`, a full disk `ResourceError`.
    """
    if is_standard_stream(source):
        with _spooled(sys.stdin.buffer, "stdin") as reopen:
            yield Source("stdin", checked_format(format or "txt"), _unpacking(reopen, "stdin"))
    elif isinstance(source, str | os.PathLike):
        path = Path(source)
        with _path_opener(path) as reopen:
            kind = checked_format(format) if format else format_of(path.name)
            yield Source(str(path), kind, _unpacking(reopen, str(path)))
    else:
        name = str(getattr(source, "name", "stream"))
        if source is sys.stdin.buffer:
            format = format or "txt"
        elif not hasattr(source, "read") or not isinstance(source.read(0), bytes):
            raise UsageError(f"expected a path, '-' or a binary stream, got {type(source).__name__}; open it with 'rb'")
        with _spooled(source, name) as reopen:
            yield Source(name, checked_format(format) if format else format_of(name), _unpacking(reopen, name))


@contextmanager
def as_file(source: Source) -> Iterator[BinaryIO]:
    """A seekable stream of the unpacked bytes: the file itself, or a spooled copy of what is in a gzip file."""
    with source.open() as stream:
        if not isinstance(stream, gzip.GzipFile):
            yield stream
            return
        with _spooled(stream, source.name) as reopen, reopen() as unpacked:
            yield unpacked


@contextmanager
def unpack_errors(name: str) -> Iterator[None]:
    """Turn what reading a damaged gzip file raises into `DataError`."""
    try:
        yield
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{name}: damaged gzip file ({error}); unpack or fetch it again") from error


@contextmanager
def full_disk(what: str) -> Iterator[None]:
    """Turn a full disk into `ResourceError` that names what was being written."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise ResourceError(f"{what}: {error.strerror}; free some space or write elsewhere") from error


@contextmanager
def _path_opener(path: Path) -> Iterator[Callable[[], BinaryIO]]:
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise UsageError(f"{path} is a directory, expected a file; name the file in it")
        if stat.S_ISREG(mode):
            with path.open("rb"):
                pass
    except FileNotFoundError as error:
        raise UsageError(f"{path}: no such file") from error
    except PermissionError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    if stat.S_ISREG(mode):
        yield lambda: path.open("rb")
        return
    with path.open("rb") as pipe, _spooled(pipe, str(path)) as reopen:
        yield reopen


@contextmanager
def _spooled(stream: IO[bytes], name: str) -> Iterator[Callable[[], BinaryIO]]:
    with tempfile.TemporaryFile() as spool:
        with full_disk(f"keeping a copy of {name} in {tempfile.gettempdir()}"):
            shutil.copyfileobj(stream, spool, 1 << 20)
            spool.flush()

        def reopen() -> BinaryIO:
            spool.seek(0)
            return os.fdopen(os.dup(spool.fileno()), "rb")

        yield reopen


def _unpacking(reopen: Callable[[], BinaryIO], name: str) -> Callable[[], BinaryIO]:
    def opened() -> BinaryIO:
        stream = reopen()
        packed = stream.read(2) == _GZIP_MAGIC
        stream.seek(0)
        return cast(BinaryIO, _OwningGzip(stream)) if packed else stream

    return opened


class _OwningGzip(gzip.GzipFile):
    """A gzip reader that closes the file it reads from."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(fileobj=stream, mode="rb")
        self._packed = stream

    def close(self) -> None:
        super().close()
        self._packed.close()
