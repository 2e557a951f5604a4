"""What one needs to do it again: settings, seeds, versions, the machine, the recipes, and what was left out."""

from collections.abc import Mapping
from typing import Any

from nlp_toolkit.artefact.card import indented
from nlp_toolkit.text.visible import json_text
from nlp_toolkit_pipelines.report.html import Html, foreign, join, tag, text
from nlp_toolkit_pipelines.report.page import details, facts, paragraph
from nlp_toolkit_pipelines.report.tables import Cell, Column, table


def settings(report: Mapping[str, Any]) -> Html:
    """The section."""
    found = report["settings"]
    parts = [_left_out(report)] if report.get("left_out") else []
    parts.append(_facts({name: value for name, value in found.items() if name != "recipes"}))
    parts.append(tag("h3", {}, text("Versions and machine")))
    parts += [
        _machine(report.get("machine") or {}),
        facts([(name, text(version)) for name, version in report["versions"].items()]),
    ]
    if found.get("recipes"):
        whole = join([_recipe(name, recipe) for name, recipe in found["recipes"].items()])
        parts += [
            tag("h3", {}, text("Recipes")),
            paragraph("Each as it was run; saved as a file it can be run again."),
            whole,
        ]
    return join(parts)


def _left_out(report: Mapping[str, Any]) -> Html:
    rows = [[Cell(foreign(each["name"])), Cell(foreign(each["reason"]))] for each in report["left_out"]]
    return table("Recipes that were left out", [Column("Recipe"), Column("Why")], rows, sortable=False)


def _facts(found: Mapping[str, Any]) -> Html:
    return facts([(name.replace("_", " "), foreign(shown_value(value))) for name, value in found.items()])


def shown_value(value: object) -> str:
    """A setting in words, lists without brackets.

    >>> shown_value([1, 2]), shown_value(None), shown_value(True)
    ('1, 2', 'none', 'yes')
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(shown_value, value)) or "none"
    return json_text(value) if isinstance(value, Mapping) else str(value)


def _machine(machine: Mapping[str, Any]) -> Html:
    named = {"memory_gb": "memory in GB"}
    rounded = {name: round(value, 1) if isinstance(value, float) else value for name, value in machine.items()}
    return _facts({named.get(name, name): value for name, value in rounded.items()})


def _recipe(name: str, recipe: object) -> Html:
    return details(name, tag("pre", {}, text(indented(recipe))))
