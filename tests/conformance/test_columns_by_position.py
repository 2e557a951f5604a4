"""A column is read by position, whatever holds it; what is missing in it is missing, never a class or a number."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import nlp_toolkit
import nlp_toolkit_pipelines
from nlp_toolkit import (
    Bm25Vectorizer,
    Corpus,
    CountVectorizer,
    HashingVectorizer,
    HybridIndex,
    KoreanTokenizer,
    NeuralClassifier,
    NeuralRegressor,
    PairFeatures,
    SimilarityIndex,
    TfidfVectorizer,
    Word2VecVectorizer,
    metrics,
)
from nlp_toolkit.artefact.hashes import text_hashes
from nlp_toolkit.corpus.vectors import write_vectors
from nlp_toolkit.errors import DataError
from nlp_toolkit.estimators.multilabel import MultiLabelClassifier
from nlp_toolkit.estimators.svm import LinearSvmClassifier
from nlp_toolkit.estimators.text_rows import check_lengths, read_rows
from nlp_toolkit.estimators.text_targets import read_labels, read_numbers
from nlp_toolkit.metrics import (
    calibration,
    classification,
    distribution,
    drift,
    intervals,
    multilabel,
    paired,
    ranking,
    regression,
    resampling,
    similarity,
    word_drift,
)
from nlp_toolkit_pipelines import compare, evaluate, nearest, predict, train, tune
from nlp_toolkit_pipelines.profile import profile_corpus


class _PolarsSeries:
    """The protocol of a polars Series, as far as a column needs it."""

    def __init__(self, values: Sequence[Any]) -> None:
        self._values = list(values)

    def to_list(self) -> list[Any]:
        return list(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __getitem__(self, place: Any) -> Any:
        return self._values[place]

    @property
    def shape(self) -> tuple[int]:
        return (len(self._values),)


class _ArrowStream:
    """A column that is nothing but an Arrow stream."""

    def __init__(self, values: Sequence[Any]) -> None:
        self._column = pa.chunked_array([pa.array(values[:1]), pa.array(values[1:], pa.array(values[:1]).type)])

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        return self._column.__arrow_c_stream__(requested_schema)


class _LazyColumn(Sequence):  # type: ignore[type-arg]
    """A column of `datasets`: rows one after another, nothing else."""

    def __init__(self, values: Sequence[Any]) -> None:
        self._values = list(values)

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, place: Any) -> Any:
        return self._values[place]


def _backwards(values: Sequence[Any]) -> "pd.Series[Any]":
    """A Series whose index counts down: read by label it is the column upside down."""
    return pd.Series(list(values), index=range(len(values))[::-1])


def _category(values: Sequence[Any]) -> "pd.Series[Any]":
    return _backwards(values) if isinstance(values[0], list | tuple) else _backwards(values).astype("category")


def _array(values: Sequence[Any]) -> np.ndarray:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


# Each holds any values; lists of labels come as lists.
HOLDERS: dict[str, Callable[[Sequence[Any]], Any]] = {
    "series backwards": _backwards,
    "object array": _array,
    "category": _category,
    "nullable": lambda values: _backwards(values).convert_dtypes(),
    "arrow-backed": lambda values: _backwards(values).convert_dtypes(dtype_backend="pyarrow"),
    "arrow": pa.array,
    "chunked arrow": lambda values: pa.chunked_array([values[:2], values[2:]]),
    "arrow stream": _ArrowStream,
    "polars": _PolarsSeries,
    "datasets": _LazyColumn,
}

TEXTS = ["red apple", "green pear", "red car", "blue car", "apple pie", "fast car", "ripe pear", "old car"]
LABELS = ["fruit", "fruit", "car", "car", "fruit", "car", "fruit", "car"]
GUESSES = ["fruit", "car", "car", "car", "fruit", "fruit", "fruit", "car"]
SETS = [["fruit"], ["fruit", "car"], ["car"], ["car"], ["fruit"], ["car"], ["fruit"], ["car", "fruit"]]
NUMBERS = [1.0, 2.5, 3.0, 4.0, 1.5, 3.5, 2.0, 5.0]
OTHERS = [1.5, 2.0, 3.5, 4.5, 1.0, 2.5, 2.0, 4.0]
FLAGS = [True, False, True, True, True, False, True, True]
CODES = [0, 0, 1, 1, 0, 1, 0, 1]
SHARES = [0.9, 0.8, 0.1, 0.2, 0.6, 0.7, 0.55, 0.3]
TABLE = np.column_stack([SHARES, 1 - np.array(SHARES)])
IDS = list("abcdefgh")
GROUPS = ["g1", "g2", "g1", "g3", "g2", "g4", "g3", "g4"]
PAIRS = [(text, text[::-1]) for text in TEXTS]
ROWS = CountVectorizer().fit_transform(TEXTS)

Held = Callable[[Sequence[Any]], Any]


def _rows(stage: Any) -> Callable[[Held], Any]:
    def both_ways(held: Held) -> Any:
        fitted = stage.fit(held(TEXTS), held(LABELS))
        together = stage.fit_transform(held(TEXTS)) if hasattr(stage, "fit_transform") else 0
        ask = getattr(fitted, "transform_query", fitted.transform)
        return together, fitted.transform(held(TEXTS)), ask(held(TEXTS))

    return both_ways


def _blocks(stage: Any) -> Callable[[Held], Any]:
    return lambda held: [*stage.fit(held(TEXTS)).transform_blocks(held(TEXTS))]


def _network(make: Callable[[], Any], y: Sequence[Any]) -> Callable[[Held], Any]:
    def scores(held: Held) -> Any:
        network = make().fit(held(TEXTS), held(y), sample_weight=held(NUMBERS))
        asked = "predict_proba" if hasattr(network, "predict_proba") else "predict"
        return getattr(network, asked)(held(TEXTS))

    return scores


def _small(cls: Any) -> Callable[[], Any]:
    return lambda: cls("bag", embedding_dim=4, hidden=4, training={"epochs": 1}, device="cpu")


def _index(held: Held) -> Any:
    index = SimilarityIndex(TfidfVectorizer())
    index.add(held(TEXTS), held(IDS), {"price": held(NUMBERS), "kind": held(LABELS)})
    found = [(hit.id, hit.metadata) for hits in index.query(held(["car", "pear"])) for hit in hits]
    return found, index.delete(held(["b", "c"])), [document.id for document in index.texts()]


def _hybrid(held: Held) -> Any:
    index = HybridIndex([SimilarityIndex(CountVectorizer()), SimilarityIndex(TfidfVectorizer())], weights=held([1, 2]))
    names = index.add(held(TEXTS), held(IDS), {"kind": held(LABELS)})
    return names, index.delete(held(["a"])), [hit.id for hits in index.query(held(["car"])) for hit in hits]


def _corpus(held: Held) -> Corpus:
    return Corpus(
        texts=held(TEXTS),
        labels=held(LABELS),
        ids=held(IDS),
        weights=held(NUMBERS),
        groups=held(GROUPS),
        metadata={"price": held(NUMBERS), "flag": held(FLAGS)},
    )


def _told(corpus: Corpus) -> Any:
    kept = corpus.select([5, 0])
    return [
        (each.texts, each.labels, each.ids, [*each.weights], each.groups, each.metadata)  # type: ignore[misc]
        for each in (corpus, kept)
    ]


RECIPE = {"task": "classification", "vectorizer": {"kind": "count"}, "estimator": {"kind": "logreg"}}


def _trained(held: Held) -> Any:
    result = train(RECIPE, _corpus(held), folds=2, n_jobs=1)
    return result.evaluation.to_json(), [p.to_json() for p in predict(result, held(TEXTS))]  # type: ignore[union-attr]


def _pairs_predicted(held: Held) -> Any:
    recipe = RECIPE | {"task": "pair-classification"}
    result = train(recipe, Corpus(pairs=held(PAIRS), labels=held(LABELS)), folds=0, n_jobs=1)
    return [p.to_json() for p in predict(result, held(PAIRS))]


def _evaluated(held: Held) -> Any:
    model = train(RECIPE, Corpus(texts=TEXTS, labels=LABELS), folds=0, n_jobs=1)
    in_depth = nlp_toolkit_pipelines.evaluate_in_depth(model, _corpus(held), train=_corpus(held), text_map="none")
    return evaluate(model, _corpus(held)).to_json(), str(in_depth.to_json())


def _compared(held: Held) -> Any:
    texts, groups = TEXTS + [f"{text} again" for text in TEXTS], GROUPS + GROUPS
    corpus = Corpus(texts=held(texts), labels=held(LABELS + LABELS), groups=held(groups))
    recipes = [RECIPE | {"name": "one"}]
    result = compare(corpus, recipes, folds=2, isolated=False, text_map="none", n_jobs=1).to_json()
    return result["summary"], result["recipes"][0]["metrics"], result["recipes"][0]["train_score"]


def _tuned(held: Held) -> Any:
    recipe = RECIPE | {"space": {"estimator.C": {"choice": [0.1, 1.0]}}}
    corpus = Corpus(texts=held(TEXTS * 3), labels=held(LABELS * 3), weights=held(NUMBERS * 3))
    result = tune(recipe, corpus, trials=2, folds=2, n_jobs=1)
    return result.inner, result.outer.score


def _vectors(held: Held, path: Any) -> bytes:
    write_vectors([ROWS], path, ids=held(IDS), overwrite=True)
    return bytes(path.read_bytes())


# Every public callable that takes a column (or a corpus), called with columns held one way or the other.
ENTRIES: dict[str, Callable[[Held], Any]] = {
    "CountVectorizer": _rows(CountVectorizer()),
    "TfidfVectorizer": _rows(TfidfVectorizer()),
    "HashingVectorizer": _rows(HashingVectorizer(n_features=64)),
    "Bm25Vectorizer": _rows(Bm25Vectorizer()),
    "Word2VecVectorizer": _rows(Word2VecVectorizer(vector_size=4, min_count=1, epochs=1)),
    "PairFeatures": lambda held: PairFeatures(CountVectorizer()).fit(held(PAIRS)).transform(held(PAIRS)),
    "transform_blocks": _blocks(CountVectorizer()),
    "KoreanTokenizer": lambda held: list(KoreanTokenizer().batch(held(["안녕하세요", "고양이가 잔다"]))),
    "LinearSvmClassifier": lambda held: (
        LinearSvmClassifier(random_state=0).fit(ROWS, held(LABELS), held(NUMBERS)).predict_proba(ROWS)
    ),
    "MultiLabelClassifier": lambda held: (
        MultiLabelClassifier(LinearSvmClassifier(random_state=0))
        .fit(ROWS, held(SETS), held(NUMBERS))
        .predict_proba(ROWS)
    ),
    "what networks read": lambda held: (
        *(read_rows(held(TEXTS), "NFC"), read_rows(held(PAIRS), "NFC"), read_numbers(held(NUMBERS))),
        *(read_labels(held(LABELS)), read_labels(held(SETS)), check_lengths(TEXTS, LABELS, held(NUMBERS))),
    ),
    "SimilarityIndex": _index,
    "HybridIndex": _hybrid,
    "Corpus": lambda held: _told(_corpus(held)),
    "Corpus of pairs": lambda held: (lambda corpus: (corpus.pairs, corpus.labels))(
        Corpus(pairs=held(PAIRS), labels=held(SETS))
    ),
    "text_hashes": lambda held: text_hashes(_corpus(held).rows),
    "profile_corpus": lambda held: profile_corpus(_corpus(held)),
    "nearest": lambda held: nearest("count", held(TEXTS), held(["car", "apple"]), k=2),
    "ratio": lambda held: classification.ratio(_backwards(CODES), held(NUMBERS)),  # type: ignore[arg-type]
    "label_codes": lambda held: classification.label_codes(held(LABELS), held(["car", "fruit"])),
    "confusion_matrix": lambda held: classification.confusion_matrix(held(CODES), np.array(CODES[::-1]), 2),
    "log_loss": lambda held: classification.log_loss(held(CODES), TABLE),
    "classification_scores": lambda held: classification.classification_scores(
        held(LABELS), held(GUESSES), held(["car", "fruit"]), TABLE
    ).metrics(),
    "indicator": lambda held: multilabel.indicator(held(SETS), held(["car", "fruit"])),
    "multilabel_scores": lambda held: multilabel.multilabel_scores(
        held(SETS), held(SETS[::-1]), held(["car", "fruit"]), TABLE
    ).metrics(),
    "regression_scores": lambda held: regression.regression_scores(held(NUMBERS), held(OTHERS)),
    "pearson": lambda held: regression.pearson(held(NUMBERS), held(OTHERS)),
    "spearman": lambda held: regression.spearman(held(NUMBERS), held(OTHERS)),
    "corrected_t_test": lambda held: paired.corrected_t_test(held(NUMBERS), held(OTHERS), 0.5),
    "mcnemar_test": lambda held: paired.mcnemar_test(held(FLAGS), held(FLAGS[1:] + FLAGS[:1])),
    "bootstrap_difference": lambda held: paired.bootstrap_difference(0.1, held(NUMBERS), held(OTHERS)),
    "holm": lambda held: paired.holm(held(SHARES)),
    "bootstrap_interval": lambda held: intervals.bootstrap_interval(held(NUMBERS)),
    "percentile_interval": lambda held: intervals.percentile_interval(held(NUMBERS)),
    "wilson_interval": lambda held: intervals.wilson_interval(held(CODES), held([2] * 8)),
    "corrected_variance": lambda held: intervals.corrected_variance(held(NUMBERS), 0.5),
    "corrected_interval": lambda held: intervals.corrected_interval(held(NUMBERS), 0.5),
    "two_source_interval": lambda held: intervals.two_source_interval(held(NUMBERS), held(OTHERS)),
    "score_terms": lambda held: [
        resampling.score_terms(
            "accuracy", "classification", held(LABELS), held(GUESSES), held(["car", "fruit"])
        ).value(),
        resampling.score_terms("macro_f1", "multilabel", held(SETS), held(SETS[::-1]), held(["car", "fruit"])).value(),
        resampling.score_terms("rmse", "regression", held(NUMBERS), held(OTHERS), ()).value(),
    ],
    "mean_terms": lambda held: resampling.mean_terms(held(NUMBERS)).value(),
    "similarity_scores": lambda held: similarity.similarity_scores(held(NUMBERS), held(OTHERS)),
    "bin_of": lambda held: calibration.bin_of(held(SHARES)),
    "reliability": lambda held: calibration.reliability(held(SHARES), held(CODES)),
    "calibration_error": lambda held: calibration.calibration_error(held(SHARES), held(CODES)),
    "brier_score": lambda held: calibration.brier_score(held(CODES), TABLE),
    "class_calibration": lambda held: calibration.class_calibration(held(CODES), TABLE),
    "shares": lambda held: distribution.shares(held(LABELS), held(["car", "fruit"])),
    "label_distributions": lambda held: distribution.label_distributions(
        held(LABELS), held(GUESSES), held(["car", "fruit"])
    ),
    "entropies": lambda held: [
        of(*[held([0.25, 0.75])] * n)
        for of, n in (
            *((distribution.entropy, 1), (distribution.cross_entropy, 2), (distribution.kl_divergence, 2)),
            *((distribution.jensen_shannon, 2), (distribution.distribution, 1), (distribution.log_softmax, 1)),
            *((distribution.entropy_of_logits, 1), (distribution.cross_entropy_of_logits, 2)),
            (distribution.kl_divergence_of_logits, 2),
        )
    ],
    "length_drift": lambda held: drift.length_drift(held(CODES), held(CODES[1:])),
    "label_drift": lambda held: [drift.label_drift(held(LABELS), held(GUESSES)), drift.label_drift(held(SETS), SETS)],
    "label_drift_interval": lambda held: drift.label_drift_interval(held(LABELS), held(GUESSES)),
    "text_drift": lambda held: drift.text_drift(
        held(TEXTS), held(TEXTS[3:]), labels_before=held(LABELS), labels_now=held(LABELS[3:])
    ),
    "word_drift": lambda held: word_drift.word_drift(held(SETS), held(SETS[2:])),
    "rankings": lambda held: [
        ranking.discounted_gain(held([3.0, 0.0, 2.0])),
        ranking.ndcg(held(IDS), {"b": 1, "c": 3}, 3),
        ranking.average_precision(held(IDS), {"b": 1, "c": 3}),
        ranking.reciprocal_rank(held(IDS), {"b": 1}, 3),
        ranking.recall(held(IDS), {"b": 1, "h": 1}, 3),
        ranking.ranking_scores({"q": held(IDS)}, {"q": {"b": 1}}).metrics,
    ],
}

# These take long, and read their columns as entries above do in every holder: the index that counts down is enough.
OVER_A_CORPUS: dict[str, Callable[[Held], Any]] = {
    "NeuralClassifier": _network(_small(NeuralClassifier), LABELS),
    "NeuralClassifier of lists": _network(_small(NeuralClassifier), SETS),
    "NeuralRegressor": _network(_small(NeuralRegressor), NUMBERS),
    "train and predict": _trained,
    "train and predict pairs": _pairs_predicted,
    "evaluate": _evaluated,
    "compare": _compared,
    "tune": _tuned,
}


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(_same, one, other))
    if hasattr(one, "toarray"):
        return bool((one != other).nnz == 0)
    if isinstance(one, np.ndarray | float):
        return bool(np.array_equal(one, other, equal_nan=True))
    return bool(one == other)


@cache
def _of_lists(entry: str) -> Any:
    return ENTRIES[entry](list)


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("entry", ENTRIES)
def test_a_column_gives_what_the_list_of_its_cells_gives(entry: str, holder: str) -> None:
    assert _same(ENTRIES[entry](HOLDERS[holder]), _of_lists(entry))


@pytest.mark.parametrize("entry", OVER_A_CORPUS)
def test_a_corpus_of_columns_gives_what_one_of_lists_gives(entry: str) -> None:
    assert _same(OVER_A_CORPUS[entry](_backwards), OVER_A_CORPUS[entry](list))


@pytest.mark.parametrize("holder", HOLDERS)
def test_ids_of_vectors_are_taken_by_position(holder: str, tmp_path: Any) -> None:
    assert _vectors(HOLDERS[holder], tmp_path / "a.jsonl") == _vectors(list, tmp_path / "b.jsonl")


# Names of parameters that are columns, and public callables that have one and no entry of their own, with the reason.
COLUMNS = {
    *("texts", "raw_documents", "pairs", "queries", "y", "labels", "groups", "weights", "ids", "sample_weight"),
    *("true", "predicted", "observed", "values", "scores", "similarities", "first", "second", "first_right", "p"),
    *("second_right", "p_values", "before", "now", "label_sets", "ranked", "gains", "run", "part", "whole", "logits"),
    *("probabilities", "came_true", "corpus", "metadata", "resampled"),
}
COVERED_BY = {
    "TextTransformerMixin": "a base class; in the entries of the stages",
    "read_corpus": "takes names of columns",
    "iter_corpus": "takes names of columns",
    "jackknife_interval": "groups are a number",
    "build_index": "takes a corpus, and gives its columns to SimilarityIndex.add",
    "add_to_index": "takes a corpus, and gives its columns to SimilarityIndex.add",
    "delete_from_index": "gives its ids to SimilarityIndex.delete",
    "evaluate_in_depth": "in the entry evaluate",
    "evaluate_stage": "takes a corpus, whose columns are lists",
    "evaluate_retrieval": "queries are a mapping",
    "write_run": "a run is a mapping of rankings",
    "predict": "in the entry train and predict",
    "train": "in the entry train and predict",
    "BertVectorizer": "reads texts by check_texts, as every stage does",
    "BertClassifier": "reads rows, labels and weights in TextClassifier, as NeuralClassifier does",
    "BertRegressor": "reads rows, numbers and weights in TextRegressor, as NeuralRegressor does",
    "row_cosines": "takes matrices",
    "resampled_scores": "takes ScoreTerms",
    "label_calibration": "takes matrices",
    "binary_log_loss": "takes matrices",
    **dict.fromkeys(
        ["entropy", "cross_entropy", "kl_divergence", "jensen_shannon", "distribution", "log_softmax"],
        "in the entry entropies",
    ),
    **dict.fromkeys(
        ["entropy_of_logits", "cross_entropy_of_logits", "kl_divergence_of_logits"], "in the entry entropies"
    ),
    **dict.fromkeys(
        ("discounted_gain", "ndcg", "average_precision", "reciprocal_rank", "recall", "ranking_scores"),
        "in the entry rankings",
    ),
}


def _with_columns() -> set[str]:
    """Names of public functions, and classes with a public method, that take a column."""
    found = {getattr(package, name) for package in (nlp_toolkit, nlp_toolkit_pipelines) for name in package.__all__}
    for module in pkgutil.iter_modules(metrics.__path__, metrics.__name__ + "."):
        there = importlib.import_module(module.name)
        found |= {
            thing
            for name, thing in vars(there).items()
            if inspect.isfunction(thing) and thing.__module__ == module.name and not name.startswith("_")
        }
    names = set()
    for thing in found:
        if hasattr(thing, "__dataclass_params__") and thing is not Corpus:
            continue  # a result or a setting, which holds what a function gave it
        methods = [getattr(thing, name) for name in dir(thing) if not name.startswith("_") and inspect.isclass(thing)]
        asked = [thing, *(method for method in methods if inspect.isfunction(method))]
        if any(COLUMNS.intersection(inspect.signature(each).parameters) for each in asked):
            names.add(thing.__name__)
    return names


def test_every_public_callable_that_takes_a_column_is_tried() -> None:
    assert _with_columns() - {*ENTRIES, *OVER_A_CORPUS} - {*COVERED_BY} == set()


MISSING = {
    "None": lambda values: [*values[:-1], None],
    "nan": lambda values: [*values[:-1], float("nan")],
    "NaT": lambda values: [*values[:-1], pd.NaT],
    "series": lambda values: _backwards([*values[:-1], None]),
    "nullable": lambda values: _backwards([*values[:-1], None]).convert_dtypes(),
    "arrow-backed": lambda values: _backwards([*values[:-1], None]).convert_dtypes(dtype_backend="pyarrow"),
    "category": lambda values: _backwards([*values[:-1], None]).astype("category"),
    "arrow": lambda values: pa.array([*values[:-1], None]),
    "arrow stream": lambda values: _ArrowStream([*values[:-1], None]),
    "polars": lambda values: _PolarsSeries([*values[:-1], None]),
}

REFUSING: dict[str, Callable[[Held], Any]] = {
    "labels of a corpus": lambda held: train(RECIPE, Corpus(texts=TEXTS, labels=held(LABELS)), folds=0),
    "numbers of a corpus": lambda held: train(
        {"task": "regression", "vectorizer": "count", "estimator": "ridge"},
        Corpus(texts=TEXTS, labels=held(NUMBERS)),
        folds=0,
    ),
    "groups of a corpus": lambda held: train(RECIPE, Corpus(texts=TEXTS, labels=LABELS, groups=held(GROUPS)), folds=2),
    "weights of a corpus": lambda held: train(RECIPE, Corpus(texts=TEXTS, labels=LABELS, weights=held(NUMBERS))),
    "ids of a corpus": lambda held: Corpus(texts=TEXTS, ids=held(IDS)),
    "labels of an SVM": lambda held: LinearSvmClassifier().fit(ROWS, held(LABELS)),
    "weights of an SVM": lambda held: LinearSvmClassifier().fit(ROWS, LABELS, held(NUMBERS)),
    "labels of a network": lambda held: _small(NeuralClassifier)().fit(TEXTS, held(LABELS)),
    "numbers of a network": lambda held: _small(NeuralRegressor)().fit(TEXTS, held(NUMBERS)),
    "weights of a network": lambda held: _small(NeuralClassifier)().fit(TEXTS, LABELS, held(NUMBERS)),
    "texts of a stage": lambda held: CountVectorizer().fit(held(TEXTS)),
    "labels that are scored": lambda held: classification.classification_scores(
        held(LABELS), GUESSES, ["car", "fruit"]
    ),
    "numbers that are scored": lambda held: regression.regression_scores(held(NUMBERS), OTHERS),
    "answers of McNemar's test": lambda held: paired.mcnemar_test(held(FLAGS), FLAGS),
    "labels that drift": lambda held: drift.label_drift(held(LABELS), LABELS),
    "ids of an index": lambda held: SimilarityIndex(CountVectorizer()).add(TEXTS, held(IDS)),
}


@pytest.mark.parametrize("missing", MISSING)
@pytest.mark.parametrize("entry", REFUSING)
def test_what_is_missing_is_refused_with_its_row(entry: str, missing: str) -> None:
    with pytest.raises(DataError, match=r"\brow 8 \(counted from 1\)"):
        REFUSING[entry](MISSING[missing])


def test_missing_metadata_is_none() -> None:
    for held in MISSING.values():
        assert Corpus(texts=TEXTS, metadata={"kind": held(LABELS)}).metadata["kind"] == [*LABELS[:-1], None]
