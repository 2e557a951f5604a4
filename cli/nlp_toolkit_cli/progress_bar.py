"""A bar on stderr for work that can be counted, where stderr is a terminal and not `--quiet`."""

import contextlib
import sys
from collections.abc import Callable, Iterator

from nlp_toolkit.text.visible import visible
from nlp_toolkit_cli.show import console

_DOING = {"fit": "fitting the stage", "add": "adding texts"}


@contextlib.contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """Give what an index calls with what it does, how much is done and how much there is; None where nobody looks."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        tasks = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(visible(_DOING.get(what, what)), total=total)
            bar.update(tasks[what], completed=done, total=total)

        yield show
