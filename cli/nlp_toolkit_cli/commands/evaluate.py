"""`nlp-toolkit evaluate`: score a saved model on a labelled corpus, in figures or in depth, or a stage by itself."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from nlp_toolkit_cli.devices import check_device
from nlp_toolkit_cli.options import Computing, Input, Labelling, Overwrite, Reading, Speaking
from nlp_toolkit_cli.reading import about, read
from nlp_toolkit_cli.scores import print_scores
from nlp_toolkit_cli.show import print_json, print_line, print_pairs, print_sentences, progress
from nlp_toolkit_cli.stage_scores import print_stage

if TYPE_CHECKING:
    from nlp_toolkit import Corpus


def evaluate(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="Model directory written by train, or a stage (a kind, or saved).", show_default=False
        ),
    ],
    source: Input,
    *,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="DIR", help="Evaluate in depth, and write the report to this place."),
    ] = None,
    train: Annotated[
        str | None,
        typer.Option(
            "--train",
            metavar="FILE",
            help="Training file, read as INPUT is, labelled or not: with -o, nearest training texts, near-duplicates "
            "and drift.",
        ),
    ] = None,
    slice_column: Annotated[
        list[str] | None,
        typer.Option("--slice-column", metavar="NAME", help="With -o, score each value of this column; repeatable."),
    ] = None,
    text_map: Annotated[
        Literal["pca", "t-sne", "none"], typer.Option("--map", help="How the report's map of the texts is made.")
    ] = "pca",
    errors: Annotated[
        int, typer.Option("--errors", metavar="N", min=1, help="How many of the worst rows the report shows.")
    ] = 50,
    overwrite: Overwrite = False,
    labelling: Labelling,
    reading: Reading,
    computing: Computing,
    speaking: Speaking,
) -> None:
    """Score a model on labelled text, with and without the texts it was trained on.

    With -o every figure comes with an interval: classes, calibration, errors, slices, leaks, drift, a map.
    A stage, or a model of single texts with --pair-column, is evaluated by itself: agreement of its cosines
    with the scores of pairs (STS), and the shape of its rows before and after whitening.
    Words and analogies are evaluated by words evaluate, retrieval by index evaluate.
    """
    from nlp_toolkit.errors import UsageError
    from nlp_toolkit_pipelines import evaluate
    from nlp_toolkit_pipelines.evaluation_report.place import check_folder
    from nlp_toolkit_pipelines.intrinsic import names_a_stage
    from nlp_toolkit_pipelines.model import load_model

    if output is None and (train is not None or slice_column):
        option = "--train" if train is not None else "--slice-column"
        raise UsageError(f"{option} belongs to a report; say with -o where to write it")
    if output is not None:
        check_folder(Path(output), overwrite=overwrite)
    check_device(computing.device)
    with progress(f"loading {model}", quiet=speaking.quiet):
        stage = names_a_stage(model)
        loaded = None if stage else load_model(model)
    guess = not labelling.label_column and (not stage or reading.pair_column is not None)
    with progress(f"reading {source}", quiet=speaking.quiet):
        corpus = read(source, reading, labelling, guess_labels=guess, metadata=slice_column or ())
        training = None if train is None else read(train, reading, labelling, guess_labels=guess, optional_labels=True)
    if loaded is None or (corpus.pairs is not None and not loaded.task.startswith("pair-")):
        _evaluate_stage(model, loaded, corpus, source, output, computing, speaking)
        return
    summary: tuple[str, ...] = ()
    with about(source, train), progress(f"evaluating on {len(corpus):,} rows", quiet=speaking.quiet):
        if output is None:
            result = evaluate(loaded, corpus, n_jobs=computing.jobs)
        else:
            from nlp_toolkit_pipelines import evaluate_in_depth

            report = evaluate_in_depth(
                loaded,
                corpus,
                output=output,
                train=training,
                text_map=text_map,
                errors=errors,
                overwrite=overwrite,
                n_jobs=computing.jobs,
                name="stdin" if source == "-" else Path(source).name,
            )
            result, summary = report.evaluation, report.summary
    if speaking.json:
        print_json(result.to_json() if output is None else result.to_json() | {"output": output})
        return
    print_pairs([("model", f"{model} ({result.task})"), ("evaluated", f"on {source}")])
    print_line()
    print_scores(result)
    if output is not None:
        print_line()
        print_sentences(summary)
        print_line()
        _print_place(output)


def _evaluate_stage(
    name: str, loaded: Any, corpus: "Corpus", source: str, output: str | None, computing: Computing, speaking: Speaking
) -> None:
    """Evaluate the rows a stage makes, or those of the features of a model."""
    from nlp_toolkit_pipelines.intrinsic import evaluate_stage

    with about(source), progress(f"evaluating on {len(corpus):,} rows", quiet=speaking.quiet):
        found = evaluate_stage(name if loaded is None else loaded, corpus, n_jobs=computing.jobs)
    plain = found.to_json()
    if output is not None:
        from nlp_toolkit_pipelines.evaluation_report.place import write_stage_reports

        write_stage_reports(Path(output), plain, Path(name).name, "stdin" if source == "-" else Path(source).name)
    if speaking.json:
        print_json(plain if output is None else plain | {"output": output})
        return
    print_pairs([("stage", name), ("evaluated", f"on {found.rows:,} rows, {found.texts:,} texts of {source}")])
    print_line()
    print_stage(found)
    if output is not None:
        print_line()
        _print_place(output)


def _print_place(output: str) -> None:
    print_pairs([("report", str(Path(output) / "report.html")), ("", str(Path(output) / "report.json"))])
