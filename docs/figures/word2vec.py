"""Draw docs/figures/word2vec.svg: what CBOW and skip-gram predict. `python docs/figures/word2vec.py`."""

from pathlib import Path

WORDS = ["the", "cat", "sat", "on", "it"]
CENTRE = 2
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
    return f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}">{text}</text>'


def rows(y: float, asked: bool, left: float) -> list[str]:
    """The words of the sentence in a row; `asked` colours the centre as what is to be told."""
    colours = [(ASKED if asked else GIVEN) if k == CENTRE else (GIVEN if asked else ASKED) for k in range(len(WORDS))]
    return [box(left + 80 * k, y, word, colour) for k, (word, colour) in enumerate(zip(WORDS, colours, strict=True))]


def cbow(left: float) -> list[str]:
    """Words around, to their mean, to the centre."""
    middle = left + 80 * CENTRE
    parts = [label(middle, 24, "CBOW", 16), *rows(70, True, left)]
    parts += [arrow(left + 80 * k, 86, middle + 14 * (k - CENTRE), 143) for k in range(len(WORDS)) if k != CENTRE]
    parts += [box(middle, 160, "mean of 4 rows of W", GIVEN, 160), arrow(middle, 176, middle, 218)]
    parts += [
        box(middle, 235, "sat?", ASKED),
        label(middle, 270, "one prediction a word, told apart from 5 drawn words"),
    ]
    return parts


def skip_gram(left: float) -> list[str]:
    """The centre, to each word around."""
    middle = left + 80 * CENTRE
    parts = [label(middle, 24, "skip-gram", 16), *rows(70, False, left)]
    parts += [arrow(middle, 86, middle, 143), box(middle, 160, "one row of W", GIVEN, 160)]
    for k, word in enumerate(WORDS):
        if k != CENTRE:
            parts += [
                arrow(middle + 14 * (k - CENTRE), 176, left + 80 * k, 218),
                box(left + 80 * k, 235, f"{word}?", ASKED),
            ]
    parts.append(label(middle, 270, "a prediction for every word of the window"))
    return parts


def figure() -> str:
    """Both side by side."""
    head = (
        '<marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0L10 5L0 10z" fill="{LINE}"/></marker>'
    )
    return "\n".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 840 290" font-family="sans-serif" font-size="14" '
            f'fill="{TEXT}" role="img" aria-label="What CBOW and skip-gram predict">',
            f"<defs>{head}</defs>",
            '<rect width="840" height="290" fill="white"/>',
            *cbow(50),
            *skip_gram(470),
            "</svg>",
            "",
        ]
    )


if __name__ == "__main__":
    Path(__file__).with_suffix(".svg").write_text(figure(), encoding="utf-8")
