"""`nlp-toolkit index`: build an index of texts, change it, describe it, evaluate it, find duplicates in it."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from nlp_toolkit.errors import DataError
from nlp_toolkit_cli.devices import check_device
from nlp_toolkit_cli.grouped import Command, grouped
from nlp_toolkit_cli.options import Computing, Input, Overwrite, Reading, Seed, Settings, Speaking
from nlp_toolkit_cli.progress_bar import progress_bar
from nlp_toolkit_cli.reading import read_blocks
from nlp_toolkit_cli.show import fitted, print_json, print_line, print_pairs, print_table, progress, terminal_width

if TYPE_CHECKING:
    from nlp_toolkit import Corpus
    from nlp_toolkit_pipelines.search import IndexResult

app = typer.Typer(help="Build, change and evaluate an index of texts; search asks it.", rich_markup_mode=None)

Index: TypeAlias = Annotated[
    str, typer.Argument(metavar="INDEX", help="Index directory written by index build.", show_default=False)
]
Metadata: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--metadata",
        metavar="NAME:TYPE",
        help="Column to keep with each text, as str, int, float or bool, for --where; repeatable.",
    ),
]
OnDuplicate: TypeAlias = Annotated[
    Literal["refuse", "replace"],
    typer.Option("--on-duplicate", help="replace lets a text take the place of the one with its id."),
]
Wait: TypeAlias = Annotated[
    float, typer.Option("--wait", metavar="SECONDS", min=0, help="How long to wait for another writer.")
]


def build(
    stage: Annotated[
        str,
        typer.Argument(
            metavar="STAGE",
            help="A kind (bm25, tfidf), a recipe's name or file, or a directory saved before.",
            show_default=False,
        ),
    ],
    source: Input,
    *,
    output: Annotated[str, typer.Option("-o", "--output", metavar="INDEX", help="Directory.", show_default=False)],
    also: Annotated[
        list[str] | None,
        typer.Option("--also", metavar="STAGE", help="A further stage: a hybrid index of all of them; repeatable."),
    ] = None,
    method: Annotated[
        Literal["rrf", "weighted"],
        typer.Option("--method", help="How a hybrid index fuses: reciprocal ranks, or scores scaled to 0..1."),
    ] = "rrf",
    weight: Annotated[
        list[float] | None,
        typer.Option("--weight", metavar="X", help="Weight of each stage of a hybrid index, in order; 1 by default."),
    ] = None,
    kind: Annotated[
        Literal["exact", "approximate"],
        typer.Option("--kind", help="approximate builds a graph (HNSW) over dense rows."),
    ] = "exact",
    metric: Annotated[
        Literal["cosine", "dot"] | None,
        typer.Option("--metric", help="What makes texts similar; by default what the stage asks for."),
    ] = None,
    metadata: Metadata = None,
    on_duplicate: OnDuplicate = "refuse",
    settings: Settings = None,
    seed: Seed = None,
    overwrite: Overwrite = False,
    reading: Reading,
    computing: Computing,
    speaking: Speaking,
) -> None:
    """Index the texts of a corpus, with their ids and metadata.

    BEIR's corpus.jsonl is read as it is meant: id from _id, text from title and text.
    """
    from nlp_toolkit_pipelines.search import build_index

    check_device(computing.device)
    corpus = _read(source, reading, metadata or (), speaking)
    with progress_bar(quiet=speaking.quiet) as told:
        result = build_index(
            stage,
            corpus,
            output,
            also=also or (),
            method=method,
            weights=weight,
            kind=kind,
            metric=metric,
            overrides=settings or (),
            seed=seed,
            on_duplicate=on_duplicate,
            overwrite=overwrite,
            n_jobs=computing.jobs,
            progress=told,
        )
    _show(result, speaking)


def add(
    index: Index,
    source: Input,
    *,
    metadata: Metadata = None,
    on_duplicate: OnDuplicate = "refuse",
    refit: Annotated[bool, typer.Option("--refit", help="Fit the stage again on all texts afterwards.")] = False,
    wait: Wait = 30.0,
    reading: Reading,
    computing: Computing,
    speaking: Speaking,
) -> None:
    """Add the texts of a corpus to an index; only what is new is written."""
    from nlp_toolkit_pipelines.search import add_to_index

    check_device(computing.device)
    corpus = _read(source, reading, metadata or (), speaking)
    with progress_bar(quiet=speaking.quiet) as told:
        result = add_to_index(
            index,
            corpus,
            on_duplicate=on_duplicate,
            refit=refit,
            timeout=wait,
            n_jobs=computing.jobs,
            progress=told,
        )
    _show(result, speaking)


def delete(
    index: Index,
    ids: Annotated[
        list[str], typer.Argument(metavar="ID...", help="Ids to delete; - reads them from stdin.", show_default=False)
    ],
    *,
    wait: Wait = 30.0,
    speaking: Speaking,
) -> None:
    """Delete texts from an index by id; one that is not there is an error, and nothing is deleted."""
    from nlp_toolkit_pipelines.search import delete_from_index

    wanted = _ids_on_stdin() if ids == ["-"] else ids
    _show(delete_from_index(index, wanted, timeout=wait), speaking)


def info(index: Index, *, speaking: Speaking) -> None:
    """Show what an index is: its stages, size, metadata, generation, and the measured recall of a graph."""
    from nlp_toolkit_pipelines.search import inspect_index

    with progress(f"loading {index}", quiet=speaking.quiet):
        found = inspect_index(index)
    if speaking.json:
        print_json(found.to_json())
        return
    lines = [("texts", f"{found.texts:,}"), ("bytes", f"{found.bytes:,}"), ("generation", str(found.generation))]
    lines += [("fused by", found.method)] if found.method else []
    for part in found.parts:
        lines += [
            ("stage", part.stage),
            ("kind", part.kind if part.recall is None else f"{part.kind}, recall@10 {part.recall:.3f}"),
            ("metric", part.metric),
            ("columns", f"{part.columns:,}"),
            ("segments", f"{part.segments} ({part.deleted:,} deleted texts in them)"),
        ]
    print_pairs([*lines, *(("metadata", f"{name}:{kind}") for name, kind in found.metadata.items())])


def evaluate(
    index: Index,
    *,
    queries: Annotated[
        str, typer.Option("--queries", metavar="FILE", help="BEIR's queries.jsonl, or a corpus with id and text.")
    ],
    qrels: Annotated[
        str, typer.Option("--qrels", metavar="FILE", help="Judgements: BEIR's qrels.tsv or TREC's four columns.")
    ],
    k: Annotated[int, typer.Option("-k", min=1, help="How many hits count for nDCG, MRR and recall.")] = 10,
    run: Annotated[
        str | None, typer.Option("--run", metavar="FILE", help="Also write the lists as a TREC run.")
    ] = None,
    seed: Seed = None,
    overwrite: Overwrite = False,
    computing: Computing,
    speaking: Speaking,
) -> None:
    """Score an index on judged queries: nDCG (linear gain), MAP, MRR and recall, with 95 % intervals."""
    from nlp_toolkit.corpus.whole_file import check_place
    from nlp_toolkit_pipelines.retrieval import evaluate_retrieval, read_judgements, read_queries, write_run
    from nlp_toolkit_pipelines.search import open_index

    if run is not None:
        check_place(run, overwrite=overwrite)
    asked, judged = read_queries(queries), read_judgements(qrels)
    with progress(f"evaluating {index}", quiet=speaking.quiet):
        result = evaluate_retrieval(open_index(index, n_jobs=computing.jobs), asked, judged, k=k, seed=seed or 0)
    if run is not None:
        write_run(run, result.run, overwrite=overwrite)
    if speaking.json:
        print_json(result.to_json())
        return
    scores = result.scores
    rows = [
        (name, f"{value:.4f}", "{:.4f} to {:.4f}".format(*scores.intervals[name]))
        for name, value in scores.metrics.items()
    ]
    print_table(("metric", "mean", "95 % interval"), rows, numbers=("mean",))
    print_line(f"{scores.n:,} queries, {scores.unanswered:,} of them without any hit")


def duplicates(
    index: Index,
    *,
    threshold: Annotated[
        float, typer.Option("--threshold", metavar="X", help="Least cosine of a pair, above 0 and up to 1.")
    ] = 0.9,
    computing: Computing,
    speaking: Speaking,
) -> None:
    """List the pairs of texts in an index whose rows are nearly the same."""
    from nlp_toolkit_pipelines.search import index_duplicates, open_index

    with progress(f"comparing the texts of {index}", quiet=speaking.quiet):
        found = index_duplicates(open_index(index), threshold, n_jobs=computing.jobs)
        pairs = chain(list(islice(found, 1)), found)  # the first comes when all are found, and they may be many
    if speaking.json or not sys.stdout.isatty():
        for pair in pairs:
            print_json(pair.to_json())
        return
    half = max(10, (terminal_width() - 8) // 2 - 1)
    n_pairs = 0
    for pair in pairs:
        n_pairs += 1
        print_line(f"{pair.score:.4f}", fitted(pair.first_text, half), fitted(pair.second_text, half).rstrip())
        print_line("        " + fitted(pair.first, half), fitted(pair.second, half).rstrip())
    print_line(f"{n_pairs:,} pairs")


def _ids_on_stdin() -> list[str]:
    """An id a line, exactly as it stands there: ids are compared, not cleaned."""
    from nlp_toolkit.corpus.sources import open_source

    with open_source("-", None) as source, source.open() as stream:
        content = stream.read()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(f"stdin: line {line} is not UTF-8 (byte {error.start}); write the ids as UTF-8") from error
    return [line.rstrip("\r") for line in text.split("\n") if line.strip()]


def _read(source: str, reading: Reading, metadata: Sequence[str], speaking: Speaking) -> "Corpus":
    """The corpus whole, in BEIR's layout where it has it and no column was named."""
    from nlp_toolkit.corpus.corpus import concatenate
    from nlp_toolkit_pipelines.retrieval import beir_columns

    if reading.text_column is None and reading.id_column is None:
        reading = replace(reading, **beir_columns(source))
    with progress(f"reading {source}", quiet=speaking.quiet):
        return concatenate(list(read_blocks(source, reading, metadata)))


def _show(result: "IndexResult", speaking: Speaking) -> None:
    if speaking.json:
        print_json(result.to_json())
        return
    print_pairs(
        [
            ("texts", f"{result.texts:,}"),
            *([("added", f"{result.added:,}")] if result.added else []),
            *([("deleted", f"{result.deleted:,}")] if result.deleted else []),
            ("seconds", f"{result.seconds:.2f}"),
            ("saved", str(result.output)),
        ]
    )


_COMMANDS: dict[str, Command] = {
    "build": build,
    "add": add,
    "delete": delete,
    "info": info,
    "evaluate": evaluate,
    "duplicates": duplicates,
}
for name, command in _COMMANDS.items():
    app.command(name)(grouped(command))
