"""What metrics are called in words, and which are better when small."""

_NAMES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "micro_f1": "micro F1",
    "weighted_f1": "weighted F1",
    "r2": "R²",
    "mae": "mean absolute error",
    "mse": "mean squared error",
    "rmse": "root mean squared error",
}
_ERRORS = frozenset({"mae", "mse", "rmse", "log_loss", "brier", "ece", "hamming_loss"})


def metric_name(metric: str) -> str:
    """The metric in words.

    >>> metric_name("macro_f1"), metric_name("some_score")
    ('macro F1', 'some score')
    """
    return _NAMES.get(metric, metric.replace("_", " "))


def capital(words: str) -> str:
    """`words` with a capital letter, for a heading.

    >>> capital("macro F1")
    'Macro F1'
    """
    return words[:1].upper() + words[1:]


def less_is_better(metric: str) -> bool:
    """Whether the metric measures an error."""
    return metric in _ERRORS
