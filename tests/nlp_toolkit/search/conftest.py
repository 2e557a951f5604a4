"""Lets indexes over the tests' own dense stage be saved."""

import pytest

from nlp_toolkit import registry

from .stages import LetterVectorizer


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> type[LetterVectorizer]:
    """The dense stage of the tests, registered for the length of one test."""
    monkeypatch.setitem(registry._registered, "letters", LetterVectorizer)
    return LetterVectorizer
