"""`nlp-toolkit pretrain`: make a BERT from texts, or train one further on them, by masked-language modelling."""

import shlex
from typing import Annotated, Literal

import typer

from nlp_toolkit_cli.devices import check_device
from nlp_toolkit_cli.options import Computing, Input, Overwrite, Reading, Seed, Speaking
from nlp_toolkit_cli.progress_bar import progress_bar
from nlp_toolkit_cli.reading import read_blocks
from nlp_toolkit_cli.show import print_json, print_pairs


def pretrain(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="scratch-tiny, -mini, -small, -medium or -base to begin from nothing; or a checkpoint's folder, a "
            "model directory, a Hugging Face name.",
            show_default=False,
        ),
    ],
    source: Input,
    *,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="OUT", help="Model directory to write.", show_default=False)
    ],
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Change a setting of the training, such as epochs=3 or whole_words=true; repeatable.",
            show_default=False,
        ),
    ] = None,
    pooling: Annotated[
        Literal["cls", "mean", "max", "cls+mean", "mean-last-4"],
        typer.Option("--pooling", help="How the saved stage makes one row of a text's tokens."),
    ] = "mean",
    plot: Annotated[
        str | None, typer.Option("--plot", metavar="FILE", help="Draw the loss curve, such as to loss.svg.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a training that was interrupted.")] = False,
    seed: Seed = None,
    overwrite: Overwrite = False,
    reading: Reading,
    computing: Computing,
    speaking: Speaking,
) -> None:
    """Train a BERT to guess hidden tokens of the texts, and save it as a stage.

    Checkpoints are kept in OUT.training until it is done. Under torchrun, give a file, not stdin.
    """
    from nlp_toolkit_pipelines import pretrain

    check_device(computing.device)
    with progress_bar(quiet=speaking.quiet) as bar:
        result = pretrain(
            model,
            read_blocks(source, reading),
            output,
            overrides=settings or (),
            pooling=pooling,
            resume=resume,
            overwrite=overwrite,
            seed=seed or 0,
            device=computing.device,
            plot=plot,
            n_jobs=computing.jobs,
            on_step=(lambda step, steps: None) if bar is None else lambda step, steps: bar("training", step, steps),
        )
    if result.output is None:  # another process of torchrun speaks
        return
    if speaking.json:
        print_json(result.to_json())
        return
    before, after = result.mlm.perplexity_before, result.mlm.perplexity_after
    perplexity = (
        "nothing was held out" if before is None or after is None else f"{before:,.1f} before, {after:,.1f} after"
    )
    stage = shlex.quote(output)
    print_pairs(
        [
            ("trained", f"{model}, {result.mlm.training.steps:,} steps on {result.texts:,} texts of {source}"),
            ("perplexity", f"{perplexity} (held-out blocks)"),
            ("seconds", f"{result.seconds:,.1f}"),
            ("saved", output),
            *([("plot", plot)] if plot else []),
            ("next", f"nlp-toolkit vectorize {stage} TEXTS -o rows.npy"),
            ("", f"nlp-toolkit train bert-finetune DATA -o MODEL --set estimator.model={stage}"),
        ]
    )
