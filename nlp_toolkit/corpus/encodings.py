"""Which encoding a file is in: a byte-order mark, else UTF-8, else CP949, else an error; never a replacement."""

import codecs
import logging
import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import BinaryIO

from nlp_toolkit.errors import DataError, UsageError

logger = logging.getLogger("nlp_toolkit")

# UTF-32 first: its little-endian mark begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32", "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32", "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16-be"),
)
_CHUNK = 1 << 18
_OF_NAMES = frozenset({"idna", "punycode"})  # Python lists them among the encodings of text; they are of host names
_SAMPLE = 100_000  # characters of two bytes, enough to tell what a file is written in
_find_run = re.compile("[^\x00-\x7f]+")


@dataclass(frozen=True)
class Encoding:
    """`codec` reads a whole file; `row_codec` gives rows of it back as they stood, `mark` goes before them."""

    codec: str
    row_codec: str
    mark: bytes = b""

    def rows_to_bytes(self, text: str) -> bytes:
        """The bytes `text` had in the file."""
        return text.encode(self.row_codec)


def settle_encoding(reopen: Callable[[], BinaryIO], asked: str, name: str) -> Encoding:
    """The encoding to read `name` with, checked over all its bytes.

    `asked` is "auto" or a codec. Bytes the codec does not know raise `DataError` naming where they are.
    """
    with closing(reopen()) as stream:
        head = stream.read(1 << 16)
    marked = next((Encoding(codec, row, mark) for mark, codec, row in _MARKS if head.startswith(mark)), None)
    if asked != "auto":
        codec = _codec(asked)
        same = marked is not None and codec in (marked.codec, marked.row_codec)
        return _checked(reopen, marked if marked is not None and same else Encoding(codec, codec), name)
    if marked is not None:
        return _checked(reopen, marked, name)
    # Latin text in UTF-16 without a mark is valid UTF-8, every other character a NUL.
    if head.count(0) > len(head) // 4:
        raise DataError(f"{name}: many NUL bytes: binary, or UTF-16; pass encoding='utf-16-le' or '-be'")
    not_utf8 = _first_fault(reopen, "utf-8")
    if not_utf8 is None:
        return Encoding("utf-8", "utf-8")
    not_cp949 = _first_fault(reopen, "cp949")
    if not_cp949 is None:
        logger.warning("%s: not UTF-8 (%s); read as CP949", name, not_utf8)
        with closing(reopen()) as stream:
            lone, all_of_them = lone_rare_characters(stream)
        if 2 * lone > all_of_them:
            logger.warning(
                "%s: CP949 is doubtful: %d of its %d Korean characters are rare ones, alone beside Latin letters; "
                "if the file is Windows-1252, pass encoding='cp1252' (--encoding cp1252)",
                *(name, lone, all_of_them),
            )
        return Encoding("cp949", "cp949")
    raise DataError(
        f"{name}: neither UTF-8 ({not_utf8}) nor CP949 ({not_cp949}); pass encoding=, such as cp1252 or utf-16-le"
    )


def lone_rare_characters(stream: BinaryIO) -> tuple[int, int]:
    """Of text in CP949 the two-byte characters that are rare and alone beside Latin letters, and all of them.

    Quotes, dashes and capitals of Windows-1252 take the letter after them for their second byte: `it's` with a curly
    quote is "it" and one syllable. Rare are hanja, and the syllables that KS X 1001 lacks. The first `_SAMPLE` count.
    """
    decoder = codecs.getincrementaldecoder("cp949")()
    lone = n_characters = 0
    while n_characters < _SAMPLE and (chunk := stream.read(_CHUNK)):
        text = decoder.decode(chunk)
        for run in _find_run.finditer(text):
            n_characters += run.end() - run.start()
            beside = text[max(run.start() - 1, 0) : run.end() + 1]
            alone = run.end() - run.start() == 1 and any(each.isascii() and each.isalpha() for each in beside)
            lone += alone and _is_rare(run[0])
    return lone, n_characters


def _is_rare(character: str) -> bool:
    first, second = character.encode("cp949")
    return first < 0xA1 or second < 0xA1 or first >= 0xCA


def codec_of(name: str) -> str | None:
    """The proper name of a codec that makes text of bytes; None for any other, such as base64.

    >>> codec_of("utf8"), codec_of("base64")
    ('utf-8', None)
    """
    try:
        info = codecs.lookup(name)
        "a text".encode(name)
        codecs.getincrementaldecoder(name)().decode(b"", final=True)
    except (LookupError, ValueError):
        return None
    return None if info.name in _OF_NAMES else info.name


def _codec(asked: str) -> str:
    name = codec_of(asked)
    if name is None:
        raise UsageError(f"unknown encoding {asked!r}; try auto, utf-8, utf-16, cp949")
    return name


def _checked(reopen: Callable[[], BinaryIO], encoding: Encoding, name: str) -> Encoding:
    fault = _first_fault(reopen, encoding.codec)
    if fault is not None:
        raise DataError(f"{name}: not {encoding.codec} ({fault}); pass another encoding=, or mend the file")
    return encoding


def _first_fault(reopen: Callable[[], BinaryIO], codec: str) -> str | None:
    decoder = codecs.getincrementaldecoder(codec)()
    read, line = 0, 1
    with closing(reopen()) as stream:
        while True:
            chunk = stream.read(_CHUNK)
            try:
                line += decoder.decode(chunk, final=not chunk).count("\n")
            except UnicodeError as error:
                if not isinstance(error, UnicodeDecodeError):  # utf-16 and utf-32 say so of a missing mark
                    return str(error)
                # The decoder may have kept a few bytes of the chunk before in front of this one.
                kept = len(error.object) - len(chunk)
                line += error.object[: error.start].count(b"\n")
                byte = error.object[error.start]
                return f"byte 0x{byte:02x} at offset {read - kept + error.start}, line {line}"
            if not chunk:
                return None
            read += len(chunk)
