"""The points of the map of texts: where TF-IDF puts them, their labels, and what the best recipe said."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from nlp_toolkit.errors import DataError
from nlp_toolkit_pipelines.building import build_pipeline
from nlp_toolkit_pipelines.comparison.cells import Cell
from nlp_toolkit_pipelines.comparison.rows import ComparedRows
from nlp_toolkit_pipelines.comparison.splits import Split

MapKind = Literal["pca", "t-sne", "none"]
RECIPE = "tfidf-logreg"
_TEXTS = 1000
_CHARACTERS = 200


def text_places(
    rows: ComparedRows, splits: Sequence[Split], cells: Sequence[Cell], method: MapKind, seed: int
) -> dict[str, Any] | None:
    """Up to 1,000 tested texts as points, each with its prediction by the model that had not seen it; None for pairs.

    The map is a picture of the texts, not a result: its stage is fitted on the texts it shows.
    """
    if method == "none" or rows.task.startswith("pair-"):
        return None
    predicted: Mapping[int, Any] = {
        row: value
        for split, cell in zip(splits, cells, strict=True)
        for row, value in zip(split.test.tolist(), cell.predicted, strict=True)
    }
    shown = sorted(np.random.default_rng(seed).permutation(sorted(predicted))[:_TEXTS].tolist())
    texts = [rows.rows[row] for row in shown]
    from nlp_toolkit_pipelines.report import text_map

    try:
        matrix = build_pipeline(RECIPE, {"vectorizer.min_df": 1})["vectorizer"].fit_transform(texts)
    except DataError:  # no word in any text: nothing to draw
        return None
    places = text_map(matrix, method, seed)
    points = [
        {
            "x": float(x),
            "y": float(y),
            "label": _shown(rows.values[row]),
            "predicted": _shown(predicted[row]),
            "text": rows.rows[row][:_CHARACTERS],
        }
        for row, (x, y) in zip(shown, places, strict=True)
    ]
    return {"method": method, "recipe": RECIPE, "points": points}


def _shown(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, list) else value if isinstance(value, float) else str(value)
