"""`nlp-toolkit pretrain`: from the shell, through stdin, refused and resumed."""

import json

import pytest

QUICK = ["--set", "epochs=1", "--set", "block_length=16", "--set", "batch_size=8", "--set", "vocabulary_size=300"]
TEXTS = (
    "\n".join(f"{word} {end}" for word in ("고양이", "강아지", "cat", "dog") for end in ("좋다", "싫다", "is here"))
    + "\n"
)


@pytest.fixture(autouse=True)
def one_thread(monkeypatch):
    monkeypatch.setenv("NLP_TOOLKIT_THREADS", "1")


def test_texts_from_stdin_become_a_stage_that_vectorizes_and_is_inspected(cli, stdin, tmp_path):
    output = tmp_path / "model"
    stdin(TEXTS.encode())
    done = cli("pretrain", "scratch-tiny", "-", "-o", output, *QUICK, "--json")
    assert done.code == 0, done.err
    assert done.json["texts"] == 12
    assert done.json["output"] == str(output)
    assert done.json["losses"]
    shown = cli("inspect", output)
    assert "bert, 2 layers, 128 wide, 2 heads" in shown.out
    assert "[CLS] 2, [SEP] 3, [MASK] 4; up to 16 a text" in shown.out
    encoder = json.loads(cli("inspect", output, "--json").out)["encoder"]
    assert encoder["example"]["text"][-1] == "[SEP]"


def test_a_setting_that_is_unknown_is_a_usage_error(cli, stdin, tmp_path):
    stdin(TEXTS.encode())
    done = cli("pretrain", "scratch-tiny", "-", "-o", tmp_path / "model", "--set", "epoch=1")
    assert done.code == 2
    assert "no setting is called 'epoch'" in done.err
    assert done.out == ""


def test_an_interrupted_training_names_the_option_that_goes_on(cli, stdin, tmp_path):
    (tmp_path / "model.training" / "run-1").mkdir(parents=True)
    stdin(TEXTS.encode())
    done = cli("pretrain", "scratch-tiny", "-", "-o", tmp_path / "model", *QUICK)
    assert done.code == 2
    assert "model.training keeps a training that was interrupted; go on with" in done.err
    assert "--resume" in done.err
