"""Thousands of artefacts changed and signed again: each is used as before, or refused with code 4 and its name.

    python -m tests.conformance.mutate 10000            # from the root of the checkout; --seed, --jobs, --kind

prints how often each kind of file ended how; every outcome but 0 and 4 is listed with the number that repeats it.
"""

import argparse
import contextlib
import io
import json
import logging
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Lock
from typing import Any, NoReturn

import numpy as np

from nlp_toolkit import (
    BertClassifier,
    BertVectorizer,
    Bm25Vectorizer,
    CountVectorizer,
    HashingVectorizer,
    HybridIndex,
    NeuralClassifier,
    PairFeatures,
    SimilarityIndex,
    TfidfVectorizer,
    Word2VecVectorizer,
    save,
)
from nlp_toolkit_cli.main import run

from .mutations import mutate

TEXTS = ["a good film", "a bad film", "some more of it", "nothing but words"] * 4
LABELS = ["good", "bad"] * 8
MEMORY = 6 * 2**30
SECONDS = 120
SHOWN_EVERY = 500
DEVICE = {"device": "cpu"}
SCRATCH: dict[str, Any] = {"mlm": {"epochs": 0, "block_length": 16, "vocabulary_size": 200}, **DEVICE}
WORDS: dict[str, Any] = {"min_count": 1, "vector_size": 4, "epochs": 1, "tokenizer": "words"}
TINY: dict[str, Any] = {
    "tokenizer": "words",
    "embedding_dim": 4,
    "hidden": 4,
    "training": {"epochs": 1},
    "device": "cpu",
}


@dataclass(frozen=True)
class Artefact:
    """How one is made, and the arguments of the command that uses it."""

    make: Callable[[Path], object]
    use: tuple[str, ...]


def _pipeline(path: Path, vectorizer: Any, estimator: Any, reduce: Any = "passthrough", rows: Any = None) -> None:
    from sklearn.pipeline import Pipeline

    steps = [("vectorizer", vectorizer), ("reduce", reduce), ("estimator", estimator)]
    task = "classification" if rows is None else "pair-classification"
    save(Pipeline(steps).fit(TEXTS if rows is None else rows, LABELS), path, task=task)


def _trained(recipe: str | dict[str, Any], path: Path) -> None:
    from nlp_toolkit import Corpus
    from nlp_toolkit_pipelines import train

    train(recipe, Corpus(texts=TEXTS, labels=LABELS), output=path, folds=2)


def _index(path: Path, stage: Any, kind: Any = "exact") -> None:
    index = SimilarityIndex(stage, kind)
    index.add(TEXTS[:4], ids=list("abcd"), metadata={"year": [1, 2, 3, 4], "good": [True, False, None, True]})
    index.save(path)


def _hybrid(path: Path) -> None:
    stages = (Bm25Vectorizer(tokenizer="words"), HashingVectorizer(n_features=256))
    index = HybridIndex([SimilarityIndex(stage) for stage in stages])
    index.add(TEXTS[:4])
    index.save(path)


def _union() -> Any:
    from sklearn.pipeline import FeatureUnion

    return FeatureUnion([("a", CountVectorizer()), ("b", HashingVectorizer(n_features=64))])


def _head(kind: str) -> Any:
    from nlp_toolkit.estimators.heads import make_head

    return make_head(kind, {}, task="classification", seed=0)


def _pairs(path: Path) -> None:
    _pipeline(
        path,
        PairFeatures(CountVectorizer()),
        _head("logreg"),
        rows=list(zip(TEXTS, TEXTS[1:] + TEXTS[:1], strict=True)),
    )


def _subwords(path: Path) -> None:
    save(Word2VecVectorizer(**WORDS, subwords=True, pooling="sif").fit(TEXTS), path)


def _encoder(path: Path) -> None:
    """The files of a Hugging Face folder, without the manifest that would notice a change."""
    stage = BertVectorizer(**SCRATCH).fit(TEXTS)
    path.mkdir()
    stage.save_files(path)


PREDICT = ("predict", "ARTEFACT", "TEXTS", "--json", "--text-column", "text")
VECTORIZE = ("vectorize", "ARTEFACT", "TEXTS", "-o", "ROWS", "--overwrite", "--text-column", "text")
SEARCH = ("search", "ARTEFACT", "a good film", "--json", "--where", "id < 'd'")

