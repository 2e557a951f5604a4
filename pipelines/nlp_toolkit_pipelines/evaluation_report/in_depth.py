"""Evaluation in depth: everything there is to know about one model on one labelled corpus, and a page of it."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from nlp_toolkit import Corpus, read_corpus
from nlp_toolkit.artefact import seen_in_training
from nlp_toolkit.errors import UsageError
from nlp_toolkit.metrics.calibration import Calibration, class_calibration, label_calibration
from nlp_toolkit.metrics.drift import Drift, text_drift
from nlp_toolkit.metrics.multilabel import indicator
from nlp_toolkit.threads import limit
from nlp_toolkit_pipelines.evaluation import predicted_labels, read_labelled, result_of, tell
from nlp_toolkit_pipelines.evaluation_report.distributions import distributions_of
from nlp_toolkit_pipelines.evaluation_report.errors import SHOWN, errors_of
from nlp_toolkit_pipelines.evaluation_report.figures import (
    MEAN_ERROR,
    SPREAD,
    baseline_of,
    class_figures,
    confusion_shares,
    figures_of,
    how_intervals,
)
from nlp_toolkit_pipelines.evaluation_report.leakage import THRESHOLD, leakage_of
from nlp_toolkit_pipelines.evaluation_report.place import check_folder, write_reports
from nlp_toolkit_pipelines.evaluation_report.results import EvaluationReport, Residuals
from nlp_toolkit_pipelines.evaluation_report.scored import ScoredRows, as_text, scored_rows
from nlp_toolkit_pipelines.evaluation_report.slices import slicings_of
from nlp_toolkit_pipelines.evaluation_report.stages import map_of, text_stage
from nlp_toolkit_pipelines.evaluation_report.summary import summary_of
from nlp_toolkit_pipelines.kept import versions
from nlp_toolkit_pipelines.model import TrainedModel, as_model
from nlp_toolkit_pipelines.prediction import check_pairs
from nlp_toolkit_pipelines.results import TrainResult

_MOST_RESIDUALS = 2000
_METHODS = ("pca", "t-sne", "none")


def evaluate_in_depth(
    model: str | Path | TrainedModel | TrainResult,
    corpus: Corpus | str | Path,
    *,
    output: "str | os.PathLike[str] | None" = None,
    train: Corpus | str | Path | None = None,
    text_map: str = "pca",
    errors: int = SHOWN,
    threshold: float = THRESHOLD,
    seed: int = 0,
    overwrite: bool = False,
    n_jobs: int | None = -1,
    name: str = "",
) -> EvaluationReport:
    """Evaluate a model in depth: figures with intervals, classes, calibration, errors, slices, leaks, drift, a map.

    Slices are by length, by language and by every metadata column of `corpus`. With the labelled or unlabelled
    training file `train` errors come with the training texts nearest to them, nearly equal texts are found, and drift
    is told. `output` is a directory for report.html and report.json. `name` is what the corpus is called on the page.
    The errors are those of `evaluate`; nothing is written then.
    """
    if text_map not in _METHODS:
        raise UsageError(f"unknown map {text_map!r}; known: {', '.join(_METHODS)}")
    folder = None if output is None else Path(output)
    if folder is not None:
        check_folder(folder, overwrite=overwrite)
    trained = as_model(model)
    given = read_labelled(corpus)
    training = train
    if not (training is None or isinstance(training, Corpus)):
        training = read_corpus(training, guess_labels=True, optional_labels=True)
    if training is not None:
        check_pairs(trained.task, training)
    values, predicted = predicted_labels(trained, given, n_jobs)
    seen = seen_in_training(given.rows, trained.training_hashes)
    evaluation = result_of(trained.task, trained.labels, values, predicted, seen)
    tell(evaluation)
    rows = scored_rows(trained.task, trained.labels, given.rows, values, predicted)
    columns = {key: [column[at] for at in rows.positions] for key, column in given.metadata.items()}
    with limit(n_jobs):
        stage = text_stage(trained)
        figures = figures_of(rows, seed=seed)
        baseline = baseline_of(rows, seed=seed)
        calibration = _calibration(rows, seed)
        slicings = slicings_of(rows, columns, seed=seed)
        leakage = leakage_of(rows, trained.training_hashes, training, threshold=threshold, seed=seed, n_jobs=n_jobs)
        points = None if text_map == "none" else map_of(rows, stage, "pca" if text_map == "pca" else "t-sne", seed)
        report = EvaluationReport(
            evaluation=evaluation,
            model=_described(trained),
            data={
                "name": name or _name(corpus),
                "rows": len(given),
                "training_rows": None if training is None else len(training),
            },
            summary=summary_of(rows, figures, baseline, calibration, slicings, leakage),
            figures=figures,
            baseline=baseline,
            classes=class_figures(rows),
            confusion=confusion_shares(rows),
            calibration=calibration,
            errors=errors_of(rows, given.ids, training, stage, errors),
            slicings=slicings,
            leakage=leakage,
            distributions=distributions_of(rows, seed=seed),
            drift=None if training is None else _drift(training, given, trained.task, seed),
            residuals=_residuals(rows, seed),
            map=points,
            settings={"seed": seed, "threshold": threshold, "intervals": how_intervals(numeric=rows.numeric)},
            versions=versions(),
        )
    if folder is None:
        return report
    write_reports(folder, report)
    return replace(report, output=folder)


def _calibration(rows: ScoredRows, seed: int) -> Calibration | None:
    if rows.probabilities is None or rows.numeric:
        return None
    if rows.task == "multilabel":
        return label_calibration(indicator(rows.true, rows.labels), rows.probabilities, seed=seed)
    return class_calibration(rows.codes()[0], rows.probabilities, seed=seed)


def _residuals(rows: ScoredRows, seed: int) -> Residuals | None:
    if not rows.numeric:
        return None
    gaps = rows.gaps()
    at = np.sort(np.random.default_rng(seed).permutation(len(rows))[:_MOST_RESIDUALS])
    found = figures_of(rows, [MEAN_ERROR, SPREAD], seed=seed)
    return Residuals(
        mean=found[MEAN_ERROR],
        spread=found[SPREAD],
        predicted=tuple(np.asarray(rows.predicted, dtype=np.float64)[at].tolist()),
        errors=tuple(gaps[at].tolist()),
    )


def _drift(train: Corpus, given: Corpus, task: str, seed: int) -> Drift:
    """Texts, and labels where they are names: how the tested file differs from the training file."""
    known = not task.endswith("regression") and train.labels is not None
    return text_drift(
        [as_text(row) for row in train.rows],
        [as_text(row) for row in given.rows],
        labels_before=_names(train.labels) if known else None,
        labels_now=_names(given.labels) if known else None,
        seed=seed,
    )


def _names(labels: Sequence[Any] | None) -> list[str | list[str]]:
    """Labels as a file has them: one a row, or a list of them."""
    return [list(map(str, row)) if isinstance(row, list | tuple) else str(row) for row in labels or ()]


def _described(model: TrainedModel) -> dict[str, Any]:
    return {
        "name": model.path.name if model.path is not None else model.recipe.name if model.recipe is not None else "",
        "task": model.task,
        "recipe": None if model.recipe is None else model.recipe.to_dict(),
        "labels": [str(label) for label in model.labels],
        "training_texts": len(model.training_hashes) or None,
    }


def _name(corpus: Corpus | str | Path) -> str:
    return "a corpus" if isinstance(corpus, Corpus) else Path(corpus).name
