"""Quality of every shipped recipe on every data set of its task: `python benchmarks/quality.py DATA_FOLDER`.

Each recipe is trained, as shipped, on the training file and tested once on the test file; nothing is chosen here.
Recipes with BERT learn from at most `--bert-rows` (5,000), small networks from nothing from `--neural-rows` (all),
for classification beside the best lexical one on the same rows; those that need a checkpoint are run with `--bert
MODEL` only. Learning curves on nsmc and banking77 begin with 2 labels a class, with `--bert` frozen and fine-tuned
BERT among them.

Finished cells are kept in `benchmarks/out/quality/`, so an interrupted run goes on where it was; `--fresh` starts
anew, `--only banking77:tfidf-svm,tfidf-nb` (either half may be empty) runs a part, `--part tables` or `curves` one
half, and `--part none` shows what there is. Ends in the tables of docs/results.md; reports with every pair are beside
the cells.
"""

import argparse
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from side_by_side import print_versions

from nlp_toolkit import Corpus, read_corpus
from nlp_toolkit.errors import DataError
from nlp_toolkit_pipelines import compare, list_recipes, load_recipe
from nlp_toolkit_pipelines.comparison.rows import compared_rows
from nlp_toolkit_pipelines.comparison.splits import nested_order

OUT = Path(__file__).parent / "out" / "quality"
BERT_ROWS = 5_000
REFERENCE = "tfidf-word-char-svm"
FIGURES: Mapping[str, tuple[str, str]] = {
    "classification": ("accuracy", "macro_f1"),
    "regression": ("r2", "rmse"),
    "pair-regression": ("spearman", "pearson"),
}


@dataclass(frozen=True)
class DataSet:
    """One labelled set: its files, and the columns that hold text (or two texts) and target."""

    task: str
    train: str
    test: str
    label: str = "label"
    text: str = "text"
    pair: str | None = None

    def read(self, folder: Path) -> tuple[Corpus, Corpus]:
        """The training and the test corpus."""
        columns: dict[str, Any] = {"text_column": self.text, "pair_column": self.pair, "label_column": self.label}
        return read_corpus(folder / self.train, **columns), read_corpus(folder / self.test, **columns)


DATA_SETS: Mapping[str, DataSet] = {
    "nsmc": DataSet("classification", "ko/nsmc_train.parquet", "ko/nsmc_test.parquet"),
    "3i4k": DataSet("classification", "ko/3i4k_train.tsv", "ko/3i4k_test.tsv"),
    "korhate": DataSet("classification", "ko/korhate_train.jsonl", "ko/korhate_dev.jsonl"),
    "banking77": DataSet("classification", "en/banking77_train.csv", "en/banking77_test.csv"),
    "20newsgroups": DataSet("classification", "en/20newsgroups_train.parquet", "en/20newsgroups_test.parquet"),
    "trec": DataSet("classification", "en/trec_train.csv", "en/trec_test.csv"),
    "sst2": DataSet("classification", "en/sst2_train.tsv", "en/sst2_test.tsv"),
    "nsmc_rating": DataSet("regression", "ko/nsmc_rating_train.parquet", "ko/nsmc_rating_test.parquet", "score"),
    "clear": DataSet("regression", "en/clear_train.parquet", "en/clear_test.parquet", "score"),
    "stsb": DataSet("pair-regression", "en/stsb_train.csv", "en/stsb_test.csv", "score", "text_a", "text_b"),
    "korsts": DataSet("pair-regression", "ko/korsts_train.tsv", "ko/korsts_test.tsv", "score", "text_a", "text_b"),
}

# From 2 labels a class on; the test files are cut to CURVE_TEST_ROWS, evenly spaced.
CURVES: Mapping[str, Sequence[int]] = {
    "nsmc": (4, 10, 30, 100, 300, 1000, 3000),
    "banking77": (154, 308, 770, 1540, 3080, 6160),
}
CURVE_RECIPES = (
    *("count-logreg", "tfidf-logreg", REFERENCE, "word2vec-skipgram-logreg", "word2vec-cbow-logreg"),
    *("neural-bag", "neural-mlp", "neural-cnn", "neural-gru", "neural-transformer"),
)
CURVE_BERT = ("bert-mean-logreg", "bert-finetune")  # with --bert
CURVE_TEST_ROWS, CURVE_SEEDS = 3000, 3


def subset(corpus: Corpus, task: str, rows: int) -> Corpus:
    """The first rows of a seeded order in which every prefix keeps the shares of the classes."""
    if len(corpus) <= rows:
        return corpus
    recipe = load_recipe("tfidf-logreg" if task == "classification" else "tfidf-ridge")
    if task.startswith("pair-"):
        recipe = load_recipe(recipe, {"task": task})
    checked = compared_rows(recipe, corpus, None, 1)
    order = nested_order(checked, np.arange(len(corpus)), 2, (0, 0))
    return corpus.select(sorted(order[:rows].tolist()))


