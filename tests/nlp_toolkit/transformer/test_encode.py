"""Encoding: order kept, equal texts once, a row independent of its batch, memory that runs out survived."""

import _thread
import logging
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from nlp_toolkit.errors import ResourceError
from nlp_toolkit.processor import Level
from nlp_toolkit.testing.trial import SENTENCES
from nlp_toolkit.transformer.batching import token_batches
from nlp_toolkit.transformer.checkpoint import Checkpoint
from nlp_toolkit.transformer.encode import Running, encode, encode_pairs, make_encoder

EXACT = Running(pooling="mean", max_length=64, device="cpu", precision="float32")
TEXTS = [*SENTENCES, " ".join(SENTENCES[:3])]


class Watched:
    """A network that counts the rows it is given, and can run out of memory."""

    def __init__(self, network: Any, most_rows: int = 1_000) -> None:
        self._network = network
        self._most_rows = most_rows
        self.config = network.config
        self.n_rows = 0

    def __call__(self, input_ids: torch.Tensor, **settings: Any) -> Any:
        if len(input_ids) > self._most_rows:
            raise torch.cuda.OutOfMemoryError("no room")
        self.n_rows += len(input_ids)
        return self._network(input_ids=input_ids, **settings)


def _relative(rows: np.ndarray, others: np.ndarray) -> float:
    return float(np.abs(rows - others).max() / np.abs(others).max())


def test_batches_hold_each_row_once_within_the_budget() -> None:
    lengths = np.random.default_rng(0).integers(2, 50, 200)
    batches = token_batches(lengths, 120)
    assert sorted(np.concatenate(batches).tolist()) == list(range(200))
    assert all(len(batch) * lengths[batch].max() <= 120 for batch in batches)


def test_rows_follow_the_texts_and_equal_texts_are_encoded_once(checkpoint: Checkpoint) -> None:
    encoder = make_encoder(checkpoint, EXACT)
    watched = Watched(encoder.network)
    texts = [TEXTS[i] for i in (3, 1, 3, 0, 12, 3)]
    rows = encode(replace(encoder, network=watched), texts).rows
    assert watched.n_rows == 4
    assert (rows[0] == rows[2]).all()
    assert _relative(rows, np.concatenate([encode(encoder, [text]).rows for text in texts])) < 1e-5


@pytest.mark.parametrize("budget", [1, 100, 10_000])
def test_rows_do_not_depend_on_the_batch(checkpoint: Checkpoint, budget: int) -> None:
    rows = encode(make_encoder(checkpoint, replace(EXACT, batch_tokens=budget)), TEXTS).rows
    assert _relative(rows, encode(make_encoder(checkpoint, EXACT), TEXTS).rows) < 1e-5


@pytest.mark.parametrize("pooling", ["mean", "mean-last-4"])
@pytest.mark.parametrize("budget", [None, 20])
def test_rows_do_not_depend_on_threads(
    checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch, pooling: str, budget: int | None
) -> None:
    encoder = make_encoder(checkpoint, replace(EXACT, pooling=pooling, batch_tokens=budget))
    one = encode(encoder, TEXTS).rows
    monkeypatch.setenv("NLP_TOOLKIT_THREADS", "2")
    threads = torch.get_num_threads()
    assert _relative(encode(encoder, TEXTS).rows, one) < 1e-5
    assert torch.get_num_threads() == threads


def test_an_error_on_one_of_the_threads_is_told(checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Watched):
        def __call__(self, input_ids: torch.Tensor, **settings: Any) -> Any:
            raise ValueError(f"{torch.get_num_threads()} threads, {torch.is_inference_mode_enabled()}")

    monkeypatch.setenv("NLP_TOOLKIT_THREADS", "2")
    encoder = make_encoder(checkpoint, replace(EXACT, batch_tokens=20))
    with pytest.raises(ValueError, match="1 threads, True"):
        encode(replace(encoder, network=Broken(encoder.network)), TEXTS)


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Ctrl-C interrupts, also where the tests were begun in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_an_interruption_ends_the_threads(checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    first = threading.Lock()

    class Interrupting(Watched):
        def __call__(self, input_ids: torch.Tensor, **settings: Any) -> Any:
            if first.acquire(blocking=False):
                _thread.interrupt_main()
            return super().__call__(input_ids, **settings)

    monkeypatch.setenv("NLP_TOOLKIT_THREADS", "2")
    encoder = make_encoder(checkpoint, replace(EXACT, batch_tokens=20))
    before, n_threads = set(threading.enumerate()), torch.get_num_threads()
    with pytest.raises(KeyboardInterrupt):
        encode(replace(encoder, network=Interrupting(encoder.network)), TEXTS)
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=10)  # one that was just being begun ends by itself
    assert set(threading.enumerate()) == before
    assert torch.get_num_threads() == n_threads


