r"""Control characters and invisible direction marks shown as escapes, for terminals, model cards and pages.

A file name, a label or a text may hold characters that move a terminal's cursor, or that reverse the order in which the
rest of a line is read. Everything written for people goes through `visible` or `visible_lines`; JSON through
`json_text`, which says the same characters in JSON's own escapes and so stays exact.
"""

import json
import re

# C0 (ESC and line ends are among them), DEL, C1; direction marks, embeddings, overrides and isolates; the line and
# paragraph separators; lone surrogates, which no stream can encode.
_HIDDEN = "\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
_hidden = re.compile(f"[{_HIDDEN}]")
_hidden_in_lines = re.compile(rf"(?![\n\t])[{_HIDDEN}]")


def visible(text: str) -> str:
    r"""Return `text` on one line, with control characters and direction marks as escapes.

    >>> print(visible("a\x1b[2J\u202eb\nc"))
    a\x1b[2J\u202eb\nc
    """
    return text if text.isascii() and text.isprintable() else _hidden.sub(_escape, text)


def visible_lines(text: str) -> str:
    r"""Return `text` as `visible` does, but with its line ends (as ``\n``) and tabs left as they are.

    >>> print(visible_lines("a\x1b[2J\r\nb"))
    a\x1b[2J
    b
    """
    return _hidden_in_lines.sub(_escape, text.replace("\r\n", "\n"))


def json_text(value: object) -> str:
    r"""Return `value` as one line of JSON that is safe to show and is read back exactly.

    Other characters beyond ASCII stay readable. NaN and infinity raise `ValueError`.

    >>> print(json_text({"영화": "a\u202eb\x9b"}))
    {"영화": "a\u202eb\u009b"}
    """
    return json_escaped(json.dumps(value, ensure_ascii=False, allow_nan=False))


def json_escaped(written: str) -> str:
    r"""Return JSON that was written already, over several lines perhaps, with the same characters as ``\uXXXX``."""
    return _hidden_in_lines.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()
