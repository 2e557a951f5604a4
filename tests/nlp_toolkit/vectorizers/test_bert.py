"""The BERT stage: saved and opened elsewhere, trained on the fitted texts, cached over folds, told what it lost."""

import logging
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_validate
from sklearn.pipeline import Pipeline

from nlp_toolkit import BertVectorizer, MlmSettings, load, save
from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit.testing.trial import FIT_TEXTS, SENTENCES
from nlp_toolkit.transformer import encode
from nlp_toolkit.transformer.pooling import POOLINGS

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_thread")]

TEXTS = [*SENTENCES, " ".join(SENTENCES)]
SCRATCH: dict[str, Any] = {
    "device": "cpu",
    "precision": "float32",
    "mlm": {"epochs": 0, "block_length": 32, "vocabulary_size": 400},
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A little BERT that was saved as a stage."""
    folder = tmp_path_factory.mktemp("model") / "stage"
    save(BertVectorizer(**SCRATCH).fit(list(FIT_TEXTS)), folder)
    return folder


def _folder(saved: Path) -> Path:
    """The Hugging Face folder inside a saved stage."""
    (found,) = saved.glob("*/stages/0-bert")
    return found


@pytest.mark.parametrize("pooling", POOLINGS)
def test_a_saved_stage_gives_the_same_rows(model: Path, tmp_path: Path, pooling: Any) -> None:
    stage = BertVectorizer(model, pooling=pooling, device="cpu", precision="float32").fit([])
    save(stage, tmp_path / "saved")
    loaded = load(tmp_path / "saved")
    assert isinstance(loaded, BertVectorizer)
    assert (loaded.transform(TEXTS) == stage.transform(TEXTS)).all()
    assert loaded.get_params()["pooling"] == pooling


def test_a_saved_stage_is_a_hugging_face_folder(model: Path) -> None:
    names = {path.name for path in _folder(model).iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json", "README.md", "modules.json"} <= names
    assert not [name for name in names if name.endswith((".bin", ".pt", ".pkl"))]


def test_automodel_opens_a_saved_stage(model: Path) -> None:
    stage = load(model)
    assert isinstance(stage, BertVectorizer)
    folder = _folder(model)
    network = transformers.AutoModel.from_pretrained(folder, local_files_only=True).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    with torch.inference_mode():
        batch = tokenizer(TEXTS, padding=True, truncation=True, max_length=32, return_tensors="pt")
        theirs = network(**batch).last_hidden_state[:, 0].numpy()
    assert np.abs(stage.transform(TEXTS) - theirs).max() < 1e-4


@pytest.mark.parametrize("pooling", ["cls", "mean", "max", "cls+mean"])
def test_sentence_transformers_opens_a_saved_stage(model: Path, tmp_path: Path, pooling: Any) -> None:
    sentence_transformers = pytest.importorskip(
        "sentence_transformers", reason="sentence-transformers is not installed"
    )
    stage = BertVectorizer(model, pooling=pooling, device="cpu", precision="float32").fit([])
    save(stage, tmp_path / "saved")
    opened = sentence_transformers.SentenceTransformer(str(_folder(tmp_path / "saved")), device="cpu")
    theirs = opened.encode(TEXTS, show_progress_bar=False)
    assert np.abs(stage.transform(TEXTS) - theirs).max() < 1e-4


def test_a_stage_trained_by_masking_gives_the_same_rows_elsewhere(model: Path, tmp_path: Path) -> None:
    sentence_transformers = pytest.importorskip(
        "sentence_transformers", reason="sentence-transformers is not installed"
    )
    settings = MlmSettings(epochs=1, block_length=16, batch_size=4, learning_rate=2e-3, precision="float32")
    stage = BertVectorizer(model, mlm=settings, pooling="mean", device="cpu", precision="float32")
    save(stage.fit(list(FIT_TEXTS)), tmp_path / "saved")
    folder = _folder(tmp_path / "saved")
    ours = stage.transform(TEXTS)
    opened = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
    assert np.abs(ours - opened.encode(TEXTS, show_progress_bar=False)).max() < 1e-4
    network = transformers.AutoModel.from_pretrained(folder, local_files_only=True).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    with torch.inference_mode():
        batch = tokenizer(TEXTS[:1], truncation=True, max_length=32, return_tensors="pt")
        theirs = network(**batch).last_hidden_state[0].mean(dim=0).numpy()
    assert np.abs(ours[0] - theirs).max() < 1e-4
    assert "plain" not in (folder / "config.json").read_text()


def test_a_pooling_without_a_module_declares_none(model: Path, tmp_path: Path) -> None:
    save(BertVectorizer(model, pooling="mean-last-4", device="cpu").fit([]), tmp_path / "layers")
    save(BertVectorizer(model, overflow="window", device="cpu").fit([]), tmp_path / "windows")
    for saved in ("layers", "windows"):
        assert not (_folder(tmp_path / saved) / "modules.json").exists()


def test_mlm_trains_on_the_fitted_texts(model: Path) -> None:
    settings = MlmSettings(
        epochs=3, block_length=16, batch_size=4, held_out=0.2, learning_rate=2e-3, precision="float32"
    )
    plain = BertVectorizer(model, device="cpu", precision="float32").fit([])
    trained = BertVectorizer(model, mlm=settings, device="cpu", precision="float32").fit(list(FIT_TEXTS))
    assert trained.mlm_result_.perplexity_after < trained.mlm_result_.perplexity_before
    assert np.abs(trained.transform(TEXTS) - plain.transform(TEXTS)).max() > 1e-3
    again = BertVectorizer(model, mlm=vars(settings), device="cpu", precision="float32").fit(iter(FIT_TEXTS))
    assert (again.transform(TEXTS) == trained.transform(TEXTS)).all()


def test_longer_texts_are_counted_and_told(model: Path, caplog: pytest.LogCaptureFixture) -> None:
    stage = BertVectorizer(model, device="cpu").fit([])
    with caplog.at_level(logging.INFO, "nlp_toolkit"):
        stage.transform([*SENTENCES[:3], TEXTS[-1], TEXTS[-1]])
    assert stage.n_truncated_ == 2
    assert "2 of 5 texts are longer than 32 tokens: only their beginning was read" in caplog.text
    with pytest.raises(DataError, match=r"^row 3 \(counted from 1\) has more than 32 tokens"):
        stage.set_params(overflow="error").transform(["book", "book", TEXTS[-1]])


def test_windows_read_what_truncation_loses(model: Path) -> None:
    tail = TEXTS[-1] + " " + SENTENCES[0]
    truncated = BertVectorizer(model, device="cpu", pooling="mean").fit([])
    windowed = BertVectorizer(model, device="cpu", pooling="mean", overflow="window").fit([])
    assert (truncated.transform([TEXTS[-1]]) == truncated.transform([tail])).all()
    assert np.abs(windowed.transform([TEXTS[-1]]) - windowed.transform([tail])).max() > 1e-4
    assert windowed.n_truncated_ == 0


def test_texts_without_a_known_token_are_listed(model: Path) -> None:
    stage = BertVectorizer(model, device="cpu").fit([])
    rows = stage.transform(["", "book", "뷁뚧"])
    assert stage.zero_rows_.tolist() == [0, 2]
    assert rows[1].any()


def test_a_second_cross_validation_makes_no_forward_pass(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts, labels = list(SENTENCES) * 2, [0, 1] * 12
    stage = BertVectorizer(model, device="cpu", cache=tmp_path / "cache")
    pipeline = Pipeline([("vectorizer", stage), ("estimator", LogisticRegression())])
    first = cross_validate(pipeline, texts, labels, cv=3)["test_score"]

    def no_forward(*arguments: object) -> None:
        raise AssertionError("a forward pass")

    monkeypatch.setattr(encode, "_forward", no_forward)
    assert (cross_validate(pipeline, texts, labels, cv=3)["test_score"] == first).all()


def test_a_length_from_a_grid_of_numpy_is_the_same_length(model: Path, tmp_path: Path) -> None:
    for max_length in (16, np.int64(16)):
        BertVectorizer(model, device="cpu", cache=tmp_path, max_length=max_length).fit_transform(["book"])
    assert len(list(tmp_path.glob("*.sqlite"))) == 1


def test_the_cache_counts_truncated_texts_again(model: Path, tmp_path: Path) -> None:
    stage = BertVectorizer(model, device="cpu", cache=tmp_path / "cache").fit([])
    stage.transform(TEXTS)
    stage.transform(TEXTS)
    assert stage.n_truncated_ == 1


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"pooling": "pooler"}, "'pooling' parameter .* Got 'pooler'"),
        ({"overflow": "cut"}, "'overflow' parameter .* Got 'cut'"),
        ({"precision": "int8"}, "'precision' parameter .* Got 'int8'"),
        ({"device": "tpu"}, "'device' parameter .* Got 'tpu'"),
        ({"max_length": 33}, "max_length=33 does not fit this model; give 3 to 32 tokens"),
        ({"batch_tokens": 0}, "'batch_tokens' parameter .* Got 0"),
        ({"mlm": {"epoch": 1}}, "mlm: no setting is called 'epoch'"),
    ],
)
def test_parameters_are_checked_when_fitted(model: Path, parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        BertVectorizer(model, **parameters).fit(["book"])


def test_a_length_a_new_model_will_not_have_is_refused_before_training() -> None:
    with pytest.raises(
        UsageError, match=r"max_length=64 does not fit this model; raise mlm.block_length or give 3 to 3"
    ):
        BertVectorizer("scratch-tiny", max_length=64, mlm={"block_length": 32}).fit(["book"])
    with pytest.raises(UsageError, match="unknown size 'huge' in 'scratch-huge'; known: scratch-tiny, scratch-mini"):
        BertVectorizer("scratch-huge").fit(["book"])


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_copies_of_a_stage_that_has_run_give_its_rows(
    model: Path, precision: Any, sent_to_worker: Callable[[Any], Any]
) -> None:
    stage = BertVectorizer(model, device="cpu", precision=precision).fit([])
    rows = stage.transform(TEXTS)
    assert (deepcopy(stage).transform(TEXTS) == rows).all()
    assert (sent_to_worker(stage).transform(TEXTS) == rows).all()


def test_blocks_of_rows_are_the_rows(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = BertVectorizer(model, device="cpu", precision="float32").fit([])
    whole = stage.transform([*TEXTS, ""])
    monkeypatch.setattr("nlp_toolkit.vectorizers.bert._BLOCK", 5)
    blocks = list(stage.transform_blocks([*TEXTS, ""]))
    assert [len(block) for block in blocks] == [5, 5, 4]
    assert np.abs(np.concatenate(blocks) - whole).max() < 1e-5
    assert stage.zero_rows_.tolist() == [13]
