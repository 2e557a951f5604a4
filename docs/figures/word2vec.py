"""Draw docs/figures/word2vec.svg: what CBOW and skip-gram predict. `python docs/figures/word2vec.py`."""

from drawing import ASKED, GIVEN, arrow, box, label, picture, write_beside

WORDS = ["the", "cat", "sat", "on", "it"]
CENTRE = 2


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
    return picture(840, 290, "What CBOW and skip-gram predict", [*cbow(50), *skip_gram(470)])


if __name__ == "__main__":
    write_beside(__file__, figure())
