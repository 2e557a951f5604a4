"""Masked-language modelling: the loss is transformers' own, resuming is exact, training goes on where it stopped."""

import logging
import math
import os
import resource
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from nlp_toolkit.errors import DataError, ResourceError, UsageError
from nlp_toolkit.settings import settings_of
from nlp_toolkit.testing.trial import FIT_TEXTS
from nlp_toolkit.transformer.checkpoint import Checkpoint, load_checkpoint
from nlp_toolkit.transformer.folder import write_checkpoint
from nlp_toolkit.transformer.masking import IGNORED
from nlp_toolkit.transformer.mlm import language_model, masked_loss, train_mlm
from nlp_toolkit.transformer.settings import MlmSettings
from nlp_toolkit.transformer.sizes import Size
from nlp_toolkit.transformer.training import newest_whole
from nlp_toolkit.transformer.wordpiece import new_checkpoint

TEXTS = list(FIT_TEXTS)
QUICK = MlmSettings(
    epochs=2, block_length=16, batch_size=4, held_out=0.2, evaluations=4, precision="float32", learning_rate=2e-3
)


def fresh() -> Checkpoint:
    size = Size(layers=1, hidden=32, heads=2)
    return new_checkpoint(size, TEXTS, seed=0, vocabulary_size=300, max_length=32)


def _weights(checkpoint: Checkpoint) -> dict[str, torch.Tensor]:
    assert checkpoint.language_model is not None
    found: dict[str, torch.Tensor] = checkpoint.language_model.state_dict()
    return found


def _equal(one: Checkpoint, other: Checkpoint) -> bool:
    theirs = _weights(other)
    return all(torch.equal(tensor, theirs[name]) for name, tensor in _weights(one).items())


def test_the_loss_at_masked_positions_is_that_of_all_logits(checkpoint: Checkpoint) -> None:
    model = language_model(checkpoint, seed=0).eval()
    random = np.random.default_rng(0)
    ids = torch.from_numpy(random.integers(5, 100, (3, 20)))
    labels = torch.where(torch.from_numpy(random.random((3, 20)) < 0.2), ids, IGNORED)
    mask = torch.ones_like(ids)
    mask[2, 12:] = 0
    labels[2, 12:] = IGNORED
    batch = {"input_ids": ids, "labels": labels, "attention_mask": mask}
    with torch.inference_mode():
        theirs = model(**batch).loss
        ours = masked_loss(model, batch)
    assert float(ours) == pytest.approx(float(theirs), rel=1e-5)


def test_a_batch_with_nothing_to_guess_has_no_loss(checkpoint: Checkpoint) -> None:
    model = language_model(checkpoint, seed=0).eval()
    ids = torch.full((1, 4), 3)
    with torch.inference_mode():
        loss = masked_loss(model, {"input_ids": ids, "labels": torch.full_like(ids, IGNORED)})
    assert float(loss) == 0.0


@pytest.fixture(scope="module")
def uninterrupted() -> Checkpoint:
    return train_mlm(fresh(), TEXTS, QUICK, device="cpu").checkpoint


def test_training_lowers_the_perplexity_of_text_held_out() -> None:
    result = train_mlm(fresh(), TEXTS, replace(QUICK, epochs=6), device="cpu").result
    assert result.perplexity_before is not None
    assert result.perplexity_after is not None
    assert result.perplexity_after < 0.8 * result.perplexity_before
    # The weights kept are those of the best evaluation; that one averages batch means, so it differs a little.
    assert math.log(result.perplexity_after) == pytest.approx(
        min(loss for _, loss in result.training.held_out), abs=0.2
    )
    assert result.to_json()["losses"]


def test_the_same_seed_gives_the_same_weights(uninterrupted: Checkpoint) -> None:
    assert _equal(train_mlm(fresh(), TEXTS, QUICK, device="cpu").checkpoint, uninterrupted)
    assert not _equal(train_mlm(fresh(), TEXTS, QUICK, seed=1, device="cpu").checkpoint, uninterrupted)


