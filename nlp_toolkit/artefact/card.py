"""README.md of a saved model: what it is and the two lines that use it."""

import json
from collections.abc import Mapping

from nlp_toolkit.text.visible import json_escaped

_USES = {
    "stage": (
        'import nlp_toolkit\n\nrows = nlp_toolkit.load("MODEL").transform(["a text"])',
        "nlp-toolkit vectorize MODEL texts.txt -o rows.npz",
    ),
    "pipeline": (
        'import nlp_toolkit\n\nanswers = nlp_toolkit.load("MODEL").predict(["a text"])',
        "nlp-toolkit predict MODEL texts.txt",
    ),
}


def usage_lines(kind: str) -> str:
    """How to use a saved "stage" or "pipeline" from Python and from the shell, as Markdown."""
    python, shell = _USES[kind]
    return (
        "`MODEL` is the folder that holds `manifest.json`.\n\n"
        f"From Python:\n\n```python\n{python}\n```\n\n"
        f"From the shell:\n\n```sh\n{shell}\n```\n"
    )


def indented(value: object) -> str:
    """JSON over several lines for a card, exact and without hidden characters."""
    return json_escaped(json.dumps(value, indent=2, ensure_ascii=False))


def default_card(kind: str, *, task: str | None, metrics: Mapping[str, object] | None, recipe: object) -> str:
    """A model card from what is known when a model is saved."""
    title = f"A {task} model" if task else "A fitted stage" if kind == "stage" else "A fitted pipeline"
    sections = [f"# {title}\n", usage_lines(kind)]
    if metrics:
        sections.append(f"## Metrics\n\n```json\n{indented(metrics)}\n```\n")
    if recipe is not None:
        sections.append(f"## Recipe\n\n```json\n{indented(recipe)}\n```\n")
    return "\n".join(sections)
