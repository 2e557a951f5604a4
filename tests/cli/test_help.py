"""Help is there for every command and costs no heavy import."""

import runpy
import subprocess
import sys

import pytest

from nlp_toolkit_cli.app import app

COMMANDS = sorted(command.name for command in app.registered_commands)
HEAVY = ("sklearn", "scipy", "numpy", "torch", "numba", "pyarrow", "pydantic", "yaml", "rich", "kiwipiepy")


def test_help_of_every_command_imports_nothing_heavy():
    script = f"""
import sys
from nlp_toolkit_cli.main import run
codes = [run(arguments) for arguments in [["--help"], *([name, "--help"] for name in {COMMANDS})]]
print(codes, [module for module in {HEAVY} if module in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == f"{[0] * (len(COMMANDS) + 1)} []"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_describes_every_option(cli, command):
    shown = cli(command, "--help")
    assert shown.code == 0
    assert shown.out.startswith(f"Usage: nlp-toolkit {command} ")
    for option in ("--json", "--quiet", "--debug", "-h, --help"):
        assert option in shown.out
    assert cli(command, "-h").out == shown.out


def test_no_arguments_shows_the_commands(cli):
    shown = cli()
    assert shown.code == 0
    assert all(f"\n  {name} " in shown.out for name in COMMANDS)


def test_the_package_runs_as_a_module(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["nlp-toolkit", "--version"])
    with pytest.raises(SystemExit) as left:
        runpy.run_module("nlp_toolkit_cli", run_name="__main__")
    assert (left.value.code, capsys.readouterr().out[:12]) == (0, "nlp-toolkit ")


def test_version(cli):
    from nlp_toolkit import __version__

    assert cli("--version").out == f"nlp-toolkit {__version__}\n"


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("rec", ["recipes"]),
        ("train tfidf-sv", ["tfidf-svd-logreg", "tfidf-svm"]),
        ("vectorize coun", ["count", "count-logreg"]),
        ("recipes tfidf-ri", ["tfidf-ridge"]),
    ],
)
def test_shell_completion_knows_commands_recipes_and_stages(process, typed, completed):
    environment = {
        "_NLP_TOOLKIT_COMPLETE": "complete_bash",
        "COMP_WORDS": f"nlp-toolkit {typed}",
        "COMP_CWORD": str(len(typed.split())),
    }
    assert process(environment=environment).out.split() == completed
