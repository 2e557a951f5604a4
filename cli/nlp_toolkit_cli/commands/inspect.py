"""`nlp-toolkit inspect`: what a saved model is, or what a corpus holds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nlp_toolkit.errors import UsageError
from nlp_toolkit_cli.describe import print_model, print_profile
from nlp_toolkit_cli.options import Labelling, Reading, Speaking
from nlp_toolkit_cli.reading import read
from nlp_toolkit_cli.show import print_json, progress

if TYPE_CHECKING:
    from nlp_toolkit import Corpus


def inspect(
    thing: Annotated[
        str,
        typer.Argument(
            metavar="THING",
            help="Model directory, or a file of texts as the other commands read it.",
            show_default=False,
        ),
    ],
    *,
    reading: Reading,
    labelling: Labelling,
    speaking: Speaking,
) -> None:
    """Show what a model is and which features speak for each class, or what is in a corpus.

    A corpus is described by its rows, lengths, languages, labels, duplicates and dirt.
    """
    from nlp_toolkit_pipelines import inspect_model
    from nlp_toolkit_pipelines.profile import profile_corpus

    if not (thing == "-" or Path(thing).exists()):
        raise UsageError(f"{thing}: no such file or model directory")
    if _is_model(Path(thing)):
        with progress(f"loading {thing}", quiet=speaking.quiet):
            model = inspect_model(thing)
        if speaking.json:
            print_json(model.to_json())
        else:
            print_model(model)
    else:
        with progress(f"reading {thing}", quiet=speaking.quiet):
            profile = profile_corpus(_read(thing, reading, labelling))
        if speaking.json:
            print_json(profile.to_json())
        else:
            print_profile(thing, profile)


def _is_model(path: Path) -> bool:
    """A directory is a model, perhaps a damaged one, unless `datasets` saved it."""
    return path.is_dir() and not any((path / name).exists() for name in ("state.json", "dataset_dict.json"))


def _read(source: str, reading: Reading, labelling: Labelling) -> "Corpus":
    """The corpus, with its label column guessed where it is not named and can be guessed."""
    named = bool(labelling.label_column)
    return read(source, reading, labelling, guess_labels=not named, optional_labels=not named)
