"""`nlp-toolkit vectorize`: one row of numbers for each text."""

from typing import Annotated

import typer

from nlp_toolkit_cli.completion import stage_names
from nlp_toolkit_cli.devices import check_device
from nlp_toolkit_cli.options import Computing, Input, Overwrite, Reading, Seed, Settings, Speaking
from nlp_toolkit_cli.reading import Blocks, about
from nlp_toolkit_cli.show import print_json, print_pairs, progress


def vectorize(
    stage: Annotated[
        str,
        typer.Argument(
            metavar="STAGE",
            autocompletion=stage_names,
            help="A kind (count, tfidf), a recipe's name or file, or a directory saved before.",
            show_default=False,
        ),
    ],
    source: Input,
    *,
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="OUT",
            help="File to write: .npz, .npy, .parquet or .jsonl; - writes jsonl to stdout.",
            show_default=False,
        ),
    ],
    save_stage: Annotated[
        str | None, typer.Option("--save-stage", metavar="DIR", help="Also save the fitted stage, to use again.")
    ] = None,
    settings: Settings = None,
    seed: Seed = None,
    overwrite: Overwrite = False,
    reading: Reading,
    computing: Computing,
    speaking: Speaking,
) -> None:
    """Turn each text into a row of numbers; a stage that is not fitted yet is fitted on the input.

    The rows keep the input's order; .npz holds a sparse matrix, .npy a dense one, .parquet and .jsonl ids as well.
    """
    from nlp_toolkit_pipelines import vectorize

    check_device(computing.device)
    with about(source), progress(f"vectorizing {source}", quiet=speaking.quiet):
        result = vectorize(
            stage,
            Blocks(source, reading),
            output,
            overrides=settings or (),
            save_stage=save_stage,
            seed=seed,
            overwrite=overwrite,
            n_jobs=computing.jobs,
        )
    if output == "-":
        return
    if speaking.json:
        print_json(result.to_json())
        return
    print_pairs(
        [
            ("rows", f"{result.rows:,}"),
            ("columns", f"{result.columns:,}"),
            ("seconds", f"{result.seconds:.2f}"),
            ("saved", str(result.output)),
            *([("stage", save_stage)] if save_stage else []),
        ]
    )
