"""A page taken apart: its elements, the words in them, and whether everything that opens is closed."""

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

_VOID = {"meta", "input", "br", "col"}


@dataclass
class Element:
    """An element with its attributes, the words anywhere inside it, and the names of what it lies in."""

    name: str
    attributes: dict[str, str | None]
    inside: tuple[str, ...]
    words: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The words as one string."""
        return "".join(self.words)


class Page(HTMLParser):
    """Every element of a page, in order."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(content)
        self.close()
        assert self._open == [], f"never closed: {[element.name for element in self._open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs), tuple(each.name for each in self._open))
        self.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().name == tag

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.words.append(data)

    def all(self, name: str) -> list[Element]:
        """Every element of this name."""
        return [element for element in self.elements if element.name == name]

    def by_id(self, name: str) -> Element:
        """The one element with this id."""
        (found,) = [element for element in self.elements if element.attributes.get("id") == name]
        return found

    def json(self, name: str) -> Any:
        """The data in the JSON element with this id."""
        return json.loads(self.by_id(name).text)

    def table(self, caption: str) -> list[list[str]]:
        """The cells of the one table whose caption starts so, heading first."""
        rows: list[list[str]] = []
        inside = False
        for element in self.elements:
            if element.name == "caption":
                inside = element.text.startswith(caption)
                assert not (inside and rows), f"two tables start with {caption!r}"
            elif inside and element.name == "tr":
                rows.append([])
            elif inside and element.name in ("td", "th"):
                rows[-1].append(element.attributes.get("data-value") or element.text)
        assert rows, f"no table starts with {caption!r}"
        return rows
