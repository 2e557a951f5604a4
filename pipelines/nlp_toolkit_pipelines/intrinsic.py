"""What a stage's rows are worth by themselves: agreement with people's similarity scores, and the shape they have."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nlp_toolkit import Corpus
from nlp_toolkit.errors import UsageError
from nlp_toolkit.estimators.reduce import Whiten
from nlp_toolkit.metrics.geometry import Shape, shape_of, spectrum
from nlp_toolkit.metrics.paired import bootstrap_difference
from nlp_toolkit.metrics.resampling import resampled_scores, score_terms
from nlp_toolkit.metrics.similarity import SimilarityScores, row_cosines, similarity_scores
from nlp_toolkit.protocols import Matrix
from nlp_toolkit.registry import stage_kinds
from nlp_toolkit.threads import limit
from nlp_toolkit_pipelines.evaluation import read_labelled
from nlp_toolkit_pipelines.labels import number_labels
from nlp_toolkit_pipelines.library import recipe_names
from nlp_toolkit_pipelines.model import TrainedModel
from nlp_toolkit_pipelines.results import TrainResult
from nlp_toolkit_pipelines.vectorizing import features_of, resolve_stage

_log = logging.getLogger("nlp_toolkit")

WHITENED = 256  # Su et al. 2021 keep so many of 768
_LEAST_SHARE = 1e-9


@dataclass(frozen=True)
class Whitened:
    """The same rows after whitening to `components` columns, fitted on these very texts (no label is needed).

    `gain` is Spearman's correlation after whitening less that before, with its paired interval; None without scores.
    """

    components: int
    similarity: SimilarityScores | None
    shape: Shape
    gain: float | None
    gain_low: float | None
    gain_high: float | None


@dataclass(frozen=True)
class StageEvaluation:
    """A stage on `rows` rows of `texts` different texts.

    `similarity` compares cosines of pairs with people's scores, None for single texts and pairs without scores;
    `shape` is that of the rows of the different texts; `whitened` is None where there are too few texts to whiten.
    """

    rows: int
    texts: int
    similarity: SimilarityScores | None
    shape: Shape
    whitened: Whitened | None

    def to_json(self) -> dict[str, Any]:
        """Every field under its name, ready for `json.dumps`."""
        return {"task": "similarity" if self.similarity is not None else "geometry", **asdict(self)}


def names_a_stage(argument: str | Path) -> bool:
    """Whether `argument` is a stage rather than a trained model: a kind, a recipe, or a directory that holds one."""
    from nlp_toolkit.artefact import read_manifest

    if Path(argument).is_dir():
        return (Path(argument) / "manifest.json").exists() and read_manifest(Path(argument)).kind == "stage"
    return str(argument) in stage_kinds() or str(argument) in recipe_names()


def evaluate_stage(
    stage: "str | Path | TrainedModel | TrainResult | Any",
    corpus: Corpus | str | Path,
    *,
    seed: int = 0,
    n_jobs: int | None = -1,
) -> StageEvaluation:
    """Evaluate the rows a stage makes: no label is predicted, and nothing is trained on labels.

    `stage` is what `resolve_stage` takes, or a trained model, whose features are looked at; a stage that is not fitted
    yet is fitted on these texts. A corpus of pairs with scores (STS) tells how well cosines agree with people; any
    texts tell the shape of the rows. Scores that are no numbers raise `DataError`.

    >>> from nlp_toolkit import Corpus, HashingVectorizer
    >>> pairs = [("a red car", "a red bus"), ("a red car", "two cats"), ("one cat", "a cat"), ("a bus", "the bus")]
    >>> found = evaluate_stage(HashingVectorizer(n_features=64), Corpus(pairs=pairs, labels=["3", "0", "4", "5"]))
    >>> found.similarity.n, found.texts
    (4, 7)
    """
    given = corpus if isinstance(corpus, Corpus) else read_labelled(corpus)
    model = stage.model if isinstance(stage, TrainResult) else stage
    resolved = resolve_stage(features_of(model.pipeline) if isinstance(model, TrainedModel) else model)
    if hasattr(resolved.stage, "stage_") or _takes_pairs(resolved.stage):
        raise UsageError("this stage takes pairs itself; evaluate the stage inside it, which takes one text")
    rows: Sequence[Any] = given.rows if given.pairs is not None else [(text,) for text in given.texts]
    place: dict[str, int] = {}
    at = np.array([[place.setdefault(text, len(place)) for text in row] for row in rows])
    texts = list(place)
    with limit(n_jobs):
        matrix: Matrix = (
            resolved.stage.transform(texts) if resolved.fitted else resolved.stage.fit(texts).transform(texts)
        )
        scores = None if given.pairs is None or given.labels is None else number_labels(given.labels)
        if given.pairs is not None and scores is None:
            _log.warning("the pairs have no scores, so that only the shape of the rows is told; name the score column")
        found = _cosines_and_shape(matrix, at, scores, seed)
        return StageEvaluation(len(rows), len(texts), *found, _whitened(matrix, at, scores, found[0], seed))


def _takes_pairs(stage: Any) -> bool:
    from nlp_toolkit.pairs import PairFeatures

    first = stage.steps[0][1] if hasattr(stage, "steps") else stage
    return isinstance(first, PairFeatures)


def _cosines_and_shape(
    matrix: Matrix, at: np.ndarray, scores: np.ndarray | None, seed: int
) -> tuple[SimilarityScores | None, Shape]:
    similarity = None if scores is None else similarity_scores(scores, _cosines(matrix, at), seed=seed)
    return similarity, shape_of(matrix, seed=seed)


def _cosines(matrix: Matrix, at: np.ndarray) -> np.ndarray:
    return row_cosines(matrix[at[:, 0]], matrix[at[:, 1]])


def _whitened(
    matrix: Matrix, at: np.ndarray, scores: np.ndarray | None, before: SimilarityScores | None, seed: int
) -> Whitened | None:
    """Half as many columns as texts at most: as many columns as texts set every text apart from every other alike."""
    sample = np.sort(np.random.default_rng(seed).permutation(matrix.shape[0])[:2000])
    filled = int((spectrum(matrix[sample]) > _LEAST_SHARE).sum())
    components = min(WHITENED, filled, len(sample) // 2)
    if components < 2:
        return None
    rows = Whiten(components, random_state=seed).fit_transform(matrix.astype(np.float64))
    similarity, shape = _cosines_and_shape(rows, at, scores, seed)
    if scores is None or similarity is None or before is None:
        return Whitened(components, None, shape, None, None, None)
    terms = [
        score_terms("spearman", "regression", scores.tolist(), _cosines(each, at).tolist(), ())
        for each in (rows, matrix)
    ]
    gain = bootstrap_difference(similarity.spearman - before.spearman, *resampled_scores(terms, seed=seed))
    return Whitened(components, similarity, shape, gain.difference, gain.low, gain.high)
