"""`nlp-toolkit words`: nearest words, analogies, evaluation and export of word vectors."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from nlp_toolkit_cli.grouped import Command, grouped
from nlp_toolkit_cli.options import Overwrite, Speaking
from nlp_toolkit_cli.show import print_json, print_pairs, print_table, progress

if TYPE_CHECKING:
    from nlp_toolkit import Word2VecVectorizer
    from nlp_toolkit.word_vectors.container import Neighbour

app = typer.Typer(help="Ask about the words of a Word2Vec model, or of a file of word vectors.", rich_markup_mode=None)

Model: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="Directory with a word2vec stage or a model that has one, or a file of vectors (.txt, .vec, .bin).",
        show_default=False,
    ),
]
Count: TypeAlias = Annotated[int, typer.Option("-k", min=1, help="How many words to show at most.")]


def nearest(
    model: Model,
    word: Annotated[str, typer.Argument(metavar="WORD", help="What to look for.", show_default=False)],
    *,
    k: Count = 10,
    speaking: Speaking,
) -> None:
    """Show the words whose vectors are most similar to a word's."""
    from nlp_toolkit_pipelines.words import nearest_words

    _show(nearest_words(_open(model, speaking), word, k), {"word": word}, speaking)


def analogy(
    model: Model,
    a: Annotated[str, typer.Argument(metavar="A", help="As in: A is to B as C is to what?", show_default=False)],
    b: Annotated[str, typer.Argument(metavar="B", show_default=False)],
    c: Annotated[str, typer.Argument(metavar="C", show_default=False)],
    *,
    k: Count = 10,
    speaking: Speaking,
) -> None:
    """Answer: A is to B as C is to what? (man king woman: queen, with luck.)"""
    from nlp_toolkit_pipelines.words import word_analogy

    _show(word_analogy(_open(model, speaking), a, b, c, k), {"analogy": [a, b, c]}, speaking)


def evaluate(
    model: Model,
    questions: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="Rows of word, word, score; or analogies, four words a line under ': section' lines.",
            show_default=False,
        ),
    ],
    *,
    speaking: Speaking,
) -> None:
    """Compare similarities with people's judgements, or count the analogies solved."""
    from nlp_toolkit_pipelines.words import evaluate_words

    stage = _open(model, speaking)
    with progress(f"evaluating on {questions}", quiet=speaking.quiet):
        result = evaluate_words(stage, questions).to_json()
    if speaking.json:
        print_json(result)
        return
    figures = [name.removesuffix("_low") for name in result if name.endswith("_low")]
    print_pairs(
        [(name, f"{result[name]:.4f} [{result[f'{name}_low']:.4f}, {result[f'{name}_high']:.4f}]") for name in figures]
        + [(name, f"{result[name]:,}") for name in ("n", "unknown")]
    )
    sections, ends = result.get("sections"), result.get("section_intervals")
    if isinstance(sections, dict) and isinstance(ends, dict):
        rows = [(name, f"{value:.4f}", "{:.4f} {:.4f}".format(*ends[name])) for name, value in sections.items()]
        print_table(("section", "accuracy", "95 %"), rows, numbers=("accuracy", "95 %"))


def export(
    model: Model,
    output: Annotated[
        str, typer.Argument(metavar="OUTPUT", help="word2vec text (.txt, .vec) or binary (.bin).", show_default=False)
    ],
    *,
    overwrite: Overwrite = False,
    speaking: Speaking,
) -> None:
    """Write the word vectors in word2vec's text or binary form."""
    from nlp_toolkit_pipelines.words import export_words

    stage = _open(model, speaking)
    with progress(f"writing {output}", quiet=speaking.quiet):
        n_words = export_words(stage, output, overwrite=overwrite)
    columns = stage.learned_.dimensions
    if speaking.json:
        print_json({"words": n_words, "columns": columns, "output": output})
    else:
        print_pairs([("words", f"{n_words:,}"), ("columns", f"{columns:,}"), ("saved", output)])


def _open(model: str, speaking: Speaking) -> "Word2VecVectorizer":
    from nlp_toolkit_pipelines.words import open_words

    with progress(f"loading {model}", quiet=speaking.quiet):
        return open_words(model)


def _show(found: "Sequence[Neighbour]", asked: dict[str, object], speaking: Speaking) -> None:
    if speaking.json:
        print_json({**asked, "neighbours": [asdict(neighbour) for neighbour in found]})
        return
    rows = [(neighbour.word, f"{neighbour.similarity:.4f}") for neighbour in found]
    print_table(("word", "similarity"), rows, numbers=("similarity",))


_COMMANDS: dict[str, Command] = {
    "nearest": nearest,
    "analogy": analogy,
    "evaluate": evaluate,
    "export": export,
}
for name, command in _COMMANDS.items():
    app.command(name)(grouped(command))
