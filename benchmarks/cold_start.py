"""What the first second costs: processor time and peak memory of whole commands, each beside its floor.

    python benchmarks/cold_start.py [--rounds 5]

Every command runs as a process of its own, five times, files in the disk cache and kernels compiled. The floor F is a
process that imports what text classification cannot do without: `import sklearn.pipeline, numba, typer`; for a Korean
text also loading Kiwi. Seconds are processor seconds (user and system) of the process, memory is the largest resident
size.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

FLOOR = "import sklearn.pipeline, numba, typer"
KIWI = "from kiwipiepy import Kiwi; Kiwi().tokenize('가')"
COMMAND = "from nlp_toolkit_cli.main import main; main()"
ENGLISH = ("good", "bad", "film", "actor", "story", "dull", "fine", "music", "scene", "light", "river", "city", "train")
KOREAN = ("좋은", "나쁜", "영화", "배우", "이야기", "지루한", "멋진", "음악", "장면", "따뜻한", "강물", "도시", "기차")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        commands = prepare(Path(folder))
        processes = {"F": ["-c", FLOOR], "Kiwi": ["-c", KIWI]}
        processes |= {name: ["-c", COMMAND, *arguments] for name, arguments, _ in commands}
        found = costs(processes, rounds)
    floor, kiwi = found["F"], found["Kiwi"]
    floors = {"F": floor, "F + Kiwi": (floor[0] + kiwi[0], floor[1] + kiwi[1]), "nothing": (0.0, 0.0)}
    # Not above: the peak of a process starts from the size of the one that starts it.
    from side_by_side import print_versions

    print_versions("scikit-learn", "numba", "numpy", "typer", "kiwipiepy")
    print("\n| process | processor seconds | peak MB | floor | seconds above | MB above |")
    print("|---|---|---|---|---|---|")
    print(row(f"F: {FLOOR}", floor, "", floors["nothing"]))
    print(row("Kiwi loaded", kiwi, "", floors["nothing"]))
    for name, _, label in commands:
        print(row(name, found[name], label, floors[label]))


def prepare(folder: Path) -> list[tuple[str, list[str], str]]:
    """Two models and an index, and the commands that use them: name, arguments, floor."""
    for language, words, sign in (("english", ENGLISH, "good"), ("korean", KOREAN, "좋은")):
        random.seed(0)
        texts = [" ".join(random.choices(words, k=6)) for _ in range(400)]
        lines = ["text,label", *(f"{text},{'yes' if sign in text.split() else 'no'}" for text in texts)]
        (folder / f"{language}.csv").write_text("\n".join(lines), encoding="utf-8")
        (folder / f"{language}.txt").write_text(texts[0] + "\n", encoding="utf-8")
        run(["train", "tfidf-logreg", f"{folder}/{language}.csv", "-o", f"{folder}/{language}", "--quiet"])
    run(["index", "build", "bm25", f"{folder}/english.csv", "-o", f"{folder}/index", "--quiet"])
    return [
        ("predict one English text", ["predict", f"{folder}/english", f"{folder}/english.txt", "--quiet"], "F"),
        ("predict one Korean text", ["predict", f"{folder}/korean", f"{folder}/korean.txt", "--quiet"], "F + Kiwi"),
        ("search an English BM25 index", ["search", f"{folder}/index", "good film", "--quiet"], "F"),
        ("recipes", ["recipes"], "nothing"),
        ("--help", ["--help"], "nothing"),
        ("--version", ["--version"], "nothing"),
    ]


def run(arguments: Sequence[str]) -> None:
    subprocess.run([sys.executable, "-c", COMMAND, *arguments], check=True, stdout=subprocess.DEVNULL)


def costs(processes: Mapping[str, Sequence[str]], rounds: int) -> dict[str, tuple[float, float]]:
    """Medians of processor seconds and of peak memory (MB) of each process.

    They are taken in turn, so that a busy machine is busy for all; the first round, which fills caches, is dropped.
    """
    found = [{name: once(arguments) for name, arguments in processes.items()} for _ in range(rounds + 1)][1:]
    return {
        name: (statistics.median(each[name][0] for each in found), statistics.median(each[name][1] for each in found))
        for name in processes
    }


def once(arguments: Sequence[str]) -> tuple[float, float]:
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} left with exit code {process.returncode}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def row(name: str, found: tuple[float, float], label: str, floor: tuple[float, float]) -> str:
    above = f"{found[0] - floor[0]:+.2f} | {found[1] - floor[1]:+.0f}" if label else " | "
    return f"| {name} | {found[0]:.2f} | {found[1]:.0f} | {label} | {above} |"


if __name__ == "__main__":
    main()
