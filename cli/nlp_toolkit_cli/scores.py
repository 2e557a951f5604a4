"""The scores of a model for people: headline figures, then the classes."""

from typing import TYPE_CHECKING

from nlp_toolkit_cli.show import print_line, print_table

if TYPE_CHECKING:
    from nlp_toolkit_pipelines.results import EvaluationResult

_SHOWN_CLASSES = 20
_ENDS = 5
_TITLES = {"macro_f1": "macro F1", "micro_f1": "micro F1", "mae": "MAE", "mse": "MSE", "rmse": "RMSE", "r2": "R2"}


def print_scores(evaluation: "EvaluationResult") -> None:
    """Headline figures, beside them those for texts not seen in training where some were seen; then each class."""
    columns = {f"all {evaluation.n:,} rows": evaluation.metrics}
    if evaluation.seen:
        columns[f"{evaluation.n_unseen:,} unseen in training"] = evaluation.unseen or {}
    rows = [
        [metric_title(name), *(figure(figures.get(name)) for figures in columns.values())]
        for name in evaluation.metrics
    ]
    print_table(["metric", *columns], rows, numbers=list(columns))
    if evaluation.per_class:
        print_line()
        _print_classes(evaluation)


def _print_classes(evaluation: "EvaluationResult") -> None:
    """Every class in the model's order, or of many classes the best and the worst by F1."""
    classes = list((evaluation.per_class or {}).items())
    rows = [
        [label, figure(each.precision), figure(each.recall), figure(each.f1), f"{each.support:,}"]
        for label, each in classes
    ]
    if len(rows) > _SHOWN_CLASSES:
        order = sorted(range(len(rows)), key=lambda row: -classes[row][1].f1)
        print_line(f"The {_ENDS} best and {_ENDS} worst of {len(rows)} classes by F1 (--json has them all)")
        between = ["...", "", "", "", ""]
        rows = [rows[i] for i in order[:_ENDS]] + [between] + [rows[i] for i in order[-_ENDS:]]
    columns = ("class", "precision", "recall", "F1", "rows")
    print_table(columns, rows, numbers=columns[1:])


def metric_title(name: str) -> str:
    """A metric's name as people write it.

    >>> metric_title("macro_f1"), metric_title("log_loss")
    ('macro F1', 'log loss')
    """
    return _TITLES.get(name, name.replace("_", " "))


def figure(value: float | None) -> str:
    """Four decimals, or a dash for a figure that does not exist."""
    return "-" if value is None else f"{value:.4f}"
