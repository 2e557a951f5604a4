"""`nlp-toolkit compare`: which recipe is right for these texts and labels, how surely, and at what cost."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from nlp_toolkit_cli.comparison import print_comparison
from nlp_toolkit_cli.completion import recipe_names
from nlp_toolkit_cli.devices import check_device
from nlp_toolkit_cli.options import (
    Computing,
    Input,
    Labelling,
    Metric,
    MinClassCount,
    Overwrite,
    Reading,
    Speaking,
    Weighting,
)
from nlp_toolkit_cli.progress_bar import progress_bar
from nlp_toolkit_cli.reading import about, read_with_test
from nlp_toolkit_cli.show import print_json, progress


def compare(
    source: Input,
    recipes: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RECIPE ...]",
            help="Recipes of one task, by name or file; one of each family by default.",
            autocompletion=recipe_names,
            show_default=False,
        ),
    ] = None,
    *,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="DIR", help="Directory for the report.", show_default=False)
    ],
    labelling: Labelling,
    test: Annotated[
        str | None,
        typer.Option("--test", metavar="FILE", help="Labelled file to test on instead of folds, read as INPUT is."),
    ] = None,
    task: Annotated[
        Literal["classification", "multilabel", "regression", "pair-classification", "pair-regression"] | None,
        typer.Option("--task", help="What the default recipes are for; told from the labels otherwise."),
    ] = None,
    bert: Annotated[
        str | None,
        typer.Option("--bert", metavar="MODEL", help="Pretrained BERT: a folder or a Hugging Face name."),
    ] = None,
    folds: Annotated[int, typer.Option("--folds", metavar="N", min=2, help="Folds of cross-validation.")] = 5,
    repeats: Annotated[
        int, typer.Option("--repeats", metavar="N", min=1, help="Times to cross-validate, on other folds each time.")
    ] = 1,
    learning_curve: Annotated[
        str | None,
        typer.Option(
            "--learning-curve", metavar="SIZES", help="Train on so many labels as well, such as 100,300,1000,all."
        ),
    ] = None,
    curve_seeds: Annotated[
        int,
        typer.Option("--curve-seeds", metavar="N", min=1, help="With --test, training sets to draw of each size."),
    ] = 5,
    metric: Metric = None,
    text_map: Annotated[
        Literal["pca", "t-sne", "none"], typer.Option("--map", help="How the report's map of the texts is made.")
    ] = "pca",
    min_class_count: MinClassCount = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where an earlier run stopped.")] = False,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", min=0, help="Seed of the splits and of everything random.")
    ] = 0,
    overwrite: Overwrite = False,
    reading: Reading,
    weighting: Weighting,
    computing: Computing,
    speaking: Speaking,
) -> None:
    """Compare recipes on labelled text: scores with intervals, paired tests, costs, and a report to open.

    Every recipe sees the same folds, or the same test file. Finished parts are kept in DIR/cells: after an
    interruption, --resume goes on from there.
    """
    from nlp_toolkit_pipelines import compare

    check_device(computing.device)
    with progress(f"reading {source}", quiet=speaking.quiet):
        corpus, testing = read_with_test(source, test, reading, labelling, weighting)
    with about(source, test), progress_bar(quiet=speaking.quiet) as bar:
        result = compare(
            corpus,
            recipes or (),
            output=output,
            test=testing,
            task=task,
            bert=bert,
            folds=folds,
            repeats=repeats,
            learning_curve=learning_curve,
            curve_seeds=curve_seeds,
            metric=metric,
            text_map=text_map,
            seed=seed,
            min_class_count=min_class_count,
            overwrite=overwrite,
            resume=resume,
            n_jobs=computing.jobs,
            device=computing.device,
            name="stdin" if source == "-" else Path(source).name,
            on_cell=bar,
        )
    if speaking.json:
        print_json(result.to_json())
        return
    print_comparison(result)
