"""Quality of every shipped recipe on every data set of its task: `python benchmarks/quality.py DATA_FOLDER`.

Each recipe is trained, as shipped, on the training file and scored once on the test file; nothing is chosen here.
Finished cells are kept in `benchmarks/out/quality.jsonl`, so an interrupted run goes on where it was; `--fresh`
starts anew, `--only banking77:tfidf-svm` (either half may be empty) runs a part. Ends in the tables of docs/results.md.
"""

import argparse
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nlp_toolkit import read_corpus
from nlp_toolkit_pipelines import list_recipes, train

OUT = Path(__file__).parent / "out" / "quality.jsonl"
CLASSIFICATION_FIGURES = ("accuracy", "macro_f1")
REGRESSION_FIGURES = ("r2", "rmse")


@dataclass(frozen=True)
class DataSet:
    """One labelled set: its files, and the columns that hold text (or two texts) and target."""

    task: str
    train: str
    test: str
    label: str = "label"
    text: str = "text"
    pair: str | None = None


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
}


def run_cell(folder: Path, name: str, recipe: str) -> dict[str, object]:
    """Train and test one recipe on one data set; seconds are those of reading excluded, testing included."""
    data = DATA_SETS[name]
    columns = {"text_column": data.text, "pair_column": data.pair, "label_column": data.label}
    training = read_corpus(folder / data.train, **columns)
    testing = read_corpus(folder / data.test, **columns)
    start = time.perf_counter()
    result = train(recipe, training, test=testing)
    seconds = time.perf_counter() - start
    return {"data": name, "recipe": recipe, "seconds": round(seconds, 1), **result.to_json()}


def table(cells: list[dict[str, object]], task: str) -> str:
    """A Markdown table: a row a recipe, a column a data set, both figures of the task in a cell."""
    figures = CLASSIFICATION_FIGURES if task == "classification" else REGRESSION_FIGURES
    names = [name for name, data in DATA_SETS.items() if data.task == task]
    by_place = {(cell["recipe"], cell["data"]): cell for cell in cells}
    lines = [f"| recipe | {' | '.join(names)} |", "|---|" + "---|" * len(names)]
    for recipe in dict.fromkeys(str(cell["recipe"]) for cell in cells if DATA_SETS[str(cell["data"])].task == task):
        shown = []
        for name in names:
            cell = by_place.get((recipe, name))
            metrics = cell["metrics"] if cell else None
            if not isinstance(metrics, dict):
                shown.append("–")
                continue
            shown.append(" / ".join(f"{metrics[figure]:.3f}" for figure in figures) + f" ({cell['seconds']:.0f} s)")
        lines.append(f"| {recipe} | {' | '.join(shown)} |")
    return f"{' / '.join(figures)} (seconds to train and test)\n\n" + "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default=":", metavar="DATA:RECIPE")
    parser.add_argument("--fresh", action="store_true")
    arguments = parser.parse_args()
    only_data, _, only_recipe = arguments.only.partition(":")

    OUT.parent.mkdir(exist_ok=True)
    if arguments.fresh:
        OUT.unlink(missing_ok=True)
    cells = [json.loads(line) for line in OUT.read_text().splitlines()] if OUT.exists() else []
    done = {(cell["data"], cell["recipe"]) for cell in cells}
    for name, data in DATA_SETS.items():
        for recipe in list_recipes():
            wanted = only_data in ("", name) and only_recipe in ("", recipe.name) and recipe.task == data.task
            # Recipes with BERT need a checkpoint, or hours: only where they are named.
            wanted = wanted and (not recipe.name.startswith("bert-") or only_recipe == recipe.name)
            if not wanted or (name, recipe.name) in done:
                continue
            cell = run_cell(arguments.folder, name, recipe.name)
            cells.append(cell)
            with OUT.open("a") as file:
                file.write(json.dumps(cell, ensure_ascii=False) + "\n")
            print(f"{name:14} {recipe.name:24} {cell['seconds']:7.1f} s  {cell['metrics']}", flush=True)
    for task in ("classification", "regression"):
        print(f"\n### {task}\n\n{table(cells, task)}")


if __name__ == "__main__":
    main()
