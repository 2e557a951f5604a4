"""The rows of numbers that tell which texts are near each other: the model's own, or TF-IDF where it has none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit_pipelines.building import build_pipeline
from nlp_toolkit_pipelines.evaluation_report.scored import ScoredRows, as_text, shown_label
from nlp_toolkit_pipelines.model import TrainedModel
from nlp_toolkit_pipelines.report.text_map import MapMethod, text_map
from nlp_toolkit_pipelines.vectorizing import features_of, resolve_stage

# As many as the page draws without a late frame; t-SNE takes 14 s for 2,000 texts and grows faster than they do.
MOST_POINTS: Mapping[MapMethod, int] = {"pca": 20_000, "t-sne": 2000}
_CHARACTERS = 240
_PLAIN = "tfidf-logreg"


@dataclass(frozen=True)
class TextStage:
    """A stage with its name; one that is not the model's own is fitted by whoever uses it, and takes single texts."""

    stage: Any
    name: str
    own: bool

    def inputs(self, rows: Sequence[Any]) -> list[Any]:
        """Rows as the stage takes them."""
        return list(rows) if self.own else [as_text(row) for row in rows]


def text_stage(model: TrainedModel) -> TextStage:
    """The stage that makes the model's features; a network that takes texts itself has none, and TF-IDF stands in."""
    try:
        return TextStage(features_of(model.pipeline), "the model's own features", own=True)
    except UsageError:
        plain = build_pipeline(_PLAIN, {"vectorizer.min_df": 1})["vectorizer"]
        return TextStage(plain, "TF-IDF", own=False)


def map_of(rows: ScoredRows, stage: TextStage, method: MapMethod, seed: int) -> dict[str, Any] | None:
    """Up to 20,000 rows (2,000 for t-SNE) as points for the map; None for pairs, and where no text has a word."""
    if rows.task.startswith("pair-") or len(rows) < 2:
        return None
    at = sorted(np.random.default_rng(seed).permutation(len(rows))[: MOST_POINTS[method]].tolist())
    shown = rows.select(at)
    resolved = resolve_stage(stage.stage)
    texts = stage.inputs(shown.texts)
    try:
        matrix = resolved.stage.transform(texts) if resolved.fitted else resolved.stage.fit_transform(texts)
    except DataError:  # no word in any text: nothing to draw
        return None
    points = [
        {
            "x": float(x),
            "y": float(y),
            "label": shown_label(truth),
            "predicted": shown_label(guess),
            "text": text[:_CHARACTERS],
        }
        for (x, y), truth, guess, text in zip(
            text_map(matrix, method, seed), shown.true, shown.predicted, shown.texts, strict=True
        )
    ]
    return {"method": method, "recipe": stage.name, "points": points}
