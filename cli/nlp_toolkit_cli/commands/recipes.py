"""`nlp-toolkit recipes`: the shipped recipes, one of them in full, or the JSON Schema of recipe files."""

from pathlib import Path
from typing import Annotated

import typer

from nlp_toolkit_cli.completion import recipe_names as completed
from nlp_toolkit_cli.options import Speaking
from nlp_toolkit_cli.show import print_json, print_lines, print_table


def recipes(
    *,
    speaking: Speaking,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            autocompletion=completed,
            help="Check and show this recipe (a name or a file), to start one's own from.",
            show_default=False,
        ),
    ] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of a recipe file.")] = False,
) -> None:
    """List the recipes that come with the toolkit, or show one.

    A recipe is the first argument of train: `nlp-toolkit train tfidf-svm reviews.csv -o model`.
    """
    from nlp_toolkit_pipelines.library import list_recipes, load_recipe, recipe_names, recipe_text

    if schema:
        from nlp_toolkit_pipelines.schema import recipe_schema

        print_json(recipe_schema())
    elif name is not None:
        recipe = load_recipe(name)
        if speaking.json:
            print_json(recipe.to_dict())
        else:
            print_lines(recipe_text(name) if name in recipe_names() else Path(name).read_text(encoding="utf-8-sig"))
    elif speaking.json:
        print_json({"recipes": [recipe.to_json() for recipe in list_recipes()]})
    else:
        rows = [(recipe.name, recipe.task, recipe.summary) for recipe in list_recipes()]
        print_table(("name", "task", "summary"), rows)
