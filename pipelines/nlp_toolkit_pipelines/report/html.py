"""HTML out of strings: what comes from data is escaped once, and the type says what already was."""

import html
import json
from collections.abc import Iterable, Mapping
from typing import NewType, TypeAlias

from nlp_toolkit.text.visible import visible_lines

Html = NewType("Html", str)
"""Markup that is safe to put into a page; made by `text` and `tag` only."""

Attributes: TypeAlias = Mapping[str, object]

_VOID = frozenset({"meta", "input", "br", "col"})


def text(value: object) -> Html:
    r"""`value` as text of a page: hidden characters made visible, then escaped.

    >>> print(text("</script><b>\u202e"))
    &lt;/script&gt;&lt;b&gt;\u202e
    """
    return Html(html.escape(visible_lines(str(value))))


def join(parts: Iterable[Html], between: str = "") -> Html:
    """One piece of markup out of many, `between` escaped."""
    return Html(text(between).join(parts))


def tag(name: str, attributes: Attributes, *children: Html) -> Html:
    """An element; attributes that are None or False are left out, True stands without a value.

    >>> tag("td", {"class": "number", "hidden": False}, text("1 < 2"))
    '<td class="number">1 &lt; 2</td>'
    """
    written = "".join(
        f" {key}" if value is True else f' {key}="{text(value)}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return Html(f"<{name}{written}>" if name in _VOID else f"<{name}{written}>{join(children)}</{name}>")


def foreign(value: object, language: str | None = None) -> Html:
    """Text that came with the data: isolated, so that its writing direction ends where it ends."""
    return tag("bdi", {"dir": "auto", "lang": language}, text(value))


def json_block(name: str, value: object) -> Html:
    """Data for a script, in an element with the id `name`; nothing in it can close the element.

    A script shows these strings, so their hidden characters are made visible as in `text`.

    >>> json_block("data", ["</script>"])
    '<script type="application/json" id="data">["\\\\u003c/script\\\\u003e"]</script>'
    """
    written = json.dumps(_shown(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return Html(f'<script type="application/json" id="{text(name)}">{written}</script>')


def _shown(value: object) -> object:
    if isinstance(value, str):
        return visible_lines(value)
    if isinstance(value, Mapping):
        return {_shown(key): _shown(each) for key, each in value.items()}
    return [_shown(each) for each in value] if isinstance(value, list | tuple) else value