ARTEFACTS: dict[str, Artefact] = {
    "tfidf-logreg": Artefact(lambda path: _trained("tfidf-logreg", path), PREDICT),
    "tfidf-svm": Artefact(lambda path: _pipeline(path, TfidfVectorizer(), _head("linear_svm")), PREDICT),
    "union": Artefact(lambda path: _pipeline(path, _union(), _head("logreg")), PREDICT),
    "pairs": Artefact(_pairs, (*PREDICT, "--pair-column", "other")),
    "bm25": Artefact(lambda path: save(Bm25Vectorizer(tokenizer="words").fit(TEXTS), path), VECTORIZE),
    "hashing": Artefact(lambda path: save(HashingVectorizer(n_features=256).fit(TEXTS), path), VECTORIZE),
    "word2vec": Artefact(_subwords, VECTORIZE),
    "bert": Artefact(lambda path: save(BertVectorizer(**SCRATCH).fit(TEXTS), path), VECTORIZE),
    "bert-classifier": Artefact(
        lambda path: _pipeline(path, "passthrough", BertClassifier(**SCRATCH, training={"epochs": 0.1})), PREDICT
    ),
    "neural": Artefact(lambda path: _pipeline(path, "passthrough", NeuralClassifier(**TINY)), PREDICT),
    "neural-transformer": Artefact(
        lambda path: _pipeline(path, "passthrough", NeuralClassifier("transformer", heads=2, **TINY)), PREDICT
    ),
    "index-bm25": Artefact(lambda path: _index(path, Bm25Vectorizer(tokenizer="words")), SEARCH),
    "index-dense": Artefact(lambda path: _index(path, Word2VecVectorizer(**WORDS)), SEARCH),
    "index-approximate": Artefact(lambda path: _index(path, Word2VecVectorizer(**WORDS), "approximate"), SEARCH),
    "index-hybrid": Artefact(_hybrid, ("search", "ARTEFACT", "a good film", "--json")),
    "encoder": Artefact(_encoder, ("vectorize", "bert", *VECTORIZE[2:], "--set", "model=ARTEFACT")),
}


def make(folder: Path, kinds: list[str]) -> None:
    """Make the artefacts of these kinds below `folder`, and the texts they are used on."""
    (folder / "texts.csv").write_text("text,other\na good film,a bad film\nnothing of a word known,x y\n")
    for kind in kinds:
        ARTEFACTS[kind].make(folder / kind)


@dataclass(frozen=True)
class Outcome:
    """How the use of a changed artefact ended."""

    kind: str
    file: str
    code: str
    said: str


def one(folder: Path, kinds: list[str], seed: int, number: int) -> Outcome:
    """Change the artefact that `number` stands for and use it."""
    random = Random(f"{seed}-{number}")
    kind = kinds[number % len(kinds)]
    with tempfile.TemporaryDirectory(prefix="mutated-") as place:
        changed = Path(place) / "artefact"
        shutil.copytree(folder / kind, changed)
        file = mutate(changed, random)
        code, said = used(kind, changed, folder / "texts.csv", Path(place) / "rows.npz")
    return Outcome(kind, file, code, said)


def used(kind: str, artefact: Path, texts: Path, rows: Path) -> tuple[str, str]:
    """The exit code of using an artefact, or what else was wrong, and what was said on stderr."""
    if kind in {"word2vec", "bert", "encoder"}:
        rows = rows.with_suffix(".npy")
    names = {"ARTEFACT": str(artefact), "TEXTS": str(texts), "ROWS": str(rows)}
    arguments = [names.get(each, each.replace("ARTEFACT", str(artefact))) for each in ARTEFACTS[kind].use]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), within(SECONDS):
        code = run([*arguments, "--quiet"])
    said = err.getvalue().replace(str(artefact), "ARTEFACT")
    if code == 0 and ("NaN" in out.getvalue() or "Infinity" in out.getvalue() or not _is_finite(rows)):
        return "not finite", said
    if code == 4 and "ARTEFACT" not in said:
        return "4 without a name", said
    return str(code), said


