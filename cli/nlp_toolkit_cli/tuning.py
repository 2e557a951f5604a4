"""A tuned recipe for people: the two scores and which to trust, what changed, the best trials."""

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nlp_toolkit_cli.scores import figure, metric_title
from nlp_toolkit_cli.show import print_line, print_pairs, print_table

if TYPE_CHECKING:
    from nlp_toolkit_pipelines.tuning.results import Trial, TuneResult

_SHOWN = 5


def print_tuning(result: "TuneResult", recipe: str, source: str, options: Sequence[str]) -> None:
    """Scores, changed parameters, the best trials of the last rung, and the command that comes next.

    `options` are those that say how `source` is read, which training needs as well.
    """
    outer = result.outer
    where = "the test file" if outer.how == "test" else "held-out rows"
    rungs = ", ".join(f"{rung.candidates} on {rung.rows:,} rows" for rung in result.rungs)
    print_pairs(
        [
            ("recipe", recipe),
            ("trials", f"{rungs} ({result.computed} computed, {result.reused} finished before)"),
            ("inner score", f"{figure(result.inner)} {metric_title(result.metric)}, the best of many: too high"),
            ("outer score", f"{figure(outer.score)} [{figure(outer.low)}, {figure(outer.high)}]: trust this one"),
            ("", f"on {outer.n:,} rows of {where}, which the search never saw"),
            ("untuned", f"{figure(outer.untuned)} on the same rows"),
            ("gain", f"{outer.difference:+.4f} [{outer.difference_low:+.4f}, {outer.difference_high:+.4f}]"),
        ]
    )
    print_line()
    if result.best.parameters:
        print_pairs([(key, str(value)) for key, value in result.best.parameters.items()])
    else:
        print_line("No candidate was better than the recipe as it is.")
    print_line()
    _print_trials(result)
    print_line()
    train = shlex.join(["nlp-toolkit", "train", str(result.output), source, *options, "-o", "MODEL"])
    print_pairs([("saved", str(result.output)), ("kept", str(result.trials_folder)), ("next", train)])


def _print_trials(result: "TuneResult") -> None:
    """The best trials among those that were scored on the most rows."""
    last = [trial for trial in result.trials if len(trial.rungs) == len(result.rungs) and trial.score is not None]
    best_first = sorted(last, key=lambda trial: (trial is not result.best, -_gain(trial, result), trial.number))
    rows = [[str(trial.number), figure(trial.score), _written(trial)] for trial in best_first[:_SHOWN]]
    numbers = ["trial", metric_title(result.metric)]
    print_table([*numbers, "parameters"], rows, numbers=numbers)


def _gain(trial: "Trial", result: "TuneResult") -> float:
    """How near a trial comes to the best one: 0 for as good, below 0 for worse, whichever way the metric goes."""
    return -abs((trial.score or 0.0) - result.inner)


def _written(trial: "Trial") -> str:
    return " ".join(f"{key}={value}" for key, value in trial.parameters.items()) or "(the recipe as it is)"
