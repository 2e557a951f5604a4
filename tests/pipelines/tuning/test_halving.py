"""The schedule of successive halving is scikit-learn's."""

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - makes the next import possible
from sklearn.model_selection import HalvingRandomSearchCV

from nlp_toolkit_pipelines.tuning.halving import Rung, rungs


@pytest.mark.parametrize("rows", [40, 200, 1000])
@pytest.mark.parametrize("candidates", [2, 3, 9, 10, 27, 50])
def test_candidates_and_rows_are_those_of_scikit_learn(candidates: int, rows: int):
    reference = HalvingRandomSearchCV(
        DummyClassifier(),
        {"constant": range(100)},
        n_candidates=candidates,
        min_resources="exhaust",
        cv=2,
        random_state=0,
    ).fit(np.zeros((rows, 1)), np.arange(rows) % 2)

    found = rungs(candidates, rows, least=2 * 2 * 2)

    assert [rung.candidates for rung in found] == reference.n_candidates_
    assert [rung.rows for rung in found[:-1]] == reference.n_resources_[:-1]
    assert found[-1].rows == rows >= reference.n_resources_[-1]


def test_few_rows_make_one_rung():
    assert rungs(50, 10, least=20) == [Rung(50, 10)]
