"""The conformance suite catches each promise when it is broken, and only then."""

import unicodedata
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Self

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import BaseEstimator
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.utils.validation import check_is_fitted

from nlp_toolkit.errors import UsageError
from nlp_toolkit.testing import CONFORMANCE_CHECKS, Trial, check_stage
from nlp_toolkit.text_transformer import TextTransformerMixin
from nlp_toolkit.threads import effective_jobs
from nlp_toolkit.validation import as_list

# Saving wants a registered stage; it is tried on the built-in ones in tests/conformance.
UNREGISTERED = {"saved_stage_gives_the_same_rows": "not a registered stage"}


class Letters(TextTransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A small stage that keeps every promise: how often each letter of the fitted texts occurs."""

    def __init__(self, scale: float = 1.0, window: tuple[int, int] = (0, 10_000)) -> None:
        self.scale = scale
        self.window = window

    def fit(self, texts: Iterable[str], y: object = None) -> Self:
        self.letters_ = sorted({letter for text in as_list(texts) for letter in self.read(text) if letter.isalpha()})
        return self

    def transform(self, texts: Iterable[str]) -> Any:
        check_is_fitted(self, "letters_")
        rows = [[self.read(text).count(letter) for letter in self.letters_] for text in as_list(texts)]
        return np.array(rows, dtype=np.float32) * np.float32(self.scale)

    def read(self, text: str) -> str:
        start, end = self.window
        return unicodedata.normalize("NFC", text[start:end])

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        return np.array(self.letters_, dtype=object)


class DropsEmptyTexts(Letters):
    def transform(self, texts: Iterable[str]) -> Any:
        return super().transform([text for text in as_list(texts) if text])


class SortsTexts(Letters):
    def transform(self, texts: Iterable[str]) -> Any:
        return super().transform(sorted(as_list(texts)))


class FailsOnNothingToCount(Letters):
    def fit(self, texts: Iterable[str], y: object = None) -> Self:
        rows = as_list(texts)
        if not all(text.strip() for text in rows):
            raise ValueError("empty text")
        return super().fit(rows)


class LosesLongTexts(Letters):
    def transform(self, texts: Iterable[str]) -> Any:
        return super().transform([text for text in as_list(texts) if len(text) < 50_000])


class LooksAtNeighbours(Letters):
    def transform(self, texts: Iterable[str]) -> Any:
        rows = super().transform(texts)
        return rows / rows.max()


class WantsLists(Letters):
    def fit(self, texts: Iterable[str], y: object = None) -> Self:
        if not isinstance(texts, list | tuple):
            raise TypeError("lists only")
        return super().fit(texts)


class TakesOneStr(Letters):
    def transform(self, texts: Iterable[str]) -> Any:
        return super().transform([texts] if isinstance(texts, str) else texts)


class RefusesSilently(Letters):
    def fit(self, texts: Iterable[str], y: object = None) -> Self:
        try:
            return super().fit(texts)
        except ValueError as error:
            raise ValueError("no") from error


class ReadsAsWritten(Letters):
    def read(self, text: str) -> str:
        return text


class ChangesItsParameter(Letters):
    def fit(self, texts: Iterable[str], y: object = None) -> Self:
        self.window = (0, 9_999)
        return super().fit(texts)


class RefusesLabels(Letters):
    def fit(self, texts: Iterable[str], y: object = None) -> Self:
        if y is not None:
            raise TypeError("labels are of no use")
        return super().fit(texts)


class GivesRowsUnfitted(Letters):
    def transform(self, texts: Iterable[str]) -> Any:
        return super().transform(texts) if hasattr(self, "letters_") else np.zeros((len(as_list(texts)), 1))


class CountsItsCalls(Letters):
    def transform(self, texts: Iterable[str]) -> Any:
        self.calls_ = getattr(self, "calls_", 0) + 1
        return super().transform(texts) + np.float32(self.calls_)


class FitsAndTransformsOtherwise(Letters):
    def fit_transform(self, texts: Iterable[str], y: object = None) -> Any:
        return self.fit(texts).transform(texts) + np.float32(1)


class ForgetsWhenCloned(Letters):
    def __sklearn_clone__(self) -> Letters:
        return type(self)(scale=2.0)


class NamesTooFew(Letters):
    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        return super().get_feature_names_out()[1:]


class GivesDoubles(Letters):
    def transform(self, texts: Iterable[str]) -> Any:
        return super().transform(texts).astype(np.float64)


class HasNoOutputSetting(Letters):
    set_output = None  # type: ignore[assignment]


class DividesByZero(Letters):
    def transform(self, texts: Iterable[str]) -> Any:
        rows = super().transform(texts)
        with np.errstate(invalid="ignore"):
            return rows / rows.sum(axis=1, keepdims=True)


class GivesEmptyTextsSomething(Letters):
    def transform(self, texts: Iterable[str]) -> Any:
        return super().transform(texts) + np.float32(0.5)


class DependsOnThreads(Letters):
    def fit(self, texts: Iterable[str], y: object = None) -> Self:
        super().fit(texts)
        self.letters_ = self.letters_[: 5 + (effective_jobs(3) == 1)]
        return self


class DependsOnTheHashSeed(Letters):
    def fit(self, texts: Iterable[str], y: object = None) -> Self:
        super().fit(texts)
        self.letters_ = list(set(self.letters_))
        return self


class Sparse(Letters):
    """The same counts, sparse."""

    def transform(self, texts: Iterable[str]) -> Any:
        return sp.csr_matrix(super().transform(texts).astype(np.float64))


class SparseByColumn(Letters):
    def transform(self, texts: Iterable[str]) -> Any:
        return sp.csc_matrix(super().transform(texts).astype(np.float64))


BREACHES: list[tuple[str, type, str]] = [
    ("gives_one_row_per_text_in_order", SortsTexts, "rows of the texts in reverse order differ by"),
    ("gives_a_row_to_odd_texts", DropsEmptyTexts, "lost or gained rows"),
    ("fits_with_odd_texts", FailsOnNothingToCount, "empty text"),
    ("gives_a_row_to_a_long_text", LosesLongTexts, "3 texts, one of them long, gave 2 rows"),
    ("row_does_not_depend_on_its_neighbours", LooksAtNeighbours, "the row of .* alone differ by"),
    ("accepts_every_kind_of_sequence", WantsLists, "lists only"),
    ("refuses_what_is_not_texts", TakesOneStr, "one str was accepted as texts"),
    ("refuses_what_is_not_texts", RefusesSilently, "fit refused one str without naming the cause: 'no'"),
    ("composed_and_decomposed_text_give_one_row", ReadsAsWritten, "rows of decomposed texts differ by"),
    ("fit_leaves_parameters_alone", ChangesItsParameter, r"fit changed the parameter window from \(0, 10000\)"),
    ("takes_labels_it_does_not_need", RefusesLabels, "labels are of no use"),
    ("unfitted_says_so", GivesRowsUnfitted, "gave rows instead of a NotFittedError"),
    ("transform_is_idempotent", CountsItsCalls, "rows the second time differ by"),
    (
        "fit_transform_is_fit_then_transform",
        FitsAndTransformsOtherwise,
        r"rows of fit_transform \(list\) differ by 1.0",
    ),
    ("clone_gives_the_same_stage", ForgetsWhenCloned, "the clone has other parameters: scale"),
    ("names_every_column", NamesTooFew, "columns have .* names"),
    ("has_the_type_of_its_kind", GivesDoubles, "dense rows are 2-D float64"),
    ("has_the_type_of_its_kind", SparseByColumn, "rows are csc_matrix, expected CSR or an array"),
    ("honours_set_output", HasNoOutputSetting, "'NoneType' object is not callable"),
    ("holds_finite_numbers_only", DividesByZero, "hold NaN or infinity"),
    ("holds_finite_numbers_only", GivesEmptyTextsSomething, "the row of an empty text has cosine"),
    ("rows_do_not_depend_on_threads", DependsOnThreads, "rows on one thread: shape"),
    (
        "other_processes_give_the_same_rows",
        DependsOnTheHashSeed,
        "with another hash seed (differ|names)",
    ),
    ("saved_stage_gives_the_same_rows", Letters, "Letters cannot be saved: it is not a registered stage"),
]


@pytest.mark.parametrize(
    ("promise", "stage", "message"), BREACHES, ids=[f"{promise}-{stage.__name__}" for promise, stage, _ in BREACHES]
)
def test_a_broken_promise_is_caught(
    promise: str, stage: Callable[[], Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NLP_TOOLKIT_THREADS", raising=False)
    trial = Trial(stage, long_text_bytes=200_000)
    with pytest.raises((AssertionError, ValueError, TypeError), match=message):
        CONFORMANCE_CHECKS[promise](trial)


def test_every_promise_is_seen_broken() -> None:
    assert {promise for promise, _, _ in BREACHES} == set(CONFORMANCE_CHECKS)


@pytest.mark.parametrize("make_stage", [Letters, Sparse, partial(Letters, window=(0, 500))], ids=repr)
def test_a_stage_that_keeps_all_promises_passes(make_stage: Callable[[], Any]) -> None:
    check_stage(make_stage, long_text_bytes=10_000, known_broken=UNREGISTERED)


def test_a_promise_said_to_be_broken_but_kept_is_an_error() -> None:
    with pytest.raises(AssertionError, match=r"'names_every_column' is said to be broken \(a guess\), but it is kept"):
        check_stage(Letters, long_text_bytes=10_000, known_broken={**UNREGISTERED, "names_every_column": "a guess"})


def test_unknown_promises_are_named() -> None:
    with pytest.raises(UsageError, match="unknown promise 'is_nice'; known: gives_one_row_per_text_in_order"):
        check_stage(Letters, known_broken={"is_nice": ""})


def test_a_stage_other_processes_cannot_make_is_refused() -> None:
    trial = Trial(lambda: Letters())
    with pytest.raises(
        UsageError, match=r"other processes cannot make the stage .* give a class or function at the top"
    ):
        CONFORMANCE_CHECKS["other_processes_give_the_same_rows"](trial)


def test_parameters_by_position_are_refused() -> None:
    trial = Trial(partial(Letters, 2.0))
    with pytest.raises(UsageError, match="other processes cannot make the stage"):
        CONFORMANCE_CHECKS["other_processes_give_the_same_rows"](trial)


def test_a_stateless_stage_needs_no_fit() -> None:
    CONFORMANCE_CHECKS["unfitted_says_so"](Trial(HashingVectorizer))


def test_a_tolerance_lets_small_differences_pass() -> None:
    CONFORMANCE_CHECKS["transform_is_idempotent"](Trial(Letters))
    CONFORMANCE_CHECKS["row_does_not_depend_on_its_neighbours"](Trial(LooksAtNeighbours, tolerance=100.0))
