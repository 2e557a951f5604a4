"""`nlp-toolkit explain`: which words of a text made a model say what it says."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from nlp_toolkit_cli.devices import check_device
from nlp_toolkit_cli.explanations import print_explanation
from nlp_toolkit_cli.options import Computing, Model, Overwrite, Speaking
from nlp_toolkit_cli.show import print_json, print_line, print_pairs, progress

if TYPE_CHECKING:
    from nlp_toolkit.protocols import TextPair
    from nlp_toolkit_pipelines import Explanation


def explain(
    model: Model,
    text: Annotated[
        str,
        typer.Argument(metavar="TEXT", help="Text to explain; - explains every line of stdin.", show_default=False),
    ],
    *,
    second: Annotated[
        str | None, typer.Option("--second", metavar="TEXT", help="Second text, for a model of pairs.")
    ] = None,
    label: Annotated[
        str | None,
        typer.Option("--label", metavar="NAME", help="Label to explain; the most probable one by default."),
    ] = None,
    method: Annotated[
        Literal["auto", "linear", "occlusion"],
        typer.Option(
            "--method",
            help="linear is exact, for linear models over counts and TF-IDF; occlusion leaves each word out.",
        ),
    ] = "auto",
    top: Annotated[
        int, typer.Option("--top", metavar="N", min=1, help="Words in the table, the strongest first.")
    ] = 12,
    output: Annotated[
        str | None, typer.Option("-o", "--output", metavar="FILE", help="Write a page to this .html file.")
    ] = None,
    overwrite: Overwrite = False,
    encoding: Annotated[
        str,
        typer.Option("--encoding", metavar="NAME", help="Of stdin; auto tries a byte-order mark, UTF-8, then CP949."),
    ] = "auto",
    computing: Computing,
    speaking: Speaking,
) -> None:
    """Show which words of a text speak for what a model says about it, and which against.

    Words of Korean are morphemes. Weights of linear models add up to the score; with --json one object a text.
    """
    from nlp_toolkit.corpus.whole_file import check_place, whole_file
    from nlp_toolkit.errors import UsageError
    from nlp_toolkit_pipelines import Explainer
    from nlp_toolkit_pipelines.model import load_model

    if output is not None:
        if not output.endswith(".html"):
            raise UsageError(f"{output}: expected a file that ends in .html; --json prints the weights to stdout")
        check_place(output, overwrite=overwrite)
    if second is not None and text == "-":
        raise UsageError("--second belongs to a text on the command line; explain pairs one by one, or from Python")
    check_device(computing.device)
    with progress(f"loading {model}", quiet=speaking.quiet):
        loaded = load_model(model)
        _check_second(loaded.task, text, second)
        explainer = Explainer(loaded, method=method, n_jobs=computing.jobs)
    kept: list[Explanation] = []
    for number, each in enumerate(_texts(text, second, encoding)):
        found = explainer.explain(each, label=label)
        if output is not None:
            kept.append(found)
        elif speaking.json:
            print_json(found.to_json())
            sys.stdout.flush()
        else:
            if number:
                print_line()
            print_explanation(found, top)
    if output is None:
        return
    from nlp_toolkit_pipelines.report.explanation_page import explanation_page

    with whole_file(output, overwrite=overwrite) as stream:
        stream.write(explanation_page(kept, Path(model).name).encode("utf-8"))
    if speaking.json:
        print_json({"texts": len(kept), "output": output})
    else:
        print_pairs([("explained", f"{len(kept):,} texts"), ("saved", output)])


def _check_second(task: str, text: str, second: str | None) -> None:
    """`UsageError` unless a model of pairs is given two texts, and any other one."""
    from nlp_toolkit.errors import UsageError

    pairs = task.startswith("pair-")
    if second is not None and not pairs:
        raise UsageError(f"--second is for models of pairs, the task of this one is {task}; leave --second out")
    if pairs and second is None:
        remedy = "explain pairs one by one" if text == "-" else "give the other one with --second TEXT"
        raise UsageError(f"the model takes pairs of texts (task {task}), got one text; {remedy}")


def _texts(text: str, second: str | None, encoding: str) -> "Iterator[str | TextPair]":
    """The text or pair of the command line, or the lines of stdin, cleaned as files are."""
    if text != "-":
        from nlp_toolkit.text.normalize import clean

        first = clean(text).text
        yield first if second is None else (first, clean(second).text)
        return
    from nlp_toolkit import iter_corpus

    for block in iter_corpus("-", format="txt", encoding=encoding):
        yield from block.texts
