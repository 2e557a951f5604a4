"""`nlp-toolkit search`: the texts of an index that answer a query."""

import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nlp_toolkit.errors import UsageError
from nlp_toolkit_cli.devices import check_device
from nlp_toolkit_cli.options import Computing, Speaking
from nlp_toolkit_cli.show import fitted, print_json, print_line, print_styled, progress, terminal_width

if TYPE_CHECKING:
    from nlp_toolkit import Hit
    from nlp_toolkit.search.snippet import Snippet

_BLOCK = 256  # queries answered at a time


def search(
    index: Annotated[
        str, typer.Argument(metavar="INDEX", help="Index directory written by index build.", show_default=False)
    ],
    query: Annotated[
        str, typer.Argument(metavar="QUERY", help="What to look for; - reads a query a line.", show_default=False)
    ],
    *,
    k: Annotated[int, typer.Option("-k", min=1, help="How many hits to show at most.")] = 10,
    where: Annotated[
        str | None,
        typer.Option(
            "--where", metavar="FILTER", help="Only texts whose metadata fulfil this: \"year >= 2020 and label = 'x'\"."
        ),
    ] = None,
    computing: Computing,
    speaking: Speaking,
) -> None:
    """Find the texts of an index that are most like a query, best first.

    On a terminal this shows rank, score, id and the place that matches; into a file or a pipe, or with --json, one JSON
    object a query.
    """
    from nlp_toolkit.threads import limit
    from nlp_toolkit_pipelines.search import open_index

    check_device(computing.device)
    with progress(f"loading {index}", quiet=speaking.quiet):
        found = open_index(index, n_jobs=computing.jobs)
    as_json = speaking.json or not sys.stdout.isatty()
    with limit(computing.jobs):
        for block in _blocks(query):
            for asked, hits in zip(block, found.query(block, k, where), strict=True):
                if as_json:
                    print_json({"query": asked, "hits": [hit.to_json() for hit in hits]})
                else:
                    _print_hits(asked, hits, found, titled=query == "-")


def _blocks(query: str) -> Iterator[list[str]]:
    """The query, or the lines of stdin that are not empty, some at a time; cleaned as texts are when they are read."""
    from nlp_toolkit.corpus import iter_corpus
    from nlp_toolkit.text.normalize import clean

    if query != "-":
        if not query.strip():
            raise UsageError("the query is empty; give some words, or - to read queries from stdin")
        yield [clean(query).text]
        return
    for corpus in iter_corpus("-", format="txt"):
        lines = (text for text in corpus.texts if text.strip())
        while block := list(islice(lines, _BLOCK)):
            yield block


def _print_hits(query: str, hits: "Sequence[Hit]", index: Any, *, titled: bool) -> None:
    from rich.cells import cell_len

    from nlp_toolkit.search.snippet import analyzer_of, snippet

    if titled:
        print_styled([(f"? {query}", "bold")], fit=True)
    if not hits:
        print_line("no hit")
        return
    stage = getattr(index, "vectorizer_", None) or index.indexes[0].vectorizer_
    analyze = analyzer_of(stage)
    id_width = min(24, max(cell_len(hit.id) for hit in hits))
    rest = max(20, terminal_width() - id_width - 16)
    for hit in hits:
        cells = max(1, cell_len(hit.text[:1000]))
        piece = snippet(hit.text, query, analyze, width=max(10, rest * len(hit.text[:1000]) // cells))
        before = f"{hit.rank:>3}  {hit.score:>7.4f}  {fitted(hit.id, id_width)}  "
        print_styled([(before, ""), *_marked(piece)], fit=True)


def _marked(piece: "Snippet") -> Iterator[tuple[str, str]]:
    """The piece with what matches in it bold and green."""
    before = 0
    for start, end in piece.marks:
        yield piece.text[before:start], ""
        yield piece.text[start:end], "bold green"
        before = end
    yield piece.text[before:], ""
