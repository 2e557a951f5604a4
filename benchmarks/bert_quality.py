"""What a BERT is worth on labels: `python benchmarks/bert_quality.py DATA_FOLDER --korean MODEL --english MODEL`.

nsmc, accuracy on the test split and on its quarters by length: logistic regression on frozen rows ([CLS] and mean),
on frozen rows after MLM on the training texts, and the encoder fine-tuned end to end, from MODEL and from random
weights under the same tokenizer. Each learns from `--train-rows` rows that a seed draws, `--seeds` times, with the
settings the recipes ship.

korsts and stsb, Spearman on the test pairs: cosine of each pooling as it is and whitened (fitted on the training
texts; as many directions as do best on the dev pairs), and a pair regression.

Finished cells are kept in `--out`, so an interrupted run goes on where it was; `--fresh` starts anew, `--only frozen`
runs a part, `--limit 500` reads the first rows only, to try the command out.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, get_args

import numpy as np
from side_by_side import print_versions
from sklearn.linear_model import LogisticRegression
from word2vec_quality import correlation, row_cosines

from nlp_toolkit import BertClassifier, BertRegressor, BertVectorizer, MlmSettings, read_corpus
from nlp_toolkit.estimators.reduce import Whiten
from nlp_toolkit.transformer.checkpoint import quiet_transformers
from nlp_toolkit.transformer.pooling import PoolingName

OUT = Path(__file__).parent / "out" / "bert_quality.jsonl"
MODELS = {"nsmc": "korean", "korsts": "korean", "stsb": "english"}
PAIRED = {"korsts": "ko/korsts_{}.tsv", "stsb": "en/stsb_{}.csv"}
DIRECTIONS = (32, 64, 128, 192, 256)
Record = dict[str, Any]


@dataclass(frozen=True)
class Labelled:
    """Texts and their labels."""

    texts: Sequence[str]
    labels: np.ndarray


@dataclass(frozen=True)
class Paired:
    """Pairs of texts and how like people found them."""

    pairs: Sequence[tuple[str, str]]
    scores: np.ndarray

    def texts(self) -> list[str]:
        """First texts, then second texts."""
        return [pair[side] for side in (0, 1) for pair in self.pairs]


@dataclass(frozen=True)
class Cell:
    """A part that is kept once it is done, and how to do it."""

    data: str
    how: str
    seed: int
    run: Callable[[], list[Record]]


@dataclass(frozen=True)
class Run:
    """What every cell needs: the files, the model, the rows to learn from, and where rows of encoders are kept."""

    folder: Path
    model: Path
    train_rows: int
    limit: int | None
    rows: Path

    def labelled(self, part: str) -> Labelled:
        corpus = read_corpus(self.folder / f"ko/nsmc_{part}.parquet", text_column="text", label_column="label")
        return Labelled(corpus.texts[: self.limit], np.asarray(corpus.labels)[: self.limit])

    def drawn(self, seed: int) -> Labelled:
        """`train_rows` rows of the training split."""
        whole = self.labelled("train")
        chosen = np.sort(np.random.default_rng(seed).permutation(len(whole.texts))[: self.train_rows])
        return Labelled([whole.texts[row] for row in chosen], whole.labels[chosen])

    def paired(self, data: str, part: str) -> Paired:
        columns = {"text_column": "text_a", "pair_column": "text_b", "label_column": "score"}
        corpus = read_corpus(self.folder / PAIRED[data].format(part), **columns)
        return Paired(corpus.pairs[: self.limit], np.asarray(corpus.labels, dtype=float)[: self.limit])


def frozen(run: Run, seed: int, *, mlm: MlmSettings | None = None) -> list[Record]:
    """Logistic regression on the [CLS] half and on the mean half of frozen rows."""
    training, testing = run.drawn(seed), run.labelled("test")
    stage = BertVectorizer(run.model, pooling="cls+mean", mlm=mlm, cache=run.rows, random_state=seed)
    stage.fit(training.texts)
    perplexity: Record = {}
    if mlm is not None:
        perplexity = {"perplexity": [stage.mlm_result_.perplexity_before, stage.mlm_result_.perplexity_after]}
    learned, scored = stage.transform(training.texts), stage.transform(testing.texts)
    half = learned.shape[1] // 2
    found = []
    for pooling, columns in (("cls", slice(half)), ("mean", slice(half, None))):
        head = LogisticRegression(C=1.0, max_iter=1000).fit(learned[:, columns], training.labels)
        found.append({"pooling": pooling} | perplexity | accuracies(head.predict(scored[:, columns]), testing))
    return found


def fine_tuned(run: Run, seed: int, *, from_nothing: bool = False) -> list[Record]:
    """End to end, from the model's weights or from random ones of the same shape."""
    training, testing = run.drawn(seed), run.labelled("test")
    with tempfile.TemporaryDirectory() as folder:
        model = untrained(run.model, Path(folder), seed) if from_nothing else run.model
        classifier = BertClassifier(model, random_state=seed).fit(training.texts, training.labels)
    return [{"pooling": "cls"} | accuracies(classifier.predict(testing.texts), testing)]


