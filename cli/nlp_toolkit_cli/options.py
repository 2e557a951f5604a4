"""Arguments and options that several commands share, each declared once."""

from dataclasses import dataclass, fields
from typing import Annotated, Literal, TypeAlias

import typer

from nlp_toolkit_cli.completion import recipe_names

Input: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="INPUT",
        help="File to read: csv, tsv, jsonl, txt, parquet, or .gz of these; - reads stdin.",
        show_default=False,
    ),
]
Model: TypeAlias = Annotated[
    str, typer.Argument(metavar="MODEL", help="Model directory written by train.", show_default=False)
]
Recipe: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="RECIPE",
        help="Name of a shipped recipe (see nlp-toolkit recipes) or a recipe file.",
        autocompletion=recipe_names,
        show_default=False,
    ),
]
Settings: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Change a parameter, such as vectorizer.min_df=3 or vectorizer.ngram_range=[1,2]; repeatable.",
        show_default=False,
    ),
]
Seed: TypeAlias = Annotated[
    int | None,
    typer.Option("--seed", metavar="N", min=0, help="Seed of everything random; the recipe's own by default."),
]
MinClassCount: TypeAlias = Annotated[
    int, typer.Option("--min-class-count", metavar="N", min=1, help="Leave out classes with fewer rows.")
]
Metric: TypeAlias = Annotated[
    str | None,
    typer.Option("--metric", metavar="NAME", help="Figure to go by; accuracy, macro_f1 or r2 by task."),
]
Overwrite: TypeAlias = Annotated[bool, typer.Option("--overwrite", help="Replace an output that exists.")]


@dataclass(frozen=True)
class Reading:
    """How the input is read."""

    text_column: Annotated[
        list[str] | None,
        typer.Option("--text-column", metavar="NAME", help="Column with the text; repeat to join several."),
    ] = None
    pair_column: Annotated[
        str | None, typer.Option("--pair-column", metavar="NAME", help="Column with the second text of each pair.")
    ] = None
    id_column: Annotated[
        str | None, typer.Option("--id-column", metavar="NAME", help="Column with a unique id of each row.")
    ] = None
    format: Annotated[
        Literal["csv", "tsv", "jsonl", "txt", "parquet"] | None,
        typer.Option("--format", help="Format of the input; told from its name by default, txt for stdin."),
    ] = None
    encoding: Annotated[
        str, typer.Option("--encoding", metavar="NAME", help="auto tries a byte-order mark, UTF-8, then CP949.")
    ] = "auto"
    quoting: Annotated[
        Literal["double", "none"],
        typer.Option("--quoting", help="none is for csv and tsv files whose quotes mean nothing."),
    ] = "double"
    on_bad_rows: Annotated[
        Literal["error", "skip"],
        typer.Option("--on-bad-rows", help="skip leaves such rows out and keeps them in INPUT.bad-rows."),
    ] = "error"


@dataclass(frozen=True)
class Labelling:
    """Where the labels are."""

    label_column: Annotated[
        list[str] | None,
        typer.Option("--label-column", metavar="NAME", help="Column with the label or value; repeatable (multilabel)."),
    ] = None
    label_separator: Annotated[
        str | None,
        typer.Option("--label-separator", metavar="TEXT", help="What separates the labels of one row (multilabel)."),
    ] = None


@dataclass(frozen=True)
class Weighting:
    """Columns that only training uses."""

    weight_column: Annotated[
        str | None, typer.Option("--weight-column", metavar="NAME", help="Column with the weight of each row.")
    ] = None
    group_column: Annotated[
        str | None,
        typer.Option("--group-column", metavar="NAME", help="Rows of one group stay on one side of every split."),
    ] = None


@dataclass(frozen=True)
class Speaking:
    """How the command speaks; `manner_of` reads these before parsing, so that usage errors obey them as well."""

    json: Annotated[
        bool, typer.Option("--json", help="Results as JSON on stdout, errors and notes as JSON on stderr.")
    ] = False
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress and no notes; warnings and errors stay.")] = False
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False


@dataclass(frozen=True)
class Computing:
    """What the computation may use."""

    jobs: Annotated[
        int, typer.Option("--jobs", metavar="N", help="Threads to use; -1 is every core, -2 all but one.")
    ] = -1
    device: Annotated[
        Literal["auto", "cpu", "cuda"],
        typer.Option("--device", help="Where neural stages compute; the others compute on the CPU."),
    ] = "auto"


def given(*groups: Reading | Labelling | Weighting) -> list[str]:
    """Options that are not at their default, as they are written on a command line.

    >>> given(Reading(text_column=["title", "body"]), Labelling(label_separator="|"), Weighting())
    ['--text-column', 'title', '--text-column', 'body', '--label-separator', '|']
    """
    found: list[str] = []
    for group in groups:
        for field in fields(group):
            value = getattr(group, field.name)
            if value != field.default:
                for each in value if isinstance(value, list) else [value]:
                    found += ["--" + field.name.replace("_", "-"), each]
    return found
