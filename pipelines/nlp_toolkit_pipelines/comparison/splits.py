"""The splits of a comparison, the same for every recipe: folds or a test file, and nested subsets to learn from."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nlp_toolkit.errors import UsageError
from nlp_toolkit_pipelines.comparison.rows import ComparedRows
from nlp_toolkit_pipelines.folds import make_folds, rows_to_learn
from nlp_toolkit_pipelines.library import load_recipe
from nlp_toolkit_pipelines.recipe import Recipe

ALL = "all"
_SEEDS = 2**32


@dataclass(frozen=True)
class Split:
    """Positions to fit on and to test on. `size` is what was asked of a learning curve, None for the whole part.

    `resample` numbers the training parts that a score is averaged over.
    """

    name: str
    train: np.ndarray
    test: np.ndarray
    size: int | None = None
    resample: int = 0


def neediest(recipes: Sequence[Recipe]) -> Recipe:
    """The recipe that must see the most rows of each class: splits made for it serve every other."""
    return max(recipes, key=rows_to_learn)


def make_splits(
    rows: ComparedRows, recipes: Sequence[Recipe], *, folds: int, repeats: int, seed: int
) -> tuple[list[Split], tuple[str, ...]]:
    """The test file as the one split, or `repeats` times shuffled folds; and what had to be said about them."""
    if rows.has_test:
        return [Split("test", np.arange(rows.n_train), np.arange(rows.n_train, len(rows.rows)))], ()
    splits: list[Split] = []
    notes: list[str] = []
    met: set[frozenset[bytes]] = set()
    for repeat in range(repeats):
        recipe = load_recipe(neediest(recipes), {"seed": (seed + repeat) % _SEEDS})
        made = make_folds(recipe, rows.target, rows.groups, folds)
        parts = frozenset(np.sort(test).tobytes() for _, test in made.splits)
        if parts in met:  # of as many groups as folds there is one way only
            continue
        met.add(parts)
        notes += [note for note in made.notes if note not in notes]
        for number, (train, test) in enumerate(made.splits, start=1):
            again = f", repeat {len(met)}" if repeats > 1 else ""
            splits.append(Split(f"fold {number} of {len(made.splits)}{again}", train, test, None, len(splits)))
    if len(met) < repeats:
        notes.append(
            f"{len(met)} instead of {repeats} repeats: the others have the same folds, and are no new evidence"
        )
    if rows.groups is not None:
        notes += _unequal(splits)
    return splits, tuple(notes)


def _unequal(splits: Sequence[Split]) -> tuple[str, ...]:
    """What to say of folds that whole groups make very unequal."""
    sizes = sorted(len(split.test) for split in splits)
    if sizes[-1] <= 2 * sizes[0]:
        return ()
    return (
        f"groups make the folds very unequal, {sizes[0]:,} to {sizes[-1]:,} rows: each counts alike, and intervals are "
        "wide",
    )


def parse_sizes(asked: str | Sequence[int | str] | None) -> list[int | str]:
    """Sizes of a learning curve, ascending, "all" last.

    >>> parse_sizes("1000, 100,all")
    [100, 1000, 'all']
    """
    if asked is None:
        return []
    given = asked.split(",") if isinstance(asked, str) else asked
    sizes: set[int] = set()
    whole = False
    for size in given:
        text = str(size).strip().lower()
        if text == ALL:
            whole = True
        elif text.isdecimal() and int(text) > 0:
            sizes.add(int(text))
        else:
            raise UsageError(
                f"learning curve: expected numbers of labels and 'all', such as 100,300,1000,all; got {size!r:.40}"
            )
    return [*sorted(sizes), *([ALL] if whole else [])]


def curve_splits(
    rows: ComparedRows, splits: Sequence[Split], sizes: Sequence[int | str], need: int, *, seeds: int, seed: int
) -> tuple[list[Split], tuple[str, ...]]:
    """Nested subsets of the training parts, each contained in the next larger one, tested where the whole part is.

    Folds give one subset each; of the one training part of a test file `seeds` are drawn. `need` rows of every
    class come first, so that the smallest subsets know every class; from there on classes keep their shares.
    """
    parts = splits if not rows.has_test else [splits[0]] * seeds
    smallest = min(len(split.train) for split in splits)
    notes = [
        f"learning curve: no {size:,} rows to learn from, the training part has {smallest:,}"
        for size in sizes
        if isinstance(size, int) and size > smallest
    ]
    found: list[Split] = []
    for resample, split in enumerate(parts):
        order = split.train[nested_order(rows, split.train, need, (seed, resample))]
        for size in sizes:
            whole = size == len(split.train)
            # However often the whole of one training part is drawn, it is the same.
            if isinstance(size, int) and size <= smallest and not (whole and rows.has_test and resample):
                name = f"{size:,} labels, draw {resample + 1}"
                found.append(Split(name, np.sort(order[:size]), split.test, size, resample))
    return found, tuple(notes)


def nested_order(rows: ComparedRows, train: np.ndarray, need: int, seed: tuple[int, int]) -> np.ndarray:
    """Positions in `train`, shuffled so that every prefix holds `need` rows of each class first, then their shares."""
    random = np.random.default_rng(seed)
    n = len(train)
    shuffled = random.permutation(n)
    if rows.task.endswith("regression") or rows.task == "multilabel":
        return shuffled
    labels = [rows.values[position] for position in train.tolist()]
    counts = Counter(labels)
    met: Counter[object] = Counter()
    places = np.empty(n)
    for place in shuffled.tolist():
        label = labels[place]
        rank = met[label]
        met[label] += 1
        # A class of c rows has its i-th at (i + 1/2) / c of the way: the shares of any prefix are those of all rows.
        places[place] = rank - need if rank < need else (rank + 0.5) / counts[label]
    return shuffled[np.argsort(places[shuffled], kind="stable")]
