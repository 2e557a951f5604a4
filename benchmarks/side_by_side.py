"""Two sides of a benchmark taken in turn, and the table of their medians."""

import platform
import statistics
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

from nlp_toolkit import read_corpus
from nlp_toolkit.processor import describe_processor


def read_texts(source: Path, column: str, n_texts: int) -> list[str]:
    """The first `n_texts` different texts of a file."""
    texts = dict.fromkeys(text for text in read_corpus(source, text_column=column).texts if text.strip())
    return list(texts)[:n_texts]


def rounds(sides: Mapping[str, Callable[[], object]], n: int) -> dict[str, list[float]]:
    """Seconds of each side in `n` rounds, the sides taken in turn."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(n):
        for name, run in sides.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def print_table(seconds: Mapping[str, list[float]], work: float, unit: str) -> None:
    """Median speed of each side, its spread, and how many times the first side's; `work` is done in each round."""
    first = statistics.median(next(iter(seconds.values())))
    print(f"\n| side | {unit}/s, median | slowest–fastest | ratio |\n|---|---|---|---|")
    for name, each in seconds.items():
        median = statistics.median(each)
        spread = f"{work / max(each):,.1f}–{work / min(each):,.1f}"
        print(f"| {name} | {work / median:,.1f} | {spread} | {first / median:.2f} |")


def print_versions(*packages: str) -> None:
    """What the figures were measured with, and on which processor."""
    print("\n" + ", ".join([f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in packages)]))
    print(describe_processor())
