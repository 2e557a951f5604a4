"""Draw docs/figures/bm25.svg: what one more occurrence of a word adds. `python docs/figures/bm25.py`."""

from drawing import ASKED, GIVEN, LINE, grid, label, picture, write_beside

from nlp_toolkit import Bm25Vectorizer

COUNTS = (1, 2, 4, 8, 16)
LENGTHS = {"short text (half the mean length)": 20, "text of mean length": 40, "long text (twice the mean length)": 80}
MEAN = 40


def weights(length: int) -> list[float]:
    """What the stage gives "sun" in texts of `length` words that hold it as often as `COUNTS` say."""
    stage = Bm25Vectorizer(tokenizer="words").fit(["sun " + "sea " * (MEAN - 1), "sky " * MEAN])
    texts = ["sun " * count + "sea " * (length - count) for count in COUNTS]
    rows = stage.transform(texts).toarray()
    column = stage.get_feature_names_out().tolist().index("sun")
    return [float(weight) for weight in rows[:, column]]


def figure() -> str:
    """A row of weights for each length, and the ceiling; the numbers are the stage's own."""
    found = {name: weights(length) for name, length in LENGTHS.items()}
    ceiling = found["text of mean length"][0] * (1 + Bm25Vectorizer().k1)  # one occurrence weighs idf / (1 + k1) there
    parts = [label(250, 32, '"sun" occurs', 13, "end")]
    parts += [
        label(260 + 70 * (j + 0.5), 32, f"{count}x" if count > 1 else "once", 14) for j, count in enumerate(COUNTS)
    ]
    cells = [[f"{weight:.2f}" for weight in row] for row in found.values()]
    parts += grid(260, 44, cells, [[GIVEN] * 5, [ASKED] * 5, [GIVEN] * 5])
    parts += [label(250, 63 + 28 * i, name, 13, "end") for i, name in enumerate(found)]
    parts += [f'<line x1="260" y1="142" x2="610" y2="142" stroke="{LINE}" stroke-dasharray="4 3"/>']
    parts += [label(435, 162, f"never more than idf = {ceiling:.2f}", 13)]
    return picture(660, 180, "BM25 weights of a word by its count and the length of the text", parts)


if __name__ == "__main__":
    write_beside(__file__, figure())
