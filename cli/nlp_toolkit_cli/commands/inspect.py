"""`nlp-toolkit inspect`: what a saved model is, or what a corpus holds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nlp_toolkit_cli.options import Labelling, Reading, Speaking
from nlp_toolkit_cli.reading import read
from nlp_toolkit_cli.scores import figure, metric_title
from nlp_toolkit_cli.show import print_json, print_pairs, print_table, progress

if TYPE_CHECKING:
    from nlp_toolkit_pipelines import ModelDescription


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
    if (Path(thing) / "manifest.json").exists():
        _inspect_model(thing, speaking)
    else:
        _inspect_corpus(thing, reading, labelling, speaking)


def _inspect_model(path: str, speaking: Speaking) -> None:
    from nlp_toolkit_pipelines import inspect_model

    with progress(f"loading {path}", quiet=speaking.quiet):
        found = inspect_model(path)
    if speaking.json:
        print_json(found.to_json())
        return
    pairs = [("model", f"{path} ({found.task or found.kind})")]
    if found.recipe is not None:
        pairs.append(("recipe", str(found.recipe.get("name") or "-")))
    pairs += [(name, part) for name, part in found.parts.items() if part != "passthrough"]
    if found.columns is not None:
        pairs.append(("columns", f"{found.columns:,}"))
    pairs += [("size", f"{found.bytes / 1e6:,.2f} MB"), ("trained on", _training(found))]
    pairs.append(("versions", ", ".join(f"{name} {version}" for name, version in found.versions.items())))
    print_pairs(pairs)
    _print_metrics(found)
    _print_features(found)


def _training(found: "ModelDescription") -> str:
    texts = "-" if found.training_rows is None else f"{found.training_rows:,} different texts"
    seed = "" if found.seed is None else f", seed {found.seed}"
    return f"{texts}{seed}{'' if found.deterministic else ', not deterministic'}"


def _print_metrics(found: "ModelDescription") -> None:
    figures = (found.metrics or {}).get("metrics") or {}
    if figures:
        print()
        rows = [(metric_title(name), figure(value)) for name, value in figures.items()]
        print_table(("metric when trained", "value"), rows, numbers=("value",))


def _print_features(found: "ModelDescription") -> None:
    if found.features is None:
        return
    print()
    rows = [
        (label or "(value)", ", ".join(f"{each.name} {each.weight:+.2f}" for each in features))
        for label, features in found.features.items()
    ]
    print_table(("class", "most telling features and their weights"), rows)
