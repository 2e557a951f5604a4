"""`nlp-toolkit train`: fit a recipe to a labelled corpus, evaluate it, save it."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from nlp_toolkit_cli.devices import check_device
from nlp_toolkit_cli.options import (
    Computing,
    Input,
    Labelling,
    MinClassCount,
    Overwrite,
    Reading,
    Recipe,
    Seed,
    Settings,
    Speaking,
    Weighting,
)
from nlp_toolkit_cli.reading import about, read_with_test
from nlp_toolkit_cli.scores import print_scores
from nlp_toolkit_cli.show import print_json, print_line, print_pairs, progress


def train(
    recipe: Recipe,
    source: Input,
    *,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="MODEL", help="Model directory to write.", show_default=False)
    ],
    labelling: Labelling,
    test: Annotated[
        str | None,
        typer.Option("--test", metavar="FILE", help="Labelled file to evaluate on, read as INPUT is."),
    ] = None,
    folds: Annotated[
        int, typer.Option("--folds", metavar="N", min=0, help="Folds of cross-validation without --test; 0 for none.")
    ] = 5,
    min_class_count: MinClassCount = 1,
    settings: Settings = None,
    seed: Seed = None,
    overwrite: Overwrite = False,
    reading: Reading,
    weighting: Weighting,
    computing: Computing,
    speaking: Speaking,
) -> None:
    """Train a model on labelled text, evaluate it and save it.

    Without --test the figures come from cross-validation; the saved model is trained on every row.
    """
    from nlp_toolkit.artefact.generations import check_target
    from nlp_toolkit_pipelines import load_recipe, train

    check_device(computing.device)
    loaded = load_recipe(recipe, settings or ())
    check_target(Path(output), overwrite=overwrite)
    with progress(f"reading {source}", quiet=speaking.quiet):
        corpus, testing = read_with_test(source, test, reading, labelling, weighting)
    with about(source, test), progress(f"training {recipe} on {len(corpus):,} rows", quiet=speaking.quiet):
        result = train(
            loaded,
            corpus,
            test=testing,
            output=output,
            overwrite=overwrite,
            seed=seed,
            folds=folds,
            min_class_count=min_class_count,
            n_jobs=computing.jobs,
        )
    if speaking.json:
        print_json(result.to_json())
        return

    how = f"{result.folds}-fold cross-validation" if result.folds else f"on {test}" if test else "not evaluated"
    print_pairs(
        [
            ("recipe", f"{recipe} ({result.model.task})"),
            ("trained", f"on {result.rows:,} rows of {source}"),
            ("evaluated" if result.evaluation else "", how),
        ]
    )
    if result.evaluation is not None:
        print_line()
        print_scores(result.evaluation)
    print_line()
    predict = shlex.join(["nlp-toolkit", "predict", output, "NEW_TEXTS", *_columns(reading)])
    inspect = shlex.join(["nlp-toolkit", "inspect", output])
    print_pairs([("saved", output), ("next", predict), ("", inspect)])


def _columns(reading: Reading) -> list[str]:
    """The options that named the texts, to be given to predict as well."""
    named = [("--text-column", name) for name in reading.text_column or ()]
    if reading.pair_column is not None:
        named.append(("--pair-column", reading.pair_column))
    return [part for option in named for part in option]
