"""How good word vectors are: agreement with people's similarity judgements, and analogies solved."""

import csv
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from nlp_toolkit.corpus.encodings import settle_encoding
from nlp_toolkit.errors import DataError
from nlp_toolkit.metrics.intervals import wilson_interval
from nlp_toolkit.metrics.similarity import similarity_scores
from nlp_toolkit.word_vectors.container import WordVectors

_BLOCK = 256  # analogies answered at once


@dataclass(frozen=True)
class WordPair:
    """Two words and how similar people find them."""

    first: str
    second: str
    score: float


@dataclass(frozen=True)
class SimilarityResult:
    """Spearman's and Pearson's correlation of cosines with people's scores, over the `n` pairs known.

    Intervals resample the pairs, 95 %.
    """

    spearman: float
    spearman_low: float
    spearman_high: float
    pearson: float
    pearson_low: float
    pearson_high: float
    n: int
    unknown: int

    def to_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True)
class AnalogyResult:
    """The share of `n` analogies answered rightly, in all and by section; `unknown` ones hold a word not known.

    The interval is Wilson's, 95 %; `section_intervals` are those of the sections.
    """

    accuracy: float
    accuracy_low: float
    accuracy_high: float
    n: int
    unknown: int
    sections: Mapping[str, float]
    section_intervals: Mapping[str, tuple[float, float]]

    def to_json(self) -> dict[str, object]:
        return asdict(self)


Analogy = tuple[str, str, str, str]
Respell = Callable[[str], str]


def read_text(path: Path) -> str:
    """What stands in a file: in the encoding its mark says, UTF-8, or CP949 as Korean spreadsheets save it."""
    return path.read_text(encoding=settle_encoding(lambda: path.open("rb"), "auto", str(path)).codec)


def read_word_pairs(path: Path) -> list[WordPair]:
    """Pairs from a file of word, word, score, separated by comma, tab or semicolon.

    A first row without a score is a header; rows that begin with # are left out.
    """
    lines = read_text(path).splitlines()
    rows = list(csv.reader(lines, delimiter=_delimiter(lines)))
    pairs = []
    for number, row in enumerate(rows, start=1):
        if not row or row[0].startswith("#"):
            continue
        try:
            first, second, score = row[0].strip(), row[1].strip(), float(row[2])
            if not math.isfinite(score):
                raise ValueError(f"a score of {score}")
        except (IndexError, ValueError) as error:
            if number == 1:
                continue
            raise DataError(f"{path}, row {number}: expected word, word, score, got {row!r}") from error
        pairs.append(WordPair(first, second, score))
    if not pairs:
        raise DataError(f"{path}: no word pairs; expected rows of word, word, score")
    return pairs


def read_analogies(path: Path) -> dict[str, list[Analogy]]:
    """Analogies by section from a file with ": section" lines and four words a line (questions-words.txt)."""
    sections: dict[str, list[Analogy]] = {}
    section = ""
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if line.startswith(":"):
            section = line[1:].strip()
        elif line.strip():
            match line.split():
                case [a, b, c, d]:
                    sections.setdefault(section, []).append((a, b, c, d))
                case words:
                    raise DataError(f"{path}, row {number}: expected four words, got {len(words)}: {line[:60]!r}")
    if not sections:
        raise DataError(f"{path}: no analogies; expected four words a line")
    return sections


def evaluate_similarity(
    vectors: WordVectors, pairs: Iterable[WordPair], respell: Respell = str.lower
) -> SimilarityResult:
    """Correlate cosines with scores; pairs with an unknown word are left out and counted.

    `respell` makes of a word as people write it what the vocabulary holds.
    """
    cosines, scores, unknown = [], [], 0
    for pair in pairs:
        first, second = vectors.index.get(respell(pair.first)), vectors.index.get(respell(pair.second))
        if first is None or second is None:
            unknown += 1
            continue
        cosines.append(float(vectors.directions[first] @ vectors.directions[second]))
        scores.append(pair.score)
    if len(cosines) < 3 or len(set(scores)) == 1 or len(set(cosines)) == 1:
        raise DataError(
            f"only {len(cosines)} of {len(cosines) + unknown} pairs have two known words; too few to correlate"
        )
    found = similarity_scores(scores, cosines)
    return SimilarityResult(
        found.spearman,
        found.spearman_low,
        found.spearman_high,
        found.pearson,
        found.pearson_low,
        found.pearson_high,
        found.n,
        unknown,
    )


def evaluate_analogies(
    vectors: WordVectors, sections: Mapping[str, Sequence[Analogy]], respell: Respell = str.lower
) -> AnalogyResult:
    """Answer a : b = c : ? by the word nearest to b - a + c, the three left out (3CosAdd, Mikolov et al. 2013).

    `respell` makes of a word as people write it what the vocabulary holds. Analogies with an unknown word are left
    out and counted.
    """
    accuracies: dict[str, float] = {}
    ends: dict[str, tuple[float, float]] = {}
    n = unknown = right = 0
    for section, analogies in sections.items():
        rows = [[vectors.index.get(respell(word), -1) for word in analogy] for analogy in analogies]
        known = np.array([row for row in rows if min(row) >= 0], dtype=np.int64).reshape(-1, 4)
        unknown += len(rows) - len(known)
        if len(known):
            solved = _solved(vectors, known)
            accuracies[section], ends[section] = solved / len(known), _ends(solved, len(known))
            n, right = n + len(known), right + solved
    if not n:
        raise DataError(f"every one of {unknown} analogies holds an unknown word; nothing to evaluate")
    return AnalogyResult(right / n, *_ends(right, n), n, unknown, accuracies, ends)


def _ends(part: int, whole: int) -> tuple[float, float]:
    low, high = wilson_interval(part, whole)
    return float(low), float(high)


def _solved(vectors: WordVectors, rows: np.ndarray) -> int:
    directions = vectors.directions
    solved = 0
    for begin in range(0, len(rows), _BLOCK):
        block = rows[begin : begin + _BLOCK]
        asked = directions[block[:, 1]] - directions[block[:, 0]] + directions[block[:, 2]]
        cosines = asked @ directions.T
        np.put_along_axis(cosines, block[:, :3], -np.inf, axis=1)
        solved += int((cosines.argmax(axis=1) == block[:, 3]).sum())
    return solved


def _delimiter(lines: Sequence[str]) -> str:
    sample = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    return max(",\t;", key=sample.count)
