"""The commands of the program; a new one is a module in `commands/` and a line here."""

from typing import Annotated

import typer

from nlp_toolkit import __version__
from nlp_toolkit_cli.commands import (
    compare,
    evaluate,
    explain,
    index,
    inspect,
    predict,
    pretrain,
    recipes,
    search,
    train,
    tune,
    vectorize,
    words,
)
from nlp_toolkit_cli.grouped import Command, grouped
from nlp_toolkit_cli.show import print_line

app = typer.Typer(
    name="nlp-toolkit",
    # rich's help pages cost 0.07 s of imports; plain ones are quick and read well in any terminal.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print_line(f"nlp-toolkit {__version__}")
        raise typer.Exit


@app.callback()
def nlp_toolkit(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """Turn Korean and English text into vectors, and vectors into trained, evaluated, saved models."""


_COMMANDS: dict[str, Command] = {
    "vectorize": vectorize.vectorize,
    "train": train.train,
    "evaluate": evaluate.evaluate,
    "compare": compare.compare,
    "tune": tune.tune,
    "predict": predict.predict,
    "explain": explain.explain,
    "pretrain": pretrain.pretrain,
    "search": search.search,
    "inspect": inspect.inspect,
    "recipes": recipes.recipes,
}
for name, command in _COMMANDS.items():
    app.command(name)(grouped(command))
app.add_typer(index.app, name="index")
app.add_typer(words.app, name="words")
