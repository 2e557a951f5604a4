"""Files of word vectors: word2vec's text and binary forms and fastText's .vec, read with suspicion and written."""

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit.word_vectors.container import WordVectors

_log = logging.getLogger("nlp_toolkit")

Floats = npt.NDArray[np.float32]

_MAX_HEADER = 64  # bytes: two numbers
_MAX_WORD = 64 * 1024  # bytes of one word in a binary file
_READ_BYTES = 2**20


def read_vectors(path: Path) -> WordVectors:
    """Read a word2vec file, text (a fastText .vec is one) or binary, told apart by its first row."""
    size = _size(path)
    with path.open("rb") as file:
        n_words, dimensions = _header(path, file)
        _check_size(path, size - file.tell(), n_words, least=2 * dimensions + 1, dimensions=dimensions)
        first = file.readline(_MAX_WORD + 64 * dimensions)
    return read_text_vectors(path) if _is_text_row(first, dimensions) else read_binary_vectors(path)


def read_text_vectors(path: Path) -> WordVectors:
    """Read the text form: "n_words dimensions", then a word and its numbers a line, separated by spaces.

    The header is checked against the file's size before memory is taken. A duplicate word, a number missing, too
    many or not finite, and bytes that are not UTF-8 raise `DataError` with the row (the header is row 1).
    """
    size = _size(path)
    with path.open("rb") as file:
        n_words, dimensions = _header(path, file)
        _check_size(path, size - file.tell(), n_words, least=2 * dimensions + 1, dimensions=dimensions)
        words: dict[str, int] = {}
        vectors = np.empty((n_words, dimensions), dtype=np.float32)
        for number, line in enumerate(file, start=2):
            if not line.strip() and len(words) == n_words:
                continue
            if len(words) == n_words:
                raise DataError(f"{path}, row {number}: more rows than the {n_words} its header announces")
            raw, _, numbers = line.rstrip().partition(b" ")
            vectors[len(words)] = _numbers(path, number, numbers, dimensions)
            _enter(path, f"row {number}", raw, words)
    if len(words) < n_words:
        raise DataError(f"{path}: ends after {len(words)} of the {n_words} words its header announces")
    return WordVectors(list(words), vectors)


def read_binary_vectors(path: Path) -> WordVectors:
    """Read the binary form: the same header, then each word, a space and its numbers as little-endian float32.

    Refuses what `read_text_vectors` refuses; words are counted from 1.
    """
    size = _size(path)
    with path.open("rb") as file:
        n_words, dimensions = _header(path, file)
        _check_size(path, size - file.tell(), n_words, least=4 * dimensions + 1, dimensions=dimensions)
        words: dict[str, int] = {}
        vectors = np.empty((n_words, dimensions), dtype=np.float32)
        reader = _Reader(path, file)
        for number in range(1, n_words + 1):
            raw = reader.word(number)
            vectors[number - 1] = np.frombuffer(reader.exactly(4 * dimensions, number), dtype="<f4")
            if not np.isfinite(vectors[number - 1]).all():
                raise DataError(f"{path}, word {number}: holds NaN or infinity; expected finite numbers only")
            _enter(path, f"word {number}", raw, words)
        if reader.rest().strip():
            raise DataError(f"{path}: goes on behind the {n_words} words its header announces")
    return WordVectors(list(words), vectors)


def write_text_vectors(path: Path, vectors: WordVectors) -> None:
    """Write the text form, with digits enough to read the same float32 numbers back."""
    _check_words(vectors)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f"{len(vectors.words)} {vectors.vectors.shape[1]}\n")
        for word, row in zip(vectors.words, vectors.vectors, strict=True):
            file.write(f"{word} {' '.join(f'{value:.9g}' for value in row.tolist())}\n")


def write_binary_vectors(path: Path, vectors: WordVectors) -> None:
    """Write the binary form, a line feed behind each word's numbers as word2vec.c does."""
    _check_words(vectors)
    with path.open("wb") as file:
        file.write(f"{len(vectors.words)} {vectors.vectors.shape[1]}\n".encode())
        for word, row in zip(vectors.words, vectors.vectors, strict=True):
            file.write(word.encode("utf-8") + b" " + row.astype("<f4").tobytes() + b"\n")


WRITERS: dict[str, Callable[[Path, WordVectors], None]] = {
    ".txt": write_text_vectors,
    ".vec": write_text_vectors,
    ".bin": write_binary_vectors,
}


def write_vectors(path: Path, vectors: WordVectors) -> None:
    """Write text (.txt, .vec) or binary (.bin), by the suffix of `path`."""
    check_suffix(path)
    WRITERS[path.suffix](path, vectors)


def check_suffix(path: Path) -> None:
    """Raise `UsageError` for a suffix no form is known by, with the known ones."""
    if path.suffix not in WRITERS:
        raise UsageError(f"expected a file that ends in {', '.join(WRITERS)}, got {path.name}")