def spaced(corpus: Corpus, rows: int) -> Corpus:
    """At most `rows` rows, evenly spaced."""
    return corpus.select(np.unique(np.linspace(0, len(corpus) - 1, rows).astype(int)).tolist())


@dataclass(frozen=True)
class Limits:
    """The most training rows that recipes with BERT, and small networks, get to see."""

    bert: int = BERT_ROWS
    neural: int | None = None  # all

    def rows(self, recipe: str, n_train: int) -> int:
        """How many of `n_train` rows a recipe learns from.

        >>> [Limits(bert=500).rows(name, 10_000) for name in ("bert-finetune", "neural-cnn", "tfidf-svm")]
        [500, 10000, 10000]
        """
        family = recipe.split("-", 1)[0]
        return min(n_train, {"bert": self.bert, "neural": self.neural}.get(family) or n_train)


def place_of(name: str, rows: int, n_train: int) -> str:
    """Where the comparison of a data set on so many rows is kept."""
    return name if rows == n_train else f"{name}-{rows}"


def parted(place: str) -> tuple[str, int | None]:
    """The data set and the rows of a place; None where they are all of them.

    >>> parted("banking77-5000"), parted("banking77")
    (('banking77', 5000), ('banking77', None))
    """
    found = re.fullmatch(r"(.+)-(\d+)", place)
    return (found[1], int(found[2])) if found else (place, None)


def wanted_recipes(task: str, only: Sequence[str], bert: str | None) -> list[str]:
    """Shipped recipes for a task, or those of `only`; those that need a checkpoint where one is given."""
    names = [each.name for each in list_recipes() if each.task == task and (not only or each.name in only)]
    return [name for name in names if bert or not name.startswith("bert-") or "scratch" in name]


def run_tables(folder: Path, only_data: str, only: Sequence[str], bert: str | None, jobs: int, limits: Limits) -> None:
    """One report a data set, and one more for each number of rows that some recipes are limited to."""
    for name, data in DATA_SETS.items():
        names = wanted_recipes(data.task, only, bert)
        if only_data not in ("", name) or not names:
            continue
        train, test = data.read(folder)
        together: dict[int, list[str]] = {}
        for each in names:
            together.setdefault(limits.rows(each, len(train)), []).append(each)
        for rows, recipes in sorted(together.items(), reverse=True):
            few = rows < len(train)
            beside = [REFERENCE] if few and data.task == "classification" else []
            corpus = subset(train, data.task, rows) if few else train
            run(place_of(name, rows, len(train)), corpus, [*recipes, *beside], test, None, bert, jobs)


def run_curves(folder: Path, only_data: str, only: Sequence[str], bert: str | None, jobs: int) -> None:
    """Learning curves of one recipe a family and of the networks from nothing."""
    shipped = {each.name for each in list_recipes()}
    for name, sizes in CURVES.items():
        wanted = (*CURVE_RECIPES, *(CURVE_BERT if bert else ()))
        recipes = [each for each in wanted if each in shipped and (not only or each in only)]
        if only_data not in ("", name) or not recipes:
            continue
        train, test = DATA_SETS[name].read(folder)
        largest = subset(train, "classification", max(sizes))
        run(f"{name}-curve", largest, recipes, spaced(test, CURVE_TEST_ROWS), [*sizes, "all"], bert, jobs)


def run(
    place: str,
    train: Corpus,
    recipes: Sequence[str],
    test: Corpus,
    sizes: Sequence[int | str] | None,
    bert: str | None,
    jobs: int,
) -> None:
    """One comparison, its finished cells used again; rows of recipes that a part of it did not run are kept."""

    def said(recipe: str, done: int, total: int) -> None:
        print(f"{place:22} {recipe:26} {done} of {total}", flush=True)

    try:
        result = compare(
            train,
            recipes,
            test=test,
            output=OUT / place,
            resume=True,
            learning_curve=sizes,
            curve_seeds=CURVE_SEEDS,
            bert=bert,
            n_jobs=jobs,
            text_map="none",
            name=place,
            on_cell=said,
        )
    except DataError as error:  # every recipe was left out
        print(f"{place}: {error}")
        return
    print("\n".join(f"  {sentence}" for sentence in result.summary), flush=True)
    path = OUT / f"{place}.json"
    rows = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    rows |= {recipe["name"]: recipe | {"rows": len(train)} for recipe in result.to_json()["recipes"]}
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


