"""`nlp-toolkit predict`: what a saved model says about each text of a corpus."""

import sys
from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nlp_toolkit_cli.devices import check_device
from nlp_toolkit_cli.options import Computing, Input, Model, Overwrite, Reading, Speaking
from nlp_toolkit_cli.reading import read_blocks
from nlp_toolkit_cli.show import fitted, print_json, print_pairs, progress, terminal_width

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
    from nlp_toolkit_pipelines import Prediction, predict
    from nlp_toolkit_pipelines.model import load_model

    if excel_safe and not (output or "").endswith((".csv", ".tsv")):
        raise UsageError("--excel-safe is for predictions in a .csv or .tsv file; name one with -o, or leave it out")
    check_device(computing.device)
    with progress(f"loading {model}", quiet=speaking.quiet):
        loaded = load_model(model)
    rows: deque[Any] = deque()
    with limit(computing.jobs):
        predictions = predict(loaded, _remembered(read_blocks(source, reading), rows))
        if output is not None and output != "-":
            as_row = Prediction.to_json if output.endswith(".jsonl") else _flat
            with progress(f"predicting {source}", quiet=speaking.quiet):
                n_rows = write_rows(map(as_row, predictions), output, excel_safe=excel_safe, overwrite=overwrite)
            _print_written(n_rows, output, speaking)
        elif speaking.json or output == "-" or not sys.stdout.isatty():
            for prediction in predictions:
                print_json(prediction.to_json())
        else:
            _print_table(loaded, predictions, rows)


def _flat(prediction: "Prediction") -> dict[str, object]:
    """A prediction as the cells of a row: one column a probability, several labels joined as JSON."""
    row = prediction.to_json()
    probabilities = row.pop("probabilities", None) or {}
    return row | {f"probability_{label}": value for label, value in probabilities.items()}


def _print_written(n_rows: int, output: str, speaking: Speaking) -> None:
    if speaking.json:
        print_json({"rows": n_rows, "output": output})
    else:
        print_pairs([("rows", f"{n_rows:,}"), ("saved", output)])


def _remembered(blocks: "Iterable[Corpus]", rows: "deque[Any]") -> "Iterator[Corpus]":
    """The blocks, with the rows of the latest in `rows`, to be shown beside what was predicted for them."""
    for block in blocks:
        rows.clear()
        rows.extend(block.rows)
        yield block


def _print_table(model: "TrainedModel", predictions: "Iterable[Prediction]", rows: "deque[Any]") -> None:
    """A line a text as it is predicted: id or row, label, its probability, the beginning of the text."""
    widths = (8, min(24, max((len(str(label)) for label in model.labels), default=8) + 2), 6)
    rest = terminal_width() - sum(widths) - 2 * len(widths)
    print(*map(fitted, ("row", "value" if not model.labels else "label", ""), widths), "text", sep="  ")
    for prediction in predictions:
        text = rows.popleft()
        shown = text if isinstance(text, str) else " | ".join(text)
        place = str(prediction.row) if prediction.id is None else prediction.id
        print(*map(fitted, (place, *_said(prediction)), widths), fitted(shown, rest).rstrip(), sep="  ")


def _said(prediction: "Prediction") -> tuple[str, str]:
    """What was predicted, and how probable it is."""
    if prediction.value is not None:
        return f"{prediction.value:.4g}", ""
    if prediction.labels is not None:
        return ", ".join(prediction.labels) or "-", ""
    label = str(prediction.label)
    return label, "" if prediction.probabilities is None else f"{prediction.probabilities[label]:.3f}"
