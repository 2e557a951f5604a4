"""Draw docs/figures/tfidf.svg: counts, weights of terms, and their product. `python docs/figures/tfidf.py`."""

from drawing import ASKED, GIVEN, grid, label, picture, write_beside

from nlp_toolkit import CountVectorizer, TfidfVectorizer

TEXTS = ("a good film, a good cast", "a good phone", "a slow phone")
WHITE = "#fff"


def figure() -> str:
    """The first text's counts, the terms' idf, and its row; the numbers are the stages' own."""
    counter, stage = CountVectorizer(), TfidfVectorizer()
    counts = counter.fit_transform(list(TEXTS)).toarray()[0].tolist()
    row = stage.fit_transform(list(TEXTS)).toarray()[0].tolist()
    names = stage.get_feature_names_out().tolist()
    holding = [sum(name in text for text in TEXTS) for name in names]
    lines = {
        "counts in the first text": [str(count) for count in counts],
        "texts that hold the term": [str(count) for count in holding],
        "idf = ln((1 + 3) / (1 + texts)) + 1": [f"{weight:.2f}" for weight in stage.idf_.tolist()],
        "counts times idf, length 1": [f"{weight:.2f}" for weight in row],
    }
    cells = list(lines.values())
    fills = [
        [(ASKED if i == 3 else GIVEN) if count else WHITE for count in counts] if i in (0, 3) else [WHITE] * len(names)
        for i in range(4)
    ]
    parts = [label(280 + 70 * (j + 0.5), 32, name, 14) for j, name in enumerate(names)]
    parts += grid(280, 44, cells, fills)
    parts += [label(268, 63 + 28 * i, title, 13, "end") for i, title in enumerate(lines)]
    parts += [label(20, 190, "The three texts: " + " / ".join(TEXTS), 13, "start")]
    return picture(660, 210, "From counts to TF-IDF weights", parts)


if __name__ == "__main__":
    write_beside(__file__, figure())
