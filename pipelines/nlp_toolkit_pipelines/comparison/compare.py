"""Compare recipes on one corpus: the same splits for all, scores with intervals, paired tests, costs, curves."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nlp_toolkit import Corpus
from nlp_toolkit.errors import DataError, UnavailableError, UsageError
from nlp_toolkit.threads import effective_jobs, limit
from nlp_toolkit.transformer.device import Device, preferring
from nlp_toolkit_pipelines.comparison.cells import Cell, CellStore
from nlp_toolkit_pipelines.comparison.defaults import FAMILIES, learns_slowly
from nlp_toolkit_pipelines.comparison.describing import described, machine
from nlp_toolkit_pipelines.comparison.job import Work
from nlp_toolkit_pipelines.comparison.outcome import PARETO_AXES, outcome_of
from nlp_toolkit_pipelines.comparison.place import CELLS, prepared_place, write_reports
from nlp_toolkit_pipelines.comparison.planning import (
    Plan,
    Splitting,
    chosen_metric,
    chosen_recipes,
    make_plan,
    readings,
)
from nlp_toolkit_pipelines.comparison.results import ComparisonResult, LeftOut
from nlp_toolkit_pipelines.comparison.rows import ComparedRows, compared_rows
from nlp_toolkit_pipelines.comparison.running import (
    Failures,
    Progress,
    RecipeWork,
    run_apart,
    run_here,
    told_what_is_kept,
)
from nlp_toolkit_pipelines.comparison.scoring import value_of
from nlp_toolkit_pipelines.comparison.splits import Split, parse_sizes
from nlp_toolkit_pipelines.comparison.text_places import MapKind
from nlp_toolkit_pipelines.evaluation import read_labelled
from nlp_toolkit_pipelines.kept import versions
from nlp_toolkit_pipelines.recipe import Recipe, Task

_log = logging.getLogger("nlp_toolkit")


def compare(
    corpus: Corpus | str | Path,
    recipes: Sequence[str | Path | Mapping[str, Any] | Recipe] = (),
    *,
    output: str | Path | None = None,
    test: Corpus | str | Path | None = None,
    task: Task | None = None,
    bert: str | Path | None = None,
    folds: int = 5,
    repeats: int = 1,
    learning_curve: str | Sequence[int | str] | None = None,
    curve_seeds: int = 5,
    metric: str | None = None,
    text_map: MapKind = "pca",
    seed: int = 0,
    min_class_count: int = 1,
    overwrite: bool = False,
    resume: bool = False,
    isolated: bool = True,
    n_jobs: int | None = -1,
    device: Device = "auto",
    name: str = "",
    on_cell: Progress | None = None,
) -> ComparisonResult:
    """Fit every recipe on the same splits of a labelled corpus and say which is better, how surely, and at what cost.

    Without `recipes` one of each family is taken that suits the task (guessed from the labels unless given), with
    `bert` a checkpoint for the BERT ones. Everything is fitted inside the training parts only: `folds`-fold
    cross-validation, `repeats` times, stratified and with whole groups where the corpus has them; or, with `test`,
    the corpus and that file. `learning_curve` ("100,300,1000,all") adds nested subsets of the training parts, with
    `test` drawn `curve_seeds` times. `seed` decides the splits, and replaces that of every recipe.

    Each recipe runs in a process of its own, `n_jobs` cores in all shared among them; `isolated=False` measures in
    this process, one after another, as stages registered here need it (the peak memory is then the whole
    process's). Cells that are finished are kept in `output`, where `resume` finds them. A recipe that cannot be
    fitted, or lacks an extra, is left out and named; when none is left, `DataError`.
    """
    sizes = parse_sizes(learning_curve)
    _check_numbers(folds=folds, repeats=repeats, curve_seeds=curve_seeds)
    given = read_labelled(corpus)
    testing = None if test is None else read_labelled(test)
    jobs = effective_jobs(n_jobs)
    fits = readings(len(given), sizes, folds=folds, repeats=repeats, draws=curve_seeds, has_test=testing is not None)
    threads = sharing(jobs, FAMILIES, isolated)[1]
    chosen, left_out = chosen_recipes(
        *(recipes, given, task, bert, seed),
        fits=fits,
        threads=threads,
        device=device,
        min_class_count=min_class_count,
    )
    rows = compared_rows(chosen[0], given, testing, min_class_count)
    metric = chosen_metric(metric, rows.task)
    splitting = Splitting(folds=folds, repeats=repeats, sizes=sizes, curve_seeds=curve_seeds, seed=seed)
    plan, notes, too_needy = make_plan(rows, chosen, splitting, device)
    left_out = (*left_out, *too_needy)
    notes = (*rows.notes, *notes)
    for note in notes:
        _log.warning("%s", note)

    with ExitStack() as held:
        if output is None:
            folder = Path(held.enter_context(TemporaryDirectory(prefix="nlp-toolkit-")))
        else:
            folder = Path(output)
            held.enter_context(prepared_place(folder, overwrite=overwrite, resume=resume))
        cells, failures = _measured(
            plan, rows, folder / CELLS, isolated, jobs, device, on_cell or _unheard, kept=output is not None
        )
        _leave_out_scoreless(plan, cells, metric, failures)
        whole = {recipe.name: recipe for recipe in plan.recipes if recipe.name not in failures.of_recipe}
        left = (*left_out, *(LeftOut(each, reason) for each, reason in failures.of_recipe.items()))
        if not whole:
            kind = UnavailableError if failures.unavailable == set(failures.of_recipe) else DataError
            raise kind("no recipe could be compared: " + "; ".join(f"{each.name}: {each.reason}" for each in left))
        with limit(jobs):
            result = outcome_of(plan, rows, cells, whole, left, failures, metric, seed, text_map)
        notes += _threads_told(plan, cells, whole)
        result["summary"] = (*result["summary"], *(f"Note: {note}." for note in notes))
        settings = {
            "seed": seed,
            "folds": None if testing is not None else folds,
            "repeats": None if testing is not None else repeats,
            "learning_curve": sizes or None,
            "curve_seeds": curve_seeds if sizes and testing is not None else None,
            "metric": metric,
            "min_class_count": min_class_count,
            "jobs": jobs,
            "threads_per_recipe": sharing(jobs, len(plan.recipes), isolated)[1],
            "isolated": isolated,
            "device": device,
            "pareto_axes": list(PARETO_AXES),
            "recipes": {recipe.name: recipe.to_dict() for recipe in chosen},
        }
        found = ComparisonResult(
            **result,
            data=described(given, rows, name),
            settings=settings,
            versions=versions(),
            machine=machine(),
            output=None if output is None else Path(output),
        )
        if output is not None:
            write_reports(Path(output), found.to_json())
        return found


def _leave_out_scoreless(plan: Plan, cells: Mapping[str, Cell], metric: str, failures: Failures) -> None:
    """A recipe without the metric on some split cannot be compared by it: its failure says so."""
    for recipe in plan.recipes:
        if recipe.name in failures.of_recipe:
            continue
        try:
            for split in plan.splits:
                value_of(cells[plan.key(recipe, split)], metric)
        except DataError as error:
            failures.of_recipe[recipe.name] = str(error)


def _threads_told(plan: Plan, cells: Mapping[str, Cell], recipes: Mapping[str, Recipe]) -> tuple[str, ...]:
    """What to say where kept cells were measured with other numbers of threads: their costs are not alike."""
    used = sorted({cells[plan.key(recipe, split)].threads for recipe in recipes.values() for split in plan.splits})
    if len(used) < 2:
        return ()
    return (
        f"seconds and texts per second were measured with {' and '.join(map(str, used))} threads, as cells of earlier "
        "runs were kept: compare them with care, or measure anew (overwrite=True, --overwrite)",
    )


def _unheard(recipe: str, done: int, total: int) -> None:
    """A progress that nobody follows."""


def _check_numbers(**numbers: int) -> None:
    for name, number in numbers.items():
        if number < 1:
            raise UsageError(f"expected {name} of 1 or more, got {number}")


def sharing(jobs: int, n_recipes: int, isolated: bool) -> tuple[int, int]:
    """How many recipes run at a time, and threads for each: `jobs` in all."""
    workers = max(1, min(jobs, n_recipes)) if isolated else 1
    return workers, max(1, jobs // workers)


def _measured(
    plan: Plan,
    rows: ComparedRows,
    folder: Path,
    isolated: bool,
    jobs: int,
    device: Device,
    progress: Progress,
    *,
    kept: bool,
) -> tuple[dict[str, Cell], Failures]:
    """Every cell by its key, those that were finished before and those measured now."""
    store = CellStore(folder)
    cells = {key: cell for key in dict.fromkeys(plan.keys.values()) if (cell := store.read(key)) is not None}
    if cells:
        _log.info("%d of %d cells were finished before", len(cells), len(set(plan.keys.values())))
    tasks = []
    for recipe in plan.recipes:
        # A subset that is the whole part has the key of the part, and is measured once.
        of_recipe: dict[str, Split] = {}
        for split in (*plan.splits, *plan.drawn):
            of_recipe.setdefault(plan.key(recipe, split), split)
        work = [
            Work(key, split, split.size is None, split is plan.splits[0])
            for key, split in of_recipe.items()
            if key not in cells
        ]
        tasks.append(RecipeWork(recipe, work, len(of_recipe)))
    for task in tasks:
        if not task.work:
            progress(task.recipe.name, task.total, task.total)
    # The slowest first: what takes longest must not begin when the others are done.
    waiting = sorted((task for task in tasks if task.work), key=lambda task: not learns_slowly(task.recipe))
    # As many threads as all of them would get side by side, however few are left: costs are compared.
    workers, threads = sharing(jobs, len(plan.recipes), isolated)

    def unfinished() -> tuple[int, int]:
        keys = set(plan.keys.values())
        return sum(store.read(key) is not None for key in keys), len(keys)

    with told_what_is_kept(folder, unfinished, kept=kept):
        if isolated:
            failures = run_apart(
                waiting, rows, folder, workers=workers, threads=threads, device=device, progress=progress
            )
        else:
            with preferring(device):
                failures = run_here(waiting, rows, store, threads, progress)
        for key in plan.keys.values():
            cell = cells.get(key) or store.read(key)
            if cell is not None:
                cells[key] = cell
    return cells, failures
