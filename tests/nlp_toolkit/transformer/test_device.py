"""Where networks run: what auto means, and what happens without a GPU."""

import contextvars
import logging

import pytest
import torch

from nlp_toolkit.errors import UnavailableError, UsageError
from nlp_toolkit.transformer.device import prefer_device, resolve_device


def test_auto_is_the_processor_where_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert resolve_device("auto").type == "cpu"
    with pytest.raises(UnavailableError, match="no GPU is usable here; use device auto or cpu") as caught:
        resolve_device("cuda")
    assert caught.value.exit_code == 6


def test_a_gpu_that_cannot_be_used_is_told(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def broken(*arguments: object, **settings: object) -> None:
        raise RuntimeError("CUDA error: out of memory")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch, "zeros", broken)
    with caplog.at_level(logging.WARNING, "nlp_toolkit"):
        assert resolve_device("auto").type == "cpu"
    assert "the GPU cannot be used (CUDA error: out of memory): running on the processor" in caplog.text
    with pytest.raises(UnavailableError, match="the GPU cannot be used"):
        resolve_device("cuda")


def test_what_is_preferred_is_what_auto_means(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch, "zeros", lambda *arguments, **settings: None)
    assert resolve_device("auto").type == "cuda"

    def with_preference() -> str:
        prefer_device("cpu")
        return resolve_device("auto").type

    assert contextvars.copy_context().run(with_preference) == "cpu"


def test_an_unknown_device_names_the_known() -> None:
    with pytest.raises(UsageError, match="unknown device 'tpu'; known: auto, cpu, cuda"):
        resolve_device("tpu")
