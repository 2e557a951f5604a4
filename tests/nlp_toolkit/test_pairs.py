"""`PairFeatures`: a hand-worked row, laws, and life inside scikit-learn."""

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from nlp_toolkit import PairFeatures
from nlp_toolkit.errors import DataError
from nlp_toolkit.pairs import pair_rows

PAIRS = [("one cat", "two cats"), ("a dog runs", "one dog runs"), ("서울은 수도다", "서울은 크다"), ("", "one")]


class LetterCounts(BaseEstimator):  # type: ignore[misc]
    """A dense stage: how many a and b a text has."""

    def fit(self, texts: object, y: object = None) -> "LetterCounts":
        self.fitted_ = True
        return self

    def transform(self, texts: list[str]) -> np.ndarray:
        return np.array([[text.count("a"), text.count("b")] for text in texts], dtype=np.float32)

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        return np.array(["a", "b"], dtype=object)


def test_hand_worked_row() -> None:
    features = PairFeatures(LetterCounts()).fit([("x", "y")])
    # u = (2, 1), v = (1, 3): |u - v| = (1, 2), u * v = (2, 3)
    assert features.transform([("aab", "abbb")]).tolist() == [[2, 1, 1, 3, 1, 2, 2, 3]]


def test_pairs_that_can_be_read_once_give_a_row_each() -> None:
    features = PairFeatures(CountVectorizer())
    again = features.fit_transform(iter([("one cat", "two cats"), ("a dog", "dogs")]))
    assert (again != features.transform([("one cat", "two cats"), ("a dog", "dogs")])).nnz == 0
    assert again.shape[0] == 2


def test_unsigned_counts_have_differences_like_any_other() -> None:
    features = PairFeatures(CountVectorizer(dtype=np.uint8)).fit([("aa", "bb")])
    # u = (1, 0), v = (0, 1)
    assert features.transform([("aa", "bb")]).toarray().tolist() == [[1, 0, 0, 1, 1, 1, 0, 0]]


def test_dense_rows_stay_float32() -> None:
    assert PairFeatures(LetterCounts()).fit(PAIRS).transform(PAIRS).dtype == np.float32


@pytest.mark.parametrize("kind", [sp.csr_matrix, sp.csr_array])
def test_sparse_rows_keep_their_class_and_equal_the_dense_ones(kind: type) -> None:
    first, second = np.array([[0, 2.0], [3, 0]]), np.array([[1, 2.0], [0, 0]])
    rows = pair_rows(kind(first), kind(second))
    assert isinstance(rows, kind)
    assert rows.format == "csr"  # type: ignore[union-attr]
    assert rows.toarray().tolist() == pair_rows(first, second).tolist()  # type: ignore[union-attr]


def test_both_sides_share_one_vocabulary() -> None:
    features = PairFeatures(CountVectorizer()).fit([("left", "right")])
    assert features.get_feature_names_out().tolist() == [
        *("first__left", "first__right", "second__left", "second__right"),
        *("difference__left", "difference__right", "product__left", "product__right"),
    ]


def test_swapping_the_sides_swaps_the_first_two_blocks_only() -> None:
    features = PairFeatures(TfidfVectorizer()).fit(PAIRS)
    rows = features.transform(PAIRS).toarray()
    swapped = features.transform([(second, first) for first, second in PAIRS]).toarray()
    u, v, difference, product = np.split(rows, 4, axis=1)
    assert np.array_equal(swapped, np.hstack([v, u, difference, product]))


def test_one_row_per_pair_in_order() -> None:
    features = PairFeatures(TfidfVectorizer()).fit(PAIRS)
    rows = features.transform(iter(PAIRS))
    assert rows.shape[0] == len(PAIRS)
    alone = [features.transform([pair]).toarray() for pair in PAIRS]
    assert np.array_equal(rows.toarray(), np.vstack(alone))


def test_the_given_stage_stays_unfitted() -> None:
    stage = CountVectorizer()
    features = PairFeatures(stage).fit(PAIRS)
    assert features.stage is stage
    assert not hasattr(stage, "vocabulary_")
    assert hasattr(features.stage_, "vocabulary_")


def test_parameters_of_the_stage_are_reached() -> None:
    features = clone(PairFeatures(CountVectorizer())).set_params(stage__ngram_range=(1, 2))
    assert features.get_params()["stage__ngram_range"] == (1, 2)
    assert "first__one cat" in features.fit(PAIRS).get_feature_names_out()


def test_grid_search_over_the_stage_inside_a_pipeline() -> None:
    pipeline = Pipeline([("vectorizer", PairFeatures(TfidfVectorizer())), ("estimator", LogisticRegression())])
    search = GridSearchCV(pipeline, {"vectorizer__stage__ngram_range": [(1, 1), (1, 2)]}, cv=2)
    search.fit(PAIRS * 4, [0, 1, 1, 0] * 4)
    assert search.best_score_ == 1.0


def test_unfitted_says_so() -> None:
    with pytest.raises(NotFittedError, match="PairFeatures instance is not fitted yet"):
        PairFeatures(CountVectorizer()).transform(PAIRS)


def test_texts_instead_of_pairs_are_refused() -> None:
    with pytest.raises(DataError, match=r"row 1 \(counted from 1\) is str 'one text', expected a pair of texts"):
        PairFeatures(CountVectorizer()).fit(["one text"])  # type: ignore[list-item]


def test_dense_rows_come_as_a_data_frame_when_asked() -> None:
    features = PairFeatures(LetterCounts()).set_output(transform="pandas").fit(PAIRS)
    assert list(features.transform(PAIRS).columns) == list(features.get_feature_names_out())  # type: ignore[union-attr]
