"""Private names of libraries: each is where `compat.py` looks for it and does there what it is used for."""

import pkgutil
import re
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction import text as reference
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

from nlp_toolkit import compat


def check_name(library: str, name: str, used_by: Callable[..., Any] | str) -> None:
    """Fail with the library, the name and what it is for, where the library has no such name any more."""
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        purpose = used_by if isinstance(used_by, str) else f"{used_by.__name__}: {used_by.__doc__}"
        pytest.fail(
            f"{library} {version(library)} has no {name}; nlp_toolkit/compat.py needs it for {purpose} "
            f"Find what replaced it, or lower the bound of {library} in pyproject.toml"
        )


@pytest.mark.parametrize(
    ("library", "name", "used_by"),
    [
        ("scikit-learn", "sklearn.utils._param_validation:Interval", compat.parameter_rules),
        ("scikit-learn", "sklearn.utils._param_validation:InvalidParameterError", compat.parameter_rules),
        ("scikit-learn", "sklearn.utils._param_validation:StrOptions", compat.parameter_rules),
        ("scikit-learn", "sklearn.utils._param_validation:validate_parameter_constraints", compat.parameter_rules),
        ("scikit-learn", "sklearn.svm:LinearSVC._parameter_constraints", compat.constraints_of),
        ("scikit-learn", "sklearn.utils._sparse:_align_api_if_sparse", compat.aligned),
        ("joblib", "joblib.parallel:get_active_backend", compat.joblib_nesting_level),
        ("numba", "numba.core.cgutils:get_or_insert_function", compat.declare_function),
        ("torch", "torch:ops.mkldnn._is_mkldnn_bf16_supported", compat.multiplies_bfloat16),
        ("torch", "torch:ops.mkldnn._reorder_linear_weight", compat.pack_weights),
        ("torch", "torch:ops.mkldnn._linear_pointwise", compat.packed_linear),
        ("torch", "torch:Tensor._version", compat.changes_of),
        ("transformers", "transformers:PreTrainedConfig._attn_implementation", compat.attention_of),
        ("transformers", "transformers:Trainer._prepare_inputs", compat.on_device),
        *(
            ("scikit-learn", f"sklearn.feature_extraction.text:{name}", used_by)
            for name, used_by in {
                "CountVectorizer._validate_vocabulary": compat.take_given_vocabulary,
                "CountVectorizer._word_ngrams": compat.word_ngrams,
                "CountVectorizer._count_vocab": compat.count_terms,
                "HashingVectorizer._get_hasher": compat.hasher_of,
                "TfidfVectorizer._check_params": compat.check_tfidf_dtype,
            }.items()
        ),
        *(
            ("scikit-learn", f"sklearn.feature_extraction.text:CountVectorizer.{name}", "the subclasses in plan.py.")
            for name in compat.ANALYSIS
        ),
        *(
            ("scikit-learn", f"sklearn.feature_extraction.text:CountVectorizer.{name}", "the hook of that name.")
            for name in compat.HOOKS["sklearn.feature_extraction.text.CountVectorizer"]
        ),
        *(
            ("transformers", f"transformers:Trainer.{name}", "the hook of that name.")
            for name in compat.HOOKS["transformers.Trainer"]
        ),
    ],
)
def test_the_library_has_the_name(library: str, name: str, used_by: Callable[..., Any] | str) -> None:
    check_name(library, name, used_by)


@pytest.mark.parametrize("name", ["sklearn.utils._gone:thing", "sklearn.svm:LinearSVC._gone", "sklearn:_gone"])
def test_a_name_that_moved_is_reported_with_library_and_purpose(name: str) -> None:
    expected = rf"scikit-learn [\d.]+ has no {re.escape(name)}; .* needs it for aligned: Convert a sparse matrix"
    with pytest.raises(pytest.fail.Exception, match=expected):
        check_name("scikit-learn", name, compat.aligned)


def test_constraints_are_those_of_the_class() -> None:
    assert "C" in compat.constraints_of(LinearSVC)
    assert compat.constraints_of(dict) == {}


def test_what_training_asks_for_is_known_by_name() -> None:
    with config_context(enable_metadata_routing=True):
        asking = LogisticRegression().set_fit_request(sample_weight=True)
    assert vars(asking).keys() - vars(LogisticRegression()).keys() <= compat.OF_TRAINING
    assert "_metadata_request" in vars(asking)


@pytest.mark.parametrize(("place", "name"), [(place, name) for place, names in compat.FITTED.items() for name in names])
def test_a_fit_leaves_behind_what_a_model_holds(place: str, name: str) -> None:
    module, _, cls = place.partition(":")
    more = {"class_weight": "balanced"} if cls == "SGDClassifier" else {}
    fitted = getattr(import_module(module), cls)(**more).fit([[0.0, 1.0], [1.0, 0.0]] * 5, [0, 1] * 5)
    assert hasattr(fitted, name), f"scikit-learn moved {cls}.{name}; saved models hold it (artefact/estimator_table.py)"


