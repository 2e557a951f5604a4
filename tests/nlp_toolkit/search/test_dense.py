"""Dense rows, exactly and by graph: float64 order, ties by position, measured recall, graphs that cannot mislead."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nlp_toolkit import GraphOptions, SimilarityIndex
from nlp_toolkit.artefact.manifest import read_manifest
from nlp_toolkit.errors import ArtefactError, UsageError
from nlp_toolkit.search import approximate, dense
from nlp_toolkit.search.approximate import HnswRows, check_graph
from nlp_toolkit.search.dense import DenseRows

from .stages import LetterVectorizer


def clustered(n_rows: int, n_columns: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(0)
    centres = random.normal(size=(40, n_columns))
    noise = np.random.default_rng(seed)
    rows = centres[noise.integers(0, 40, n_rows)] + 0.6 * noise.normal(size=(n_rows, n_columns))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_best_rows_are_those_of_float64_whatever_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, queries = clustered(700, 24, 1), clustered(33, 24, 2)
    scores = queries.astype(np.float64) @ rows.astype(np.float64).T
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :10]
    monkeypatch.setattr(dense, "PRODUCT_NUMBERS", 1500)
    monkeypatch.setattr(dense, "QUERY_BLOCK", 7)
    monkeypatch.setattr(dense, "RESCORE_NUMBERS", 999)
    best = DenseRows.of(rows).top_k(queries, 10)
    assert (best.positions == expected).all()
    np.testing.assert_allclose(best.scores, np.take_along_axis(scores, expected, axis=1), rtol=1e-12)


def test_equal_rows_come_by_position_and_filters_hold() -> None:
    rows = np.tile(clustered(1, 16, 3), (300, 1))
    allowed = np.arange(300) % 2 == 1
    assert DenseRows.of(rows).top_k(rows[:1], 5).positions.tolist() == [[0, 1, 2, 3, 4]]
    best = DenseRows.of(rows).top_k(rows[:1], 200, allowed)
    assert best.positions[0, :150].tolist() == list(range(1, 300, 2))
    assert (best.found.tolist(), best.positions[0, 150:].max()) == ([150], -1)


@pytest.fixture(scope="module")
def graph() -> HnswRows:
    return HnswRows.of(clustered(4000, 32, 4), GraphOptions(neighbors=8, build_width=40))


def test_graph_finds_nearly_all_true_neighbours(graph: HnswRows) -> None:
    queries = clustered(100, 32, 5)
    truth = DenseRows(graph.vectors).top_k(queries, 10)
    best = graph.top_k(queries, 10)
    hits = [len(set(a) & set(b)) for a, b in zip(best.positions.tolist(), truth.positions.tolist(), strict=True)]
    assert graph.recall >= 0.985
    assert np.mean(hits) / 10 >= 0.97
    assert best.found.tolist() == [10] * 100
    same = best.positions == truth.positions
    assert np.allclose(best.scores[same], truth.scores[same], rtol=1e-12)


def test_graph_respects_filters_of_every_size(graph: HnswRows) -> None:
    queries = clustered(20, 32, 6)
    for allowed in (np.arange(4000) % 2 == 0, np.arange(4000) < 7, np.zeros(4000, dtype=bool)):
        best = graph.top_k(queries, 10, allowed)
        found = best.positions[best.positions >= 0]
        assert allowed[found].all()
        assert best.found.tolist() == [min(10, int(allowed.sum()))] * 20


def test_filter_that_leaves_nothing_near_a_query_finds_what_is_far(graph: HnswRows) -> None:
    queries = clustered(20, 32, 6)
    similarity = queries @ graph.vectors.T
    for query, scores in zip(queries, similarity, strict=True):
        allowed = scores <= np.median(scores)
        best = graph.top_k(query[None], 10, allowed)
        assert best.positions.tolist() == DenseRows(graph.vectors).top_k(query[None], 10, allowed).positions.tolist()


def test_graph_made_again_from_its_arrays_answers_alike(graph: HnswRows) -> None:
    queries = clustered(50, 32, 7)
    again = replace(graph, _graph=[])
    assert (again.top_k(queries, 10).positions == graph.top_k(queries, 10).positions).all()


def raised(array: np.ndarray) -> np.ndarray:
    copy = array.copy()
    copy[array.argmax()] += 1
    return copy


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda g: replace(g, links=g.links + 10_000), "links to rows that are not there"),
        (lambda g: replace(g, links=g.links - 10_000), "links to rows that are not there"),
        (lambda g: replace(g, links=g.links[:-1]), "links to rows that are not there"),
        (lambda g: replace(g, levels=g.levels - 1), "rows on no level"),
        (lambda g: replace(g, levels=raised(g.levels)), "links to rows that are not there"),
        (lambda g: replace(g, levels=g.levels.astype(np.int64)), "as int32"),
        (lambda g: replace(g, entry=int(g.levels.argmin())), "not on its top level"),
        (lambda g: replace(g, entry=-5), "not on its top level"),
        (lambda g: replace(g, links=np.roll(g.links, 1)), "on a level it is not on"),
        (lambda g: replace(g, ranges=g.ranges * np.nan), "NaN or infinity"),
        (lambda g: replace(g, ranges=g.ranges[:-1]), "range of every column"),
    ],
)
def test_graph_that_would_lead_faiss_astray_is_refused(
    graph: HnswRows, change: Callable[[HnswRows], HnswRows], message: str
) -> None:
    with pytest.raises(ArtefactError, match=message):
        check_graph(change(graph))


def test_approximate_index_keeps_its_measured_recall_in_the_manifest(
    tmp_path: Path, letters: type[LetterVectorizer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nlp_toolkit.search.index.GRAPH_FROM_ROWS", 200)
    monkeypatch.setattr(approximate, "GRAPH_FROM_ROWS", 20)
    random = np.random.default_rng(0)
    texts = ["".join(random.choice(list("abcdefgh"), 30)) for _ in range(400)]
    index = SimilarityIndex(letters(), "approximate", graph=GraphOptions(neighbors=8, build_width=40))
    index.add(texts)
    index.save(tmp_path / "index")
    manifest = read_manifest(tmp_path / "index")
    described = json.loads(json.dumps(manifest.fields["index"]))
    graph = described["segments"][0]["graph"]
    assert described["segments"][0]["kind"] == "hnsw"
    assert (graph["neighbors"], graph["recall"] >= 0.985, graph["search_width"] >= 16) == (8, True, True)
    assert manifest.fields["deterministic"] is False
    loaded = SimilarityIndex.load(tmp_path / "index")
    loaded.delete([str(number) for number in range(0, 400, 2)])
    assert loaded.query(texts[1:2])[0][0].score == pytest.approx(1.0)
    assert all(int(hit.id) % 2 for hits in loaded.query(texts[:20]) for hit in hits)


def test_graph_options_without_meaning_are_refused() -> None:
    with pytest.raises(UsageError, match="expected 2 to 256 neighbors"):
        SimilarityIndex(LetterVectorizer(), "approximate", graph=GraphOptions(neighbors=1)).add(["a"])
    with pytest.raises(UsageError, match="expected a recall above 0"):
        SimilarityIndex(LetterVectorizer(), "approximate", graph=GraphOptions(recall=2.0)).add(["a"])
