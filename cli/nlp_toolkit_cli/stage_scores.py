"""What a stage's rows are worth, for people: correlations with scores, and shape, before and after whitening."""

from typing import TYPE_CHECKING

from nlp_toolkit_cli.scores import figure
from nlp_toolkit_cli.show import print_table

if TYPE_CHECKING:
    from nlp_toolkit_pipelines.intrinsic import StageEvaluation

_TITLES = {
    "spearman": "Spearman",
    "pearson": "Pearson",
    "effective_dimension": "effective dimension",
    "isoscore": "IsoScore",
    "mean_cosine": "mean cosine",
}


def print_stage(found: "StageEvaluation") -> None:
    """A row a figure with its interval, and the same after whitening."""
    before = {**(vars(found.similarity) if found.similarity is not None else {}), **vars(found.shape)}
    after = {}
    if found.whitened is not None:
        similarity = found.whitened.similarity
        after = {**(vars(similarity) if similarity is not None else {}), **vars(found.whitened.shape)}
    rows = [
        [title, *(cell for side in (before, after) for cell in _cells(side, name))]
        for name, title in _TITLES.items()
        if name in before
    ]
    columns = ["figure", "as it is", "95 %", "whitened", "95 % "]
    print_table(columns, rows, numbers=columns[1:])


def _cells(figures: dict[str, float], name: str) -> list[str]:
    if name not in figures:
        return ["-", ""]
    return [figure(figures[name]), f"{figures[f'{name}_low']:.3f} {figures[f'{name}_high']:.3f}"]
