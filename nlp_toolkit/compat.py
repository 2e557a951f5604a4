"""Private names of libraries: all that this project uses, with what for. An upgrade that moves one is repaired here.

No library promises these names, so `pyproject.toml` bounds each of these libraries from above, and
`tests/nlp_toolkit/test_compat.py` looks for every name. No other module uses a private name of a library, except to
define one of the `HOOKS`.
"""

import errno
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from nlp_toolkit.protocols import Matrix

HOOKS: Mapping[str, tuple[str, ...]] = {
    "sklearn.base.BaseEstimator": ("_parameter_constraints",),
    "sklearn.base.ClassNamePrefixFeaturesOutMixin": ("_n_features_out",),
    "sklearn.feature_extraction.text.CountVectorizer": (
        "_check_vocabulary",
        "_count_vocab",
        "_warn_for_unused_params",
    ),
    "transformers.Trainer": ("_save_checkpoint",),
}
"""What subclasses of these classes define under a private name, since the library looks for it there."""

FITTED: Mapping[str, tuple[str, ...]] = {
    "sklearn.decomposition:PCA": ("_fit_svd_solver",),
    "sklearn.dummy:DummyClassifier": ("_strategy",),
    "sklearn.linear_model:RidgeClassifier": ("_label_binarizer",),
    "sklearn.linear_model:SGDClassifier": ("_expanded_class_weight", "_loss_function_"),
    "sklearn.neighbors:KNeighborsClassifier": ("_fit_X", "_fit_method", "_tree", "_y"),
}
"""Private attributes that a fit leaves behind and a saved model holds; `artefact/estimator_table.py` names them too."""

OF_TRAINING = frozenset({"_metadata_request", "_sklearn_output_config"})
"""What only training and the caller's own session ask an estimator for: not part of a saved model."""

ANALYSIS = ("_char_ngrams", "_char_wb_ngrams", "_count_vocab", "_limit_features", "_sort_features", "_word_ngrams")
"""scikit-learn's private steps from a text to its counts: a subclass that redefines one means counts of its own."""

ORIGIN = "_name_or_path"
"""Where transformers says in a model's configuration which folder it was read from."""


# scikit-learn


def parameter_rules() -> Any:
    """Return scikit-learn's module of parameter constraints: `Interval`, `StrOptions`, and what checks them."""
    from sklearn.utils import _param_validation

    return _param_validation


def constraints_of(cls: type) -> Mapping[str, Any]:
    """Return what each parameter of `cls` takes, in scikit-learn's terms; nothing where the class does not say."""
    found: Mapping[str, Any] = getattr(cls, "_parameter_constraints", {})
    return found


def columns_out(part: Any) -> int | None:
    """Return how many columns a fitted transformer gives, where it knows without a name for each."""
    found = getattr(part, "_n_features_out", None)
    return None if found is None else int(found)


def neighbours_data(estimator: Any) -> "tuple[Matrix, Any] | None":
    """Return the rows and targets that nearest neighbours were fitted on; None before the fit."""
    return (estimator._fit_X, estimator._y) if hasattr(estimator, "_fit_X") else None


def neighbours_search(estimator: Any) -> tuple[Any, str]:
    """Return the search tree of fitted nearest neighbours, None where there is none, and the name of the method."""
    return estimator._tree, estimator._fit_method


def fitted_strategy(estimator: Any) -> str:
    """Return the strategy that a `DummyClassifier` was fitted with."""
    found: str = estimator._strategy
    return found


def label_binarizer_of(estimator: Any) -> Any:
    """Return the `LabelBinarizer` of a fitted `RidgeClassifier`."""
    return estimator._label_binarizer


def aligned(matrix: Any) -> Any:
    """Convert a sparse matrix to the class that scikit-learn's `sparse_interface` setting names."""
    from sklearn.utils._sparse import _align_api_if_sparse

    return _align_api_if_sparse(matrix)


def take_given_vocabulary(vectorizer: Any) -> None:
    """Set `vocabulary_` and `fixed_vocabulary_` from the parameter `vocabulary`."""
    vectorizer._validate_vocabulary()


def word_ngrams(vectorizer: Any, tokens: list[str], stop_words: Iterable[str] | None) -> list[str]:
    """Return the n-grams of a text's tokens, without stop words."""
    found: list[str] = vectorizer._word_ngrams(tokens, stop_words)
    return found


