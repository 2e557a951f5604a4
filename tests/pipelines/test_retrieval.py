"""Retrieval evaluation: BEIR and TREC files in and out, and scores of a small index worked by hand."""

import gzip
import json
import math
from pathlib import Path

import pytest

from nlp_toolkit import CountVectorizer, SimilarityIndex
from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit_pipelines.retrieval import (
    beir_columns,
    evaluate_retrieval,
    read_beir_corpus,
    read_judgements,
    read_queries,
    read_run,
    write_run,
)

DOCUMENTS = [
    {"_id": "d1", "title": "cat", "text": "sleeps"},
    {"_id": "d2", "title": "dog", "text": "barks at cat"},
    {"_id": "d3", "title": "", "text": "bird sings"},
]


def write_lines(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def test_beir_layout_is_read_as_it_is_meant(tmp_path: Path) -> None:
    corpus = read_beir_corpus(write_lines(tmp_path / "corpus.jsonl", DOCUMENTS))
    assert corpus.ids == ["d1", "d2", "d3"]
    assert corpus.texts[:2] == ["cat sleeps", "dog barks at cat"]
    queries = write_lines(tmp_path / "queries.jsonl", [{"_id": "q1", "text": "서울"}, {"_id": "001", "text": "b"}])
    assert read_queries(queries) == {"q1": "서울", "001": "b"}
    (tmp_path / "corpus.jsonl.gz").write_bytes(gzip.compress((tmp_path / "corpus.jsonl").read_bytes()))
    assert read_beir_corpus(tmp_path / "corpus.jsonl.gz").texts == corpus.texts


def test_other_layouts_are_not_taken_for_beir(tmp_path: Path) -> None:
    assert beir_columns(write_lines(tmp_path / "a.jsonl", [{"id": "1", "text": "x"}])) == {}
    assert beir_columns("-") == {}
    with pytest.raises(DataError, match=r"not BEIR's corpus\.jsonl"):
        read_beir_corpus(tmp_path / "a.jsonl")
    assert read_queries(tmp_path / "a.jsonl") == {"1": "x"}


def test_judgements_of_beir_and_of_trec_read_alike(tmp_path: Path) -> None:
    (tmp_path / "beir.tsv").write_text("query-id\tcorpus-id\tscore\n1\td1\t2\n1\td2\t0\n2\td3\t1\n")
    (tmp_path / "trec.txt").write_text("1 0 d1 2\n1 0 d2 0\n\n2 0 d3 1\n")
    expected = {"1": {"d1": 2.0, "d2": 0.0}, "2": {"d3": 1.0}}
    assert read_judgements(tmp_path / "beir.tsv") == read_judgements(tmp_path / "trec.txt") == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("1\td1\n", "line 1: expected query, document and gain"),
        ("1\td1\t1\n1\td2\thigh\n", "line 2: expected a number, got 'high'"),
        ("1\td1\tnan\n", "line 1: expected a number, got 'nan'"),
        ("1\td1\t1\n1\td1\t2\n", "line 2: document 'd1' is judged twice for query '1'"),
        ("query-id\tcorpus-id\tscore\n", "holds no judgement"),
    ],
)
def test_judgements_that_cannot_be_used_are_refused_with_their_line(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "qrels.tsv").write_text(content)
    with pytest.raises(DataError, match=message):
        read_judgements(tmp_path / "qrels.tsv")


def test_run_goes_out_and_comes_back(tmp_path: Path) -> None:
    run = {"q1": [("d2", 1.5), ("d1", 0.1)], "q2": [("d3", 1 / 3)]}
    write_run(tmp_path / "run.txt", run)
    assert (tmp_path / "run.txt").read_text().splitlines()[0] == "q1 Q0 d2 1 1.5 nlp-toolkit"
    assert read_run(tmp_path / "run.txt") == run
    with pytest.raises(UsageError, match="exists; name another file"):
        write_run(tmp_path / "run.txt", run)
    with pytest.raises(DataError, match="the id 'd 1' has white space in it"):
        write_run(tmp_path / "other.txt", {"q": [("d 1", 1.0)]})
    (tmp_path / "bad.txt").write_text("q1 Q0 d2 1 1.5 tag\nq1 d2 1.5\n")
    with pytest.raises(DataError, match="line 2: expected query, Q0, document, rank, score and tag"):
        read_run(tmp_path / "bad.txt")


def test_index_is_scored_as_by_hand() -> None:
    index = SimilarityIndex(CountVectorizer())
    index.add([f"{row['title']} {row['text']}" for row in DOCUMENTS], [row["_id"] for row in DOCUMENTS])
    queries = {"q1": "cat", "q2": "bird", "q3": "unknown", "unjudged": "dog"}
    judgements = {"q1": {"d2": 1.0}, "q2": {"d3": 2.0}, "q3": {"d1": 1.0}}
    result = evaluate_retrieval(index, queries, judgements)
    # q1 finds d1 (cosine 0.71) before d2 (0.5): nDCG 1 / log2(3); q2 is perfect; q3 finds nothing
    assert result.to_json()["metrics"] == pytest.approx(
        {"ndcg@10": (1 / math.log2(3) + 1) / 3, "map": (0.5 + 1) / 3, "mrr@10": (0.5 + 1) / 3, "recall@10": 2 / 3}
    )
    assert (result.to_json()["n"], result.to_json()["unanswered"]) == (3, 1)
    assert [name for name, _ in result.run["q1"]] == ["d1", "d2"]


def test_judged_query_without_a_text_is_refused() -> None:
    index = SimilarityIndex(CountVectorizer())
    index.add(["a cat"])
    with pytest.raises(DataError, match="query 'q9' is judged but has no text"):
        evaluate_retrieval(index, {"q1": "cat"}, {"q9": {"0": 1.0}})
