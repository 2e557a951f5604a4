"""Places of texts in a plane, and the colours of a map."""

import numpy as np
import pytest
import scipy.sparse as sp
from parsed_page import Page
from report_examples import points
from sklearn.decomposition import PCA

from nlp_toolkit.errors import DataError, UsageError
from nlp_toolkit_pipelines.report import text_map
from nlp_toolkit_pipelines.report.map_colours import colourings
from nlp_toolkit_pipelines.report.map_view import LONGEST_TEXT, map_view

CLUSTERS = np.repeat(np.eye(3) * 20, 30, axis=0) + np.random.default_rng(0).normal(size=(90, 3))


def test_pca_is_scikit_learns_for_dense_and_sparse_rows() -> None:
    dense = np.random.default_rng(1).poisson(0.3, size=(200, 80)).astype(float)
    wanted = PCA(2, svd_solver="full").fit_transform(dense)
    np.testing.assert_allclose(text_map(dense), wanted, atol=1e-8)
    np.testing.assert_allclose(text_map(sp.csr_matrix(dense)), wanted, atol=1e-6)
    np.testing.assert_allclose(text_map(sp.csr_array(dense)), wanted, atol=1e-6)


def test_two_points_lie_as_far_apart_as_their_rows() -> None:
    places = text_map(np.array([[0.0, 0.0], [3.0, 4.0]]))
    assert places.tolist() == [[pytest.approx(-2.5), 0.0], [pytest.approx(2.5), 0.0]]


def test_t_sne_keeps_clusters_together_and_repeats_with_its_seed() -> None:
    places = text_map(CLUSTERS, "t-sne", seed=3)
    middles = places.reshape(3, 30, 2).mean(axis=1)
    nearest = np.linalg.norm(places[:, np.newaxis] - middles, axis=2).argmin(axis=1)
    assert nearest.tolist() == np.repeat([0, 1, 2], 30).tolist()
    assert np.array_equal(text_map(CLUSTERS, "t-sne", seed=3), places)


@pytest.mark.parametrize("method", ["pca", "t-sne"])
@pytest.mark.parametrize("n_texts", [1, 2, 3, 4, 5, 8])
@pytest.mark.parametrize("kind", [np.asarray, sp.csr_matrix, sp.csr_array])
def test_few_texts_have_places(method: str, n_texts: int, kind: type) -> None:
    places = text_map(kind(np.random.default_rng(0).random((n_texts, 4))), method)  # type: ignore[arg-type]
    assert places.shape == (n_texts, 2)
    assert np.isfinite(places).all()


@pytest.mark.parametrize("method", ["pca", "t-sne"])
def test_equal_texts_lie_on_one_place(method: str) -> None:
    rows = np.ones((100, 60))
    for same in (rows, sp.csr_matrix(rows), sp.csr_array((100, 60))):
        assert not text_map(same, method).any()  # type: ignore[arg-type]


def test_unknown_method_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="unknown map method 'umap'; known: pca, t-sne"):
        text_map(CLUSTERS, "umap")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [np.asarray, sp.csr_matrix])
def test_rows_that_are_not_numbers_have_no_place(kind: type) -> None:
    with pytest.raises(DataError, match="NaN or infinite"):
        text_map(kind(np.array([[1.0, np.nan], [0.0, 1.0]])))


def test_label_and_prediction_share_their_colours_and_errors_are_counted() -> None:
    found = points(90, "en")
    label, predicted, error = colourings(found, numeric=False)
    wrong = sum(point["label"] != point["predicted"] for point in found)
    assert label.names == predicted.names == ("negative", "positive")
    assert label.styles == predicted.styles
    assert [label.names[group] for group in label.of] == [point["label"] for point in found]
    assert error.counts() == [90 - wrong, wrong]
    assert error.styles[0].marker != error.styles[1].marker


def test_many_labels_colour_the_most_frequent() -> None:
    found = [{"label": f"l{n}", "predicted": None} for n in range(20) for _ in range(n + 1)]
    (label,) = colourings(found, numeric=False)
    assert label.names[:3] == ("l19", "l18", "l17")
    assert [style.colour for style in label.styles[:9]] == [*(f"s{n}" for n in range(8)), "quiet"]


def test_several_labels_and_missing_predictions_have_names() -> None:
    found = [{"label": ["a", "b"], "predicted": ["a"]}, {"label": ["a"], "predicted": None}]
    _, predicted, error = colourings(found, numeric=False)
    assert [predicted.names[group] for group in predicted.of] == ["a", "no prediction"]
    assert error.of == (1, 1)


def test_numbers_are_coloured_in_equal_shares() -> None:
    value, guess, error = colourings(
        [{"label": n, "predicted": None if n == 3 else 2 * n} for n in range(100)], numeric=True
    )
    assert value.counts() == [20, 20, 20, 20, 20]
    assert [style.colour for style in value.styles] == ["r0", "r1", "r2", "r3", "r4"]
    assert guess.names[guess.of[3]] == "no prediction"
    assert error.counts()[-1] == 1


def test_map_keeps_the_proportions_of_the_places_and_clips_long_texts() -> None:
    corners = [(0.0, 0.0), (2.0, 0.0), (0.0, 1.0)]
    found = [{"x": x, "y": y, "label": "a", "predicted": None, "text": "가" * 500} for x, y in corners]
    chart = {"method": "pca", "recipe": "r", "points": found}
    data = Page(map_view(chart, numeric=False, language="ko")).json("text-map-data")
    assert (data["x"], data["y"]) == ([0, 10_000, 0], [0, 0, 5000])
    assert data["texts"][0] == "가" * LONGEST_TEXT + "…"


def test_decomposed_hangul_is_searched_as_composed() -> None:
    chart = {
        "method": "pca",
        "recipe": "r",
        "points": [{"x": 0, "y": 0, "label": "a", "text": "\u1109\u1165\u110b\u116e\u11af"}],
    }
    assert Page(map_view(chart, numeric=False, language="ko")).json("text-map-data")["texts"] == ["서울"]