def test_auto_is_bfloat16_at_the_level_that_has_it_only(checkpoint: Checkpoint, at_level: Level) -> None:
    encoder = make_encoder(checkpoint, replace(EXACT, precision="auto"))
    assert encoder.dtype == (torch.bfloat16 if at_level == "avx512_bf16" else torch.float32)
    exact = torch.from_numpy(encode(make_encoder(checkpoint, EXACT), TEXTS).rows)
    rows = torch.from_numpy(encode(encoder, TEXTS).rows)
    assert torch.nn.functional.cosine_similarity(exact, rows).min() > 0.999


def test_bfloat16_can_be_had_at_every_level(checkpoint: Checkpoint, at_level: Level) -> None:
    exact = torch.from_numpy(encode(make_encoder(checkpoint, EXACT), TEXTS).rows)
    fast = make_encoder(checkpoint, replace(EXACT, precision="bfloat16"))
    assert fast.dtype == torch.bfloat16
    rows = torch.from_numpy(encode(fast, TEXTS).rows)
    assert torch.nn.functional.cosine_similarity(exact, rows).min() > 0.999


def test_auto_stays_in_float32_where_bfloat16_differs(
    checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("nlp_toolkit.transformer.precision.is_bfloat16_fast", lambda device: True)
    monkeypatch.setattr("nlp_toolkit.transformer.precision.LEAST_COSINE", 1.1)
    with caplog.at_level(logging.WARNING, "nlp_toolkit"):
        assert make_encoder(checkpoint, replace(EXACT, precision="auto")).dtype == torch.float32
    assert "bfloat16 rows differ from float32" in caplog.text


def test_auto_is_bfloat16_where_it_is_fast_and_agrees(checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlp_toolkit.transformer.precision.is_bfloat16_fast", lambda device: True)
    assert make_encoder(checkpoint, replace(EXACT, precision="auto")).dtype == torch.bfloat16


def test_a_batch_without_room_is_halved_and_order_kept(
    checkpoint: Checkpoint, caplog: pytest.LogCaptureFixture
) -> None:
    encoder = make_encoder(checkpoint, replace(EXACT, batch_tokens=1_000))
    short = replace(encoder, network=Watched(encoder.network, most_rows=3))
    with caplog.at_level(logging.WARNING, "nlp_toolkit"):
        rows = encode(short, TEXTS).rows
    assert "the GPU has no room for a batch of 13 texts: batches are halved" in caplog.text
    assert _relative(rows, encode(encoder, TEXTS).rows) < 1e-5


def test_no_room_for_a_single_text_is_a_resource_error(checkpoint: Checkpoint) -> None:
    encoder = make_encoder(checkpoint, EXACT)
    with pytest.raises(ResourceError, match=r"no room for one text of \d+ tokens; set a smaller max_length"):
        encode(replace(encoder, network=Watched(encoder.network, most_rows=0)), ["book"])


def test_a_text_without_a_known_token_is_a_row_of_zeros(checkpoint: Checkpoint) -> None:
    rows = encode(make_encoder(checkpoint, EXACT), ["", "book", "뷁"]).rows
    assert rows.any(axis=1).tolist() == [False, True, False]


def test_a_windowed_text_is_the_mean_of_its_windows(checkpoint: Checkpoint) -> None:
    encoder = make_encoder(checkpoint, replace(EXACT, max_length=16, overflow="window"))
    text = " ".join(SENTENCES)
    encoded = checkpoint.tokenizer(text, truncation=True, max_length=16, stride=4, return_overflowing_tokens=True)
    with torch.inference_mode():
        windows = [
            checkpoint.encoder(input_ids=torch.tensor([ids])).last_hidden_state[0].mean(dim=0)
            for ids in encoded["input_ids"]
        ]
    found = encode(encoder, [text, "book"])
    assert len(windows) > 3
    assert np.allclose(found.rows[0], torch.stack(windows).mean(dim=0).numpy(), atol=1e-5)
    assert not found.truncated.any()


def test_pairs_are_read_together_with_their_segments(checkpoint: Checkpoint) -> None:
    pair = (SENTENCES[0], SENTENCES[7])
    batch = checkpoint.tokenizer([pair[0]], [pair[1]], return_tensors="pt")
    with torch.inference_mode():
        expected = checkpoint.encoder(**batch).last_hidden_state[0].mean(dim=0).numpy()
    rows = encode_pairs(make_encoder(checkpoint, EXACT), [pair, (pair[1], pair[0])]).rows
    assert np.allclose(rows[0], expected, atol=1e-5)
    assert not np.allclose(rows[0], rows[1], atol=1e-3)
