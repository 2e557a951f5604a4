"""Draw docs/figures/hashing.svg: terms, their columns and their signs. `python docs/figures/hashing.py`."""

from drawing import ASKED, GIVEN, arrow, box, grid, label, picture, write_beside

from nlp_toolkit import HashingVectorizer

TERMS = ("sun", "dog", "wind", "book", "cat", "bread")
COLUMNS = 8


def figure() -> str:
    """Six terms and the eight columns they fall into; columns and signs are the stage's own."""
    stage = HashingVectorizer(n_features=COLUMNS, norm=None)
    places = []
    for row in stage.transform(list(TERMS)):
        [column], [sign] = row.indices.tolist(), row.data.tolist()
        places.append((column, sign))
    total = stage.transform([" ".join(TERMS)]).toarray()[0].tolist()
    left, width = 50, 70
    step = width * COLUMNS / len(TERMS)
    parts = []
    for number, (term, (column, sign)) in enumerate(zip(TERMS, places, strict=True)):
        x = left + step * (number + 0.5)
        parts += [box(x, 40, f"{term} {sign:+.0f}", GIVEN, 76), arrow(x, 56, left + width * (column + 0.5), 116)]
    shared = [sum(column == c for column, _ in places) for c in range(COLUMNS)]
    fills = [[ASKED if n > 1 else GIVEN if n else "#fff" for n in shared]]
    parts += grid(left, 120, [[f"{value:.0f}" for value in total]], fills)
    parts += [label(left + width * (j + 0.5), 166, f"hashing{j}", 12) for j in range(COLUMNS)]
    parts += [
        label(
            left + width * COLUMNS / 2, 192, "A text of these six words: where terms share a column, signs add up.", 13
        )
    ]
    return picture(660, 205, "Terms hashed to columns", parts)


if __name__ == "__main__":
    write_beside(__file__, figure())
