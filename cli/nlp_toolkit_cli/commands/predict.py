"""`nlp-toolkit predict`: what a saved model says about each text of a corpus."""

import sys
from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from nlp_toolkit_cli.devices import check_device
from nlp_toolkit_cli.options import Computing, Input, Model, Overwrite, Reading, Speaking
from nlp_toolkit_cli.reading import read_blocks
from nlp_toolkit_cli.show import fitted, print_json, print_line, print_pairs, progress, terminal_width

if TYPE_CHECKING:
    from nlp_toolkit import Corpus
    from nlp_toolkit_pipelines import Prediction, TrainedModel


def predict(
    model: Model,
    source: Input,
    *,
    output: Annotated[
        str | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Write to this .csv, .tsv or .jsonl file instead of stdout."
        ),
    ] = None,
    excel_safe: Annotated[
        bool, typer.Option("--excel-safe", help="Keep spreadsheets from running texts in a csv file as formulas.")
    ] = False,
    metadata: Annotated[
        list[str] | None,
        typer.Option(
            "--metadata",
            metavar="NAME:TYPE",
            help="Column to carry along into the output, as str, int, float or bool; repeatable.",
        ),
    ] = None,
    overwrite: Overwrite = False,
    reading: Reading,
    computing: Computing,
    speaking: Speaking,
) -> None:
    """Predict the label or value of each text, in order.

    On a terminal this shows a table; into a file or a pipe, or with --json, one JSON object a line.
    """
    from nlp_toolkit.corpus import write_rows
    from nlp_toolkit.errors import UsageError
    from nlp_toolkit.threads import limit
    from nlp_toolkit_pipelines import predict
    from nlp_toolkit_pipelines.model import load_model

    if excel_safe and not (output or "").endswith((".csv", ".tsv")):
        raise UsageError("--excel-safe is for predictions in a .csv or .tsv file; name one with -o, or leave it out")
    check_device(computing.device)
    with progress(f"loading {model}", quiet=speaking.quiet):
        loaded = load_model(model)
    rows: deque[_Row] = deque()
    with limit(computing.jobs):
        predictions = predict(loaded, _remembered(read_blocks(source, reading, metadata or ()), rows))
        if output is not None and output != "-":
            as_row = _nested if output.endswith(".jsonl") else _flat
            written = (as_row(prediction, rows.popleft()) for prediction in predictions)
            with progress(f"predicting {source}", quiet=speaking.quiet):
                n_rows = write_rows(written, output, excel_safe=excel_safe, overwrite=overwrite)
            _print_written(n_rows, output, speaking)
        elif speaking.json or output == "-" or not sys.stdout.isatty():
            for prediction in predictions:
                print_json(_nested(prediction, rows.popleft()))
        else:
            _print_table(loaded, predictions, rows)


class _Row(NamedTuple):
    """What was read of a row beside its id: its text or texts, and its metadata."""

    text: str
    metadata: dict[str, object]


def _nested(prediction: "Prediction", row: _Row) -> dict[str, Any]:
    """A prediction as a JSON object; `metadata` is there where some was asked for."""
    return prediction.to_json() | ({"metadata": row.metadata} if row.metadata else {})


def _flat(prediction: "Prediction", row: _Row) -> dict[str, object]:
    """A prediction as the cells of a line: a column a probability and a column a piece of metadata."""
    cells = prediction.to_json()
    probabilities = cells.pop("probabilities", None) or {}
    return (
        cells
        | {f"probability_{label}": value for label, value in probabilities.items()}
        | {f"metadata_{name}": value for name, value in row.metadata.items()}
    )


def _print_written(n_rows: int, output: str, speaking: Speaking) -> None:
    if speaking.json:
        print_json({"rows": n_rows, "output": output})
    else:
        print_pairs([("rows", f"{n_rows:,}"), ("saved", output)])


def _remembered(blocks: "Iterable[Corpus]", rows: deque[_Row]) -> "Iterator[Corpus]":
    """The blocks, with the rows of the latest in `rows`, to be shown beside what was predicted for them."""
    for block in blocks:
        rows.clear()
        for number, row in enumerate(block.rows):
            text = row if isinstance(row, str) else " | ".join(row)
            rows.append(_Row(text, {name: values[number] for name, values in block.metadata.items()}))
        yield block


def _print_table(model: "TrainedModel", predictions: "Iterable[Prediction]", rows: deque[_Row]) -> None:
    """A line a text as it is predicted: id or row, label, its probability, the beginning of the text."""
    widths = (8, min(24, max((len(str(label)) for label in model.labels), default=8) + 2), 6)
    rest = terminal_width() - sum(widths) - 2 * len(widths)
    for number, prediction in enumerate(predictions):
        if number == 0:  # now, so that what reading has to say stands above the table
            print_line(*map(fitted, ("row", "value" if not model.labels else "label", ""), widths), "text")
        place = str(prediction.row) if prediction.id is None else prediction.id
        print_line(*map(fitted, (place, *_said(prediction)), widths), fitted(rows.popleft().text, rest).rstrip())


def _said(prediction: "Prediction") -> tuple[str, str]:
    """What was predicted, and how probable it is."""
    if prediction.value is not None:
        return f"{prediction.value:.4g}", ""
    if prediction.labels is not None:
        return ", ".join(map(str, prediction.labels)) or "-", ""
    label = prediction.label
    if label is None or prediction.probabilities is None:
        return str(label), ""
    return str(label), f"{prediction.probabilities[label]:.3f}"