def rows_so_far() -> dict[str, dict[str, Any]]:
    """Rows of every comparison, by place and recipe."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(OUT.glob("*.json"))}


def tables(task: str) -> Iterator[str]:
    """Of each number of training rows two Markdown tables, quality and cost: a row a recipe, a column a data set."""
    names = [name for name, data in DATA_SETS.items() if data.task == task]
    main, other = FIGURES[task]
    found: dict[int | None, dict[str, dict[str, Any]]] = {}
    for place, recipes in rows_so_far().items():
        name, rows = parted(place)
        if name in names:
            found.setdefault(rows, {})[name] = recipes
    for rows in sorted(found, key=lambda each: each or float("inf"), reverse=True):
        learned = "all training rows" if rows is None else f"{rows:,} training rows"
        yield f"### {task}, {learned}"
        columns = [name for name in names if name in found[rows]]
        yield f"{main} (95 % interval) / {other}:\n\n" + _table(
            found[rows], columns, lambda recipe: _quality(recipe, main, other)
        )
        yield "Seconds to fit; texts predicted a second; peak memory:\n\n" + _table(found[rows], columns, _cost)


def _table(
    found: Mapping[str, Mapping[str, Any]], columns: Sequence[str], shown: Callable[[Mapping[str, Any]], str]
) -> str:
    lines = [f"| recipe | {' | '.join(columns)} |", "|---|" + "---|" * len(columns)]
    for recipe in sorted({recipe for name in columns for recipe in found[name]}):
        cells = [shown(found[name][recipe]) if recipe in found[name] else "–" for name in columns]
        lines.append(f"| {recipe} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _quality(recipe: Mapping[str, Any], main: str, other: str) -> str:
    metrics = recipe["metrics"]
    return f"{metrics[main]:.3f} ({recipe['low']:.3f}–{recipe['high']:.3f}) / {metrics[other]:.3f}"


def _cost(recipe: Mapping[str, Any]) -> str:
    return f"{recipe['fit_seconds']:.1f} s; {recipe['texts_per_second']:,.0f}/s; {recipe['peak_mb']:,.0f} MB"


def curve_tables() -> Iterator[str]:
    """A Markdown table for each learning curve, with the sentences on where they cross."""
    for path in sorted(OUT.glob("*-curve/report.json")):
        report = json.loads(path.read_text(encoding="utf-8"))
        curves = report["curves"]
        lines = [f"| recipe | {' | '.join(f'{size:,}' for size in curves['sizes'])} |"]
        lines.append("|---|" + "---|" * len(curves["sizes"]))
        for curve in curves["by"]:
            points = {point["size"]: point for point in curve["points"]}
            cells = [
                f"{points[size]['score']:.3f} ({points[size]['low']:.3f}–{points[size]['high']:.3f})"
                if size in points
                else "–"
                for size in curves["sizes"]
            ]
            lines.append(f"| {curve['name']} | {' | '.join(cells)} |")
        lines += ["", *(f"* {sentence}" for sentence in curves["crossings"])]
        yield f"### {path.parent.name}: {report['metric']} by labels (95 % interval)\n\n" + "\n".join(lines)


def _limit(most: int | None) -> Callable[[str], int]:
    """A number of rows, at least 1 and at most `most`, from an argument."""

    def rows(given: str) -> int:
        found = int(given)
        if found < 1 or (most is not None and found > most):
            raise argparse.ArgumentTypeError(f"expected 1 to {most or 'any number'} rows, got {given}")
        return found

    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default=":", metavar="DATA:RECIPE,...")
    parser.add_argument("--part", choices=["tables", "curves", "both", "none"], default="both")
    parser.add_argument("--bert", metavar="MODEL")
    parser.add_argument("--bert-rows", type=_limit(BERT_ROWS), default=BERT_ROWS, metavar="N")
    parser.add_argument("--neural-rows", type=_limit(None), metavar="N")
    parser.add_argument("--jobs", type=int, default=-1)
    parser.add_argument("--fresh", action="store_true")
    arguments = parser.parse_args()
    only_data, _, recipes = arguments.only.partition(":")
    only = recipes.split(",") if recipes else []

    if arguments.fresh:
        shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True, exist_ok=True)
    if arguments.part in ("tables", "both"):
        limits = Limits(arguments.bert_rows, arguments.neural_rows)
        run_tables(arguments.folder, only_data, only, arguments.bert, arguments.jobs, limits)
    if arguments.part in ("curves", "both"):
        run_curves(arguments.folder, only_data, only, arguments.bert, arguments.jobs)
    for task in FIGURES:
        for part in tables(task):
            print(f"\n{part}")
    for curve in curve_tables():
        print(f"\n{curve}")
    print_versions("nlp-toolkit", "scikit-learn", "torch", "numpy")


if __name__ == "__main__":
    main()