def test_random_numbers_of_others_go_on_undisturbed(checkpoint: Checkpoint) -> None:
    torch.manual_seed(5)
    np.random.seed(5)
    expected = torch.rand(1), np.random.random()
    torch.manual_seed(5)
    np.random.seed(5)
    train_mlm(fresh(), TEXTS, replace(QUICK, epochs=0.1, held_out=0.0), device="cpu")
    assert (torch.rand(1), np.random.random()) == expected


KILLED = """
import os, signal, sys
from nlp_toolkit.transformer.mlm import train_mlm
sys.path.insert(0, sys.argv[1])
from test_mlm import QUICK, TEXTS, fresh

def killed_at(step, steps):
    if step == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)

train_mlm(fresh(), TEXTS, QUICK, device="cpu", checkpoints=sys.argv[2], on_step=killed_at)
"""


def _train_until_killed(folder: Path, step: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(folder), str(step)],
        capture_output=True,
        text=True,
        env={**os.environ, "NLP_TOOLKIT_THREADS": "1"},
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def test_killed_and_resumed_gives_the_weights_of_an_uninterrupted_run(
    uninterrupted: Checkpoint, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # 8 steps with a checkpoint every 2: step 7 is in the second epoch and after the third checkpoint.
    _train_until_killed(tmp_path / "run", 7)
    (run,) = (tmp_path / "run").glob("run-*")
    shutil.copytree(run, tmp_path / "copy")
    with caplog.at_level(logging.INFO, "nlp_toolkit"):
        resumed = train_mlm(fresh(), TEXTS, QUICK, device="cpu", checkpoints=tmp_path / "run").checkpoint
    assert "training goes on from step 6" in caplog.text
    assert _equal(resumed, uninterrupted)
    assert list((tmp_path / "run").iterdir()) == []

    # The newest checkpoint damaged: the one before it serves, and this is said.
    caplog.clear()
    newest = newest_whole(tmp_path / "copy")
    assert newest is not None
    weights = newest / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0")
    shutil.copytree(tmp_path / "copy", run)
    with caplog.at_level(logging.INFO, "nlp_toolkit"):
        resumed = train_mlm(fresh(), TEXTS, QUICK, device="cpu", checkpoints=tmp_path / "run").checkpoint
    assert "checkpoint-6 is not whole: training goes on from the checkpoint before it" in caplog.text
    assert "training goes on from step 4" in caplog.text
    assert _equal(resumed, uninterrupted)


WORSENING = replace(QUICK, learning_rate=5e-2, warmup=0.0, epochs=4, evaluations=8, patience=2, dropout=0.0)
"""16 steps at most; the evaluation at step 10 is the best, so that of step 14 ends it."""


def test_early_stopping_goes_on_counting_where_it_was_wherever_the_folder_is_now(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def interrupted(step: int, steps: int) -> None:
        if step == 13:
            raise KeyboardInterrupt

    whole = train_mlm(fresh(), TEXTS, WORSENING, device="cpu")
    assert (whole.result.training.best_step, whole.result.training.steps) == (10, 14)
    with pytest.raises(KeyboardInterrupt):
        train_mlm(fresh(), TEXTS, WORSENING, device="cpu", checkpoints=tmp_path / "run", on_step=interrupted)
    (tmp_path / "run").rename(tmp_path / "moved")
    shutil.copytree(tmp_path / "moved", tmp_path / "copy")
    resumed = train_mlm(fresh(), TEXTS, WORSENING, device="cpu", checkpoints=tmp_path / "moved")
    assert (resumed.result.training.best_step, resumed.result.training.steps) == (10, 14)
    assert _equal(resumed.checkpoint, whole.checkpoint)

    # The best weights damaged: they cannot be had again, and this is said.
    (best,) = (tmp_path / "copy").glob("*/checkpoint-10")
    (best / "model.safetensors").write_bytes(b"")
    resumed = train_mlm(fresh(), TEXTS, WORSENING, device="cpu", checkpoints=tmp_path / "copy")
    assert "checkpoint-10, the best so far, is not whole" in caplog.text
    assert resumed.result.training.best_step == 14


def test_what_was_trained_but_not_saved_is_there_still(tmp_path: Path) -> None:
    first = train_mlm(fresh(), TEXTS, QUICK, device="cpu", checkpoints=tmp_path, keep_checkpoints=True)
    steps: list[int] = []
    again = train_mlm(
        fresh(), TEXTS, QUICK, device="cpu", checkpoints=tmp_path, on_step=lambda step, _: steps.append(step)
    )
    assert steps == []
    assert _equal(again.checkpoint, first.checkpoint)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_while_a_checkpoint_is_written_is_told(tmp_path: Path) -> None:
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, unlimited[1]))  # room for the weights, not for the optimizer
    try:
        with pytest.raises(ResourceError, match=r"training could not write there \(.+\); free space, then resume"):
            train_mlm(fresh(), TEXTS, QUICK, device="cpu", checkpoints=tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    (checkpoint,) = tmp_path.glob("run-*/checkpoint-*")
    assert newest_whole(checkpoint.parent) is None


def test_two_trainings_do_not_share_a_folder_of_checkpoints(tmp_path: Path) -> None:
    def another(step: int, steps: int) -> None:
        train_mlm(fresh(), TEXTS, QUICK, device="cpu", checkpoints=tmp_path)

    with pytest.raises(ResourceError, match=f"being written by process {os.getpid()}; waited 1 s"):
        train_mlm(fresh(), TEXTS, QUICK, device="cpu", checkpoints=tmp_path, on_step=another)


def test_a_folder_that_cannot_hold_checkpoints_is_a_resource_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ResourceError, match=r"cannot keep checkpoints there \(.*\)"):
        train_mlm(fresh(), TEXTS, QUICK, device="cpu", checkpoints=tmp_path / "file")


