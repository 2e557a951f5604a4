"""The physical lines of a text file, numbered, bounded in length, and givable back."""

import csv
import io
from typing import BinaryIO, Self, TextIO

from nlp_toolkit.corpus.encodings import Encoding
from nlp_toolkit.corpus.tables import LONGEST_RECORD
from nlp_toolkit.errors import DataError


def text_stream(stream: BinaryIO, encoding: Encoding) -> TextIO:
    """Decode `stream` strictly; LF, CRLF and CR all end a line and stay on it."""
    return io.TextIOWrapper(stream, encoding=encoding.codec, errors="strict", newline="")


class Lines:
    """Iterates over lines with their ends; `held` are those of the record being read.

    `blank` counts lines that were no row and `characters` all that were given; both start anew with a block.

    A line longer than `LONGEST_RECORD` raises `DataError`, a record of several lines `csv.Error`
    (the unclosed quote that caused it is a bad row like any other).
    """

    def __init__(self, stream: TextIO, encoding: Encoding, source: str) -> None:
        self.encoding = encoding
        self.source = source
        self.number = 0
        self.held: list[str] = []
        self.characters = 0
        self.blank = 0
        self._stream = stream
        self._held_characters = 0
        self._given_back: list[str] = []

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._given_back.pop() if self._given_back else self._stream.readline(LONGEST_RECORD)
        if not line:
            raise StopIteration
        self.number += 1
        self.held.append(line)
        self._held_characters += len(line)
        self.characters += len(line)
        if len(line) >= LONGEST_RECORD:
            raise DataError(f"{self.source}, line {self.number}: longer than {LONGEST_RECORD} characters; split it")
        if self._held_characters > LONGEST_RECORD:
            raise csv.Error(f"longer than {LONGEST_RECORD} characters")
        return line

    def start_block(self) -> None:
        """Count blank lines and characters anew."""
        self.blank = self.characters = 0

    def start_record(self) -> int:
        """Forget the lines held; returns the number of the line that comes next."""
        self.held.clear()
        self._held_characters = 0
        return self.number + 1

    def give_back(self) -> None:
        """Give back all lines of the record but its first."""
        again = self.held[1:]
        self._given_back.extend(reversed(again))
        self.number -= len(again)
        del self.held[1:]

    def held_bytes(self) -> bytes:
        """The bytes of the record as they stood in the file."""
        return self.encoding.rows_to_bytes("".join(self.held))
