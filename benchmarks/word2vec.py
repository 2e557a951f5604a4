"""Word2Vec against gensim, speed and quality: `python benchmarks/word2vec.py DATA_FOLDER`.

Both sides learn from the same tokens (lower-cased [a-z]+ of wiki_en, [가-힣]+ of wiki_ko) with the same settings: 100
dimensions, window 5, 5 negatives, 5 epochs, min_count 5; skip-gram thins with sample 1e-4, CBOW with 1e-3. gensim runs
with two workers in both its input modes, over ready lists of tokens and over a file, of which the faster counts; we
run with two threads over the texts, splitting and encoding included. One round is every side in turn, for one seed.
Rounds are kept in `benchmarks/out/word2vec.jsonl`; `--fresh` forgets them, `--only en:cbow` runs a part. Ends in a
table: medians of the seconds, ratios of the medians, mean quality. On a machine that does other work as well, the
CPU seconds (of all threads) tell more than the others.
"""

import argparse
import gzip
import json
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from side_by_side import print_versions

from nlp_toolkit import Word2VecVectorizer
from nlp_toolkit.word_vectors.container import WordVectors
from nlp_toolkit.word_vectors.evaluation import (
    evaluate_analogies,
    evaluate_similarity,
    read_analogies,
    read_word_pairs,
)

OUT = Path(__file__).parent / "out" / "word2vec.jsonl"
SETTINGS = {"vector_size": 100, "window": 5, "negative": 5, "epochs": 5, "min_count": 5}
SAMPLE = {"skip-gram": 1e-4, "cbow": 1e-3}
THREADS = 2


@dataclass(frozen=True)
class Language:
    """A corpus, what counts as a token in it, and what its vectors are judged by."""

    corpus: str
    token: str
    similarity: tuple[str, ...]
    analogies: str | None = None


LANGUAGES = {
    "en": Language("en/wiki_en.txt.gz", "[a-z]+", ("en/wordsim353.csv", "en/simlex999.csv"), "en/questions-words.txt"),
    "ko": Language("ko/wiki_ko.txt.gz", "[가-힣]+", ("ko/wordsim353_ko.csv",)),
}


@dataclass(frozen=True)
class Tokens:
    """The same tokens in the three forms the sides take them in."""

    texts: list[str]
    lists: list[list[str]]
    file: Path

    @property
    def n_words(self) -> int:
        return sum(map(len, self.lists))


def read_tokens(folder: Path, language: Language, file: Path) -> Tokens:
    """Lines of tokens; `file` gets them one text a line."""
    find = re.compile(language.token).findall
    with gzip.open(folder / language.corpus, "rt", encoding="utf-8") as lines:
        lists = [tokens for line in lines if (tokens := find(line.lower()))]
    texts = [" ".join(tokens) for tokens in lists]
    file.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return Tokens(texts, lists, file)


def train_gensim_lists(tokens: Tokens, algorithm: str, seed: int) -> WordVectors:
    from gensim.models import Word2Vec

    model = Word2Vec(sentences=tokens.lists, **_gensim_settings(algorithm, seed))
    return WordVectors(model.wv.index_to_key, model.wv.vectors)


def train_gensim_file(tokens: Tokens, algorithm: str, seed: int) -> WordVectors:
    from gensim.models import Word2Vec

    model = Word2Vec(corpus_file=str(tokens.file), **_gensim_settings(algorithm, seed))
    return WordVectors(model.wv.index_to_key, model.wv.vectors)


def train_ours(tokens: Tokens, algorithm: str, seed: int) -> WordVectors:
    stage = Word2VecVectorizer(
        algorithm, sample=SAMPLE[algorithm], tokenizer="words-all", random_state=seed, n_jobs=THREADS, **SETTINGS
    )
    return stage.fit(tokens.texts).words_


def train_ours_one_thread(tokens: Tokens, algorithm: str, seed: int) -> WordVectors:
    stage = Word2VecVectorizer(
        algorithm, sample=SAMPLE[algorithm], tokenizer="words-all", random_state=seed, n_jobs=1, **SETTINGS
    )
    return stage.fit(tokens.texts).words_


def _gensim_settings(algorithm: str, seed: int) -> dict[str, object]:
    return {
        **SETTINGS,
        "sample": SAMPLE[algorithm],
        "sg": int(algorithm == "skip-gram"),
        "workers": THREADS,
        "seed": seed,
    }