def test_a_checkpoint_without_its_mark_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "checkpoint-5").mkdir()
    (tmp_path / "checkpoint-5" / "model.safetensors").write_bytes(b"half")
    assert newest_whole(tmp_path) is None
    assert not (tmp_path / "checkpoint-5").exists()


def test_another_seed_does_not_go_on_from_a_run_that_is_not_its_own(tmp_path: Path) -> None:
    def interrupted(step: int, steps: int) -> None:
        if step == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_mlm(fresh(), TEXTS, QUICK, device="cpu", checkpoints=tmp_path / "run", on_step=interrupted)
    resumed = train_mlm(fresh(), TEXTS, QUICK, seed=1, device="cpu", checkpoints=tmp_path / "run").checkpoint
    assert _equal(resumed, train_mlm(fresh(), TEXTS, QUICK, seed=1, device="cpu").checkpoint)


def test_accumulated_gradients_are_those_of_the_larger_batch() -> None:
    whole = replace(QUICK, epochs=1, batch_size=8, held_out=0.0)
    parts = replace(whole, batch_size=4, accumulate=2)
    one = train_mlm(fresh(), TEXTS, whole, device="cpu").result.training
    other = train_mlm(fresh(), TEXTS, parts, device="cpu").result.training
    assert one.steps == other.steps
    # Different dropout, else the same: the first loss is that of the untrained model in both.
    assert other.losses[0][1] == pytest.approx(one.losses[0][1], rel=0.02)


def test_training_that_goes_on_begins_with_the_head_that_was_trained(tmp_path: Path) -> None:
    trained = train_mlm(fresh(), TEXTS, QUICK, device="cpu")
    write_checkpoint(trained.checkpoint, tmp_path)
    loaded = load_checkpoint(tmp_path, with_head=True)
    assert _equal(loaded, trained.checkpoint)
    settings = replace(QUICK, epochs=1)
    result = train_mlm(loaded, TEXTS, settings, device="cpu").result
    # The same seed and texts hold out the same blocks, under the same masks.
    assert result.perplexity_before == pytest.approx(trained.result.perplexity_after, rel=1e-5)


