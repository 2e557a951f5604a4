"""How good rows of word vectors are: `python benchmarks/word2vec_quality.py DATA_FOLDER`.

Classification: vectors are learned from the training texts, and logistic regression on the rows; accuracy on the test
texts. Similarity: vectors are learned from Wikipedia and the training pairs (scores unseen); Spearman's correlation of
the cosine of both rows with people's scores on the test pairs. Every algorithm with every pooling, as the recipes set
them (`word2vec-skipgram-logreg`, `word2vec-cbow-logreg`); nothing is chosen here. Words: what subwords (n-grams of 3
to 6 characters, for Korean 1 to 3) do for words that are rare, unseen or misspelt, on Wikipedia. Finished
parts are kept in `benchmarks/out/word2vec_quality.jsonl`; `--fresh` forgets them, `--only banking77` runs a part.
"""

import argparse
import gzip
import itertools
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
from scipy.stats import spearmanr
from side_by_side import print_versions
from sklearn.linear_model import LogisticRegression

from nlp_toolkit import Word2VecVectorizer, read_corpus
from nlp_toolkit.text.tokenizers import resolve_tokenizer
from nlp_toolkit.word_vectors.evaluation import read_word_pairs
from nlp_toolkit.word_vectors.pooling import Pooling

OUT = Path(__file__).parent / "out" / "word2vec_quality.jsonl"
ALGORITHMS = ("skip-gram", "cbow")
# Those of the recipes.
CLASSIFYING = {
    "skip-gram": {"epochs": 20, "min_count": 2, "alpha": 0.05},
    "cbow": {"epochs": 20, "min_count": 2, "alpha": 0.1},
}
SAMPLE = {"skip-gram": 1e-4, "cbow": 1e-3}
THREADS = 2


@dataclass(frozen=True)
class Labelled:
    """Files of a classification task."""

    train: str
    test: str


@dataclass(frozen=True)
class Paired:
    """Files of a similarity task, and running text to learn words from."""

    running: str
    train: str
    test: str


CLASSIFICATION = {
    "nsmc": Labelled("ko/nsmc_train.parquet", "ko/nsmc_test.parquet"),
    "banking77": Labelled("en/banking77_train.csv", "en/banking77_test.csv"),
    "20newsgroups": Labelled("en/20newsgroups_train.parquet", "en/20newsgroups_test.parquet"),
    "sst2": Labelled("en/sst2_train.tsv", "en/sst2_test.tsv"),
}
SIMILARITY = {
    "stsb": Paired("en/wiki_en.txt.gz", "en/stsb_train.csv", "en/stsb_test.csv"),
    "korsts": Paired("ko/wiki_ko.txt.gz", "ko/korsts_train.tsv", "ko/korsts_test.tsv"),
}


@dataclass(frozen=True)
class Judged:
    """Running text, what a token of it is, words judged by people, and sizes for subwords and misspellings."""

    running: str
    token: str
    pairs: str
    ngrams: tuple[int, int]
    shortest: int


WORDS = {
    "wiki_en": Judged("en/wiki_en.txt.gz", "[a-z]+", "en/wordsim353.csv", (3, 6), 5),
    "wiki_ko": Judged("ko/wiki_ko.txt.gz", "[가-힣]+", "ko/wordsim353_ko.csv", (1, 3), 3),
}


@dataclass(frozen=True)
class Prepared:
    """Texts, and the tokenizer that makes of them what "auto" would."""

    texts: list[str]
    tokenizer: str | Callable[[str], list[str]]


def prepared(texts: Sequence[str]) -> Prepared:
    """Korean texts with a space between their morphemes, so that these are looked for once and not in every cell."""
    tokenizer = resolve_tokenizer("auto", texts)
    if tokenizer.name != "korean":
        return Prepared(list(texts), tokenizer.name)
    lowered = (text.lower() for text in texts)
    joined = [" ".join(token.replace(" ", "_") for token in tokens) for tokens in tokenizer.batch(lowered)]
    return Prepared(joined, str.split)


