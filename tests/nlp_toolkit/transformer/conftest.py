"""Encoders small enough to train in a second, made in code; no network."""

import socket
from pathlib import Path
from typing import Any, NoReturn, cast

import pytest
import torch

from nlp_toolkit.processor import LEVELS, VARIABLE, Level, processor_level
from nlp_toolkit.testing.trial import SENTENCES
from nlp_toolkit.transformer.checkpoint import Checkpoint
from nlp_toolkit.transformer.folder import write_checkpoint
from nlp_toolkit.transformer.precision import is_bfloat16_fast
from nlp_toolkit.transformer.sizes import Size
from nlp_toolkit.transformer.wordpiece import new_checkpoint

LITTLE = Size(layers=2, hidden=32, heads=2)


def little_checkpoint(texts: list[str] | None = None, max_length: int = 64) -> Checkpoint:
    return new_checkpoint(LITTLE, texts or list(SENTENCES), seed=0, vocabulary_size=400, max_length=max_length)


@pytest.fixture(autouse=True, scope="module")
def in_one_thread(one_thread: None) -> None:
    """All tests of this room compute in one thread."""


@pytest.fixture(scope="session")
def checkpoint() -> Checkpoint:
    """A little untrained BERT, not to be changed."""
    return little_checkpoint()


@pytest.fixture(scope="session")
def checkpoint_folder(checkpoint: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a Hugging Face folder, not to be changed."""
    folder = tmp_path_factory.mktemp("checkpoint")
    write_checkpoint(checkpoint, folder)
    return folder


@pytest.fixture(params=LEVELS)
def at_level(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Level:
    """Every level up to the machine's own in turn, as `NLP_TOOLKIT_CPU` sets it."""
    level, own = cast(Level, request.param), processor_level()
    if LEVELS.index(level) > LEVELS.index(own):
        pytest.skip(f"this processor has {own} only")
    monkeypatch.setenv(VARIABLE, level)
    if level == "avx512_bf16" and not is_bfloat16_fast(torch.device("cpu")):
        pytest.skip("torch does not use this processor's bfloat16 instructions")
    return level


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening a connection, or looking up a name, fails at once."""

    def refuse(*arguments: Any, **settings: Any) -> NoReturn:
        raise OSError("sockets are blocked in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
