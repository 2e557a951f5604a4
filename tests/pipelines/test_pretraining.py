"""Pretraining: a stage that can be used and gone on from, its curve kept, interrupted and resumed."""

import errno
import json
import os
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from corpora import ENGLISH, PAIRS

from nlp_toolkit import BertVectorizer, Corpus, artefact, load
from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit_pipelines import inspect_model, pretrain, vectorize
from nlp_toolkit_pipelines.pretraining import workspace_of

pytestmark = pytest.mark.usefixtures("one_thread")

SETTINGS = {
    "epochs": 2,
    "block_length": 16,
    "batch_size": 4,
    "vocabulary_size": 300,
    "held_out": 0.2,
    "precision": "float32",
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pretrained") / "model"
    result = pretrain(
        "scratch-tiny", ENGLISH, folder, settings=SETTINGS, device="cpu", plot=folder.with_name("loss.svg")
    )
    assert result.output == folder
    assert result.texts == len(ENGLISH)
    return folder


def test_the_curve_is_kept_and_drawn(trained: Path) -> None:
    metrics: Any = json.loads(next(trained.glob("*/metrics.json")).read_text())
    assert metrics["metrics"]["perplexity_after"] < metrics["metrics"]["perplexity_before"]
    steps = [step for step, _ in metrics["losses"]]
    assert steps == sorted(steps)
    assert len(metrics["held_out_losses"]) >= 3
    assert metrics["settings"]["block_length"] == 16
    assert "</svg>" in trained.with_name("loss.svg").read_text()
    assert not workspace_of(trained).exists()


def test_what_is_saved_is_a_stage_and_a_checkpoint(trained: Path, tmp_path: Path) -> None:
    stage = load(trained)
    assert isinstance(stage, BertVectorizer)
    result = vectorize(trained, ENGLISH, tmp_path / "rows.npy")
    assert np.load(result.output).shape == (32, 128)
    again = pretrain(trained, ENGLISH, tmp_path / "more", settings={**SETTINGS, "epochs": 1}, device="cpu")
    before = again.mlm.perplexity_before
    metrics: Any = json.loads(next(trained.glob("*/metrics.json")).read_text())
    # It goes on from the head it was trained with: the blocks held out are the same.
    assert before == pytest.approx(metrics["metrics"]["perplexity_after"], rel=1e-4)


def test_inspect_shows_embeddings_and_special_tokens(trained: Path) -> None:
    encoder = inspect_model(trained).encoder
    assert encoder is not None
    assert (encoder["layers"], encoder["hidden"], encoder["heads"]) == (2, 128, 2)
    assert encoder["embeddings"] == {"token": len(load(trained).checkpoint_.tokenizer), "segment": 2, "position": 16}  # type: ignore[attr-defined]
    assert encoder["special_tokens"] == {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4}
    assert encoder["example"]["text"][0] == "[CLS]"
    assert [segment for _, segment in encoder["example"]["pair"]] == [0, 0, 0, 1, 1]


def _full_disk(*arguments: Any, **options: Any) -> NoReturn:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_interrupted_it_goes_on_when_told_to(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(step: int, steps: int) -> None:
        if step == steps - 1:
            raise KeyboardInterrupt

    output = tmp_path / "model"
    with pytest.raises(KeyboardInterrupt):
        pretrain("scratch-tiny", ENGLISH, output, settings=SETTINGS, device="cpu", on_step=interrupted)
    assert not output.exists()
    with pytest.raises(
        UsageError, match=r"model.training keeps a training that was interrupted; go on with resume=True"
    ):
        pretrain("scratch-tiny", ENGLISH, output, settings=SETTINGS, device="cpu")
    for change, message in (
        ({"settings": {**SETTINGS, "epochs": 3}}, r"keeps a training with epochs=2, not 3; give the same to go on"),
        ({"seed": 1}, r"keeps a training with seed=0, not 1; give the same to go on, or delete it"),
        ({"model": "scratch-mini"}, r"keeps a training with model='scratch-tiny', not 'scratch-mini'"),
        ({"source": Corpus(texts=["other words"])}, r"keeps a training with other texts; give the same"),
    ):
        same: dict[str, Any] = {"model": "scratch-tiny", "source": ENGLISH, "settings": SETTINGS}
        with pytest.raises(UsageError, match=message):
            pretrain(**(same | change), output=output, device="cpu", resume=True)
    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(artefact, "write_model", _full_disk)
        pretrain("scratch-tiny", ENGLISH, output, settings=SETTINGS, device="cpu", resume=True)
    steps: list[int] = []
    pretrain(
        *("scratch-tiny", ENGLISH, output),
        settings=SETTINGS,
        device="cpu",
        resume=True,
        on_step=lambda step, _: steps.append(step),
    )
    assert steps == []  # what was trained before the disk was full is not trained again
    whole, resumed = ((next(each.glob("*/stages/*/model.safetensors"))).read_bytes() for each in (trained, output))
    assert resumed == whole
    assert not workspace_of(output).exists()


def test_an_output_that_exists_is_not_replaced(trained: Path) -> None:
    with pytest.raises(UsageError, match="overwrite"):
        pretrain("scratch-tiny", ENGLISH, trained, settings=SETTINGS, device="cpu")


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"epoch": 2}, "settings: no setting is called 'epoch'"), ({"epochs": 0}, "settings.epochs=0 trains nothing")],
)
def test_settings_that_cannot_work_are_refused(tmp_path: Path, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        pretrain("scratch-tiny", ENGLISH, tmp_path / "model", settings=settings)


@pytest.mark.parametrize(
    ("plot", "message"),
    [("loss.xyz", r"no format to draw in is called '.xyz'; known: .*png"), ("lacking/loss.svg", "there is no folder")],
)
def test_a_plot_that_cannot_be_drawn_is_refused_before_training(tmp_path: Path, plot: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        pretrain("scratch-tiny", ENGLISH, tmp_path / "model", settings=SETTINGS, plot=tmp_path / plot)


def test_a_corpus_without_words_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the texts hold no word to learn a vocabulary from"):
        pretrain("scratch-tiny", Corpus(texts=["", " "]), tmp_path / "model", settings=SETTINGS)
    assert not (tmp_path / "model").exists()
    pretrain("scratch-tiny", PAIRS, tmp_path / "model", settings={**SETTINGS, "epochs": 0.1}, device="cpu")
