"""Draw docs/figures/bert.svg: pieces that all look at each other, and a row. `python docs/figures/bert.py`."""

from drawing import ASKED, GIVEN, LINE, arrow, box, label, picture, write_beside

PIECES = {
    "by the river": ("[CLS]", "the", "bank", "of", "the", "river"),
    "for money": ("[CLS]", "the", "bank", "of", "Seoul"),
}
WORD = 2


def sentence(left: float, pieces: tuple[str, ...], told: str) -> list[str]:
    """Pieces below, states above; lines from every piece to the state of "bank", thin ones to all other states."""
    places = [left + 60 * k for k in range(len(pieces))]
    parts = []
    for k, to in enumerate(places):
        for start in places:
            if k != WORD:
                parts.append(f'<line x1="{start}" y1="160" x2="{to}" y2="92" stroke="#bbb" stroke-width="0.6"/>')
    parts += [arrow(start, 160, places[WORD], 92) for start in places]
    parts += [box(x, 175, piece, GIVEN, 54) for x, piece in zip(places, pieces, strict=True)]
    parts += [
        f'<rect x="{x - 27}" y="60" width="54" height="30" rx="6" fill="{ASKED if k == WORD else "#fff"}" '
        f'stroke="{LINE}"/>'
        for k, x in enumerate(places)
    ]
    parts += [label(places[WORD], 80, "bank", 13), label(places[0], 80, "[CLS]", 13)]
    return [*parts, label(places[WORD], 210, told, 13)]


def figure() -> str:
    """Two texts with one word in common, whose states differ, and the rows that pooling makes."""
    river, money = PIECES.values()
    parts = [label(350, 28, "a state for every piece, computed from all pieces, layer by layer", 13)]
    parts += sentence(50, river, "bank: its state knows of the river")
    parts += sentence(420, money, "bank: another state, it knows of Seoul")
    parts += [
        label(350, 244, "A row is the state of [CLS] (pooling cls), or the mean of all states (pooling mean).", 13)
    ]
    return picture(700, 262, "Pieces of two texts and their states in an encoder", parts)


if __name__ == "__main__":
    write_beside(__file__, figure())
