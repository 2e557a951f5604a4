"""Draw docs/figures/neural.svg: what five small networks let a word look at. `python docs/figures/neural.py`."""

from drawing import ASKED, GIVEN, LINE, box, label, picture, write_beside

N = 5
STEP, TOP, BOTTOM = 22, 70, 140


def dots(left: float, y: float, n: int, fill: str) -> list[str]:
    """A word, or a state, each a circle."""
    return [f'<circle cx="{left + STEP * k}" cy="{y}" r="7" fill="{fill}" stroke="{LINE}"/>' for k in range(n)]


def line(x1: float, y1: float, x2: float, y2: float, colour: str = LINE) -> str:
    """From a word to what is made of it."""
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}"/>'


def bag(left: float) -> list[str]:
    """All words into one mean."""
    middle = left + STEP * 2
    return [line(left + STEP * k, BOTTOM, middle, TOP) for k in range(N)] + dots(middle, TOP, 1, ASKED)


def mlp(left: float) -> list[str]:
    """Every place with weights of its own."""
    colours = ["#c0392b", "#b9770e", "#1e8449", "#2471a3", "#7d3c98"]
    units = [left + STEP * k for k in range(1, 4)]
    parts = [line(left + STEP * k, BOTTOM, unit, TOP, colours[k]) for k in range(N) for unit in units]
    return parts + dots(units[0], TOP, 3, ASKED)


def cnn(left: float) -> list[str]:
    """Three neighbours into a place each, by the same weights."""
    parts = [line(left + STEP * (k + d), BOTTOM, left + STEP * k, TOP) for k in range(1, N - 1) for d in (-1, 0, 1)]
    return parts + dots(left + STEP, TOP, 3, ASKED)


def gru(left: float) -> list[str]:
    """A state from a word and the states beside it, both ways."""
    parts = [line(left + STEP * k, BOTTOM, left + STEP * k, TOP) for k in range(N)]
    parts += [line(left, TOP - 4, left + STEP * (N - 1), TOP - 4), line(left, TOP + 4, left + STEP * (N - 1), TOP + 4)]
    return parts + dots(left, TOP, N, ASKED)


def transformer(left: float) -> list[str]:
    """Every word into every state."""
    parts = [line(left + STEP * k, BOTTOM, left + STEP * j, TOP, "#999") for k in range(N) for j in range(N)]
    return parts + dots(left, TOP, N, ASKED)


NETWORKS = {
    "bag": (bag, "no order"),
    "mlp": (mlp, "bound to places"),
    "cnn": (cnn, "neighbours"),
    "gru": (gru, "one after another"),
    "transformer": (transformer, "any with any"),
}


def figure() -> str:
    """Five columns: five words below, what the network makes of them above."""
    parts = []
    for number, (name, (draw, told)) in enumerate(NETWORKS.items()):
        left = 34 + 138 * number
        middle = left + STEP * 2
        parts += [
            box(middle, 26, name, "#fff", 96),
            *draw(left),
            *dots(left, BOTTOM, N, GIVEN),
            label(middle, 172, told, 13),
        ]
    parts += [label(354, 202, "Words below, what is made of them above; colours are weights of a place.", 13)]
    return picture(708, 216, "What five networks let a word look at", parts)


if __name__ == "__main__":
    write_beside(__file__, figure())
