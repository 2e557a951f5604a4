"""The door of the command line: run one command and turn whatever happens into an exit code."""

import contextlib
import io
import os
import signal
import stat
import sys
from collections.abc import Sequence

from nlp_toolkit.text.visible import json_text
from nlp_toolkit_cli.faults import Fault, Terminated, fault_of
from nlp_toolkit_cli.manner import Manner, manner_of
from nlp_toolkit_cli.show import print_error, print_lines

PROGRAM = "nlp-toolkit"
COMPLETE_VARIABLE = "_NLP_TOOLKIT_COMPLETE"


def main() -> None:
    """Run the command line of this process and leave with its exit code."""
    signal.signal(signal.SIGTERM, _raise_terminated)
    _open_standard_streams()
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; results go to stdout, everything else to stderr."""
    manner = manner_of(arguments)
    try:
        _set_stdout_encoding()
        code = _invoke(list(arguments) or ["--help"], manner)
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 - the outermost door: every exception becomes an exit code here
        fault = fault_of(error)
        code = fault.code
        with contextlib.suppress(OSError):
            _report(error, fault, manner)
    _drop_unwritable_output()
    return code


def _invoke(arguments: list[str], manner: Manner) -> int:
    # Imported here, not above: Ctrl-C while they load is then handled like any other.
    import typer

    from nlp_toolkit_cli.app import app
    from nlp_toolkit_cli.help import help_asked_for
    from nlp_toolkit_cli.notes import notes_on_stderr

    command = typer.main.get_command(app)
    if COMPLETE_VARIABLE in os.environ:
        command.main(args=arguments, prog_name=PROGRAM, complete_var=COMPLETE_VARIABLE)
    page = help_asked_for(command, PROGRAM, arguments)
    if page is not None:
        print_lines(page)
        return 0
    try:
        # Not command.main(): it makes exit code 1 of a closed pipe and prints errors over several lines.
        with notes_on_stderr(manner), command.make_context(PROGRAM, arguments) as context:
            command.invoke(context)
    except typer.Exit as leaving:
        return leaving.exit_code
    return 0


def _report(error: BaseException, fault: Fault, manner: Manner) -> None:
    if manner.debug:
        import traceback

        print_error("".join(traceback.format_exception(error)).rstrip("\n"))
    if not fault.message:
        return
    if manner.json:
        print_error(json_text({"error": {"code": fault.code, "message": fault.message}}))
    else:
        print_error(f"error: {fault.message}")


def _drop_unwritable_output() -> None:
    """Point a stream at nothing when it cannot take more, else the interpreter's last flush would fail once more."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with contextlib.suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _open_standard_streams() -> None:
    """Open the null device for a standard stream that is closed, and wait for readers of pipes.

    Else the next file that is opened would get the number of the closed stream, and whatever is printed would go into
    it. A pipe that another program has set not to wait would refuse output while it is full.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        mode = "r" if number == 0 else "w"
        try:
            if stat.S_ISFIFO(os.fstat(number).st_mode):
                os.set_blocking(number, True)
        except OSError:
            # Lower numbers are taken by now: this is the lowest free one.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", errors="backslashreplace", closefd=False))


def _set_stdout_encoding() -> None:
    """Files and pipes get UTF-8 whatever the locale is; what a terminal cannot show is escaped."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        encoding = sys.stdout.encoding if sys.stdout.isatty() else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")


def _raise_terminated(signum: int, frame: object) -> None:
    raise Terminated
