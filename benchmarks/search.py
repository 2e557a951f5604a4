"""Search measured: `python benchmarks/search.py DATA_FOLDER [--only exact,bm25,...]`.

exact      150,000 sparse NSMC rows, 1,000 queries: the kernel and the whole query() against scikit-learn's brute force
bm25       tokenized queries in, positions and scores out, against bm25s and its numba backend, same scores
dense      200,000 x 256 clustered rows: exact against faiss flat, in batches and one query at a time
graph      the same rows: HNSW, recall@10 on queries that are not in it, and its speed against the exact search
quality    nDCG@10 with intervals on klue_mrc and cranfield: BM25, TF-IDF and both as a hybrid
duplicates all near-duplicate pairs of the 150,000 texts, and a check against brute force on a part
scale      10 k, 100 k and 1 M short texts with TF-IDF: time and memory of building, latency of single queries

Sides are taken in turn, medians of at least five runs; every repetition asks other queries, and each measured call
follows one with queries of another lot that is not: a reference that works for seconds leaves nothing of ours in the
processor's caches, and what serves queries does not start cold.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from side_by_side import print_versions

RUNS = 5
N_QUERIES = 1000


def in_turn(*sides: Callable[[int], object], runs: int = RUNS) -> list[float]:
    """Median seconds of each side, called in turn with the number of the run; run 0 warms up and does not count."""
    seconds: list[list[float]] = [[] for _ in sides]
    for run in range(runs + 1):
        for side, measured in zip(sides, seconds, strict=True):
            if run:
                side(run - 1)
            start = time.perf_counter()
            side(run)
            if run:
                measured.append(time.perf_counter() - start)
    return [statistics.median(each) for each in seconds]


def nsmc(folder: Path) -> tuple[list[str], list[list[str]]]:
    """The 150,000 training texts, and six lots of 1,000 test texts as queries."""
    import pyarrow.parquet as pq

    texts = pq.read_table(folder / "ko/nsmc_train.parquet").column("text").to_pylist()
    queries = pq.read_table(folder / "ko/nsmc_test.parquet").column("text").to_pylist()
    return texts, [queries[run * N_QUERIES : (run + 1) * N_QUERIES] for run in range(RUNS + 1)]


def exact(folder: Path) -> None:
    from sklearn.neighbors import NearestNeighbors

    from nlp_toolkit import SimilarityIndex, TfidfVectorizer

    texts, lots = nsmc(folder)
    index = SimilarityIndex(TfidfVectorizer())
    index.add(texts)
    stage = index.vectorizer_
    rows, queries = stage.transform(texts), [stage.transform(lot) for lot in lots]
    brute = NearestNeighbors(n_neighbors=10, algorithm="brute", metric="cosine").fit(rows)
    ours: dict[int, Any] = {}
    theirs: dict[int, Any] = {}
    kernel, whole, reference = in_turn(
        lambda run: ours.update({run: index.top_k(queries[run], 10)}),
        lambda run: index.query(lots[run], 10),
        lambda run: theirs.update({run: brute.kneighbors(queries[run])}),
    )
    difference = max(
        np.abs(np.where(np.isinf(ours[run].scores), 0, ours[run].scores) - (1 - theirs[run][0])).max() for run in ours
    )
    print(f"exact: scikit-learn {reference:.3f} s for {N_QUERIES} queries over {rows.shape[0]:,} rows")
    print(f"  kernel on ready rows {1000 * kernel:.1f} ms: {reference / kernel:.0f}x")
    print(f"  whole query() {1000 * whole:.1f} ms: {reference / whole:.0f}x")
    print(f"  largest difference of a score: {difference:.1e}")


def bm25(folder: Path) -> None:
    import bm25s

    from nlp_toolkit import Bm25Vectorizer
    from nlp_toolkit.search.sparse import SparseRows
    from nlp_toolkit.text.tokenizers import AllWordsTokenizer

    texts, lots = nsmc(folder)
    tokenizer = AllWordsTokenizer()
    tokens = list(tokenizer.batch(text.lower() for text in texts))
    asked = [list(tokenizer.batch(text.lower() for text in lot)) for lot in lots]
    stage = Bm25Vectorizer(tokenizer="words-all")
    rows = SparseRows.of(stage.fit_transform(texts).astype(np.float32))
    numpy_side, numba_side = (bm25s.BM25(method="lucene", backend=backend) for backend in ("numpy", "numba"))
    for side in (numpy_side, numba_side):
        side.index(tokens, show_progress=False)
    scores: dict[str, Any] = {}

    def ours(run: int, n_jobs: int) -> None:
        scores["ours"] = rows.top_k(stage.query_rows(asked[run]), 10, n_jobs=n_jobs)

    def reference(side: Any, n_threads: int) -> Callable[[int], None]:
        def call(run: int) -> None:
            scores["theirs"] = side.retrieve(asked[run], k=10, show_progress=False, n_threads=n_threads)

        return call

    one, two, plain, numba_one, numba_all = in_turn(
        lambda run: ours(run, 1),
        lambda run: ours(run, -1),
        reference(numpy_side, 0),
        reference(numba_side, 0),
        reference(numba_side, -1),
    )
    print(f"bm25: queries a second over {len(texts):,} texts, tokens in, positions and scores out")
    for name, seconds in {
        "bm25s numpy": plain,
        "bm25s numba, 1 thread": numba_one,
        "bm25s numba, all threads": numba_all,
        "ours, 1 thread": one,
        "ours, all threads": two,
    }.items():
        print(f"  {name}: {N_QUERIES / seconds:,.0f}")
    best = min(numba_one, numba_all)
    print(f"  all threads against its best: {best / two:.1f}x; one thread against one: {numba_one / one:.1f}x")
    mine, other = np.where(np.isinf(scores["ours"].scores), 0, scores["ours"].scores), scores["theirs"].scores
    print(f"  largest difference of a score (float32): {np.abs(mine - other).max():.1e}")


def clustered(n_rows: int, n_columns: int = 256, *, seed: int) -> np.ndarray:
    """Unit rows around 2,000 centres, each row's noise 0.7 of its centre's norm."""
    centres = np.random.default_rng(0).normal(size=(2000, n_columns)).astype(np.float32)
    random = np.random.default_rng(seed)
    rows = centres[random.integers(0, len(centres), n_rows)]
    rows += np.float32(0.7) * random.normal(size=rows.shape).astype(np.float32)
    return np.ascontiguousarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def dense(folder: Path) -> None:
    import faiss

    from nlp_toolkit.search.dense import DenseRows

    rows, queries = clustered(200_000, seed=1), clustered(N_QUERIES, seed=2)
    flat = faiss.IndexFlatIP(rows.shape[1])
    flat.add(rows)
    ours = DenseRows.of(rows)
    for size, n in ((1000, 1000), (1, 30)):
        mine, theirs = in_turn(
            lambda run, size=size, n=n: [ours.top_k(queries[at : at + size], 10) for at in range(0, n, size)],
            lambda run, size=size, n=n: [flat.search(queries[at : at + size], 10) for at in range(0, n, size)],
        )
        print(f"dense, {size} at a time: ours {1000 * mine / n:.2f} ms a query, faiss flat {1000 * theirs / n:.2f} ms")
    same = (ours.top_k(queries, 10).positions == flat.search(queries, 10)[1]).mean()
    print(f"  positions that agree: {same:.5f}")


def graph(folder: Path) -> None:
    import faiss

    from nlp_toolkit import GraphOptions
    from nlp_toolkit.search.approximate import HnswRows
    from nlp_toolkit.search.dense import DenseRows

    rows, queries = clustered(200_000, seed=1), clustered(N_QUERIES, seed=2)
    start = time.perf_counter()
    found = HnswRows.of(rows, GraphOptions())
    print(f"graph: built in {time.perf_counter() - start:.0f} s: {GraphOptions()}")
    print(f"  search width {found.search_width}, recall@10 measured when it was built: {found.recall:.4f}")
    truth = DenseRows.of(rows)
    flat = faiss.IndexFlatIP(rows.shape[1])
    flat.add(rows)
    exact_rows = truth.top_k(queries, 10).positions.tolist()
    answers = found.top_k(queries, 10).positions.tolist()
    recall = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(answers, exact_rows, strict=True)])
    print(f"  recall@10 on {N_QUERIES} queries that are not in it: {recall:.4f}")
    for size, n in ((1000, 1000), (1, 100)):
        quick, slow, flat_seconds = in_turn(
            lambda run, size=size, n=n: [found.top_k(queries[at : at + size], 10) for at in range(0, n, size)],
            lambda run, size=size, n=n: [truth.top_k(queries[at : at + size], 10) for at in range(0, n, size)],
            lambda run, size=size, n=n: [flat.search(queries[at : at + size], 10) for at in range(0, n, size)],
        )
        print(
            f"  {size} at a time: {1000 * quick / n:.3f} ms a query; our exact search takes {slow / quick:.1f}x, "
            f"faiss flat {flat_seconds / quick:.1f}x as long"
        )


def quality(folder: Path) -> None:
    from nlp_toolkit import Bm25Vectorizer, HybridIndex, SimilarityIndex, TfidfVectorizer
    from nlp_toolkit_pipelines.retrieval import evaluate_retrieval, read_beir_corpus, read_judgements, read_queries

    for name in ("ko/klue_mrc", "en/cranfield"):
        corpus = read_beir_corpus(folder / name / "corpus.jsonl")
        queries, judged = read_queries(folder / name / "queries.jsonl"), read_judgements(folder / name / "qrels.tsv")
        words = SimilarityIndex(Bm25Vectorizer())
        characters = SimilarityIndex(TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 3)))
        both = [words, characters]
        for index in both:
            index.add(corpus.texts, corpus.ids)
        for title, index in {
            "BM25 as shipped": words,
            "TF-IDF, characters 2-3": characters,
            "hybrid, rrf": HybridIndex(both),
            "hybrid, weighted 1:1": HybridIndex(both, "weighted"),
        }.items():
            scores = evaluate_retrieval(index, queries, judged).scores
            figures = ", ".join(
                f"{metric} {value:.3f} ({scores.intervals[metric][0]:.3f}-{scores.intervals[metric][1]:.3f})"
                for metric, value in scores.metrics.items()
            )
            print(f"quality {name}, {title}: {figures}, n {scores.n}", flush=True)


def duplicates(folder: Path) -> None:
    from nlp_toolkit import TfidfVectorizer
    from nlp_toolkit.search.duplicates import near_duplicates

    texts, _ = nsmc(folder)
    rows = TfidfVectorizer().fit_transform(texts)
    for threshold in (0.95, 0.9, 0.8):
        found: list[Any] = []
        [seconds] = in_turn(lambda run, t=threshold, f=found: f.append(near_duplicates(rows, t)), runs=3)
        print(f"duplicates: {len(found[-1]):,} pairs of {len(texts):,} texts at {threshold}: {seconds:.2f} s")
    part = rows[:3000]
    brute = np.triu((part @ part.T).toarray(), 1) >= 0.9 - 1e-12
    pairs = near_duplicates(part, 0.9)
    agree = sorted(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)) == list(
        map(tuple, np.argwhere(brute))
    )
    print(f"  the same pairs as brute force on 3,000 of them: {agree}")


def short_texts(folder: Path, n_texts: int) -> list[str]:
    """NSMC reviews; beyond 200,000, two of them put together with their words in another order."""
    import pyarrow.parquet as pq

    texts: list[str] = []
    for name in ("ko/nsmc_train.parquet", "ko/nsmc_test.parquet"):
        texts += pq.read_table(folder / name).column("text").to_pylist()
    random = np.random.default_rng(0)
    while len(texts) < n_texts:
        first, second = texts[int(random.integers(200_000))].split(), texts[int(random.integers(200_000))].split()
        words = first[: max(1, len(first) // 2)] + second[len(second) // 2 :]
        texts.append(" ".join(words[at] for at in random.permutation(len(words))))
    return texts[:n_texts]


def scale_one(folder: Path, n_texts: int) -> None:
    """One size, in a process of its own, so that its peak of memory is its own."""
    from nlp_toolkit import SimilarityIndex, TfidfVectorizer

    texts = short_texts(folder, n_texts)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    steps: list[tuple[str, int, int]] = []
    with tempfile.TemporaryDirectory() as place:
        start = time.perf_counter()
        index = SimilarityIndex(TfidfVectorizer())
        index.add(texts, progress=lambda *step: steps.append(step))
        added = time.perf_counter()
        index.save(Path(place) / "index")
        saved = time.perf_counter()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        size = sum(file.stat().st_size for file in Path(place).rglob("*") if file.is_file())
        loading = time.perf_counter()
        index = SimilarityIndex.load(Path(place) / "index")
        loaded = time.perf_counter() - loading
        queries = texts[:: max(1, n_texts // 1100)][:1100]
        seconds = []
        for query in queries:
            one = time.perf_counter()
            index.query([query])
            seconds.append(time.perf_counter() - one)
        p50, p95, p99 = 1000 * np.percentile(seconds[100:], [50, 95, 99])
        one = time.perf_counter()
        index.add(["하나 더 있는 영화"])
        index.save(Path(place) / "index")
        change = time.perf_counter() - one
    print(
        f"scale {n_texts:,}: added in {added - start:.1f} s, saved in {saved - added:.1f} s, loaded in {loaded:.2f} s, "
        f"{size / 2**20:.0f} MB on disk, peak {peak / 2**20:.2f} GB (texts alone {before / 2**20:.2f} GB); "
        f"one query p50 {p50:.2f} p95 {p95:.2f} p99 {p99:.2f} ms; one text added and saved in {change:.2f} s; "
        f"progress told {len(steps)} times"
    )


def scale(folder: Path) -> None:
    for n_texts in (10_000, 100_000, 1_000_000):
        subprocess.run([sys.executable, __file__, str(folder), "--scale-one", str(n_texts)], check=True)


PARTS: dict[str, Callable[[Path], None]] = {
    "exact": exact,
    "bm25": bm25,
    "dense": dense,
    "graph": graph,
    "quality": quality,
    "duplicates": duplicates,
    "scale": scale,
}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default=",".join(PARTS), help="parts to run, with commas between")
    parser.add_argument("--scale-one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.scale_one:
        scale_one(options.folder, options.scale_one)
        return
    print_versions("nlp-toolkit", "scikit-learn", "numba", "bm25s", "faiss-cpu", "kiwipiepy")
    for name in options.only.split(","):
        PARTS[name](options.folder)


if __name__ == "__main__":
    main()
