"""Texts to a file of vectors: resolve what stage is meant, fit it if need be, transform block by block."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

from nlp_toolkit import Corpus, iter_corpus
from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit.registry import stage_kinds
from nlp_toolkit.threads import limit
from nlp_toolkit_pipelines.library import load_recipe, looks_like_recipe_file, recipe_names
from nlp_toolkit_pipelines.overrides import Overrides, as_mapping
from nlp_toolkit_pipelines.parameters import make_stage
from nlp_toolkit_pipelines.recipe import PartSpec, Recipe
from nlp_toolkit_pipelines.strict_yaml import did_you_mean

BLOCK_ROWS = 8192
HELD_CHARACTERS = 64_000_000  # up to 256 MB of text is fitted in one pass
Source: TypeAlias = "Corpus | str | Path | Iterable[Corpus]"


@dataclass(frozen=True)
class ResolvedStage:
    """What a stage argument stood for: the stage, and whether it is fitted already."""

    stage: Any
    fitted: bool


@dataclass(frozen=True)
class VectorizeResult:
    """How many rows and columns were written where, and how long it took, fitting included."""

    rows: int
    columns: int
    output: Path
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """`{"rows", "columns", "output", "seconds"}`."""
        return {**vars(self), "output": str(self.output), "seconds": round(self.seconds, 3)}


def features_of(pipeline: Any) -> Any:
    """What makes the features of a pipeline: all but its estimator, the stage alone where it is not reduced."""
    from sklearn.pipeline import Pipeline

    steps = [(name, step) for name, step in pipeline.steps if name != "estimator" and not isinstance(step, str)]
    if not steps:
        raise UsageError("this model has no vectorizer step: its estimator takes texts itself; use predict")
    return steps[0][1] if len(steps) == 1 else Pipeline(steps)


def _is_fitted(stage: Any) -> bool:
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    try:
        check_is_fitted(stage)
    except NotFittedError:
        return False
    return True


def _of_kind(kind: str, overrides: Overrides, seed: int) -> ResolvedStage:
    given = {key.removeprefix("vectorizer."): value for key, value in as_mapping(overrides).items()}
    return ResolvedStage(make_stage(PartSpec(kind=kind, parameters=given), seed, kind), fitted=False)


def _of_recipe(
    recipe: str | Path | Mapping[str, Any] | Recipe, overrides: Overrides, seed: int | None
) -> ResolvedStage:
    from sklearn.pipeline import Pipeline

    from nlp_toolkit_pipelines.building import build_parts

    loaded = load_recipe(recipe, overrides)
    if seed is not None:
        loaded = load_recipe(loaded, {"seed": seed})
    return ResolvedStage(features_of(Pipeline(build_parts(loaded))), fitted=False)


def _of_directory(path: Path) -> ResolvedStage:
    from nlp_toolkit import load

    model: Any = load(path)
    return ResolvedStage(features_of(model) if hasattr(model, "steps") else model, fitted=True)


def resolve_stage(
    argument: "str | Path | Mapping[str, Any] | Recipe | Any", overrides: Overrides = (), seed: int | None = None
) -> ResolvedStage:
    """The stage meant by a kind (`tfidf`), a recipe name, a recipe file, a saved directory, or a stage itself.

    A kind has its class's defaults with tokenizer auto; `overrides` may leave out "vectorizer." there. A saved
    directory is fitted and takes no overrides. A recipe with a reduction gives a pipeline of both.
    """
    if isinstance(argument, str) and argument in stage_kinds():
        return _of_kind(argument, overrides, seed or 0)
    if isinstance(argument, Mapping | Recipe) or (isinstance(argument, str) and argument in recipe_names()):
        return _of_recipe(argument, overrides, seed)
    if isinstance(argument, str | Path):
        path = Path(argument)
        if looks_like_recipe_file(str(argument)) or path.is_file():
            return _of_recipe(path, overrides, seed)
        if not path.exists():
            known = [*stage_kinds(), *recipe_names()]
            raise UsageError(f"no stage, recipe or directory is called {argument}{did_you_mean(str(argument), known)}")
        resolved = _of_directory(path)
    else:
        resolved = ResolvedStage(argument, _is_fitted(argument))
    if as_mapping(overrides):
        raise UsageError(
            f"{argument!s:.200} is made already, its parameters cannot be changed; name a kind or a recipe"
        )
    return resolved


class _Texts:
    """The rows of a corpus in blocks, one by one, as often as the blocks can be iterated over."""

    def __init__(self, blocks: Iterable[Corpus]) -> None:
        self._blocks = blocks

    def __iter__(self) -> Iterator[Any]:
        for block in self._blocks:
            yield from block.rows


class _File:
    """The blocks of a file, read anew each time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __iter__(self) -> Iterator[Corpus]:
        return iter_corpus(self._path, block_rows=BLOCK_ROWS)