def _is_finite(rows: Path) -> bool:
    if not rows.exists():
        return True
    found = np.load(rows)
    values = found if isinstance(found, np.ndarray) else found["data"]
    return bool(np.isfinite(values).all())


@contextlib.contextmanager
def within(seconds: int) -> Iterator[None]:
    """Interrupt what takes longer, where it runs Python."""

    def stop(signum: int, frame: object) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _work(folder: Path, kinds: list[str], seed: int, numbers: list[int]) -> None:
    """In a worker process: a line before each number and a line of JSON after it."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    lines = sys.stdout
    in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use + MEMORY, in_use + MEMORY))
    for number in numbers:
        lines.write(f"# {number}\n")
        lines.flush()
        start = time.process_time()
        outcome = one(folder, kinds, seed, number)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        lines.write(json.dumps([*vars(outcome).values(), time.process_time() - start, peak]) + "\n")
        lines.flush()


def _watched(folder: Path, kinds: list[str], seed: int, numbers: list[int]) -> Iterator[tuple[int, list[Any]]]:
    """The outcomes of the numbers; a worker that dies is one, and another goes on behind it."""
    while numbers:
        command = [sys.executable, "-m", "tests.conformance.mutate", "--folder", str(folder), "--seed", str(seed)]
        command += ["--kind", ",".join(kinds), "--numbers", ",".join(map(str, numbers[:2000]))]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as worker:
            assert worker.stdout is not None
            number = None
            for line in worker.stdout:
                if line.startswith("# "):
                    number = int(line[2:])
                elif line.startswith('["') and number is not None:
                    yield number, json.loads(line)
                    numbers = [each for each in numbers if each != number]
                    number = None
        if number is not None:
            yield number, [kinds[number % len(kinds)], "?", f"process died ({worker.returncode})", "", 0.0, 0]
            numbers = [each for each in numbers if each != number]


def say(*words: object) -> None:
    """A line of the table."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def show(table: Counter[tuple[str, str]]) -> None:
    """Print how often each kind of file ended how."""
    codes = sorted({code for _, code in table})
    say("| file |", " | ".join(codes), "|")
    say("|---" * (len(codes) + 1) + "|")
    for file in sorted({file for file, _ in table}):
        say("|", file, "|", " | ".join(str(table[file, code]) for code in codes), "|")


def main() -> int:
    """Run the mutations and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("n", type=int, nargs="?", default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--kind", default=",".join(ARTEFACTS))
    parser.add_argument("--numbers", help="only these, comma-separated")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    kinds = list(dict.fromkeys(given.kind.split(",")))
    numbers = [int(each) for each in given.numbers.split(",")] if given.numbers else list(range(given.n))
    if given.folder is not None:
        _work(given.folder, kinds, given.seed, numbers)
        return 0
    from concurrent.futures import ThreadPoolExecutor

    table: Counter[tuple[str, str]] = Counter()
    slowest, highest, wrong, shown = 0.0, 0, 0, 0
    showing = Lock()
    with tempfile.TemporaryDirectory(prefix="artefacts-") as place:
        folder = Path(place)
        with contextlib.redirect_stderr(io.StringIO()):
            make(folder, kinds)

        def share(job: int) -> None:
            nonlocal slowest, highest, wrong, shown
            for number, found in _watched(folder, kinds, given.seed, numbers[job :: given.jobs]):
                kind, file, code, said, seconds, peak = found
                table[Path(file).name if file == "manifest.json" else Path(file).suffix or file, code] += 1
                slowest, highest = max(slowest, seconds), max(highest, peak)
                if code not in {"0", "4"}:
                    wrong += 1
                    say(f"{number}: {kind} {file}: {code}: {said.strip()[:300]}")
                with showing:
                    if table.total() >= shown + SHOWN_EVERY:
                        shown = table.total()
                        show(table.copy())  # other jobs go on counting

        with ThreadPoolExecutor(given.jobs) as pool:
            list(pool.map(share, range(given.jobs)))
    show(table)
    say(f"{sum(table.values())} changes, {wrong} of them wrong; slowest {slowest:.1f} s, most memory {highest} MB")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
