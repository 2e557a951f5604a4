"""The state of an index, and how it goes into an index directory and comes back."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from nlp_toolkit.artefact import load, save
from nlp_toolkit.artefact.manifest import FileEntry
from nlp_toolkit.corpus.columns import MetadataType
from nlp_toolkit.errors import ArtefactError, UsageError
from nlp_toolkit.protocols import Vectorizer
from nlp_toolkit.search.approximate import GraphOptions, HnswRows
from nlp_toolkit.search.metadata import KNOWN_TYPES
from nlp_toolkit.search.segment import Segment
from nlp_toolkit.search.segment_files import describe, files_of, read_segment, write_segment
from nlp_toolkit.search.stages import METRICS, Metric, StageState, check_unchanged, saved_checksum, stage_checksum

T = TypeVar("T")

KINDS = ("exact", "approximate")


@dataclass(frozen=True)
class IndexState:
    """All an index consists of; a change makes a new one, so that whoever reads the old one is not disturbed.

    `stage` is the fitted stage, None before the first texts; `fitted` what its fitting left, to notice another one.
    `stage_folder` and `checksum` are where it lies in the index directory and what it is known by, None while it
    was not saved. `next_id` numbers texts that come without an id.
    """

    kind: str
    metric: Metric
    graph: GraphOptions
    stage: Vectorizer | None = None
    fitted: StageState = ()
    segments: tuple[Segment, ...] = ()
    types: Mapping[str, MetadataType] = field(default_factory=dict)
    next_id: int = 0
    n_columns: int = 0
    stage_folder: str | None = None
    checksum: str | None = None

    def moved(self) -> "IndexState":
        """The same index with nothing of it in any directory yet."""
        segments = tuple(replace(segment, folder=None, dead_file=None) for segment in self.segments)
        return replace(self, segments=segments, stage_folder=None)


@dataclass(frozen=True)
class WrittenIndex:
    """An index as it lies in a directory: its state, what the manifest says of it, and its files there."""

    state: IndexState
    fields: Mapping[str, object]
    files: frozenset[str]

    @property
    def deterministic(self) -> bool:
        """Whether building it again gives the same bytes; several threads build a graph differently each time."""
        return not any(isinstance(segment.rows, HnswRows) for segment in self.state.segments)


def write_index(root: Path, prefix: str, generation: int, state: IndexState) -> WrittenIndex:
    """Write what of `state` is not in the directory yet, every path starting with `prefix`."""
    if state.stage is None:
        raise UsageError("the index is empty and its stage is not fitted; add texts before saving it")
    check_unchanged(state.fitted)
    checksum, folder = state.checksum, state.stage_folder
    if folder is None:
        folder = f"{prefix}stage-{generation:06d}"
        (root / folder).parent.mkdir(parents=True, exist_ok=True)
        save(state.stage, root / folder)
        found = saved_checksum(root / folder)
        if checksum is not None and found != checksum:
            raise ArtefactError("the stage is no longer the one the rows were made with; call refit() before saving")
        checksum = found
    segments = tuple(
        write_segment(segment, root, prefix, f"{generation:06d}-{number}", generation, str(checksum))
        for number, segment in enumerate(state.segments)
    )
    stage_files = {file.relative_to(root).as_posix() for file in (root / folder).rglob("*") if file.is_file()}
    segment_files = {name for segment in segments for name in files_of(segment)}
    fields = {
        "kind": state.kind,
        "metric": state.metric,
        "graph": asdict(state.graph),
        "stage": {"folder": folder, "checksum": checksum},
        "columns": state.n_columns,
        "texts": sum(segment.n_alive for segment in segments),
        "metadata": [[name, kind] for name, kind in state.types.items()],
        "next_id": state.next_id,
        "segments": [describe(segment) for segment in segments],
    }
    saved = replace(state, segments=segments, stage_folder=folder, checksum=checksum)
    return WrittenIndex(saved, fields, frozenset(stage_files | segment_files))


def read_index(
    root: Path, fields: object, files: Mapping[str, FileEntry], vectorizer: Vectorizer | None = None
) -> IndexState:
    """The state that `fields` of the manifest describe; the caller has verified `files`.

    A `vectorizer` whose checksum is not that of the index's stage is refused (`ArtefactError`).
    """
    if not isinstance(fields, dict):
        raise ArtefactError(f"{root}: the manifest does not describe an index; it is damaged")
    try:
        stage, segments = fields["stage"], fields["segments"]
        folder, checksum = str(stage["folder"]), str(stage["checksum"])
        state = IndexState(
            kind=_one_of(KINDS, fields["kind"]),
            metric=_one_of(METRICS, fields["metric"]),
            graph=GraphOptions(**fields["graph"]),
            types={str(name): _one_of(KNOWN_TYPES, kind) for name, kind in fields["metadata"]},
            next_id=_count(fields["next_id"]),
            n_columns=_count(fields["columns"], most=np.iinfo(np.int32).max),
            stage_folder=folder,
            checksum=checksum,
        )
        state.graph.check()
        folders = [entry["folder"] for entry in segments]
        if len(set(folders)) < len(folders):
            raise ValueError("a segment is listed twice")
        listed = [f"{folder}/manifest.json", *(f"{entry['folder']}/rows.safetensors" for entry in segments)]
        listed += [f"{entry['folder']}/documents.sqlite" for entry in segments]
        listed += [f"{entry['folder']}/{entry['dead_file']}" for entry in segments if entry["dead_file"]]
    except (KeyError, TypeError, ValueError, UsageError) as error:
        raise ArtefactError(f"{root}: the manifest does not describe an index ({error!r}); it is damaged") from error
    for name in listed:
        if name not in files:
            raise ArtefactError(f"{root}: the manifest speaks of {name!r} without listing it; it is damaged or hostile")
    if saved_checksum(root / folder) != checksum:
        raise ArtefactError(f"{root / folder}: not the stage the rows were made with; the index is damaged")
    if vectorizer is not None and stage_checksum(vectorizer) != checksum:
        raise ArtefactError(
            f"{root}: its rows were made by another stage than the {type(vectorizer).__name__} given; "
            "load it without one, or build it anew"
        )
    found = load(root / folder) if vectorizer is None else vectorizer
    if not isinstance(found, Vectorizer) and not hasattr(found, "transform"):
        raise ArtefactError(f"{root / folder}: holds no stage but {type(found).__name__}; the index is damaged")
    read = tuple(read_segment(root, entry, state.n_columns, checksum) for entry in segments)
    return replace(state, stage=found, segments=read)  # type: ignore[arg-type]  # it has transform


def _one_of(known: tuple[T, ...], value: object) -> T:
    for each in known:
        if each == value:
            return each
    raise ValueError(f"{value!r} is none of {known}")


def _count(value: object, most: float = math.inf) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError(f"{value!r} is not a count")
    return value