def _blocks_of(source: Source) -> Iterable[Corpus]:
    if isinstance(source, Corpus):
        return [source]
    return _File(Path(source)) if isinstance(source, str | Path) else source


def _held(blocks: Iterable[Corpus]) -> tuple[list[Corpus], bool]:
    """The first blocks up to `HELD_CHARACTERS`, and whether they are all."""
    held: list[Corpus] = []
    characters = 0
    for block in blocks:
        held.append(block)
        characters += sum(map(len, block.texts)) + sum(len(a) + len(b) for a, b in block.pairs or ())
        if characters > HELD_CHARACTERS:
            return held, False
    return held, True


def _transformed(stage: Any, blocks: Iterable[Corpus], ids: deque[str]) -> Iterator[Any]:
    """Rows of every block, `BLOCK_ROWS` at a time; the ids of the rows are put into `ids` as they come."""
    for block in blocks:
        for start in range(0, len(block), BLOCK_ROWS):
            ids.extend(block.ids[start : start + BLOCK_ROWS] if block.ids is not None else ())
            yield stage.transform(list(block.rows[start : start + BLOCK_ROWS]))


def _fitted_rows(stage: Any, blocks: Iterable[Corpus], ids: deque[str]) -> Iterator[Any]:
    """Fit now, and return the rows. What fits in memory is tokenized once, larger input twice, in blocks."""
    if isinstance(blocks, Iterator):  # cannot be read twice
        blocks = list(blocks)
    held, complete = _held(blocks)
    if not complete:
        stage.fit(_Texts(blocks))
        return _transformed(stage, blocks, ids)
    for block in held:
        ids.extend(block.ids if block.ids is not None else ())
    rows = stage.fit_transform(list(_Texts(held)))
    return (rows[start : start + BLOCK_ROWS] for start in range(0, rows.shape[0], BLOCK_ROWS))


def _drained(ids: deque[str]) -> Iterator[str]:
    while ids:
        yield ids.popleft()


def _names(stage: Any, destination: str | Path) -> Any:
    """Column names, for the formats that keep them."""
    keeps = str(destination) == "-" or Path(destination).suffix.lower() in (".npz", ".jsonl")
    return stage.get_feature_names_out() if keeps else None


def vectorize(
    stage: "str | Path | Mapping[str, Any] | Recipe | Any",
    source: Source,
    destination: str | Path,
    *,
    overrides: Overrides = (),
    save_stage: str | Path | None = None,
    seed: int | None = None,
    overwrite: bool = False,
    n_jobs: int | None = -1,
    clock: Callable[[], float] = time.perf_counter,
) -> VectorizeResult:
    """Write a row of numbers for each text of `source`, in order, to `destination` (.npz, .npy, .parquet, .jsonl, "-").

    `stage` is what `resolve_stage` takes; one that is not fitted is fitted on `source` and, with
    `save_stage`, saved there. `source` is a corpus, a path, or blocks of a corpus: give something that
    can be iterated over twice, such as a list, where the input may be large. Column names go into .npz and
    .jsonl. `overwrite` is for both outputs.
    """
    from nlp_toolkit import save
    from nlp_toolkit.artefact.generations import check_target
    from nlp_toolkit.corpus.vectors import vector_format, write_vectors
    from nlp_toolkit.corpus.whole_file import check_place

    start = clock()
    resolved = resolve_stage(stage, overrides, seed)
    vector_format(destination)  # this and the next two: refused now, not after the work
    check_place(destination, overwrite=overwrite)
    if save_stage is not None:
        check_target(Path(save_stage), overwrite=overwrite)
    blocks = _blocks_of(source)
    ids: deque[str] = deque()
    columns: set[int] = set()
    with limit(n_jobs):
        make_rows = _transformed if resolved.fitted else _fitted_rows
        rows = _counting(make_rows(resolved.stage, blocks, ids), columns)
        first = next(rows, None)
        if first is None:
            raise DataError("no texts to vectorize; the input is empty")
        n_rows = write_vectors(
            chain([first], rows),
            destination,
            ids=_drained(ids) if ids else None,
            feature_names=_names(resolved.stage, destination),
            overwrite=overwrite,
        )
    if save_stage is not None:
        save(resolved.stage, save_stage, overwrite=overwrite, seed=seed)
    return VectorizeResult(rows=n_rows, columns=columns.pop(), output=Path(destination), seconds=clock() - start)


def _counting(blocks: Iterator[Any], columns: set[int]) -> Iterator[Any]:
    for rows in blocks:
        columns.add(rows.shape[1])
        yield rows