SIDES: Mapping[str, Callable[[Tokens, str, int], WordVectors]] = {
    "gensim, lists": train_gensim_lists,
    "gensim, file": train_gensim_file,
    "ours": train_ours,
    "ours, 1 thread": train_ours_one_thread,
}


def judge(vectors: WordVectors, folder: Path, language: Language) -> dict[str, float]:
    """Spearman's correlations and the share of analogies solved."""
    figures = {
        Path(name).stem: evaluate_similarity(vectors, read_word_pairs(folder / name)).spearman
        for name in language.similarity
    }
    if language.analogies is not None:
        figures["analogies"] = evaluate_analogies(vectors, read_analogies(folder / language.analogies)).accuracy
    return figures


def run_round(folder: Path, tokens: Tokens, name: str, algorithm: str, seed: int) -> dict[str, object]:
    """Every side once; the order turns with the seed."""
    names = list(SIDES)
    sides: dict[str, object] = {}
    for side in [*names[seed % len(names) :], *names[: seed % len(names)]]:
        start, start_cpu = time.perf_counter(), time.process_time()
        vectors = SIDES[side](tokens, algorithm, seed)
        seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - start_cpu
        quality = judge(vectors, folder, LANGUAGES[name])
        sides[side] = {"seconds": seconds, "cpu_seconds": cpu_seconds, **quality}
        print(f"{name} {algorithm} seed {seed}: {side}: {seconds:.1f} s", flush=True)
    return {"language": name, "algorithm": algorithm, "seed": seed, "words": tokens.n_words, "sides": sides}


def warm_up() -> None:
    """Compile the kernels, or load them, before anything is timed."""
    for algorithm in SAMPLE:
        train_ours(Tokens(["a b c d e"] * 20, [], Path()), algorithm, 1)


def table(rounds: list[dict[str, object]]) -> str:
    """A Markdown table: a row a language, algorithm and side."""
    lines = [
        "| data | side | seconds | CPU seconds | M words/s | ratio to gensim | quality |",
        "|---|---|---|---|---|---|---|",
    ]
    places = dict.fromkeys((str(found["language"]), str(found["algorithm"])) for found in rounds)
    for language, algorithm in places:
        ours = [found for found in rounds if (found["language"], found["algorithm"]) == (language, algorithm)]
        by_side: dict[str, list[dict[str, float]]] = {
            side: [found["sides"][side] for found in ours]  # type: ignore[index]
            for side in SIDES
        }
        medians = {side: statistics.median(run["seconds"] for run in runs) for side, runs in by_side.items()}
        fastest = min(seconds for side, seconds in medians.items() if side.startswith("gensim"))
        for side, runs in by_side.items():
            cpu = statistics.median(run["cpu_seconds"] for run in runs)
            words = int(ours[0]["words"]) * int(SETTINGS["epochs"])  # type: ignore[call-overload]
            quality = ", ".join(
                f"{figure} {statistics.mean(run[figure] for run in runs):.3f}"
                for figure in runs[0]
                if not figure.endswith("seconds")
            )
            lines.append(
                f"| {language} {algorithm} ({len(runs)} seeds) | {side} | {medians[side]:.1f} | {cpu:.1f} "
                f"| {words / medians[side] / 1e6:.2f} | {fastest / medians[side]:.1f}x | {quality} |"
            )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder with en/ and ko/")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", default=":", help="language:algorithm; either half may be empty")
    parser.add_argument("--fresh", action="store_true")
    arguments = parser.parse_args()
    OUT.parent.mkdir(exist_ok=True)
    if arguments.fresh:
        OUT.unlink(missing_ok=True)
    rounds = [json.loads(line) for line in OUT.read_text().splitlines()] if OUT.exists() else []
    done = {(found["language"], found["algorithm"], found["seed"]) for found in rounds}
    only_language, _, only_algorithm = arguments.only.partition(":")
    print_versions("gensim", "numba", "numpy")
    warm_up()
    with tempfile.TemporaryDirectory() as temporary:
        for name, language in LANGUAGES.items():
            if only_language not in ("", name):
                continue
            tokens = read_tokens(arguments.folder, language, Path(temporary) / f"{name}.txt")
            for algorithm in SAMPLE:
                for seed in range(1, arguments.seeds + 1):
                    if only_algorithm not in ("", algorithm) or (name, algorithm, seed) in done:
                        continue
                    rounds.append(run_round(arguments.folder, tokens, name, algorithm, seed))
                    with OUT.open("a") as file:
                        file.write(json.dumps(rounds[-1]) + "\n")
    print("\n" + table(rounds))


if __name__ == "__main__":
    main()