def classification_cells(folder: Path, name: str, algorithm: str) -> Iterator[dict[str, object]]:
    data = CLASSIFICATION[name]
    columns = {"text_column": "text", "label_column": "label"}
    training, testing = (read_corpus(folder / file, **columns) for file in (data.train, data.test))
    n_train = len(training.texts)
    ready = prepared([*training.texts, *testing.texts])
    stage = Word2VecVectorizer(
        algorithm, pooling="sif", tokenizer=ready.tokenizer, n_jobs=THREADS, **CLASSIFYING[algorithm]
    )
    start = time.perf_counter()
    stage.fit(ready.texts[:n_train])
    seconds = time.perf_counter() - start
    for pooling in get_args(Pooling):
        rows = stage.set_params(pooling=pooling).transform(ready.texts)
        head = LogisticRegression(C=10.0, max_iter=1000).fit(rows[:n_train], training.labels)
        accuracy = head.score(rows[n_train:], testing.labels)
        yield {"data": name, "algorithm": algorithm, "pooling": pooling, "figure": accuracy, "seconds": seconds}


def similarity_cells(folder: Path, name: str, algorithm: str) -> Iterator[dict[str, object]]:
    data = SIMILARITY[name]
    columns = {"text_column": "text_a", "pair_column": "text_b", "label_column": "score"}
    training, testing = (read_corpus(folder / file, **columns) for file in (data.train, data.test))
    with gzip.open(folder / data.running, "rt", encoding="utf-8") as lines:
        running = [line.strip() for line in lines if line.strip()]
    pairs = [text for pair in training.pairs for text in pair]
    n_pairs = len(testing.pairs)
    ready = prepared([*running, *pairs, *(pair[0] for pair in testing.pairs), *(pair[1] for pair in testing.pairs)])
    learned, first, second = np.split(
        np.array(ready.texts, dtype=object), [len(ready.texts) - 2 * n_pairs, len(ready.texts) - n_pairs]
    )
    scores = np.array([float(label) for label in testing.labels])
    stage = Word2VecVectorizer(
        algorithm, sample=SAMPLE[algorithm], pooling="sif", tokenizer=ready.tokenizer, n_jobs=THREADS
    )
    start = time.perf_counter()
    stage.fit(learned)
    seconds = time.perf_counter() - start
    for pooling in get_args(Pooling):
        stage.set_params(pooling=pooling)
        figure = correlation(row_cosines(stage.transform(first), stage.transform(second)), scores)
        yield {"data": name, "algorithm": algorithm, "pooling": pooling, "figure": figure, "seconds": seconds}


def correlation(cosines: np.ndarray, scores: np.ndarray) -> float:
    """Spearman's; 0 where the cosines say nothing because all are the same."""
    return float(spearmanr(cosines, scores).statistic) if np.ptp(cosines) else 0.0


