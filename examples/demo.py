"""The main job on real text, in Korean and English: vectorize, train, evaluate, predict, nearest neighbours.

`make demo` runs it; everything it writes goes to `out/demo` (or the folder given), which it makes anew.
"""

import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from nlp_toolkit import Corpus, read_corpus
from nlp_toolkit_pipelines import evaluate, inspect_model, nearest, predict, train, vectorize
from nlp_toolkit_pipelines.samples import docstrings

EXAMPLES = Path(__file__).parent
TEST_SHARE = 5  # every fifth source file of the docstrings is for testing

QUERIES = ("기차 여행 중에 바다를 봤어요", "빵이 맛있었다", "The phone gets hot")
NEW_TEXTS = (
    "국물이 따뜻하고 정말 맛있었어요",
    "버스가 늦어서 너무 힘들었습니다",
    "A wonderful film, I loved every scene",
)


def sentences(name: str, language: str | None = None) -> Corpus:
    """The project's own example sentences with their sentiment, of one language or both."""
    corpus = read_corpus(
        EXAMPLES / f"reviews_{name}.csv",
        text_column="text",
        label_column="sentiment",
        id_column="id",
        metadata=["language:str"],
    )
    rows = [row for row, each in enumerate(corpus.metadata["language"]) if language in (None, each)]
    return corpus.select(rows)


def split_by_file(corpus: Corpus) -> tuple[Corpus, Corpus]:
    """Training and test part of the docstrings, no source file in both."""
    assert corpus.groups is not None
    files = {file: number for number, file in enumerate(sorted(set(corpus.groups)))}
    is_test = [files[file] % TEST_SHARE == 0 for file in corpus.groups]
    parts = [corpus.select([row for row, test in enumerate(is_test) if test is wanted]) for wanted in (False, True)]
    return replace(parts[0], groups=None), replace(parts[1], groups=None)


def main(arguments: Sequence[str]) -> None:
    console = Console(width=100 if not sys.stdout.isatty() else None)
    out = Path(arguments[0]) if arguments else EXAMPLES.parent / "out" / "demo"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    start = time.perf_counter()

    console.rule("1  Vectorize: every text becomes a row of numbers")
    everything = sentences("train")
    for kind in ("count", "tfidf"):
        made = vectorize(kind, everything, out / f"{kind}.npz", save_stage=out / f"stage-{kind}")
        console.print(f"{kind:6} {made.rows} texts x {made.columns} terms -> {shown(made.output)}")

    console.rule("2  Train and evaluate: rows become labels")
    table = Table(
        "data", "recipe", "trained on", "tested on", "accuracy", "macro F1", "seconds", title="On held-out texts"
    )
    code_train, code_test = split_by_file(docstrings())
    jobs = [
        ("sentiment, Korean", "tfidf-logreg", sentences("train", "ko"), sentences("test", "ko")),
        ("sentiment, English", "tfidf-logreg", sentences("train", "en"), sentences("test", "en")),
        ("docstrings by library", "count-logreg", code_train, code_test),
        ("docstrings by library", "tfidf-svm", code_train, code_test),
    ]
    for number, (data, recipe, training, testing) in enumerate(jobs, start=1):
        began = time.perf_counter()
        model = train(recipe, training, output=out / f"model-{number}", folds=0).output
        assert model is not None
        result = evaluate(model, testing)
        figures = [f"{result.metrics[name]:.3f}" for name in ("accuracy", "macro_f1")]
        seconds = f"{time.perf_counter() - began:.1f}"
        table.add_row(data, recipe, str(len(training)), str(result.n), *figures, seconds)
    console.print(table)

    console.rule("3  Predict: the saved models on new texts")
    for text in NEW_TEXTS:
        model = out / ("model-1" if any("가" <= character <= "힣" for character in text) else "model-2")
        [found] = predict(model, [text])
        sure = max((found.probabilities or {}).values())
        console.print(f"{found.label:8} {sure:4.0%}  {text}")
    telling = inspect_model(out / "model-4").to_json()
    console.print(f"what model-4 is: {shown(out / 'model-4')}, {telling['task']}, recipe {telling['recipe']['name']}")

    console.rule("4  Nearest neighbours: 서울 finds 서울은, 빵 finds 빵이")
    for query, hits in zip(QUERIES, nearest(out / "stage-tfidf", everything.texts, QUERIES, k=2), strict=True):
        console.print(f"[bold]{query}[/bold]")
        for hit in hits:
            console.print(f"   {hit.score:.2f}  {hit.text}")

    console.rule("What it wrote")
    for path in sorted(out.iterdir()):
        console.print(f"{shown(path)}")
    console.print(f"\n{time.perf_counter() - start:.0f} seconds. Next: nlp-toolkit inspect {shown(out / 'model-4')}")


def shown(path: Path) -> str:
    """The path as a person here would type it."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


if __name__ == "__main__":
    main(sys.argv[1:])
