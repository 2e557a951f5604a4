"""A bar on stderr for work that can be counted, where stderr is a terminal and not `--quiet`."""

import contextlib
import sys
from collections.abc import Callable, Iterator

_DOING = {"fit": "fitting the stage", "add": "adding texts"}


@contextlib.contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """Give what an index calls with what it does, how much is done and how much there is; None where nobody looks."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(_DOING.get(what, what), total=total)
            bar.update(tasks[what], completed=done, total=total)

        yield show
