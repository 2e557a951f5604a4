"""How rows are split for cross-validation: stratified by class, whole groups kept together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit_pipelines.labels import Target
from nlp_toolkit_pipelines.recipe import REGRESSION_TASKS, Task


@dataclass(frozen=True)
class Folds:
    """Positions (train, test) of every fold, and what had to be said about the number of folds."""

    splits: tuple[tuple[np.ndarray, np.ndarray], ...]
    notes: tuple[str, ...]


def _largest_split(task: Task, target: Target, groups: Sequence[str] | None) -> tuple[int, str]:
    """The most folds these rows allow, and what limits it."""
    if groups is not None:
        return len(set(groups)), f"there are only {len(set(groups))} groups"
    if task in REGRESSION_TASKS or task == "multilabel":
        return len(target.y), f"there are only {len(target.y)} rows"
    rarest, count = min(Counter(target.y.tolist()).items(), key=lambda item: (item[1], str(item[0])))
    return count, f"class {rarest!r} has only {count} row{'s' if count > 1 else ''}"


def make_folds(task: Task, target: Target, groups: Sequence[str] | None, folds: int, seed: int) -> Folds:
    """Shuffled folds: every row is tested once; fewer than asked where a class or the groups are too few.

    `DataError` where not even two folds are possible, `UsageError` for fewer than two asked.
    """
    from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

    if folds < 2:
        raise UsageError(f"expected at least 2 folds, got {folds}; or give a test set")
    most, why = _largest_split(task, target, groups)
    if most < 2:
        raise DataError(
            f"cannot cross-validate: {why}, a split needs two; "
            "drop such classes (min_class_count=2, --min-class-count 2) or give a test set (test=..., --test)"
        )
    n = min(folds, most)
    notes = (f"{n} folds instead of {folds}: {why}",) if n < folds else ()
    stratified = task not in REGRESSION_TASKS and task != "multilabel"
    if groups is not None:
        splitter = (StratifiedGroupKFold if stratified else GroupKFold)(n, shuffle=True, random_state=seed)
    else:
        splitter = (StratifiedKFold if stratified else KFold)(n, shuffle=True, random_state=seed)
    y = target.y if stratified else None
    return Folds(tuple(splitter.split(np.zeros(len(target.y)), y, groups)), notes)
