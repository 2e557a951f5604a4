"""Retrieval evaluation: queries and judgements in (BEIR, TREC), runs in and out (TREC), scores with intervals."""

import gzip
import json
import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from nlp_toolkit import Corpus, Hit, read_corpus
from nlp_toolkit.corpus.whole_file import whole_file
from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit.metrics.ranking import Judgements, RankingScores, Run, ranking_scores

_log = logging.getLogger("nlp_toolkit")

DEPTH = 1000
"""How many documents a query are looked at: MAP counts all of them, as trec_eval's runs have them."""

BLOCK = 256  # queries asked at a time, so that the hits of all are never held


class Searchable(Protocol):
    """What can be evaluated: anything that answers queries with hits."""

    def query(self, texts: Sequence[str], k: int = 10) -> list[list[Hit]]: ...


@dataclass(frozen=True)
class RetrievalResult:
    """The scores of an index on a set of queries, and the run they were computed from."""

    scores: RankingScores
    run: Mapping[str, Sequence[tuple[str, float]]]

    def to_json(self) -> dict[str, Any]:
        """`{"metrics", "n", "intervals", "unjudged", "unanswered"}`."""
        scores = self.scores
        return {
            "metrics": dict(scores.metrics),
            "n": scores.n,
            "intervals": {name: list(ends) for name, ends in scores.intervals.items()},
            "unjudged": scores.unjudged,
            "unanswered": scores.unanswered,
        }


def evaluate_retrieval(
    index: Searchable,
    queries: Mapping[str, str],
    judgements: Judgements,
    *,
    k: int = 10,
    depth: int = DEPTH,
    seed: int = 0,
) -> RetrievalResult:
    """Ask every query that is judged, and score the lists of up to `depth` documents at `k`.

    A judged query without a text raises `DataError`: it would count as unanswered without anybody's fault being told.
    """
    missing = [query for query in judgements if query not in queries]
    if missing:
        raise DataError(
            f"query {missing[0]!r} is judged but has no text ({len(missing)} in all); check the queries' ids"
        )
    asked = [query for query in queries if query in judgements]
    run: dict[str, list[tuple[str, float]]] = {}
    for start in range(0, len(asked), BLOCK):
        block = asked[start : start + BLOCK]
        answers = index.query([queries[query] for query in block], max(k, depth))
        for query, hits in zip(block, answers, strict=True):
            run[query] = [(hit.id, hit.score) for hit in hits]
    ranked: Run = {query: [name for name, _ in hits] for query, hits in run.items()}
    return RetrievalResult(ranking_scores(ranked, judgements, k, seed=seed), run)


def beir_columns(source: str | Path) -> dict[str, Any]:
    """Columns of a file in BEIR's layout, as keywords of `read_corpus`; empty where the file is not in it.

    A BEIR document is title and text with a space between, known by `_id`; a query has no title.
    """
    path = Path(source)
    if str(source) == "-" or not path.name.endswith((".jsonl", ".jsonl.gz")) or not path.is_file():
        return {}
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rb") as file:
        line = file.readline(2**24)
    try:
        first = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return {}  # whatever it is, the reader will say so, with the line
    if not isinstance(first, dict) or not {"_id", "text"} <= first.keys():
        return {}
    text = ["title", "text"] if "title" in first else ["text"]
    _log.info("%s: BEIR layout, id from '_id', text from %s", source, " and ".join(map(repr, text)))
    return {"text_column": text, "id_column": "_id"}


def read_queries(source: str | Path) -> dict[str, str]:
    """Queries by id, from BEIR's queries.jsonl, or from any corpus with the columns `id` and `text`."""
    columns = beir_columns(source) or {"text_column": "text", "id_column": "id"}
    corpus = read_corpus(source, **columns)
    assert corpus.ids is not None
    return dict(zip(corpus.ids, corpus.texts, strict=True))


def read_beir_corpus(source: str | Path) -> Corpus:
    """The documents of BEIR's corpus.jsonl: texts are title, a space and text, ids are `_id`."""
    columns = beir_columns(source)
    if not columns:
        raise DataError(f"{source}: not BEIR's corpus.jsonl: expected '_id', 'title' and 'text' in every line")
    return read_corpus(source, **columns)


def read_judgements(source: str | Path) -> dict[str, dict[str, float]]:
    """Judgements by query: BEIR's qrels.tsv (header; query, document, gain) or TREC's (query, 0, document, gain).

    A line that is neither raises `DataError` with its number.
    """
    found: dict[str, dict[str, float]] = {}
    for number, line in _lines(source):
        fields = line.split("\t") if "\t" in line else line.split()
        if number == 1 and fields[-1].strip().lower() in ("score", "gain", "relevance"):
            continue
        if len(fields) not in (3, 4):
            raise DataError(f"{source}, line {number}: expected query, document and gain, got {line[:80]!r}")
        query, document, gain = fields[0], fields[-2], _number(fields[-1], source, number)
        if document in found.setdefault(query, {}):
            raise DataError(f"{source}, line {number}: document {document!r} is judged twice for query {query!r}")
        found[query][document] = gain
    if not found:
        raise DataError(f"{source}: holds no judgement; expected lines of query, document and gain")
    return found


def write_run(
    path: str | Path,
    run: Mapping[str, Sequence[tuple[str, float]]],
    *,
    tag: str = "nlp-toolkit",
    overwrite: bool = False,
) -> None:
    """Write a run as TREC has it: query, Q0, document, rank, score and tag, a line each.

    An id with white space in it has no place in such a file and raises `DataError`.
    """
    names = (name for query, hits in run.items() for name in (query, *(document for document, _ in hits)))
    spaced = next((name for name in names if not name or len(name.split()) != 1 or name != name.strip()), None)
    if spaced is not None:
        raise DataError(f"the id {spaced!r} has white space in it, which a TREC run cannot hold; rename it")
    with whole_file(path, overwrite=overwrite) as file:
        for query, hits in run.items():
            for rank, (document, score) in enumerate(hits, 1):
                file.write(f"{query} Q0 {document} {rank} {score!r} {tag}\n".encode())


def read_run(source: str | Path) -> dict[str, list[tuple[str, float]]]:
    """Read a TREC run: documents of each query by falling score, equal scores by rank."""
    rows: dict[str, list[tuple[float, int, str]]] = {}
    for number, line in _lines(source):
        fields = line.split()
        if len(fields) != 6 or not fields[3].isdecimal():
            raise DataError(
                f"{source}, line {number}: expected query, Q0, document, rank, score and tag, got {line[:80]!r}"
            )
        query, _, document, rank, score, _ = fields
        rows.setdefault(query, []).append((-_number(score, source, number), int(rank), document))
    return {query: [(document, -score) for score, _, document in sorted(listed)] for query, listed in rows.items()}


def _lines(source: str | Path) -> Iterator[tuple[int, str]]:
    """Number and content of the lines that are not empty."""
    path = Path(source)
    if not path.is_file():
        raise UsageError(f"{path}: no such file")
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                raise DataError(f"{path}, line {number}: expected UTF-8 ({error.reason})") from error
            if text.strip():
                yield number, text


def _number(text: str, source: str | Path, line: int) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise DataError(f"{source}, line {line}: expected a number, got {text[:40]!r}")
    return number
