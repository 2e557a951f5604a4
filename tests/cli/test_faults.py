"""Every exception has its exit code and one line."""

import errno

import pytest
import typer

from nlp_toolkit.errors import ArtefactError, DataError, MissingExtraError, RecipeError, ResourceError, UsageError
from nlp_toolkit_cli import app as app_module
from nlp_toolkit_cli.faults import Terminated, fault_of, one_line

CODES = {
    UsageError("pass --overwrite"): 2,
    RecipeError("no recipe is named 'x'"): 2,
    FileNotFoundError(errno.ENOENT, "No such file or directory", "gone.csv"): 2,
    PermissionError(errno.EACCES, "Permission denied", "secret.csv"): 2,
    typer.BadParameter("'x' is not a number"): 2,
    DataError("row 3 has no label"): 3,
    ArtefactError("manifest.json: not JSON"): 4,
    ResourceError("locked by process 7"): 5,
    MemoryError("Unable to allocate 9 TiB"): 5,
    RuntimeError("DefaultCPUAllocator: can't allocate memory"): 5,
    OSError(errno.ENOSPC, "No space left on device", "out.npz"): 5,
    MissingExtraError("torch", "bert"): 6,
    KeyboardInterrupt(): 130,
    BrokenPipeError(errno.EPIPE, "Broken pipe"): 141,
    Terminated(): 143,
    KeyError("vectorizer"): 1,
    RuntimeError("two\nlines"): 1,
}


@pytest.mark.parametrize(("error", "code"), CODES.items(), ids=lambda value: type(value).__name__)
def test_exit_code(error, code):
    fault = fault_of(error)
    assert fault.code == code
    assert "\n" not in fault.message


@pytest.mark.parametrize("error", [ResourceError("locked by process 7"), DataError("row 3 has no label")])
def test_toolkit_errors_speak_for_themselves(error):
    assert fault_of(error).message == str(error)


def test_a_path_the_system_complains_of_is_named():
    assert fault_of(FileNotFoundError(2, "No such file or directory", "gone.csv")).message.startswith(
        "gone.csv: No such"
    )


def test_an_unknown_exception_is_called_a_bug_and_shows_how_to_report_it():
    message = fault_of(KeyError("vectorizer")).message
    assert (
        message
        == "this is a bug in nlp-toolkit: KeyError: 'vectorizer'; run again with --debug and report the traceback"
    )


def test_a_closed_pipe_is_silent():
    assert fault_of(BrokenPipeError(errno.EPIPE, "Broken pipe")).message == ""


def test_a_message_cannot_move_the_cursor():
    assert one_line("label \x1b[2J\x07 in\nrow 3") == r"label \x1b[2J\x07 in row 3"


@pytest.fixture
def failing(monkeypatch):
    """The program with its `recipes` command replaced by one that raises."""

    def install(error):
        def recipes():
            raise error

        broken = typer.Typer()
        broken.callback()(lambda: None)
        broken.command("recipes")(recipes)
        monkeypatch.setattr(app_module, "app", broken)

    return install


def test_traceback_only_with_debug(cli, failing):
    failing(KeyError("vectorizer"))
    plain = cli("recipes")
    assert (plain.code, plain.out, plain.err.count("\n")) == (1, "", 1)
    assert "Traceback" not in plain.err


def test_errors_as_json(cli):
    missed = cli("recipes", "no-such-recipe", "--json")
    assert missed.code == 2
    assert '{"error": {"code": 2, "message": "no recipe is named ' in missed.err


def test_debug_shows_where(cli):
    missed = cli("recipes", "no-such-recipe", "--debug")
    assert missed.code == 2
    assert missed.err.startswith("Traceback (most recent call last):")
    assert missed.err.splitlines()[-1].startswith("error: no recipe is named")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["recipes", "--jsn"], "No such option: --jsn"),
        (["recipe"], "No such command 'recipe'"),
        (["recipes", "a", "b"], "unexpected extra argument"),
    ],
)
def test_a_mistyped_command_line_is_one_line_and_exit_code_2(cli, arguments, said):
    refused = cli(*arguments)
    assert (refused.code, refused.out, refused.err.count("\n")) == (2, "", 1)
    assert said in refused.err
    assert " --help" in refused.err


def test_a_missing_file_is_missing_whatever_its_name_says(cli, tmp_path):
    missed = cli("vectorize", "count", tmp_path / "nowhere", "-o", tmp_path / "v.npz")
    assert (missed.code, missed.err) == (2, f"error: {tmp_path / 'nowhere'}: no such file\n")
