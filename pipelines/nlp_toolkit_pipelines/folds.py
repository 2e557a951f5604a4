"""How rows are split for cross-validation: stratified by class, whole groups kept together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit_pipelines.labels import Target
from nlp_toolkit_pipelines.recipe import Recipe


@dataclass(frozen=True)
class Folds:
    """Positions (train, test) of every fold, and what had to be said about the number of folds."""

    splits: tuple[tuple[np.ndarray, np.ndarray], ...]
    notes: tuple[str, ...]


def rows_to_learn(recipe: Recipe) -> int:
    """How many rows of each class the estimator must see: two where it calibrates probabilities on held-out rows."""
    return 2 if recipe.estimator.kind == "linear_svm" else 1


def rarest(target: Target) -> tuple[Any, int]:
    """The class with the fewest rows, and how many it has."""
    return min(Counter(target.y.tolist()).items(), key=lambda item: (item[1], str(item[0])))


def _unlearnable(recipe: Recipe, label_lists: np.ndarray) -> Any:
    """A label with too few rows that have it, or too few (but some) that do not; None where every label is fine."""
    need, n = rows_to_learn(recipe), len(label_lists)
    counts = Counter(label for labels in label_lists for label in set(labels))
    return next((label for label, with_it in sorted(counts.items()) if with_it < need or 0 < n - with_it < need), None)


def has_one_label(recipe: Recipe) -> bool:
    """Whether every row has one class, which folds keep in proportion."""
    return not recipe.is_regression and recipe.task != "multilabel"


def check_class_sizes(recipe: Recipe, target: Target) -> None:
    """`DataError` where a class has fewer rows than the estimator needs, before anything is fitted."""
    if recipe.task == "multilabel":
        label = _unlearnable(recipe, target.y)
        if label is not None:
            raise DataError(
                f"label {label!r} is on one row only, or on all but one, and the probabilities of "
                f"{recipe.estimator.kind} need two of each; add rows, leave the label out or take another estimator, "
                "such as logreg"
            )
    if not has_one_label(recipe):
        return
    label, count = rarest(target)
    if count < rows_to_learn(recipe):
        raise DataError(
            f"class {label!r} has one row, and the probabilities of {recipe.estimator.kind} need two; add rows, "
            "drop such classes (min_class_count=2, --min-class-count 2) or take another estimator, such as logreg"
        )


def _largest_split(recipe: Recipe, target: Target, groups: Sequence[str] | None) -> tuple[int, str]:
    """The most folds these rows allow, and what limits it."""
    if groups is not None:
        n_groups = len(set(groups))
        return n_groups, f"there {'is' if n_groups == 1 else 'are'} only {counted(n_groups, 'group')}"
    if not has_one_label(recipe):
        return len(target.y), f"the corpus has only {counted(len(target.y), 'row')}"
    label, count = rarest(target)
    # With as many folds as rows of a class, every training part keeps all of them but one.
    most = count if count - 1 >= rows_to_learn(recipe) else 1
    return most, f"class {label!r} has only {counted(count, 'row')}"


def counted(number: int, what: str) -> str:
    """A number and what it counts.

    >>> counted(1, "row"), counted(2, "row")
    ('1 row', '2 rows')
    """
    return f"{number} {what}{'' if number == 1 else 's'}"


def make_folds(recipe: Recipe, target: Target, groups: Sequence[str] | None, folds: int) -> Folds:
    """Shuffled folds by the recipe's seed: every row is tested once; fewer than asked where rows are too few.

    `DataError` where not even two folds are possible, `UsageError` for fewer than two asked.
    """
    from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

    if folds < 2:
        raise UsageError(f"expected at least 2 folds, got {folds}; give 0 and no test set for no evaluation")
    most, why = _largest_split(recipe, target, groups)
    if most < 2:
        need = 1 + rows_to_learn(recipe)
        what = "it takes two" if groups is not None else f"it takes {need} of each class with {recipe.estimator.kind}"
        raise DataError(
            f"cannot cross-validate: {why}, {what if has_one_label(recipe) else 'it takes two'}; "
            f"drop such classes (min_class_count={need}, --min-class-count {need}) or give a test set "
            "(test=..., --test)"
        )
    n = min(folds, most)
    notes: tuple[str, ...] = (f"{n} folds instead of {folds}: {why}",) if n < folds else ()
    stratified = has_one_label(recipe)
    if stratified and groups is None:
        _check_training_rows(recipe, target, n)
    if groups is not None:
        splitter = (StratifiedGroupKFold if stratified else GroupKFold)(n, shuffle=True, random_state=recipe.seed)
    else:
        splitter = (StratifiedKFold if stratified else KFold)(n, shuffle=True, random_state=recipe.seed)
    y = target.y if stratified else None
    # Stratifying whole groups may leave a fold without any, and nobody can be scored on no rows.
    splits = tuple(split for split in splitter.split(np.zeros(len(target.y)), y, groups) if len(split[1]))
    if len(splits) < n:
        notes = (f"{len(splits)} folds instead of {folds}: the groups do not fill more with every class",)
    if stratified and groups is not None:
        _check_training_parts(recipe, target, splits)
        notes += _never_learned(target, splits)
    if recipe.task == "multilabel":
        _check_label_lists(recipe, target, splits)
    return Folds(splits, notes)


def _check_training_rows(recipe: Recipe, target: Target, n_folds: int) -> None:
    """`DataError` where one of `n_folds` may take so many rows of a class that too few are left to learn from.

    Three rows in two folds, say: one training part has one of them.
    """
    label, count = rarest(target)
    left, need = count - -(-count // n_folds), rows_to_learn(recipe)
    if left < need:
        raise DataError(
            f"cannot cross-validate: of the {count} rows of class {label!r} {n_folds} folds leave {left} to learn, "
            f"and {recipe.estimator.kind} takes {need}; ask for {count} folds (folds={count}, --folds {count}), drop "
            f"such classes (min_class_count={count + 1}, --min-class-count {count + 1}) or give a test set "
            "(test=..., --test)"
        )


def _never_learned(target: Target, splits: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[str, ...]:
    """What to say of rows whose class no other group has: whoever is tested on them cannot be right.

    `DataError` where that is so of every row.
    """
    lost = [row for train, test in splits for row in test[~np.isin(target.y[test], target.y[train])].tolist()]
    if not lost:
        return ()
    if len(lost) == len(target.y):
        raise DataError(
            "cannot cross-validate: every class is in one group only, and with that group left out nobody can learn "
            "it; take another group column, or give a test set (test=..., --test)"
        )
    names = sorted({str(target.y[row]) for row in lost})
    listed = ", ".join(map(repr, names[:5])) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return (
        f"{len(lost)} of {len(target.y)} rows count as wrong: with their groups left out, the training part has no row "
        f"of their class ({listed})",
    )


def _check_label_lists(recipe: Recipe, target: Target, splits: Sequence[tuple[np.ndarray, np.ndarray]]) -> None:
    """`DataError` where a training part of several-label rows cannot be learned from."""
    for train_rows, _ in splits:
        lists = target.y[train_rows]
        label = _unlearnable(recipe, lists)
        if label is not None or not any(lists):
            what = "no label at all" if label is None else f"too few rows with or without label {label!r}"
            raise DataError(
                f"cannot cross-validate: a training part has {what}; add rows, leave rare labels out, or give a "
                "test set (test=..., --test)"
            )


def _check_training_parts(recipe: Recipe, target: Target, splits: Sequence[tuple[np.ndarray, np.ndarray]]) -> None:
    """`DataError` where keeping groups whole leaves a training part that cannot be learned from."""
    for train_rows, _ in splits:
        labels, counts = np.unique(target.y[train_rows], return_counts=True)
        if len(labels) < 2 or counts.min() < rows_to_learn(recipe):
            raise DataError(
                "cannot cross-validate: with whole groups left out, a training part has too few rows of a class for "
                f"{recipe.estimator.kind}; use more or smaller groups, another estimator, or give a test set "
                "(test=..., --test)"
            )
