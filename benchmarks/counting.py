"""Counting against scikit-learn: `python benchmarks/counting.py DATA_FOLDER [PART ...]`.

Parts: `speed` (fit_transform and transform, medians of alternating runs in one process; matrices are compared bit for
bit), `sizes` (MB/s by corpus size and cores), `memory` (peak resident memory, each run in a process of its own),
`streaming` (memory of `fit` over an iterator, 1x and 10x), `korean` (our part beside Kiwi's), `first` (seconds of the
first call, compiled and cached). Without a part, all. `--every N` thins the texts, `--repeats N` changes the medians,
`--only WORDS` leaves out the lines of `speed` and `memory` that do not hold the words.
"""

import argparse
import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from side_by_side import print_versions
from sklearn.feature_extraction import text as reference

from nlp_toolkit import CountVectorizer, TfidfVectorizer
from nlp_toolkit.text.korean import KoreanTokenizer

CASES: dict[str, tuple[type, type, dict[str, Any]]] = {
    "words": (CountVectorizer, reference.CountVectorizer, {}),
    "TF-IDF 1-2-grams": (TfidfVectorizer, reference.TfidfVectorizer, {"ngram_range": (1, 2)}),
    "char_wb 2-4": (CountVectorizer, reference.CountVectorizer, {"analyzer": "char_wb", "ngram_range": (2, 4)}),
}
FILES = {
    "wiki_en + 20newsgroups": ("en/wiki_en.txt.gz", "en/20newsgroups_train.parquet", "en/20newsgroups_test.parquet"),
    "nsmc + wiki_ko": ("ko/nsmc_train.parquet", "ko/wiki_ko.txt.gz"),
}
PEAK = Path("/proc/self/status")


def read_texts(folder: Path, corpus: str, every: int) -> list[str]:
    """The texts of a corpus as NFC, so that both sides are given the same."""
    texts: list[str] = []
    for name in FILES[corpus]:
        if name.endswith(".parquet"):
            texts += pq.read_table(folder / name, columns=["text"])["text"].to_pylist()
        else:
            with gzip.open(folder / name, "rt", encoding="utf-8") as file:
                texts += [line.rstrip("\n") for line in file if line.strip()]
    return [unicodedata.normalize("NFC", text) for text in texts[::every]]


def megabytes(texts: list[str]) -> float:
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) / 1e6


def seconds(call: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def both_seconds(call: Callable[[], Any]) -> tuple[tuple[float, float], Any]:
    """Seconds by the clock, and seconds of all cores together."""
    processor = time.process_time()
    taken, result = seconds(call)
    return (taken, time.process_time() - processor), result


def same(ours: Any, theirs: Any) -> bool:
    parts = [(getattr(ours, name), getattr(theirs, name)) for name in ("indptr", "indices", "data")]
    return ours.shape == theirs.shape and all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in parts)


def speed(folder: Path, every: int, repeats: int, only: str) -> None:
    print("| texts | job | scikit-learn, s | ours, s | ratio | with vocabulary_ | CPU ratio | transform | same bits |")
    print("|---|---|---|---|---|---|---|---|---|")
    for corpus in FILES:
        texts = read_texts(folder, corpus, every)
        size = megabytes(texts)
        for case in CASES:
            if only in f"{corpus} {case}":
                print(f"| {corpus}, {size:.0f} MB | {case} | {compare(case, texts, repeats)} |", flush=True)


def compare(case: str, texts: list[str], repeats: int) -> str:
    """One line of the table: both sides in turn, `repeats` times."""
    ours, theirs, parameters = CASES[case]
    ours(**parameters).fit(texts[:100]).transform(texts[:100])  # compiled or read from the cache
    fits, transforms, vocabularies, equal = [], [], [], True
    for _ in range(repeats):
        mine, other = ours(**parameters), theirs(**parameters)
        rows, times = [], []
        for stage in (other, mine):
            taken, fitted = both_seconds(lambda: stage.fit_transform(texts))  # noqa: B023
            times.append(taken)
            rows.append(fitted)
        fits.append(times)
        vocabularies.append(seconds(lambda: mine.vocabulary_)[0])  # noqa: B023
        equal = equal and same(*rows) and mine.vocabulary_ == other.vocabulary_
        rows, times = [], []
        for stage in (other, mine):
            taken, counted = both_seconds(lambda: stage.transform(texts))  # noqa: B023
            times.append(taken)
            rows.append(counted)
        transforms.append(times)
        equal = equal and same(*rows)
    fit, transform = np.median(fits, axis=0), np.median(transforms, axis=0)
    vocabulary = statistics.median(vocabularies)
    theirs_s, ours_s = fit[:, 0]
    return (
        f"{theirs_s:.2f} | {ours_s:.2f} | {theirs_s / ours_s:.1f}x | {theirs_s / (ours_s + vocabulary):.1f}x "
        f"| {fit[0, 1] / fit[1, 1]:.1f}x | {transform[0, 0] / transform[1, 0]:.1f}x | {'yes' if equal else 'NO'}"
    )


def repeated(texts: list[str], size: float) -> Iterator[str]:
    """Texts of `size` MB: the given ones again and again, each copy with fresh words of its own."""
    written = copy = 0
    while True:
        for number, text in enumerate(texts):
            fresh = text if copy == 0 else f"{text} {copy}x{number % 997} new{copy}y{number}"
            written += len(fresh.encode("utf-8", "surrogatepass"))
            yield fresh
            if written >= size * 1e6:
                return
        copy += 1


