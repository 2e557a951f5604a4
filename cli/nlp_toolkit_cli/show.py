"""The one place that writes to stdout and stderr: lines, pairs, tables and JSON, with hidden characters made visible.

What comes from files and models (names, labels, texts) passes `visible` here, so no command can forget it. Tables fit
80 columns, with the right widths for Korean; progress goes to stderr.
"""

import contextlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from nlp_toolkit.text.visible import json_text, visible, visible_lines
from nlp_toolkit_cli.faults import one_line

if TYPE_CHECKING:
    from rich.console import Console


def print_json(result: object) -> None:
    """One line of JSON on stdout, exact when it is read back."""
    print(json_text(result))


def print_line(*words: str) -> None:
    """One line on stdout, the words two spaces apart."""
    print(visible("  ".join(words)))


def print_lines(text: str) -> None:
    """Text on stdout as it is, over several lines perhaps; a line end is added where it has none."""
    print(visible_lines(text), end="" if text.endswith("\n") else "\n")


def print_sentences(sentences: Iterable[str]) -> None:
    """Each sentence from a new line, wrapped between words."""
    screen = console()
    for sentence in sentences:
        screen.print(visible(sentence))


def print_styled(parts: Iterable[tuple[str, str]], *, fit: bool = False) -> None:
    """Pieces of text with their styles; cut at the terminal's edge with `fit`, else wrapped by the terminal."""
    from rich.text import Text

    line = Text()
    for text, style in parts:
        line.append(visible(text) if fit else visible_lines(text), style)
    if fit:
        console().print(line, overflow="ellipsis", no_wrap=True)
    else:
        console().print(line, soft_wrap=True)


def print_error(text: str) -> None:
    """Text on stderr, where notes, warnings and errors go; a stderr that takes nothing stops no work."""
    with contextlib.suppress(OSError):
        print(visible_lines(text), file=sys.stderr)


def console(*, stderr: bool = False) -> "Console":
    """A console that takes texts as they are: no markup, no emoji names, no highlighting."""
    from rich.console import Console

    class Piped(Console):
        """A closed pipe is passed on: by itself rich makes exit code 1 of it."""

        def on_broken_pipe(self) -> None:
            raise  # the BrokenPipeError that is being handled

    return Piped(markup=False, emoji=False, highlight=False, stderr=stderr)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[str] = ()) -> None:
    """A table on stdout; the columns named in `numbers` are aligned to the right."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(Text(visible(name)), justify="right" if name in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))
    console().print(table)


def print_pairs(pairs: Iterable[tuple[str, str]]) -> None:
    """`name  value` lines on stdout, the names in one column; a value is never wrapped, so that it can be copied."""
    listed = [(visible(name), visible(value)) for name, value in pairs]
    width = max(len(name) for name, _ in listed)
    for name, value in listed:
        print(f"{name:<{width}}  {value}")


def terminal_width() -> int:
    """Columns of the terminal, 80 where there is none."""
    return console().width


def fitted(text: str, width: int) -> str:
    """`text` on one line in exactly `width` cells, a Hangul syllable taking two; cut with `…` where it is longer.

    >>> fitted("좋은 영화", 6), fitted("ok", 4)
    ('좋은 …', 'ok  ')
    """
    from rich.cells import cell_len, set_cell_size

    line = one_line(text[: 4 * width])
    return set_cell_size(line, width) if cell_len(line) <= width else set_cell_size(line, width - 1) + "…"


@contextlib.contextmanager
def progress(doing: str, *, quiet: bool) -> Iterator[None]:
    """Say on stderr what is going on, with a moving sign, where stderr is a terminal and not `--quiet`."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.text import Text

    with console(stderr=True).status(Text(visible(doing))):
        yield