def row_cosines(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Cosine of each row with the row in its place; 0 where one of them is zero."""
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return np.divide((first * second).sum(axis=1), lengths, out=np.zeros(len(first)), where=lengths > 0)


def word_cells(folder: Path, name: str, subwords: str) -> Iterator[dict[str, object]]:
    """Skip-gram on Wikipedia, `subwords` "yes" or "no".

    Spearman over the pairs with two known words, over those where a word is rare (seen 5 to 20 times), and over all
    pairs, an unknown word having cosine 0 with everything; and the share of 1,000 words of five or more characters
    (Korean: three) that are the nearest word to themselves with a character left out.
    """
    data = WORDS[name]
    find = re.compile(data.token).findall
    with gzip.open(folder / data.running, "rt", encoding="utf-8") as lines:
        texts = [" ".join(find(line.lower())) for line in lines]
    pairs = read_word_pairs(folder / data.pairs)
    stage = Word2VecVectorizer(
        "skip-gram", sample=1e-4, tokenizer="words-all", subwords=subwords == "yes", n_jobs=THREADS,
        min_n=data.ngrams[0], max_n=data.ngrams[1],
    )  # fmt: skip
    start = time.perf_counter()
    stage.fit(texts)
    seconds = time.perf_counter() - start
    sides = [
        stage.transform([pair.first.lower() for pair in pairs]),
        stage.transform([pair.second.lower() for pair in pairs]),
    ]
    cosines, scores = row_cosines(*sides), np.array([pair.score for pair in pairs])
    index, counts = stage.words_.index, stage.learned_.statistics.counts
    rarest = np.array([min(_count(word, index, counts) for word in (pair.first, pair.second)) for pair in pairs])
    figures = {
        "all": rarest >= 0,
        "known": rarest > 0,
        "rare": (rarest > 0) & (rarest <= 20),
        "unseen": rarest == 0,
    }
    for kind, chosen in figures.items():
        figure = correlation(cosines[chosen], scores[chosen])
        yield {
            "data": name,
            "subwords": subwords,
            "kind": kind,
            "n": int(chosen.sum()),
            "figure": figure,
            "seconds": seconds,
        }
    figure = _share_found(stage, data.shortest)
    yield {"data": name, "subwords": subwords, "kind": "misspelt", "n": 1000, "figure": figure, "seconds": seconds}


def _count(word: str, index: Mapping[str, int], counts: np.ndarray) -> int:
    row = index.get(word.lower())
    return 0 if row is None else int(counts[row])


def _share_found(stage: Word2VecVectorizer, shortest: int) -> float:
    generator = np.random.default_rng(0)
    long_words = [word for word in stage.words_.words if len(word) >= shortest]
    chosen = [long_words[number] for number in generator.choice(len(long_words), 1000, replace=False)]
    cuts = [int(generator.integers(1, len(word) - 1)) for word in chosen]
    rows = stage.transform([word[:cut] + word[cut + 1 :] for word, cut in zip(chosen, cuts, strict=True)])
    nearest = (rows @ stage.words_.directions.T).argmax(axis=1)
    return float(np.mean([stage.words_.words[row] == word for row, word in zip(nearest, chosen, strict=True)]))


def word_table(cells: Sequence[dict[str, object]]) -> str:
    """A Markdown table: a row a corpus with and without subwords."""
    kinds = ("known", "rare", "unseen", "all", "misspelt")
    lines = [f"| data | subwords | {' | '.join(kinds)} | seconds |", "|---|---|" + "---|" * (len(kinds) + 1)]
    found = {(cell["data"], cell["subwords"], cell["kind"]): cell for cell in cells if "subwords" in cell}
    for name, subwords in dict.fromkeys((key[0], key[1]) for key in found):
        row = [found[name, subwords, kind] for kind in kinds]
        values = [f"{cell['figure']:.3f} ({cell['n']})" for cell in row]
        lines.append(f"| {name} | {subwords} | {' | '.join(values)} | {row[0]['seconds']:.0f} |")
    return "\n".join(lines)


def table(cells: Sequence[dict[str, object]], names: Sequence[str]) -> str:
    """A Markdown table: a row an algorithm and pooling, a column a data set."""
    figures = {
        (cell["data"], cell["algorithm"], cell["pooling"]): cell["figure"] for cell in cells if "pooling" in cell
    }
    shown = [name for name in names if any(cell["data"] == name for cell in cells)]
    lines = [f"| algorithm | pooling | {' | '.join(shown)} |", "|---|---|" + "---|" * len(shown)]
    for algorithm in ALGORITHMS:
        for pooling in get_args(Pooling):
            found = [figures.get((name, algorithm, pooling)) for name in shown]
            values = " | ".join("–" if figure is None else f"{figure:.3f}" for figure in found)
            lines.append(f"| {algorithm} | {pooling} | {values} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder with en/ and ko/")
    parser.add_argument("--only", default="", metavar="DATA")
    parser.add_argument("--fresh", action="store_true")
    arguments = parser.parse_args()
    OUT.parent.mkdir(exist_ok=True)
    if arguments.fresh:
        OUT.unlink(missing_ok=True)
    cells = [json.loads(line) for line in OUT.read_text().splitlines()] if OUT.exists() else []
    done = {(cell["data"], cell.get("algorithm", cell.get("subwords"))) for cell in cells}
    for names, find, variants in (
        (CLASSIFICATION, classification_cells, ALGORITHMS),
        (SIMILARITY, similarity_cells, ALGORITHMS),
        (WORDS, word_cells, ("no", "yes")),
    ):
        for name, variant in itertools.product(names, variants):
            if arguments.only not in ("", name) or (name, variant) in done:
                continue
            found = list(find(arguments.folder, name, variant))
            cells += found
            with OUT.open("a") as file:
                file.writelines(json.dumps(cell) + "\n" for cell in found)
            print(f"{name} {variant}: " + ", ".join(f"{cell['figure']:.3f}" for cell in found), flush=True)
    for title, names in (("accuracy", CLASSIFICATION), ("Spearman", SIMILARITY)):
        if any(cell["data"] in names for cell in cells):
            print(f"\n### {title}\n\n{table(cells, list(names))}")
    if any(cell["data"] in WORDS for cell in cells):
        print(f"\n### Subwords\n\n{word_table(cells)}")
    print_versions("nlp-toolkit", "gensim", "numpy")


if __name__ == "__main__":
    main()
