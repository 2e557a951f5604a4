"""Draw docs/figures/count.svg: two texts, their words in a bag, and their rows. `python docs/figures/count.py`."""

from drawing import ASKED, GIVEN, arrow, grid, label, picture, write_beside

from nlp_toolkit import CountVectorizer

TEXTS = ("the dog bites the man", "the man bites the dog")


def figure() -> str:
    """Each text, an arrow, its row; the numbers are the stage's own."""
    stage = CountVectorizer()
    counts = stage.fit_transform(list(TEXTS)).toarray()
    names = stage.get_feature_names_out().tolist()
    rows = [[str(count) for count in row] for row in counts.tolist()]
    parts = [label(360 + 70 * (j + 0.5), 32, name, 14) for j, name in enumerate(names)]
    parts += grid(360, 44, rows, [[ASKED if cell != "0" else GIVEN for cell in row] for row in rows])
    for i, text in enumerate(TEXTS):
        parts += [label(20, 63 + 28 * i, text, 14, "start"), arrow(210, 58 + 28 * i, 350, 58 + 28 * i)]
    parts += [label(280, 50, "count words", 12)]
    parts += [label(330, 130, "Who bites whom is gone: the rows are the same.", 13)]
    return picture(660, 150, "Two texts and their rows of word counts", parts)


if __name__ == "__main__":
    write_beside(__file__, figure())