def untrained(model: Path, folder: Path, seed: int) -> Path:
    """The model's tokenizer and an encoder of its shape whose weights are random."""
    import torch

    stage = BertVectorizer(model).fit([])
    encoder = stage.checkpoint_.encoder
    torch.manual_seed(seed)
    with quiet_transformers():
        type(encoder)(encoder.config, add_pooling_layer=False).save_pretrained(folder)
        stage.checkpoint_.tokenizer.save_pretrained(folder)
    return folder


def accuracies(predicted: Any, testing: Labelled) -> Record:
    """Accuracy on all texts, and on each quarter of them by length in characters."""
    right = np.asarray(predicted) == testing.labels
    lengths = np.array([len(text) for text in testing.texts])
    edges = np.quantile(lengths, [0.25, 0.5, 0.75])
    quarter = np.searchsorted(edges, lengths)
    return {
        "figure": float(right.mean()),
        "quarters": [float(right[quarter == number].mean()) for number in range(4)],
        "longest_of_quarter": [int(lengths[quarter == number].max()) for number in range(4)],
    }


def cosines(run: Run, data: str) -> list[Record]:
    """Spearman of the cosine of both rows with people's scores, for each pooling, as it is and whitened."""
    training, dev, testing = (run.paired(data, part) for part in ("train", "dev", "test"))
    found = []
    for pooling in get_args(PoolingName):
        stage = BertVectorizer(run.model, pooling=pooling, cache=run.rows).fit([])
        # float64: of float32 rows, [CLS] of a young model differs in few directions within rounding.
        of_training, of_dev, of_test = (
            stage.transform(part.texts()).astype(np.float64) for part in (training, dev, testing)
        )
        found.append({"pooling": pooling, "figure": agreement(of_test, testing.scores)})
        # Fewer than columns: the last layer's normalization takes a direction away.
        possible = [n for n in DIRECTIONS if n < of_training.shape[1]]
        whitenings = [Whiten(n, random_state=0).fit(of_training) for n in possible]
        best = max(whitenings, key=lambda whiten: agreement(whiten.transform(of_dev), dev.scores))
        figure = agreement(best.transform(of_test), testing.scores)
        found.append({"pooling": f"{pooling}, whitened", "directions": best.components, "figure": figure})
    return found


def agreement(rows: np.ndarray, scores: np.ndarray) -> float:
    """Spearman; `rows` are those of the first texts, then those of the second."""
    return correlation(row_cosines(*np.split(rows, 2)), scores)


def pair_regression(run: Run, data: str, seed: int) -> list[Record]:
    """Both texts read together, trained end to end on the training pairs."""
    training, testing = run.paired(data, "train"), run.paired(data, "test")
    regressor = BertRegressor(run.model, random_state=seed).fit(training.pairs, training.scores)
    return [{"pooling": "cls", "figure": correlation(regressor.predict(testing.pairs), testing.scores)}]


