"""Progress is for a terminal, and a line fits in it whatever it holds."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from nlp_toolkit.text.visible import visible
from nlp_toolkit_cli.show import fitted, progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "quiet", "shown"), [(Terminal, False, True), (Terminal, True, False), (io.StringIO, False, False)]
)
def test_progress_shows_on_a_terminal_only_and_not_when_quiet(monkeypatch, stream, quiet, shown):
    stderr = stream()
    monkeypatch.setattr("sys.stderr", stderr)
    monkeypatch.setenv("TERM", "xterm")
    with progress("reading 리뷰.csv [red]", quiet=quiet):
        pass
    assert ("reading 리뷰.csv [red]" in stderr.getvalue()) is shown
    assert shown or stderr.getvalue() == ""


@given(st.text(), st.integers(min_value=2, max_value=40))
def test_a_fitted_text_takes_exactly_its_width(text, width):
    shown = fitted(text, width)
    assert cell_len(shown) == width
    assert visible(shown) == shown