def with_underscores(vectors: WordVectors) -> WordVectors:
    """The same vectors, white space in words (콘라트 2세) as "_" as is usual in these files; told, as it changes them.

    A word that then is another one raises `DataError`.
    """
    words = [re.sub(r"\s", "_", word) for word in vectors.words]
    n_changed = sum(new != old for new, old in zip(words, vectors.words, strict=True))
    if not n_changed:
        return vectors
    if len(set(words)) < len(words):
        twice = next(word for word in words if words.count(word) > 1)
        raise DataError(f"two words become {twice!r} when white space is written as '_'; this format cannot hold both")
    _log.info("%d of %d words hold white space, which is written as '_'", n_changed, len(words))
    return WordVectors(words, vectors.vectors)


class _Reader:
    """Reads words and numbers from a binary file through a buffer."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path = path
        self._file = file
        self._buffer = b""
        self._at = 0

    def word(self, number: int) -> bytes:
        while True:
            end = self._buffer.find(b" ", self._at, self._at + _MAX_WORD)
            if end >= 0:
                raw = self._buffer[self._at : end]
                self._at = end + 1
                return raw.lstrip(b"\n")  # word2vec.c ends each row with one, gensim with none
            if len(self._buffer) - self._at >= _MAX_WORD:
                raise DataError(
                    f"{self._path}, word {number}: no space within {_MAX_WORD} bytes; expected word2vec's binary form"
                )
            if not self._fill():
                raise DataError(f"{self._path}: ends within word {number}")

    def exactly(self, n: int, number: int) -> bytes:
        while len(self._buffer) - self._at < n:
            if not self._fill():
                raise DataError(f"{self._path}: ends within word {number}")
        self._at += n
        return self._buffer[self._at - n : self._at]

    def rest(self) -> bytes:
        """Up to a block of what follows."""
        self._fill()
        return self._buffer[self._at :]

    def _fill(self) -> bool:
        more = self._file.read(_READ_BYTES)
        self._buffer = self._buffer[self._at :] + more
        self._at = 0
        return bool(more)


def _size(path: Path) -> int:
    if not path.is_file():
        raise UsageError(f"{path}: no such file; expected word vectors (.txt, .vec or .bin)")
    return path.stat().st_size


def _header(path: Path, file: BinaryIO) -> tuple[int, int]:
    line = file.readline(_MAX_HEADER)
    parts = line.split()
    if len(parts) != 2 or not all(part.isdigit() for part in parts) or not line.endswith(b"\n"):
        raise DataError(f"{path}: expected a first line of two numbers, words and dimensions, got {line[:40]!r}")
    n_words, dimensions = int(parts[0]), int(parts[1])
    if not n_words or not dimensions:
        raise DataError(f"{path}: its header announces {n_words} words of {dimensions} dimensions, nothing to read")
    return n_words, dimensions


def _check_size(path: Path, size: int, n_words: int, *, least: int, dimensions: int) -> None:
    if n_words * least > size:
        raise DataError(
            f"{path}: its header announces {n_words} words of {dimensions} dimensions, at least {n_words * least} "
            f"bytes, but {size} follow; the file is cut off or damaged"
        )


def _is_text_row(line: bytes, dimensions: int) -> bool:
    numbers = line.split()[-dimensions:]
    if len(line.split()) <= dimensions:
        return False
    try:
        _ = [float(number) for number in numbers]
    except ValueError:
        return False
    return True


def _numbers(path: Path, number: int, raw: bytes, dimensions: int) -> Floats:
    parts = raw.split()
    if len(parts) != dimensions:
        raise DataError(f"{path}, row {number}: expected a word and {dimensions} numbers, got {len(parts)} numbers")
    try:
        values = np.array(parts, dtype=np.float64)
    except ValueError as error:
        raise DataError(f"{path}, row {number}: {error}; expected a word and {dimensions} numbers") from error
    with np.errstate(over="ignore"):
        vector: Floats = values.astype(np.float32)
    if not np.isfinite(vector).all():
        raise DataError(f"{path}, row {number}: holds NaN or infinity; expected finite numbers only")
    return vector


def _enter(path: Path, place: str, raw: bytes, words: dict[str, int]) -> None:
    try:
        word = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}, {place}: the word is not UTF-8 ({error.reason})") from error
    if not word:
        raise DataError(f"{path}, {place}: has no word")
    if word in words:
        raise DataError(f"{path}, {place}: the word {word!r} stands there twice (first as number {words[word] + 1})")
    words[word] = len(words)


def _check_words(vectors: WordVectors) -> None:
    for word in vectors.words:
        if not word or any(character.isspace() for character in word):
            raise DataError(f"the word {word!r} cannot be written: this format separates by white space")
        if not word.isascii() and any("\ud800" <= character <= "\udfff" for character in word):
            raise DataError(f"the word {word!r} cannot be written: it holds a lone surrogate")
    if not np.isfinite(vectors.vectors).all():
        raise DataError("the vectors hold NaN or infinity; nothing was written")
