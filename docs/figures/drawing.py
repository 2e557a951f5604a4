"""What the figures are drawn with: boxes, arrows, words and grids of numbers as pieces of SVG."""

from collections.abc import Sequence
from pathlib import Path

GIVEN, ASKED, LINE, TEXT = "#cfe3f7", "#f9dfb4", "#555", "#222"


def box(x: float, y: float, text: str, fill: str, width: float = 64) -> str:
    """A word in a box, its middle at (x, y)."""
    return (
        f'<rect x="{x - width / 2}" y="{y - 15}" width="{width}" height="30" rx="6" fill="{fill}" stroke="{LINE}"/>'
        f'<text x="{x}" y="{y + 5}" text-anchor="middle">{text}</text>'
    )


def arrow(x1: float, y1: float, x2: float, y2: float) -> str:
    """A line with a head at (x2, y2)."""
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{LINE}" marker-end="url(#head)"/>'


def label(x: float, y: float, text: str, size: int = 12, anchor: str = "middle") -> str:
    """Words without a box."""
    return f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}">{text}</text>'


def grid(
    left: float, top: float, rows: Sequence[Sequence[str]], fills: Sequence[Sequence[str]], width: float = 70
) -> list[str]:
    """Cells of a matrix, (n_rows, n_columns), its upper left corner at (left, top)."""
    return [
        f'<rect x="{left + width * j}" y="{top + 28 * i}" width="{width}" height="28" fill="{fills[i][j]}" '
        f'stroke="{LINE}"/>' + label(left + width * (j + 0.5), top + 28 * i + 19, text, 14)
        for i, row in enumerate(rows)
        for j, text in enumerate(row)
    ]


def picture(width: int, height: int, title: str, parts: Sequence[str]) -> str:
    """The parts on white, as an SVG that says what it shows."""
    head = (
        '<marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0L10 5L0 10z" fill="{LINE}"/></marker>'
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
            f'font-size="14" fill="{TEXT}" role="img" aria-label="{title}">',
            f"<defs>{head}</defs>",
            f'<rect width="{width}" height="{height}" fill="white"/>',
            *parts,
            "</svg>",
            "",
        ]
    )


def write_beside(script: str, figure: str) -> None:
    """Write `figure` under the script's name, as .svg."""
    Path(script).with_suffix(".svg").write_text(figure, encoding="utf-8")
