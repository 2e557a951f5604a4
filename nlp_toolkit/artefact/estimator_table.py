"""The dictionary of scikit-learn estimators a model directory can hold: for each class, what its fit leaves behind.

Estimators are rebuilt by this table and by nothing else: a class that is not here is neither saved nor loaded, a
fitted attribute that is not here is neither written nor set. Parameters are those of the constructor, checked by
scikit-learn itself.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nlp_toolkit.artefact.fitted_rules import (
    FLAG,
    Choice,
    Count,
    Dimensions,
    Floats,
    Integers,
    Labels,
    Length,
    Names,
    Optional,
    Rule,
    UnfitError,
)
from nlp_toolkit.compat import fitted_strategy, label_binarizer_of, neighbours_search


@dataclass(frozen=True)
class Entry:
    """How the estimators of one class are kept.

    `place` is "module:Class". `optional` attributes need not be there; `forgotten` ones are of use to training only.
    `check` compares what the rules of single attributes cannot. `by_fit` is for nearest neighbours, whose fit only
    stores its rows: the rows and what is known of each are kept, and fitting on them again rebuilds it.
    """

    place: str
    fitted: Mapping[str, Rule] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    forgotten: frozenset[str] = frozenset()
    check: Callable[[Any, Dimensions], None] | None = None
    by_fit: bool = False
    is_part: bool = False
    """Whether it is found inside other estimators only."""


@dataclass(frozen=True)
class Part:
    """A fitted estimator inside another, of one of the named classes, for the same columns and the same classes."""

    names: tuple[str, ...]
    same: tuple[str, ...] = ("features", "classes")

    def check(self, name: str, value: Any, dimensions: Dimensions) -> None:
        if class_name(type(value)) not in self.names:
            raise UnfitError(f"{name} is of type {type(value).__name__}, expected {' or '.join(self.names)}")
        for dimension, length in check_fitted(value).known.items():
            if dimension in self.same and not dimensions.agree(dimension, length):
                raise UnfitError(f"{name} has {length} {dimension}, expected {dimensions.known[dimension]}")


@dataclass(frozen=True)
class Parts:
    """A list of fitted estimators, as long as `dimension` says."""

    part: Part
    dimension: str

    def check(self, name: str, value: Any, dimensions: Dimensions) -> None:
        if not isinstance(value, list) or not value:
            raise UnfitError(f"{name} is of type {type(value).__name__}, expected a list of estimators")
        if not dimensions.agree(self.dimension, len(value)):
            raise UnfitError(f"{name} holds {len(value)} estimators, expected {dimensions.known[self.dimension]}")
        for index, each in enumerate(value):
            self.part.check(f"{name}[{index}]", each, dimensions)


def class_name(cls: type) -> str | None:
    """The name of `cls` in the table, or None; subclasses are not their base."""
    for name, entry in ESTIMATORS.items():
        module, _, attribute = entry.place.partition(":")
        if cls.__name__ == attribute and getattr(sys.modules.get(module), attribute, None) is cls:
            return name
    return None


def check_fitted(estimator: Any) -> Dimensions:
    """The lengths of a fitted estimator of the table; `UnfitError` names the attribute that does not belong."""
    name = class_name(type(estimator))
    if name is None:
        raise UnfitError(f"a {type(estimator).__name__} is not an estimator that models hold")
    entry, dimensions = ESTIMATORS[name], Dimensions()
    for attribute, rule in entry.fitted.items():
        if hasattr(estimator, attribute):
            rule.check(attribute, getattr(estimator, attribute), dimensions)
        elif attribute not in entry.optional:
            raise UnfitError(f"{attribute} is missing")
    if entry.check is not None:
        entry.check(estimator, dimensions)
    return dimensions


def _check_neighbours(estimator: Any, dimensions: Dimensions) -> None:
    tree, method = neighbours_search(estimator)
    if tree is not None or method != "brute":
        raise UnfitError(f"it searches by a tree ({method}); set algorithm='brute'")
    if estimator.metric_params is not None:
        raise UnfitError("metric_params is set; only None can be saved")
    neighbours, rows = estimator.n_neighbors, estimator.n_samples_fit_
    if not isinstance(neighbours, int | np.integer) or neighbours > rows:
        raise UnfitError(f"n_neighbors is {neighbours!r}, and it holds {rows} rows")


def _check_prior(estimator: Any, dimensions: Dimensions) -> None:
    if fitted_strategy(estimator) != estimator.strategy:
        raise UnfitError(f"it was fitted as {fitted_strategy(estimator)!r}, and strategy is {estimator.strategy!r}")
    if estimator.strategy == "constant" and not np.isin(estimator.constant, estimator.classes_).all():
        raise UnfitError(f"constant is {estimator.constant!r}, which is no label")


def _check_values(estimator: Any, dimensions: Dimensions) -> None:
    if estimator.coef_.ndim == 1 and np.size(estimator.intercept_) != 1:
        raise UnfitError(f"intercept_ holds {np.size(estimator.intercept_)} numbers, and coef_ is for one target")


def _check_reduction(estimator: Any, dimensions: Dimensions) -> None:
    if estimator.components != dimensions.known["components"]:
        raise UnfitError(f"components is {estimator.components}, and it has {dimensions.known['components']}")


def _check_scaler(estimator: Any, dimensions: Dimensions) -> None:
    for flag, kept in (("with_mean", "mean_"), ("with_std", "scale_")):
        if getattr(estimator, flag) and getattr(estimator, kept) is None:
            raise UnfitError(f"{flag} is set, and {kept} is None")


def _check_binarizer(estimator: Any, dimensions: Dimensions) -> None:
    if not np.array_equal(label_binarizer_of(estimator).classes_, estimator.classes_):
        raise UnfitError("its binarizer knows other labels than classes_")


def _check_calibrated(estimator: Any, dimensions: Dimensions) -> None:
    """One calibrator for each score of the classifier inside, whose labels are among those of the whole."""
    inner = estimator.estimator.classes_
    wanted = 1 if len(inner) <= 2 else len(inner)
    if not np.isin(inner, estimator.classes).all():
        raise UnfitError("estimator knows labels that are not in classes")
    if len(estimator.calibrators) != wanted:
        raise UnfitError(f"calibrators are {len(estimator.calibrators)}, and the estimator gives {wanted} scores")


def _check_calibration(estimator: Any, dimensions: Dimensions) -> None:
    for index, each in enumerate(estimator.calibrated_classifiers_):
        if not np.array_equal(each.classes, estimator.classes_):
            raise UnfitError(f"calibrated_classifiers_[{index}] has other labels than classes_")


def _check_svm(estimator: Any, dimensions: Dimensions) -> None:
    calibrated = estimator.calibrated_
    if len(calibrated.calibrated_classifiers_) != 1 or class_name(type(estimator._svm)) != "sklearn.svm.LinearSVC":
        raise UnfitError("calibrated_ is not one calibrated LinearSVC")
    if not np.array_equal(calibrated.classes_, estimator.classes_):
        raise UnfitError("calibrated_ knows other labels than classes_")


def _check_several(estimator: Any, dimensions: Dimensions) -> None:
    for index, each in enumerate(estimator.estimators_):
        if each.classes_.dtype != np.bool_:
            raise UnfitError(
                f"estimators_[{index}] has the labels {each.classes_.tolist()!r:.80}, expected false and true"
            )


_FEATURES: Mapping[str, Rule] = {"n_features_in_": Length("features"), "feature_names_in_": Names()}
# How long a fit took is nothing an answer needs; older models of some classes do not say it.
_OPTIONAL = frozenset({"feature_names_in_", "n_iter_"})
_STEPS = Integers(((), ("steps",)), optional=True)
_PER_FEATURE = Floats((("features",),))
_PER_CLASS = Floats((("classes",),), "not negative")
_PER_COMPONENT = Floats((("components",),), "not negative")
_SOLVER = Choice(("auto", "svd", "cholesky", "lsqr", "sparse_cg", "sag", "saga", "lbfgs"))
_AVERAGED: Mapping[str, Rule] = {
    f"{name}{what}": Floats((("scores", "features"), ("features",)) if what == "coef" else (("scores",), (1,)))
    for name in ("_standard_", "_average_")
    for what in ("coef", "intercept")
}
_STOCHASTIC: Mapping[str, Rule] = {"t_": Floats(((),), "not negative"), "n_iter_": _STEPS}

_LINEAR_CLASSES: Mapping[str, Rule] = {
    **_FEATURES,
    "classes_": Labels(least=2),
    "coef_": Floats((("scores", "features"),)),
    "intercept_": Floats((("scores",), ())),
    "n_iter_": _STEPS,
}
_LINEAR_VALUES: Mapping[str, Rule] = {
    **_FEATURES,
    "coef_": Floats((("features",), ("targets", "features"))),
    "intercept_": Floats(((), ("targets",), (1,))),
}
_BAYES: Mapping[str, Rule] = {
    **_FEATURES,
    "classes_": Labels(),
    "class_count_": _PER_CLASS,
    "feature_count_": Floats((("classes", "features"),), "not negative"),
    "feature_log_prob_": Floats((("classes", "features"),), "logarithms"),
    "class_log_prior_": Floats((("classes",),), "logarithms"),
}
_AXES: Mapping[str, Rule] = {
    **_FEATURES,
    "components_": Floats((("components", "features"),)),
}
_PROJECTION: Mapping[str, Rule] = {
    **_AXES,
    "mean_": Optional(_PER_FEATURE),
    "_n_features_out": Length("components"),
}
_CLASSIFIERS = (
    "sklearn.dummy.DummyClassifier",
    "sklearn.linear_model.LogisticRegression",
    "sklearn.linear_model.RidgeClassifier",
    "sklearn.linear_model.SGDClassifier",
    "sklearn.naive_bayes.BernoulliNB",
    "sklearn.naive_bayes.ComplementNB",
    "sklearn.naive_bayes.GaussianNB",
    "sklearn.naive_bayes.MultinomialNB",
    "sklearn.neighbors.KNeighborsClassifier",
    "sklearn.svm.LinearSVC",
    "nlp_toolkit.LinearSvmClassifier",
    "sklearn.calibration.CalibratedClassifierCV",
)

ESTIMATORS: Mapping[str, Entry] = {
    "nlp_toolkit.LinearSvmClassifier": Entry(
        "nlp_toolkit.estimators.svm:LinearSvmClassifier",
        {
            **_FEATURES,
            "classes_": Labels(least=2),
            "n_iter_": _STEPS,
            "calibrated_": Part(("sklearn.calibration.CalibratedClassifierCV",)),
        },
        _OPTIONAL,
        check=_check_svm,
    ),
    "nlp_toolkit.MultiLabelClassifier": Entry(
        "nlp_toolkit.estimators.multilabel:MultiLabelClassifier",
        {"classes_": Labels(), "estimators_": Parts(Part(_CLASSIFIERS, same=("features",)), "classes")},
        check=_check_several,
    ),
    **{
        f"nlp_toolkit.{name}": Entry(
            f"nlp_toolkit.estimators.reduce:{name}", _PROJECTION, _OPTIONAL, check=_check_reduction
        )
        for name in ("Pca", "Svd", "Whiten")
    },
    "sklearn.calibration.CalibratedClassifierCV": Entry(
        "sklearn.calibration:CalibratedClassifierCV",
        {
            **_FEATURES,
            "classes_": Labels(least=2),
            "calibrated_classifiers_": Parts(Part(("sklearn.calibration._CalibratedClassifier",)), "folds"),
        },
        _OPTIONAL | {"n_features_in_"},
        check=_check_calibration,
    ),
    "sklearn.calibration._CalibratedClassifier": Entry(
        "sklearn.calibration:_CalibratedClassifier",
        {
            "classes": Labels(least=2),
            "estimator": Part(_CLASSIFIERS, same=("features",)),
            "calibrators": Parts(Part(("sklearn.calibration._SigmoidCalibration",)), "calibrators"),
            "method": Choice(("sigmoid",)),
        },
        check=_check_calibrated,
        is_part=True,
    ),
    "sklearn.calibration._SigmoidCalibration": Entry(
        "sklearn.calibration:_SigmoidCalibration", {"a_": Floats(((),)), "b_": Floats(((),))}, is_part=True
    ),
    "sklearn.decomposition.PCA": Entry(
        "sklearn.decomposition:PCA",
        {
            **_AXES,
            "mean_": _PER_FEATURE,
            "n_components_": Length("components"),
            "n_samples_": Length("samples"),
            "noise_variance_": Floats(((),), "not negative"),
            "explained_variance_": _PER_COMPONENT,
            "explained_variance_ratio_": _PER_COMPONENT,
            "singular_values_": _PER_COMPONENT,
            "_fit_svd_solver": Choice(("full", "covariance_eigh", "arpack", "randomized")),
        },
        _OPTIONAL,
    ),
    "sklearn.decomposition.TruncatedSVD": Entry(
        "sklearn.decomposition:TruncatedSVD",
        {
            **_AXES,
            "explained_variance_": _PER_COMPONENT,
            "explained_variance_ratio_": _PER_COMPONENT,
            "singular_values_": _PER_COMPONENT,
        },
        _OPTIONAL,
    ),
    "sklearn.dummy.DummyClassifier": Entry(
        "sklearn.dummy:DummyClassifier",
        {
            **_FEATURES,
            "classes_": Labels(),
            "class_prior_": _PER_CLASS,
            "n_classes_": Length("classes"),
            "n_outputs_": Choice((1,)),
            "sparse_output_": FLAG,
            "_strategy": Choice(("prior", "most_frequent", "stratified", "uniform", "constant")),
        },
        _OPTIONAL,
        check=_check_prior,
    ),
    "sklearn.dummy.DummyRegressor": Entry(
        "sklearn.dummy:DummyRegressor",
        {**_FEATURES, "constant_": Floats(((1, "targets"),)), "n_outputs_": Length("targets")},
        _OPTIONAL,
    ),
    "sklearn.linear_model.LinearRegression": Entry(
        "sklearn.linear_model:LinearRegression",
        {**_LINEAR_VALUES, "rank_": Integers(), "singular_": Floats((("rank",),), "not negative")},
        _OPTIONAL | {"rank_", "singular_"},
        check=_check_values,
    ),
    "sklearn.linear_model.LogisticRegression": Entry(
        "sklearn.linear_model:LogisticRegression", _LINEAR_CLASSES, _OPTIONAL
    ),
    "sklearn.linear_model.Ridge": Entry(
        "sklearn.linear_model:Ridge",
        {**_LINEAR_VALUES, "n_iter_": _STEPS, "solver_": _SOLVER},
        _OPTIONAL,
        check=_check_values,
    ),
    "sklearn.linear_model.RidgeClassifier": Entry(
        "sklearn.linear_model:RidgeClassifier",
        {
            **_LINEAR_CLASSES,
            "coef_": Floats((("scores", "features"), ("features",))),
            "solver_": _SOLVER,
            "_label_binarizer": Part(("sklearn.preprocessing.LabelBinarizer",)),
        },
        _OPTIONAL,
        check=_check_binarizer,
    ),
    "sklearn.linear_model.SGDClassifier": Entry(
        "sklearn.linear_model:SGDClassifier",
        {**_LINEAR_CLASSES, **_AVERAGED, **_STOCHASTIC, "_expanded_class_weight": _PER_CLASS},
        _OPTIONAL | _AVERAGED.keys() | {"_expanded_class_weight"},
        frozenset({"_loss_function_"}),
    ),
    "sklearn.linear_model.SGDRegressor": Entry(
        "sklearn.linear_model:SGDRegressor",
        {**_LINEAR_VALUES, **_AVERAGED, **_STOCHASTIC},
        _OPTIONAL | _AVERAGED.keys(),
        check=_check_values,
    ),
    "sklearn.naive_bayes.BernoulliNB": Entry("sklearn.naive_bayes:BernoulliNB", _BAYES, _OPTIONAL),
    "sklearn.naive_bayes.ComplementNB": Entry(
        "sklearn.naive_bayes:ComplementNB",
        {**_BAYES, "feature_all_": Floats((("features",),), "not negative")},
        _OPTIONAL,
    ),
    "sklearn.naive_bayes.GaussianNB": Entry(
        "sklearn.naive_bayes:GaussianNB",
        {
            **_FEATURES,
            "classes_": Labels(),
            "class_count_": _PER_CLASS,
            "class_prior_": _PER_CLASS,
            "epsilon_": Floats(((),), "not negative"),
            "theta_": Floats((("classes", "features"),)),
            "var_": Floats((("classes", "features"),), "not negative"),
        },
        _OPTIONAL,
    ),
    "sklearn.naive_bayes.MultinomialNB": Entry("sklearn.naive_bayes:MultinomialNB", _BAYES, _OPTIONAL),
    "sklearn.neighbors.KNeighborsClassifier": Entry(
        "sklearn.neighbors:KNeighborsClassifier",
        {**_FEATURES, "classes_": Labels()},
        _OPTIONAL,
        check=_check_neighbours,
        by_fit=True,
    ),
    "sklearn.neighbors.KNeighborsRegressor": Entry(
        "sklearn.neighbors:KNeighborsRegressor", _FEATURES, _OPTIONAL, check=_check_neighbours, by_fit=True
    ),
    "sklearn.preprocessing.LabelBinarizer": Entry(
        "sklearn.preprocessing:LabelBinarizer",
        {"classes_": Labels(), "sparse_input_": FLAG, "y_type_": Choice(("binary", "multiclass"))},
    ),
    "sklearn.preprocessing.LabelEncoder": Entry("sklearn.preprocessing:LabelEncoder", {"classes_": Labels()}),
    "sklearn.preprocessing.MaxAbsScaler": Entry(
        "sklearn.preprocessing:MaxAbsScaler",
        {
            **_FEATURES,
            "max_abs_": Floats((("features",),), "not negative"),
            "scale_": Floats((("features",),), "positive"),
            "n_samples_seen_": Count(),
        },
        _OPTIONAL,
    ),
    "sklearn.preprocessing.Normalizer": Entry("sklearn.preprocessing:Normalizer", _FEATURES, _OPTIONAL),
    "sklearn.preprocessing.StandardScaler": Entry(
        "sklearn.preprocessing:StandardScaler",
        {
            **_FEATURES,
            "mean_": Optional(_PER_FEATURE),
            "var_": Optional(Floats((("features",),), "not negative")),
            "scale_": Optional(Floats((("features",),), "positive")),
            "n_samples_seen_": Count(),
        },
        _OPTIONAL,
        check=_check_scaler,
    ),
    "sklearn.svm.LinearSVC": Entry("sklearn.svm:LinearSVC", _LINEAR_CLASSES, _OPTIONAL),
    "sklearn.svm.LinearSVR": Entry(
        "sklearn.svm:LinearSVR", {**_LINEAR_VALUES, "n_iter_": _STEPS}, _OPTIONAL, check=_check_values
    ),
}
