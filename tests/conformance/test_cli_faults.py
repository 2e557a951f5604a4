"""The fault table, through the command line: exit code, one line that names the file, nothing left behind."""

import codecs
import json
import os
import shutil
import sys
import types
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from nlp_toolkit_cli.main import run

LABELLED = ["text,label", "warm soup,food", "fresh bread,food", "night train,travel", "long road,travel"]


@pytest.fixture
def cli(capsys):
    """Run a command in this process; returns its exit code, stdout and stderr."""

    def call(*arguments):
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return call


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    (folder / "data.csv").write_text("\n".join(LABELLED), encoding="utf-8")
    arguments = ["train", "count-logreg", str(folder / "data.csv"), "-o", str(folder / "model"), "--folds", "0"]
    assert run(arguments) == 0
    return folder / "model"


@pytest.fixture
def model(trained, tmp_path) -> Path:
    """A copy of a good model, to damage."""
    return Path(shutil.copytree(trained, tmp_path / "model"))


def train(path, output):
    return ["train", "count-logreg", path, "--label-column", "label", "-o", output, "--folds", "0"]


def vectorize(path, output):
    return ["vectorize", "count", path, "--text-column", "text", "-o", f"{output}.npz"]


def inspect(path, output):
    return ["inspect", path]


COMMANDS = {"train": train, "vectorize": vectorize, "inspect": inspect}

