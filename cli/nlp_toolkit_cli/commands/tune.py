"""`nlp-toolkit tune`: better parameters for a recipe, out of the space it declares."""

from pathlib import Path
from typing import Annotated

import typer

from nlp_toolkit_cli.devices import check_device
from nlp_toolkit_cli.options import (
    Computing,
    Input,
    Labelling,
    Metric,
    MinClassCount,
    Overwrite,
    Reading,
    Recipe,
    Seed,
    Settings,
    Speaking,
    Weighting,
    given,
)
from nlp_toolkit_cli.progress_bar import progress_bar
from nlp_toolkit_cli.reading import about, read_with_test
from nlp_toolkit_cli.show import print_json, progress
from nlp_toolkit_cli.tuning import print_tuning


def tune(
    recipe: Recipe,
    source: Input,
    *,
    output: Annotated[
        str,
        typer.Option("-o", "--output", metavar="NEW_RECIPE", help="Recipe file to write, .yaml.", show_default=False),
    ],
    trials: Annotated[
        int, typer.Option("--trials", metavar="N", min=2, help="Candidates to try, the recipe as it is among them.")
    ] = 50,
    labelling: Labelling,
    test: Annotated[
        str | None,
        typer.Option(
            "--test", metavar="FILE", help="Labelled file for the outer score; a fifth of INPUT is held out otherwise."
        ),
    ] = None,
    metric: Metric = None,
    folds: Annotated[
        int, typer.Option("--folds", metavar="N", min=2, help="Folds of cross-validation inside the search.")
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
    """Search the space a recipe declares (its space: key), and write the recipe with the best parameters found.

    The outer score is on rows the search never saw. Finished trials are kept in NEW_RECIPE.trials: the same
    command goes on from there after an interruption.
    """
    from nlp_toolkit_pipelines import load_recipe, tune
    from nlp_toolkit_pipelines.tuning.tune import check_output

    check_output(Path(output), overwrite=overwrite)
    check_device(computing.device)
    loaded = load_recipe(recipe, settings or ())
    with progress(f"reading {source}", quiet=speaking.quiet):
        corpus, testing = read_with_test(source, test, reading, labelling, weighting)
    with about(source, test), progress_bar(quiet=speaking.quiet) as bar:
        result = tune(
            loaded,
            corpus,
            trials=trials,
            test=testing,
            output=output,
            overwrite=overwrite,
            metric=metric,
            seed=seed,
            folds=folds,
            min_class_count=min_class_count,
            n_jobs=computing.jobs,
            on_trial=bar,
        )
    if speaking.json:
        print_json(result.to_json())
    else:
        options = given(reading, labelling, weighting)
        if min_class_count > 1:
            options += ["--min-class-count", str(min_class_count)]
        print_tuning(result, recipe, source, options)
