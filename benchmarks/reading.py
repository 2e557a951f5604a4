"""How fast a corpus is read: 150,000 reviews from Parquet, CSV, JSON Lines and plain text, after imports.

    python benchmarks/reading.py --data ../shared/data

Prints the best and the median of several runs in seconds, beside what pandas needs for the same file.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from side_by_side import print_versions

from nlp_toolkit import read_corpus
from nlp_toolkit.corpus import write_rows


def seconds(run: Callable[[], object], runs: int) -> list[float]:
    """Wall-clock seconds of each of `runs` calls."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("NLP_TOOLKIT_SHARED_DATA", "../shared/data")))
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    parquet = arguments.data / "ko" / "nsmc_train.parquet"
    if not parquet.exists():
        sys.exit(f"{parquet} is not there; pass --data")
    table = pd.read_parquet(parquet).astype(str)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        write_rows(table.to_dict("records"), place / "nsmc.csv")
        write_rows(table.to_dict("records"), place / "nsmc.jsonl")
        (place / "nsmc.txt").write_text("".join(text + "\n" for text in table["text"]), encoding="utf-8")
        (place / "cp949.csv").write_bytes((place / "nsmc.csv").read_bytes().decode().encode("cp949", "replace"))
        named = {"label_column": "label", "id_column": "id"}
        rows: list[tuple[str, Callable[[], object], Callable[[], object] | None]] = [
            ("parquet", lambda: read_corpus(parquet, **named), lambda: pd.read_parquet(parquet)),
            (
                "csv",
                lambda: read_corpus(place / "nsmc.csv", **named),
                lambda: pd.read_csv(place / "nsmc.csv", dtype=str, keep_default_na=False),
            ),
            ("csv, CP949", lambda: read_corpus(place / "cp949.csv", **named), None),
            (
                "jsonl",
                lambda: read_corpus(place / "nsmc.jsonl", **named),
                lambda: pd.read_json(place / "nsmc.jsonl", lines=True, dtype=False),
            ),
            ("txt", lambda: read_corpus(place / "nsmc.txt"), None),
        ]
        print_versions("nlp-toolkit", "pandas", "pyarrow")
        print(f"{len(table):,} rows")
        print(f"{'format':<12}{'best s':>8}{'median s':>10}{'pandas s':>10}{'ratio':>8}")
        for name, ours, theirs in rows:
            ours()
            ours_times = seconds(ours, arguments.runs)
            line = f"{name:<12}{min(ours_times):>8.2f}{statistics.median(ours_times):>10.2f}"
            if theirs is not None:
                median = statistics.median(seconds(theirs, arguments.runs))
                line += f"{median:>10.2f}{statistics.median(ours_times) / median:>8.1f}"
            print(line)


if __name__ == "__main__":
    main()