def cells(run: Run, data: str, n_seeds: int) -> Iterator[Cell]:
    """All cells of a data set, those that tell most first."""
    if data in PAIRED:
        yield Cell(data, "cosine", 0, partial(cosines, run, data))
        for seed in range(n_seeds):
            yield Cell(data, "pair regression", seed, partial(pair_regression, run, data, seed))
        return
    for seed in range(n_seeds):
        yield Cell(data, "frozen", seed, partial(frozen, run, seed))
        yield Cell(data, "fine-tuned", seed, partial(fine_tuned, run, seed))
        yield Cell(data, "fine-tuned from random weights", seed, partial(fine_tuned, run, seed, from_nothing=True))
        yield Cell(data, "MLM, then frozen", seed, partial(frozen, run, seed, mlm=MlmSettings()))


def table(records: Sequence[Record]) -> str:
    """A Markdown table: mean and range over the seeds; nsmc with the quarters by length."""
    groups: dict[tuple[str, ...], list[Record]] = {}
    for record in records:
        key = tuple(str(record[name]) for name in ("data", "model", "how", "pooling", "train_rows"))
        groups.setdefault(key, []).append(record)
    lines = [
        "| data | model | how | pooling | rows | figure | lowest–highest | seeds | quarters by length | seconds |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for key, group in groups.items():
        *named, rows = key
        figures = [record["figure"] for record in group]
        quarters = np.mean([record.get("quarters", [np.nan] * 4) for record in group], axis=0)
        shown = "–" if np.isnan(quarters).any() else " ".join(f"{quarter:.3f}" for quarter in quarters)
        seconds = np.mean([record["seconds"] for record in group])
        named.append("all" if rows == "0" else rows)
        spread = f"{np.mean(figures):.4f} | {min(figures):.4f}–{max(figures):.4f} | {len(group)}"
        lines.append(f"| {' | '.join(named)} | {spread} | {shown} | {seconds:.0f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder with en/ and ko/")
    parser.add_argument("--korean", type=Path, help="checkpoint or stage for nsmc and korsts")
    parser.add_argument("--english", type=Path, help="checkpoint or stage for stsb")
    parser.add_argument("--data", default="nsmc,korsts,stsb", metavar="NAMES")
    parser.add_argument("--only", default="", metavar="HOW", help="cells whose name begins so")
    parser.add_argument("--train-rows", type=int, default=20_000, help="rows of nsmc to learn from")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--limit", type=int, help="read that many rows of each file only")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--fresh", action="store_true")
    options = parser.parse_args()
    options.out.parent.mkdir(exist_ok=True, parents=True)
    if options.fresh:
        options.out.unlink(missing_ok=True)
    records = [json.loads(line) for line in options.out.read_text().splitlines()] if options.out.exists() else []
    names = ("data", "how", "seed", "model", "train_rows", "limit")
    done = {tuple(record[name] for name in names) for record in records}
    for data in options.data.split(","):
        model = getattr(options, MODELS[data])
        if model is None:
            continue
        train_rows = options.train_rows if data == "nsmc" else 0
        run = Run(options.folder, model, train_rows, options.limit, options.out.parent / "bert_rows")
        for cell in cells(run, data, options.seeds):
            said = (data, cell.how, cell.seed, model.name, train_rows, options.limit)
            if not cell.how.startswith(options.only) or said in done:
                continue
            start = time.perf_counter()
            found = cell.run()
            seconds = round(time.perf_counter() - start, 1)
            kept = [dict(zip(names, said, strict=True)) | record | {"seconds": seconds} for record in found]
            records += kept
            with options.out.open("a") as file:
                file.writelines(json.dumps(record) + "\n" for record in kept)
            figures = ", ".join(f"{record['pooling']} {record['figure']:.4f}" for record in kept)
            print(f"{data}: {cell.how}, seed {cell.seed}: {figures} ({seconds:.0f} s)", flush=True)
    print(f"\n{table(records)}")
    print_versions("nlp-toolkit", "torch", "transformers", "numpy")


if __name__ == "__main__":
    main()
