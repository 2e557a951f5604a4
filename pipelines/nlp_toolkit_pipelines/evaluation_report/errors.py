"""The rows a model has most wrong, each with the training texts that are nearest to it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nlp_toolkit import Corpus
from nlp_toolkit.metrics.multilabel import indicator
from nlp_toolkit_pipelines.evaluation_report.results import Errors, NearText, WrongRow
from nlp_toolkit_pipelines.evaluation_report.scored import ScoredRows, as_text, shown_label
from nlp_toolkit_pipelines.evaluation_report.stages import TextStage
from nlp_toolkit_pipelines.neighbours import nearest

SHOWN = 50
NEAREST = 3


def errors_of(
    rows: ScoredRows, ids: Sequence[str] | None, train: Corpus | None, stage: TextStage, shown: int = SHOWN
) -> Errors:
    """The `shown` worst rows: the most surely wrong ones, or of numbers those farthest off."""
    sure, by = _confidence(rows)
    wrong = np.arange(len(rows)) if rows.numeric else np.flatnonzero(~rows.right())
    order = wrong if sure is None else wrong[np.argsort(-sure[wrong], kind="stable")]
    worst = order[:shown].tolist()
    near = _nearest(rows.select(worst), train, stage) if train is not None and worst else [()] * len(worst)
    gaps = rows.gaps() if rows.numeric else None
    found = tuple(
        WrongRow(
            row=rows.positions[at],
            id=None if ids is None else ids[rows.positions[at]],
            text=as_text(rows.texts[at]),
            label=shown_label(rows.true[at]),
            predicted=shown_label(rows.predicted[at]),
            confidence=None if sure is None or rows.numeric else float(sure[at]),
            error=None if gaps is None else float(gaps[at]),
            nearest=texts,
        )
        for at, texts in zip(worst, near, strict=True)
    )
    return Errors(len(wrong), by, found, stage.name if train is not None else None)


def _confidence(rows: ScoredRows) -> tuple[np.ndarray | None, str]:
    """By what rows are sorted, largest first, (n,) or None (as they come), and that in words."""
    if rows.numeric:
        return np.abs(rows.gaps()), "size of the error"
    if rows.probabilities is None:
        return None, "order in the file"
    if rows.task != "multilabel":
        return rows.probabilities.max(axis=1), "probability of the prediction"
    truth, guess = indicator(rows.true, rows.labels), indicator(rows.predicted, rows.labels)
    against = np.where(truth > 0, 1 - rows.probabilities, rows.probabilities)
    return np.where(truth != guess, against, 0.0).max(axis=1), "probability of the surest wrong decision"


def _nearest(rows: ScoredRows, train: Corpus, stage: TextStage) -> list[tuple[NearText, ...]]:
    texts: Sequence[Any] = stage.inputs(train.rows)
    found = nearest(stage.stage, texts, stage.inputs(rows.texts), k=NEAREST)
    labels = train.labels
    return [
        tuple(
            NearText(
                each.row,
                each.score,
                as_text(train.rows[each.row]),
                None if labels is None else str(shown_label(labels[each.row])),
            )
            for each in hits
        )
        for hits in found
    ]