def test_too_few_blocks_leave_nothing_held_out() -> None:
    result = train_mlm(fresh(), TEXTS[:2], QUICK, device="cpu").result
    assert (result.n_held_out, result.perplexity_after) == (0, None)


def test_bfloat16_trains(uninterrupted: Checkpoint) -> None:
    result = train_mlm(fresh(), TEXTS, replace(QUICK, precision="bfloat16"), device="cpu").result
    assert result.training.losses[-1][1] < result.training.losses[0][1]


def test_weights_that_training_made_infinite_are_told() -> None:
    settings = replace(QUICK, epochs=1, held_out=0.0, learning_rate=1e38, warmup=0.0)
    with pytest.raises(UsageError, match=r"training made .+ infinite or NaN; lower the learning rate"):
        train_mlm(fresh(), TEXTS, settings, device="cpu")


def test_blocks_longer_than_the_model_are_refused() -> None:
    with pytest.raises(UsageError, match="block_length=64 is too long for this model; give 8 to 32 tokens"):
        train_mlm(fresh(), TEXTS, replace(QUICK, block_length=64), device="cpu")


def test_texts_without_words_are_refused() -> None:
    with pytest.raises(DataError, match="1 texts hold no token to train on"):
        train_mlm(fresh(), [""], QUICK, device="cpu")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"epoch": 1}, "mlm: no setting is called 'epoch'; known: epochs, block_length, "),
        ({"epochs": -1}, r"mlm.epochs: input should be greater than or equal to 0, got -1"),
        ({"batch_size": "8"}, r"mlm.batch_size: input should be a valid integer, got '8'"),
        ({"mask_rate": 1.5}, r"mlm.mask_rate: input should be less than 1, got 1.5"),
        ({"precision": "int8"}, r"mlm.precision: input should be 'auto', 'float32' or 'bfloat16', got 'int8'"),
        ([1], "mlm: expected MlmSettings or a mapping of its fields, got list"),
    ],
)
def test_settings_are_checked_by_name(given: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        settings_of(MlmSettings, given, "mlm")  # type: ignore[arg-type]


def test_a_training_of_two_processes_gives_one_model(tmp_path: Path) -> None:
    code = KILLED.replace("step == int(sys.argv[3])", "False").replace(
        "train_mlm(fresh()", "done = train_mlm(fresh()"
    ) + (
        "\nfrom safetensors.torch import save_model\n"
        "save_model(done.checkpoint.encoder, sys.argv[2] + '/rank' + os.environ['RANK'] + '.safetensors')\n"
    )
    script = tmp_path / "train.py"
    script.write_text(code)
    out = tmp_path / "out"
    out.mkdir()
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", str(script)]
    done = subprocess.run(
        [*command, str(Path(__file__).parent), str(out), "-1"],
        capture_output=True,
        text=True,
        env={**os.environ, "NLP_TOOLKIT_THREADS": "1", "OMP_NUM_THREADS": "1"},
        timeout=200,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    first, second = (load_file(out / f"{rank}.safetensors") for rank in ("rank0", "rank1"))
    untrained = fresh().encoder.state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["embeddings.word_embeddings.weight"], untrained["embeddings.word_embeddings.weight"])


def test_dropout_holds_while_training_and_is_the_models_own_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from nlp_toolkit.transformer import mlm

    seen: list[set[float]] = []
    checkpoint = fresh()

    def look(model: torch.nn.Module, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        seen.append({layer.p for layer in model.modules() if isinstance(layer, torch.nn.Dropout)})
        return masked_loss(model, batch)

    monkeypatch.setattr(mlm, "masked_loss", look)
    trained = train_mlm(checkpoint, TEXTS, replace(QUICK, epochs=0.5, dropout=0.0, held_out=0.0), device="cpu")
    assert seen and all(rates == {0.0} for rates in seen)
    layers = [layer for layer in trained.checkpoint.encoder.modules() if isinstance(layer, torch.nn.Dropout)]
    assert {layer.p for layer in layers} == {0.1}
