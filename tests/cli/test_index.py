"""`nlp-toolkit index`: every subcommand, its JSON shapes and its exit codes."""

import json
from pathlib import Path

import pytest

from nlp_toolkit.artefact.lock import writing

DOCUMENTS = [
    {"_id": "d1", "title": "Cats", "text": "a cat sleeps", "year": 2019},
    {"_id": "d2", "title": "Dogs", "text": "two dogs bark", "year": 2020},
    {"_id": "d3", "title": "", "text": "the cat and the dog", "year": 2021},
]


def write_lines(path: Path, rows) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "corpus.jsonl", DOCUMENTS)


@pytest.fixture
def index(tmp_path: Path, corpus: Path, cli) -> Path:
    built = cli("index", "build", "bm25", corpus, "-o", tmp_path / "idx", "--metadata", "year:int", "--json", "--quiet")
    assert built.code == 0, built.err
    assert {name: built.json[name] for name in ("texts", "added", "deleted")} == {"texts": 3, "added": 3, "deleted": 0}
    return tmp_path / "idx"


def ids_found(cli, index: Path, query: str, *options: object) -> list[str]:
    return [hit["id"] for hit in cli("search", index, query, "--json", *options).json["hits"]]


def test_beir_corpus_is_indexed_by_id_with_its_titles(index: Path, cli) -> None:
    [hit] = cli("search", index, "dogs barking", "-k", "1", "--json").json["hits"]
    assert (hit["id"], hit["text"], hit["metadata"]) == ("d2", "Dogs two dogs bark", {"year": 2020})
    assert ids_found(cli, index, "cat", "--where", "year > 2019") == ["d3"]


def test_texts_are_added_replaced_and_deleted(index: Path, tmp_path: Path, cli, stdin) -> None:
    bird = {"_id": "d4", "title": "Birds", "text": "a cat and birds", "year": 2022}
    more = write_lines(tmp_path / "more.jsonl", [bird])
    added = cli("index", "add", index, more, "--metadata", "year:int", "--json")
    assert (added.code, added.json["texts"], added.json["added"]) == (0, 4, 1)
    again = cli("index", "add", index, more, "--metadata", "year:int")
    assert again.code == 3
    assert "the id 'd4' is in the index" in again.err and "--on-duplicate replace" in again.err
    assert cli("index", "add", index, more, "--metadata", "year:int", "--on-duplicate", "replace").code == 0
    assert cli("index", "delete", index, "d1", "--json").json["deleted"] == 1
    stdin(b"d3\n")
    assert cli("index", "delete", index, "-").code == 0
    assert ids_found(cli, index, "cat") == ["d4"]
    unknown = cli("index", "delete", index, "d2", "d99")
    assert (unknown.code, "no text with id 'd99'" in unknown.err) == (3, True)
    assert ids_found(cli, index, "dogs") == ["d2"]


def test_ids_on_stdin_that_are_not_utf8_are_named(index: Path, cli, stdin) -> None:
    stdin("d1\n서울\n".encode("cp949"))
    refused = cli("index", "delete", index, "-")
    assert (refused.code, "line 2 is not UTF-8" in refused.err) == (3, True)
    assert ids_found(cli, index, "cat") != []


def test_info_says_what_the_index_is(index: Path, cli) -> None:
    info = cli("index", "info", index, "--json").json
    assert (info["texts"], info["generation"], info["metadata"]) == (3, 1, {"year": "int"})
    assert info["parts"][0]["stage"] == "bm25"
    shown = cli("index", "info", index)
    assert "year:int" in shown.out and "dot" in shown.out


def test_evaluation_has_the_shape_that_was_promised(index: Path, tmp_path: Path, cli) -> None:
    queries = write_lines(tmp_path / "q.jsonl", [{"_id": "q1", "text": "cats"}, {"_id": "q2", "text": "barking"}])
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t1\n")
    arguments = ("index", "evaluate", index, "--queries", queries, "--qrels", tmp_path / "qrels.tsv")
    result = cli(*arguments, "--run", tmp_path / "run.txt", "--json").json
    assert result["metrics"] == {"ndcg@10": 1.0, "map": 1.0, "mrr@10": 1.0, "recall@10": 1.0}
    assert result["n"] == 2
    assert (tmp_path / "run.txt").read_text().startswith("q1 Q0 d1 1 ")
    assert cli(*arguments, "--run", tmp_path / "run.txt").code == 2
    assert "ndcg@10" in cli(*arguments).out


def test_duplicates_are_listed(tmp_path: Path, cli) -> None:
    texts = tmp_path / "texts.txt"
    texts.write_text("서울은 넓다\n부산에는 바다가 있다\n서울은 넓다!\n", encoding="utf-8")
    assert cli("index", "build", "bm25", texts, "-o", tmp_path / "idx").code == 0
    [pair] = cli("index", "duplicates", tmp_path / "idx", "--threshold", "0.95", "--json").lines
    assert (pair["first"], pair["second"], round(pair["score"], 6)) == ("0", "2", 1.0)
    assert cli("index", "duplicates", tmp_path / "idx", "--threshold", "2").code == 2


def test_hybrid_index_is_built_from_several_stages(corpus: Path, tmp_path: Path, cli) -> None:
    options = ("--also", "tfidf", "--method", "weighted", "--weight", "1", "--weight", "0.5")
    assert cli("index", "build", "bm25", corpus, "-o", tmp_path / "idx", *options).code == 0
    assert cli("index", "info", tmp_path / "idx", "--json").json["method"] == "weighted"
    assert ids_found(cli, tmp_path / "idx", "dogs")[0] == "d2"


def test_index_that_exists_is_replaced_only_with_overwrite(index: Path, corpus: Path, cli) -> None:
    refused = cli("index", "build", "bm25", corpus, "-o", index)
    assert refused.code == 2
    assert "--overwrite" in refused.err
    assert cli("index", "build", "bm25", corpus, "-o", index, "--overwrite").code == 0


def test_second_writer_leaves_with_exit_5(index: Path, cli) -> None:
    with writing(index, timeout=1):
        waited = cli("index", "delete", index, "d1", "--wait", "0.1", "--json")
    assert waited.code == 5
    assert "being written by process" in json.loads(waited.err.splitlines()[-1])["error"]["message"]


def test_damaged_index_and_missing_index_have_their_exit_codes(index: Path, tmp_path: Path, cli) -> None:
    file = next(index.rglob("rows.safetensors"))
    file.write_bytes(file.read_bytes()[:-1])
    assert cli("index", "info", index).code == 4
    assert cli("search", tmp_path / "nowhere", "cat").code == 2


def test_duplicate_ids_in_a_file_are_bad_data(tmp_path: Path, cli) -> None:
    twice = write_lines(tmp_path / "twice.jsonl", [DOCUMENTS[0], DOCUMENTS[0]])
    refused = cli("index", "build", "bm25", twice, "-o", tmp_path / "idx")
    assert (refused.code, (tmp_path / "idx").exists()) == (3, False)