# What is in the file, its name, and what the message must hold beside the file's name.
BAD_FILES = {
    "neither UTF-8 nor CP949": (b"text,label\nok,1\n\xff\xff\xff,0\n", "bad.csv", "line 3"),
    "an unclosed quote": (b'text,label\n"never closed,1\nmore,0\n', "bad.csv", "line 2"),
    "a ragged row": (b"text,label\nok,1\na,b,c\n", "bad.csv", "line 3"),
    "nothing": (b"", "bad.csv", "empty"),
    "a header only": (b"text,label\n", "bad.csv", "header"),
    "jsonl that is not JSON": (b'{"text": "ok", "label": "1"}\n{"text": \n', "bad.jsonl", "line 2"),
    "jsonl that is not objects": (b'{"text": "ok", "label": "1"}\n[1, 2]\n', "bad.jsonl", "line 2"),
    "parquet that is not": (b"PAR1 not really", "bad.parquet", ""),
    "gzip that is not whole": (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xabV", "bad.csv.gz", "gzip"),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("fault", BAD_FILES)
def test_bad_data_is_exit_code_3_and_names_file_and_row(cli, tmp_path, command, fault):
    content, name, said = BAD_FILES[fault]
    path = tmp_path / name
    path.write_bytes(content)
    code, out, err = cli(*COMMANDS[command](path, tmp_path / "out"))
    last = err.splitlines()[-1]
    assert (code, out) == (3, "")
    assert last.startswith("error: ") and str(path) in last and said in last
    assert sorted(left.name for left in tmp_path.iterdir() if left.suffix != ".lock") == [name]


BAD_LABELS = {
    "one class": ["a b,x", "c d,x"],
    "an empty label": ["a b,x", "c d,", "e f,y"],
}


@pytest.mark.parametrize("fault", BAD_LABELS)
def test_bad_labels_are_exit_code_3_before_any_fitting(cli, tmp_path, fault):
    path = tmp_path / "labels.csv"
    path.write_text("\n".join(["text,label", *BAD_LABELS[fault]]), encoding="utf-8")
    code, out, err = cli(*train(path, tmp_path / "out"))
    assert (code, out) == (3, "")
    assert "tokenizer auto chose" not in err
    assert not (tmp_path / "out").exists()


def test_duplicate_ids_are_exit_code_3(cli, tmp_path):
    path = tmp_path / "ids.csv"
    path.write_text("id,text,label\n1,a b,x\n1,c d,y\n", encoding="utf-8")
    code, _, err = cli(*train(path, tmp_path / "out"), "--id-column", "id")
    assert code == 3
    assert "id '1'" in err


def test_skipped_rows_are_counted_and_kept_aside(cli, tmp_path):
    path = tmp_path / "ragged.csv"
    path.write_text("\n".join([*LABELLED, "one,two,three"]), encoding="utf-8")
    for _ in range(2):  # the second run makes the file anew
        code, out, err = cli("inspect", path, "--on-bad-rows", "skip", "--json")
        assert code == 0
        assert json.loads(out)["skipped_rows"] == 1
        assert "left out 1 bad rows" in err
    assert (tmp_path / "ragged.csv.bad-rows").read_text(encoding="utf-8").strip() == "one,two,three"


@pytest.mark.parametrize("kind", ["link", "link to nothing", "pipe", "directory"])
def test_only_a_file_is_replaced_by_skipped_rows(cli, tmp_path, kind):
    path, place, kept = tmp_path / "ragged.csv", tmp_path / "ragged.csv.bad-rows", tmp_path / "kept.txt"
    path.write_text("\n".join([*LABELLED, "one,two,three"]), encoding="utf-8")
    kept.write_text("kept", encoding="utf-8")
    make = {"link": lambda: place.symlink_to(kept), "pipe": lambda: os.mkfifo(place), "directory": place.mkdir}
    make.get(kind, lambda: place.symlink_to(tmp_path / "none"))()
    before = place.lstat()
    code, _, err = cli("inspect", path, "--on-bad-rows", "skip")
    assert code == 2
    assert f"{place} is no regular file" in err
    assert (place.lstat().st_ino, kept.read_text(encoding="utf-8")) == (before.st_ino, "kept")


def test_an_empty_label_separator_is_exit_code_2(cli, tmp_path):
    path = tmp_path / "labelled.csv"
    path.write_text("\n".join(LABELLED), encoding="utf-8")
    code, _, err = cli("inspect", path, "--label-column", "label", "--label-separator", "")
    assert code == 2
    assert "--label-separator is empty" in err


ENCODINGS = {
    "utf-8 with a mark": "utf-8-sig",
    "cp949": "cp949",
    "utf-16": "utf-16",
}


@pytest.mark.parametrize("kind", ENCODINGS)
def test_encodings_give_the_same_corpus_and_are_told(cli, tmp_path, kind):
    path = tmp_path / "리뷰.csv"
    path.write_bytes("내용,라벨\r\n좋은 영화,긍정\n나쁜 영화,부정\r\n".encode(ENCODINGS[kind]))
    code, out, err = cli("inspect", path, "--text-column", "내용", "--label-column", "라벨", "--json")
    assert code == 0
    found = json.loads(out)
    assert found["labels"] == {"긍정": 1, "부정": 1}
    assert codecs.lookup(found["encoding"]).name.startswith(codecs.lookup(ENCODINGS[kind]).name[:5])
    assert ("CP949" in err) is (kind == "cp949")


def test_a_column_is_found_in_either_spelling_of_hangul(cli, tmp_path):
    path = tmp_path / "decomposed.csv"
    path.write_text(unicodedata.normalize("NFD", "내용,라벨\n좋은 영화,긍정\n"), encoding="utf-8")
    for arguments in ([], ["--text-column", "내용", "--label-column", "라벨"]):
        code, out, _ = cli("inspect", path, "--json", *arguments)
        assert code == 0
        assert json.loads(out)["n_labels"] == 1


def test_strings_that_look_like_something_else_stay_strings(cli, tmp_path):
    path = tmp_path / "strings.csv"
    path.write_text("text,label\nNA,001\nnull,1e5\n1,NA\n", encoding="utf-8")
    code, out, _ = cli("inspect", path, "--json")
    assert code == 0
    assert json.loads(out)["labels"] == {"001": 1, "1e5": 1, "NA": 1}


def test_texts_with_nothing_to_find_keep_their_rows(cli, trained, tmp_path):
    path = tmp_path / "odd.jsonl"
    texts = ["warm soup", "", "😀😀", "the", "\u0000\u0007", "\ud800 soup", "long " * 20_000, "night train"]
    path.write_text("\n".join(json.dumps({"text": text}) for text in texts), encoding="utf-8")
    code, out, err = cli("predict", trained, path, "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [line["row"] for line in lines] == list(range(len(texts)))
    assert (lines[0]["label"], lines[-1]["label"]) == ("food", "travel")
    assert "replaced" in err


def test_both_spellings_of_hangul_give_one_vector(cli, tmp_path):
    path = tmp_path / "spellings.txt"
    path.write_text("한글 좋다\n한글 좋다\n", encoding="utf-8")
    code, out, _ = cli("vectorize", "count", path, "-o", "-", "--set", "tokenizer=words")
    first, second = (json.loads(line)["vector"] for line in out.splitlines())
    assert code == 0
    assert first == second == {"한글": 1, "좋다": 1}


def _flip(model: Path) -> None:
    path = next(model.glob("*/estimator.safetensors"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def _lose(model: Path) -> None:
    next(model.glob("*/estimator.safetensors")).unlink()


def _newer(model: Path) -> None:
    path = model / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    key = next(name for name in manifest if "format" in name)
    path.write_text(json.dumps(manifest | {key: 999}), encoding="utf-8")


def _pickle(model: Path) -> None:
    (next(model.glob("*/stages")) / "model.pkl").write_bytes(b"cos\nsystem\n(S'false'\ntR.")


def _link(model: Path) -> None:
    path = next(model.glob("*/estimator.safetensors"))
    path.rename(model.parent / "elsewhere.safetensors")
    path.symlink_to(model.parent / "elsewhere.safetensors")


def _garble(model: Path) -> None:
    (model / "manifest.json").write_text('{"format"', encoding="utf-8")


def _no_manifest(model: Path) -> None:
    (model / "manifest.json").unlink()


DAMAGE: dict[str, Callable[[Path], None]] = {
    "a changed byte": _flip,
    "a missing file": _lose,
    "a newer format": _newer,
    "a pickle": _pickle,
    "a symlink": _link,
    "a garbled manifest": _garble,
    "no manifest": _no_manifest,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_or_hostile_model_is_exit_code_4_everywhere(cli, model, tmp_path, damage):
    DAMAGE[damage](model)
    data = tmp_path / "data.csv"
    data.write_text("\n".join(LABELLED), encoding="utf-8")
    for arguments in (
        ["predict", model, data],
        ["evaluate", model, data],
        ["inspect", model],
        ["vectorize", model, data, "-o", tmp_path / "v.npz"],
    ):
        code, out, err = cli(*arguments)
        assert (code, out) == (4, ""), arguments
        assert str(model) in err.splitlines()[-1]


def _laughs() -> str:
    lines = ["a: &a [x, x]", *(f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]" for i in range(20))]
    return "\n".join(lines)


HOSTILE_RECIPES = {
    "a bomb": _laughs(),
    "a tag": "task: !!python/object/apply:os.system ['true']",
    "a duplicate key": "task: classification\ntask: regression\n",
    "an unknown key": "task: classification\nvectoriser: tfidf\nestimator: logreg\n",
    "deep nesting": "task: " + "[" * 5000 + "]" * 5000,
    "too large": "# " + "x" * 2_000_000,
    "not YAML": "task: [",
    "not a mapping": "- task",
}


@pytest.mark.parametrize("fault", HOSTILE_RECIPES)
def test_a_hostile_recipe_is_exit_code_2(cli, tmp_path, fault):
    recipe, data = tmp_path / "recipe.yaml", tmp_path / "data.csv"
    recipe.write_text(HOSTILE_RECIPES[fault], encoding="utf-8")
    data.write_text("\n".join(LABELLED), encoding="utf-8")
    code, out, err = cli("train", recipe, data, "-o", tmp_path / "out")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert str(recipe) in err


def test_a_missing_input_file_is_exit_code_2_for_every_command(cli, trained, tmp_path):
    for arguments in (
        train(tmp_path / "gone.csv", tmp_path / "out"),
        vectorize(tmp_path / "gone.csv", tmp_path / "out"),
        inspect(tmp_path / "gone.csv", None),
        ["predict", trained, tmp_path / "gone.csv"],
        ["evaluate", trained, tmp_path / "gone.csv"],
        ["predict", tmp_path / "gone", tmp_path / "gone.csv"],
    ):
        code, out, err = cli(*arguments)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert str(tmp_path / "gone") in err and "no such" in err


def test_an_output_someone_else_is_writing_is_exit_code_5(cli, tmp_path):
    data = tmp_path / "data.txt"
    data.write_text("one text\n", encoding="utf-8")
    with FileLock(tmp_path / ".v.npz.lock"):
        code, _, err = cli("vectorize", "count", data, "-o", tmp_path / "v.npz")
    assert code == 5
    assert str(tmp_path / "v.npz") in err and "another process" in err


def test_a_device_or_an_extra_that_is_not_there_is_exit_code_6(cli, trained, tmp_path, monkeypatch):
    arguments = ["predict", trained, tmp_path / "unread.txt", "--device", "cuda"]
    monkeypatch.setitem(sys.modules, "torch", None)
    code, _, err = cli(*arguments)
    assert (code, err) == (6, 'error: torch is not installed; run: pip install "nlp-toolkit[bert]"\n')
    without_gpu = types.SimpleNamespace(cuda=types.SimpleNamespace(is_available=lambda: False))
    monkeypatch.setitem(sys.modules, "torch", without_gpu)
    code, _, err = cli(*arguments)
    assert code == 6
    assert "--device auto" in err


def test_errors_are_json_where_asked_for(cli, tmp_path):
    code, out, err = cli("train", "count-logreg", tmp_path / "gone.csv", "-o", tmp_path / "out", "--json")
    assert (code, out) == (2, "")
    assert json.loads(err) == {"error": {"code": 2, "message": f"{tmp_path / 'gone.csv'}: no such file"}}


def test_the_same_training_writes_the_same_bytes(cli, tmp_path):
    data = tmp_path / "data.csv"
    data.write_text("\n".join(LABELLED), encoding="utf-8")
    for name in ("one", "two"):
        assert cli(*train(data, tmp_path / name))[0] == 0

    def content(model: Path) -> dict[str, bytes]:
        files = (path for path in model.rglob("*") if path.is_file())
        return {path.relative_to(model).as_posix(): path.read_bytes() for path in files}

    assert content(tmp_path / "one") == content(tmp_path / "two")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["text,label", "warm soup,food", "cold soup,food"], "at least two classes"),
        (["text,label", "warm soup,food", "long road,"], "empty label in row 2"),
    ],
)
def test_labels_that_cannot_be_used_are_told_with_the_file(cli, tmp_path, rows, said):
    source = tmp_path / "reviews.csv"
    source.write_text("\n".join(rows), encoding="utf-8")
    code, _, err = cli("train", "count-logreg", source, "-o", tmp_path / "model", "--quiet")
    assert code == 3
    assert err.count("\n") == 1 and err.startswith(f"error: {source}: ") and said in err


def test_an_empty_vocabulary_is_told_with_the_file(cli, tmp_path):
    source = tmp_path / "signs.txt"
    source.write_text("!\n?\n", encoding="utf-8")
    code, _, err = cli("vectorize", "count", source, "-o", tmp_path / "v.npz", "--quiet")
    assert code == 3
    assert err.count("\n") == 1 and err.startswith(f"error: {source}: empty vocabulary")
