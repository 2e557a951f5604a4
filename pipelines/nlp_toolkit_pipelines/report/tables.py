"""Tables with a caption; a cell keeps its exact value beside the rounded one, which is what a column sorts by."""

from collections.abc import Sequence
from dataclasses import dataclass

from nlp_toolkit_pipelines.report.html import Html, tag, text


@dataclass(frozen=True)
class Cell:
    """What a cell shows, and its exact value where it is a number."""

    shown: Html
    value: float | int | None = None


@dataclass(frozen=True)
class Column:
    """A column's heading; numbers stand at the right."""

    heading: str
    numeric: bool = False


def plain(value: object) -> Cell:
    """A cell of text."""
    return Cell(text(value))


def table(caption: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], *, sortable: bool = True) -> Html:
    """A table whose first column names its rows, in a frame that scrolls where the page is narrow."""
    head = tag("thead", {}, tag("tr", {}, *(_heading(column) for column in columns)))
    body = tag("tbody", {}, *(_row(columns, row) for row in rows))
    marked = {"data-sortable": sortable and len(rows) > 2}
    whole = tag("table", marked, tag("caption", {}, text(caption)), head, body)
    return tag("div", {"class": "scroll", "role": "region", "aria-label": caption, "tabindex": "0"}, whole)


def _heading(column: Column) -> Html:
    return tag("th", {"scope": "col", "class": "number" if column.numeric else None}, text(column.heading))


def _row(columns: Sequence[Column], cells: Sequence[Cell]) -> Html:
    first, *others = zip(columns, cells, strict=True)
    name = tag("th", {"scope": "row"}, first[1].shown)
    return tag("tr", {}, name, *(_cell(column, cell) for column, cell in others))


def _cell(column: Column, cell: Cell) -> Html:
    return tag("td", {"class": "number" if column.numeric else None, "data-value": cell.value}, cell.shown)