def sizes(folder: Path, every: int, repeats: int, only: str) -> None:
    print("| MB | " + " | ".join(f"MB/s, {jobs} core(s)" for jobs in _cores()) + " |")
    print("|---|" + "---|" * len(_cores()))
    texts = read_texts(folder, "wiki_en + 20newsgroups", every)
    for size in (1, 10, 100, 1000):
        found = []
        corpus = list(repeated(texts, size))
        for jobs in _cores():
            stage = CountVectorizer(n_jobs=jobs)
            runs = [seconds(lambda: stage.fit_transform(corpus))[0] for _ in range(repeats if size < 1000 else 1)]  # noqa: B023
            found.append(size / statistics.median(runs))
        print(f"| {size} | " + " | ".join(f"{rate:.0f}" for rate in found) + " |", flush=True)


def memory(folder: Path, every: int, repeats: int, only: str) -> None:
    print("| texts | job | scikit-learn, MB | ours, MB | ratio |")
    print("|---|---|---|---|---|")
    for corpus in FILES:
        for case in CASES:
            if only not in f"{corpus} {case}":
                continue
            peaks = [_child("peak", folder, every, corpus, case, side)["peak_mb"] for side in ("theirs", "ours")]
            print(f"| {corpus} | {case} | {peaks[0]:.0f} | {peaks[1]:.0f} | {peaks[1] / peaks[0]:.2f} |", flush=True)


def streaming(folder: Path, every: int, repeats: int, only: str) -> None:
    peaks = [
        _child("stream", folder, every, "wiki_en + 20newsgroups", str(times), "ours")["rss_mb"] for times in (1, 10)
    ]
    print(f"fit over an iterator, peak resident memory: 1x {peaks[0]:.0f} MB, 10x {peaks[1]:.0f} MB "
          f"({100 * (peaks[1] / peaks[0] - 1):+.1f} %)")  # fmt: skip


def korean(folder: Path, every: int, repeats: int, only: str) -> None:
    texts = read_texts(folder, "nsmc + wiki_ko", 1)[: 20_000 // every]
    tokenizer = KoreanTokenizer()
    list(tokenizer.batch(texts[:100]))
    CountVectorizer(tokenizer="korean").fit(texts[:100])
    alone, whole = [], []
    for _ in range(repeats):
        alone.append(both_seconds(lambda: sum(map(len, tokenizer.batch(text.lower() for text in texts))))[0])
        stage = TfidfVectorizer(tokenizer="korean", ngram_range=(1, 2))
        whole.append(both_seconds(lambda: stage.fit_transform(texts))[0])  # noqa: B023
    kiwi, ours = np.median(alone, axis=0), np.median(whole, axis=0)
    print(
        f"Korean morphemes, 1-2-grams, {len(texts)} texts: Kiwi {kiwi[0]:.2f} s, whole fit_transform {ours[0]:.2f} s "
        f"({100 * (ours[0] / kiwi[0] - 1):+.1f} %; of all cores {100 * (ours[1] / kiwi[1] - 1):+.1f} %)"
    )


def first(folder: Path, every: int, repeats: int, only: str) -> None:
    print("| job | first call, compiled, s | first call of the next process, s |")
    print("|---|---|---|")
    for case in CASES:
        with tempfile.TemporaryDirectory() as cache:
            taken = [_child("first", folder, every, "", case, "ours", NUMBA_CACHE_DIR=cache)["s"] for _ in range(2)]
        print(f"| {case} | {taken[0]:.2f} | {taken[1]:.2f} |", flush=True)


def _cores() -> list[int]:
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return [cores for cores in (1, 2, 4, 8, 16) if cores <= available]


def _child(job: str, folder: Path, every: int, corpus: str, case: str, side: str, **environment: str) -> dict[str, Any]:
    command = [sys.executable, __file__, str(folder), "--child", json.dumps([job, every, corpus, case, side])]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _run_child(folder: Path, job: str, every: int, corpus: str, case: str, side: str) -> dict[str, float]:
    if job == "first":
        ours, _, parameters = CASES[case]
        taken, _ = seconds(lambda: ours(**parameters).fit_transform(["one text", "another text"]))
        return {"s": taken}
    texts = read_texts(folder, corpus, every)
    if job == "stream":
        stage = CountVectorizer()
        stage.fit(text for _ in range(int(case)) for text in texts)
        return {"rss_mb": _peak()}
    ours, theirs, parameters = CASES[case]
    stage = (ours if side == "ours" else theirs)(**parameters)
    if side == "ours":
        ours(**parameters).fit(texts[:10])
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts at what is resident now
    before = _peak()
    kept = stage.fit_transform(texts)
    return {"peak_mb": _peak() - before, "entries": kept.nnz}


def _peak() -> float:
    """Peak resident memory in MB (Linux)."""
    line = next(line for line in PEAK.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


PARTS: dict[str, Callable[[Path, int, int, str], None]] = {
    "speed": speed, "sizes": sizes, "memory": memory, "streaming": streaming, "korean": korean, "first": first,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder with en/ and ko/")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--every", type=int, default=1, help="take every n-th text only")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", default="", metavar="WORDS")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(_run_child(options.data, *json.loads(options.child))))
        return
    print_versions("scikit-learn", "numpy", "scipy", "numba", "kiwipiepy")
    print(f"load {os.getloadavg()[0]:.1f}, every {options.every}. text, {options.repeats} repeats")
    for name in options.parts or PARTS:
        print(f"\n## {name}\n")
        PARTS[name](options.data, options.every, options.repeats, options.only)


if __name__ == "__main__":
    main()
