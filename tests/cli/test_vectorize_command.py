"""`nlp-toolkit vectorize`: rows in order, into every kind of file, with a stage that can be saved and used again."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
import scipy.sparse as sp

from nlp_toolkit_cli.main import run

TEXTS = ["red green", "", "green blue green"]


@pytest.fixture
def texts(write):
    return write("texts.txt", TEXTS)


def test_json_has_the_promised_shape(cli, texts, tmp_path):
    done = cli("vectorize", "count", texts, "-o", tmp_path / "v.npz", "--json")
    assert done.code == 0
    assert {key: done.json[key] for key in ("rows", "columns", "output")} == {
        "rows": 3,
        "columns": 3,
        "output": str(tmp_path / "v.npz"),
    }
    assert done.json["seconds"] >= 0
    assert sp.load_npz(tmp_path / "v.npz").toarray().tolist() == [[0, 1, 1], [0, 0, 0], [1, 2, 0]]


def test_every_format_holds_the_same_rows(cli, texts, tmp_path):
    for name in ("v.npz", "v.npy", "v.parquet", "v.jsonl"):
        assert cli("vectorize", "tfidf", texts, "-o", tmp_path / name).code == 0
    expected = sp.load_npz(tmp_path / "v.npz").toarray()
    assert np.array_equal(np.load(tmp_path / "v.npy"), expected)
    assert pq.read_table(tmp_path / "v.parquet")["vector"].to_pylist() == expected.tolist()
    lines = [json.loads(line) for line in (tmp_path / "v.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [sum(line["vector"].values()) for line in lines] == pytest.approx(expected.sum(axis=1).tolist())


def test_from_stdin_to_stdout_and_nothing_else_there(cli, stdin, texts):
    stdin(texts.read_bytes())
    done = cli("vectorize", "count", "-", "-o", "-", "--json")
    assert [line["row"] for line in done.lines] == [0, 1, 2]
    assert [sum(line["vector"].values()) for line in done.lines] == [2, 0, 3]


def test_a_saved_stage_gives_the_same_rows_again(cli, texts, tmp_path):
    cli("vectorize", "tfidf", texts, "-o", tmp_path / "a.npz", "--save-stage", tmp_path / "stage")
    assert cli("vectorize", tmp_path / "stage", texts, "-o", tmp_path / "b.npz").code == 0
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_the_stage_of_a_trained_model(cli, model, labelled, tmp_path):
    done = cli("vectorize", model, labelled, "-o", tmp_path / "v.npz", "--json")
    assert done.json["rows"] == 32
    assert done.json["columns"] == cli("inspect", model, "--json").json["columns"]


def test_quotes_that_mean_nothing_are_read_with_the_option_the_message_names(cli, write, tmp_path):
    source = write("a.tsv", 'text\tlabel\n"warm" soup\t1\n')
    refused = cli("vectorize", "count", source, "-o", tmp_path / "v.npz")
    assert refused.code == 3
    assert "pass --quoting none" in refused.err
    assert cli("vectorize", "count", source, "-o", tmp_path / "v.npz", "--quoting", "none").code == 0


def test_set_with_and_without_the_name_of_the_step(cli, texts, tmp_path):
    for number, change in enumerate(["binary=true", "vectorizer.binary=true"]):
        cli("vectorize", "count", texts, "-o", tmp_path / f"{number}.npz", "--set", change)
        assert sp.load_npz(tmp_path / f"{number}.npz").toarray()[2].tolist() == [1, 1, 0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("mindf=2", "no parameter 'mindf'; did you mean 'min_df'?"),
        ("min_df=soon", "min_df"),
        ("min_df", "expected key=value"),
        ("min_df=!!python/object:os.system {}", "--set min_df"),
    ],
)
def test_a_wrong_setting_is_a_usage_error(cli, texts, tmp_path, change, said):
    refused = cli("vectorize", "count", texts, "-o", tmp_path / "v.npz", "--set", change)
    assert refused.code == 2
    assert said in refused.err
    assert not (tmp_path / "v.npz").exists()


def test_an_unknown_stage_suggests_a_known_one(cli, texts, tmp_path):
    refused = cli("vectorize", "tfdif", texts, "-o", tmp_path / "v.npz")
    assert refused.code == 2
    assert "did you mean 'tfidf'?" in refused.err


def test_an_empty_vocabulary_says_what_to_lower(cli, texts, tmp_path):
    refused = cli("vectorize", "count", texts, "-o", tmp_path / "v.npz", "--set", "min_df=3")
    assert refused.code == 3
    assert "min_df" in refused.err and "3 texts" in refused.err


def test_an_output_that_exists_is_kept_unless_overwrite(cli, texts, tmp_path, write):
    output = write("v.npz", "mine")
    refused = cli("vectorize", "count", texts, "-o", output)
    assert refused.code == 2
    assert str(output) in refused.err and "--overwrite" in refused.err
    assert output.read_text(encoding="utf-8") == "mine"
    assert cli("vectorize", "count", texts, "-o", output, "--overwrite").code == 0


def test_the_same_command_writes_the_same_bytes(texts, tmp_path):
    for name in ("v.npz", "v.npy", "v.parquet", "v.jsonl"):
        written = set()
        for _ in range(2):
            assert run(["vectorize", "tfidf", str(texts), "-o", str(tmp_path / name), "--overwrite", "--quiet"]) == 0
            written.add((tmp_path / name).read_bytes())
        assert len(written) == 1


def test_korean_finds_a_noun_whatever_particle_follows(cli, write, tmp_path):
    path = write("여행 기록.txt", ["서울은 크다", "서울에서 만나자", "부산이 좋다"])
    output = tmp_path / "벡터.jsonl"
    assert cli("vectorize", "count", path, "-o", output).code == 0
    vectors = [json.loads(line)["vector"] for line in output.read_text(encoding="utf-8").splitlines()]
    assert ["서울/NNP" in vector for vector in vectors] == [True, True, False]