def test_fitted_attributes_are_read_by_their_functions() -> None:
    rows, labels = [[0.0, 1.0], [1.0, 0.0]], [0, 1]
    neighbours = KNeighborsClassifier(n_neighbors=1, algorithm="brute")
    assert compat.neighbours_data(neighbours) is None
    kept = compat.neighbours_data(neighbours.fit(rows, labels))
    assert kept is not None and (kept[0].tolist(), kept[1].tolist()) == (rows, labels)
    assert compat.neighbours_search(neighbours) == (None, "brute")
    assert compat.fitted_strategy(DummyClassifier(strategy="uniform").fit(rows, labels)) == "uniform"
    assert compat.label_binarizer_of(RidgeClassifier().fit(rows, labels)).classes_.tolist() == labels
    assert compat.columns_out(PCA(n_components=1).fit(rows)) == 1
    assert compat.columns_out(object()) is None


@pytest.mark.parametrize(("setting", "expected"), [("sparray", sp.csr_array), ("spmatrix", sp.csr_matrix)])
def test_sparse_matrices_are_of_the_class_asked_for(setting: str, expected: type) -> None:
    with config_context(sparse_interface=setting):
        assert type(compat.aligned(sp.csr_matrix([[1.0]]))) is expected
        assert type(compat.aligned(sp.csr_array([[1.0]]))) is expected


def test_a_vectorizer_is_asked_for_its_parts() -> None:
    counter = reference.CountVectorizer(ngram_range=(1, 2), vocabulary=["b", "a"])
    assert compat.word_ngrams(counter, ["a", "b"], ["c"]) == ["a", "b", "a b"]
    compat.take_given_vocabulary(counter)
    assert (counter.vocabulary_, counter.fixed_vocabulary_) == ({"b": 0, "a": 1}, True)
    vocabulary, counts = compat.count_terms(reference.CountVectorizer(analyzer=list), ["aab"], False)
    assert (vocabulary, counts.toarray().tolist()) == ({"a": 0, "b": 1}, [[2, 1]])
    assert compat.hasher_of(reference.HashingVectorizer(n_features=4)).transform([["a"]]).shape == (1, 4)


def test_a_tfidf_vectorizer_shows_the_idf_it_was_given() -> None:
    given = reference.TfidfTransformer()
    given.idf_ = np.array([1.5, 2.5])
    vectorizer = reference.TfidfVectorizer(vocabulary=["a", "b"])
    compat.set_tfidf(vectorizer, given)
    assert vectorizer.idf_.tolist() == [1.5, 2.5]
    assert compat.tfidf_of(vectorizer) is given
    assert compat.tfidf_of(reference.TfidfVectorizer().fit(["two words"])).idf_.shape == (2,)


def test_a_tfidf_vectorizer_of_integers_is_warned_about() -> None:
    with pytest.warns(UserWarning, match="'dtype' should be used"):
        compat.check_tfidf_dtype(reference.TfidfVectorizer(dtype=np.int64))


def test_names_of_columns_are_numbered_by_the_mark_of_the_mixin() -> None:
    class Rows(ClassNamePrefixFeaturesOutMixin, BaseEstimator):
        _n_features_out = 2

        def fit(self, X: object) -> None:
            """Without it scikit-learn takes this for no estimator."""

    assert Rows().get_feature_names_out().tolist() == ["rows0", "rows1"]


def test_the_level_of_joblib_is_that_of_its_workers() -> None:
    from joblib import Parallel, delayed

    assert compat.joblib_nesting_level() == 0
    assert Parallel(n_jobs=2, backend="threading")(delayed(compat.joblib_nesting_level)() for _ in range(2)) == [1, 1]


def test_numba_takes_the_options() -> None:
    from numba import njit

    def one() -> int:
        return 1

    assert njit(one, **compat.wrapper_options(from_python=True))() == 1
    assert set(compat.wrapper_options(from_python=False)) == {"no_cfunc_wrapper", "no_cpython_wrapper"}


def test_changes_of_a_tensor_are_counted() -> None:
    import torch

    tensor = torch.zeros(2)
    before = compat.changes_of(tensor)
    tensor.add_(1)
    assert compat.changes_of(tensor) > before
    with torch.inference_mode():
        assert compat.changes_of(torch.zeros(2)) == -1


def test_attention_is_read_and_forgotten() -> None:
    from transformers import BertConfig

    config = BertConfig(attn_implementation="eager")
    assert compat.attention_of(config) == "eager"
    compat.forget_attention(config)
    assert compat.attention_of(config) is None


def test_a_configuration_says_where_it_came_from() -> None:
    from transformers import BertConfig

    config = BertConfig()
    config.name_or_path = "from/here"
    assert config.to_dict()[compat.ORIGIN] == "from/here"


def test_training_keeps_to_one_gpu() -> None:
    from transformers import TrainingArguments

    arguments = TrainingArguments(use_cpu=True)
    assert "_n_gpu" in vars(arguments), "transformers' TrainingArguments keep the number of GPUs elsewhere now"
    vars(arguments)["_n_gpu"] = 2
    compat.use_one_gpu(arguments)
    assert arguments.n_gpu == 1


def test_a_batch_goes_where_the_trainer_is() -> None:
    sent = compat.on_device(SimpleNamespace(_prepare_inputs=lambda inputs: inputs | {"device": "cpu"}), {"ids": 1})
    assert sent == {"ids": 1, "device": "cpu"}


def test_torch_says_by_this_name_that_there_is_no_memory() -> None:
    import torch

    with pytest.raises(RuntimeError) as raised:
        torch.empty(2**60)
    assert compat.lacks_memory(raised.value)
    assert compat.lacks_memory(torch.cuda.OutOfMemoryError("no room"))
    assert not compat.lacks_memory(RuntimeError("weights of another shape"))