def count_terms(counter: Any, documents: Iterable[Any], fixed_vocabulary: bool) -> "tuple[dict[Any, int], Matrix]":
    """Return vocabulary and counts of analysed documents, by the loop of scikit-learn's `CountVectorizer`."""
    found: tuple[dict[Any, int], Matrix] = counter._count_vocab(documents, fixed_vocabulary)
    return found


def hasher_of(vectorizer: Any) -> Any:
    """Return the `FeatureHasher` of a `HashingVectorizer`, for terms that the kernels cannot take."""
    return vectorizer._get_hasher()


def check_tfidf_dtype(vectorizer: Any) -> None:
    """Give scikit-learn's warning where `dtype` of a `TfidfVectorizer` is no float type."""
    vectorizer._check_params()


def tfidf_of(vectorizer: Any) -> Any:
    """Return the fitted `TfidfTransformer` of a `TfidfVectorizer`, which its public `idf_` reads."""
    return vectorizer._tfidf


def set_tfidf(vectorizer: Any, transformer: Any) -> None:
    """Make `transformer` the fitted `TfidfTransformer` of a `TfidfVectorizer`."""
    vectorizer._tfidf = transformer


# joblib


def joblib_nesting_level() -> int:
    """Return in how many of joblib's workers, one inside another, this code runs. Imports `joblib.parallel`."""
    from joblib.parallel import get_active_backend

    return int(get_active_backend()[0].nesting_level or 0)


# numba


def declare_function() -> Callable[..., Any]:
    """Return the function that declares one of LLVM's in a module: `kernels/simd.py` multiplies vectors by those."""
    from numba.core import cgutils

    found: Callable[..., Any] = cgutils.get_or_insert_function
    return found


def wrapper_options(*, from_python: bool) -> dict[str, bool]:
    """Return options of `numba.njit` that save compiling ways into a function which nothing uses."""
    return {"no_cfunc_wrapper": True, "no_cpython_wrapper": not from_python}


# torch


def lacks_memory(error: BaseException) -> bool:
    """Whether there was no memory: on the CPU torch says so by a RuntimeError that names its allocator."""
    of_torch = "DefaultCPUAllocator" in str(error) or type(error).__name__ == "OutOfMemoryError"
    return (isinstance(error, RuntimeError) and of_torch) or (
        isinstance(error, OSError) and error.errno == errno.ENOMEM
    )


def multiplies_bfloat16() -> bool:
    """Return whether oneDNN, and so torch, has bfloat16 matrix products for this processor."""
    import torch

    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def has_packed_linear() -> bool:
    """Return whether this torch was built with `pack_weights` and `packed_linear`."""
    import torch

    return all(hasattr(torch.ops.mkldnn, name) for name in ("_reorder_linear_weight", "_linear_pointwise"))


def pack_weights(weights: "torch.Tensor") -> "torch.Tensor":
    """Return bfloat16 weights (out_features, in_features) in the order in which oneDNN multiplies them."""
    import torch

    found: torch.Tensor = torch.ops.mkldnn._reorder_linear_weight(weights)
    return found


def packed_linear(
    states: "torch.Tensor", weights: "torch.Tensor", bias: "torch.Tensor | None", activation: str, formula: str
) -> "torch.Tensor":
    """Multiply by packed weights, add the bias and apply the activation in one pass."""
    import torch

    found: torch.Tensor = torch.ops.mkldnn._linear_pointwise(states, weights, bias, activation, [], formula)
    return found


def changes_of(tensor: "torch.Tensor") -> int:
    """Return how often `tensor` was changed in place; -1 for an inference tensor, which keeps no count."""
    return -1 if tensor.is_inference() else int(tensor._version)


# transformers


def attention_of(config: Any) -> str | None:
    """Return the name of the attention that a model with this configuration uses."""
    found: str | None = config._attn_implementation
    return found


def forget_attention(config: Any) -> None:
    """Let transformers choose the attention: a kernel that a checkpoint names would be code from elsewhere."""
    config._attn_implementation = None


def use_one_gpu(arguments: Any) -> None:
    """Keep `transformers.Trainer` from spreading one process over all GPUs of the machine."""
    if arguments.n_gpu > 1:
        arguments._n_gpu = 1


def on_device(trainer: Any, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a batch on the device of a `transformers.Trainer`."""
    found: Mapping[str, Any] = trainer._prepare_inputs(inputs)
    return found
