"""Help pages without parsing: typer's parser imports pydantic, half the time a help page may take."""

from collections.abc import Sequence
from itertools import takewhile
from typing import Any

import typer


def help_asked_for(command: Any, program: str, arguments: Sequence[str]) -> str | None:
    """The page `--help` or `-h` asks for anywhere before a `--`, or None; an unknown command is left to the parser.

    `command` is what `typer.main.get_command` returns.
    """
    given = list(takewhile(lambda argument: argument != "--", arguments))
    if not {"--help", "-h"} & set(given):
        return None
    context = typer.Context(command, info_name=program, **command.context_settings)
    for name in given:
        if name not in getattr(command, "commands", {}):
            break
        command = command.commands[name]
        context = typer.Context(command, info_name=name, parent=context)
    if hasattr(command, "commands") and not name.startswith("-"):
        return None
    page: str = command.get_help(context)
    return page
