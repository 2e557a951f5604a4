"""How good rows of word vectors are: `python benchmarks/word2vec_quality.py DATA_FOLDER`.

Classification: vectors are learned from the training texts, and logistic regression on the rows; accuracy on the test
texts. Similarity: vectors are learned from Wikipedia and the training pairs (scores unseen); Spearman's correlation of
the cosine of both rows with people's scores on the test pairs. Every algorithm with every pooling, as the recipes set
them (`word2vec-skipgram-logreg`, `word2vec-cbow-logreg`); nothing is chosen here. Finished
data sets are kept in `benchmarks/out/word2vec_quality.jsonl`; `--fresh` forgets them, `--only banking77` runs a part.
"""

import argparse
import gzip
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression

from nlp_toolkit import Word2VecVectorizer, read_corpus
from nlp_toolkit.text.tokenizers import resolve_tokenizer
from nlp_toolkit.word_vectors.pooling import Pooling

OUT = Path(__file__).parent / "out" / "word2vec_quality.jsonl"
ALGORITHMS = ("skip-gram", "cbow")
# Those of the recipes.
CLASSIFYING = {"skip-gram": {"epochs": 20, "min_count": 2}, "cbow": {"epochs": 20, "min_count": 2, "alpha": 0.05}}
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


def tokenized(texts: Sequence[str], name: str) -> list[str]:
    """Texts with a space between tokens: tokenizing once serves every cell (`str.split` is their tokenizer)."""
    tokenizer = resolve_tokenizer(name, texts)
    return [" ".join(tokens) for tokens in tokenizer.batch(text.lower() for text in texts)]


def classification_cells(folder: Path, name: str) -> Iterator[dict[str, object]]:
    data = CLASSIFICATION[name]
    columns = {"text_column": "text", "label_column": "label"}
    training, testing = (read_corpus(folder / file, **columns) for file in (data.train, data.test))
    n_train = len(training.texts)
    texts = tokenized([*training.texts, *testing.texts], "auto")
    for algorithm in ALGORITHMS:
        stage = Word2VecVectorizer(
            algorithm, pooling="sif", tokenizer=str.split, n_jobs=THREADS, **CLASSIFYING[algorithm]
        )
        start = time.perf_counter()
        stage.fit(texts[:n_train])
        seconds = time.perf_counter() - start
        for pooling in get_args(Pooling):
            stage.set_params(pooling=pooling)
            rows = stage.transform(texts)
            head = LogisticRegression(C=10.0, max_iter=1000).fit(rows[:n_train], training.labels)
            accuracy = head.score(rows[n_train:], testing.labels)
            yield {"data": name, "algorithm": algorithm, "pooling": pooling, "figure": accuracy, "seconds": seconds}


def similarity_cells(folder: Path, name: str) -> Iterator[dict[str, object]]:
    data = SIMILARITY[name]
    columns = {"text_column": "text_a", "pair_column": "text_b", "label_column": "score"}
    training, testing = (read_corpus(folder / file, **columns) for file in (data.train, data.test))
    with gzip.open(folder / data.running, "rt", encoding="utf-8") as lines:
        running = [line.strip() for line in lines if line.strip()]
    pairs = [text for pair in training.pairs for text in pair]
    texts = tokenized([*running, *pairs], "auto")
    first, second = (tokenized([pair[side] for pair in testing.pairs], "auto") for side in (0, 1))
    scores = [float(label) for label in testing.labels]
    for algorithm in ALGORITHMS:
        stage = Word2VecVectorizer(
            algorithm, sample=SAMPLE[algorithm], pooling="sif", tokenizer=str.split, n_jobs=THREADS
        )
        start = time.perf_counter()
        stage.fit(texts)
        seconds = time.perf_counter() - start
        for pooling in get_args(Pooling):
            stage.set_params(pooling=pooling)
            cosines = row_cosines(stage.transform(first), stage.transform(second))
            figure = float(spearmanr(cosines, scores).statistic)
            yield {"data": name, "algorithm": algorithm, "pooling": pooling, "figure": figure, "seconds": seconds}


def row_cosines(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Cosine of each row with the row in its place; 0 where one of them is zero."""
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return np.divide((first * second).sum(axis=1), lengths, out=np.zeros(len(first)), where=lengths > 0)


def table(cells: Sequence[dict[str, object]], names: Sequence[str]) -> str:
    """A Markdown table: a row an algorithm and pooling, a column a data set."""
    figures = {(cell["data"], cell["algorithm"], cell["pooling"]): cell["figure"] for cell in cells}
    shown = [name for name in names if any(cell["data"] == name for cell in cells)]
    lines = [f"| algorithm | pooling | {' | '.join(shown)} |", "|---|---|" + "---|" * len(shown)]
    for algorithm in ALGORITHMS:
        for pooling in get_args(Pooling):
            values = " | ".join(f"{figures[name, algorithm, pooling]:.3f}" for name in shown)
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
    done = {cell["data"] for cell in cells}
    for name in [*CLASSIFICATION, *SIMILARITY]:
        if arguments.only not in ("", name) or name in done:
            continue
        find = classification_cells if name in CLASSIFICATION else similarity_cells
        found = list(find(arguments.folder, name))
        cells += found
        with OUT.open("a") as file:
            file.writelines(json.dumps(cell) + "\n" for cell in found)
        print(f"{name}: " + ", ".join(f"{cell['figure']:.3f}" for cell in found), flush=True)
    for title, names in (("accuracy", CLASSIFICATION), ("Spearman", SIMILARITY)):
        print(f"\n### {title}\n\n{table(cells, list(names))}")


if __name__ == "__main__":
    main()
