import gc
from copy import deepcopy
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import numpy as np
import pytest

from nlp_toolkit import CountVectorizer, Hit, HybridIndex, SimilarityIndex
from nlp_toolkit.search.documents import Document, Documents
from nlp_toolkit.search.hits import hits_from_columns

PACKAGES = [Path(__file__).parents[3] / name for name in ("nlp_toolkit", "pipelines", "cli")]


def test_hits_from_columns_are_the_hits_the_class_makes():
    columns = [1, 2], ["a", "b"], [0.5, 0.25], ["x", "y"], [{"year": 1}, {}]
    made = hits_from_columns(*columns)
    assert made == list(map(Hit, *columns))
    assert [type(hit) for hit in made] == [Hit, Hit]
    assert replace(made[0], rank=3) == Hit(3, "a", 0.5, "x", {"year": 1})
    assert deepcopy(made) == made
    with pytest.raises(FrozenInstanceError):
        made[0].rank = 2  # type: ignore[misc]


def test_columns_of_unequal_length_make_no_hits():
    with pytest.raises(ValueError, match="shorter"):
        hits_from_columns([1, 2], ["a"], [0.5], ["x"], [{}])


@pytest.mark.parametrize("setting", ["disable", "freeze", "set_threshold"])
def test_query_leaves_the_garbage_collector_of_the_host_alone(setting: str, monkeypatch: pytest.MonkeyPatch):
    called: list[str] = []
    index = SimilarityIndex(CountVectorizer())
    index.add(["a cat", "a dog"], metadata={"year": [2020, 2021]})
    monkeypatch.setattr(gc, setting, lambda *_: called.append(setting))
    index.query(["cat", "dog"])
    HybridIndex([index, index]).query(["cat"])
    assert called == []


def test_no_module_touches_the_garbage_collector():
    sources = [path for package in PACKAGES for path in package.rglob("*.py")]
    assert len(sources) > 100
    assert [path for path in sources if "import gc" in path.read_text("utf-8")] == []


@pytest.mark.parametrize("n_rows", [4, 400])  # the small table is held in memory, the large one is asked
def test_fetch_gives_rows_in_the_order_asked(n_rows: int):
    def document(row: int) -> Document:
        metadata = {"new": None if row == 2 else row % 2 == 0, "year": row}
        return Document(row, f"id {row}", "\ud800" if row == 3 else f"text {row}", metadata)

    stored = Documents.create(map(document, range(n_rows)), {"new": "bool", "year": "int"})
    found = stored.fetch([3, 0, 2, 3])
    assert (found.ids, found.texts) == (["id 3", "id 0", "id 2", "id 3"], ["\ud800", "text 0", "text 2", "\ud800"])
    assert found.metadata == {"new": [False, True, None, False], "year": [3, 0, 2, 3]}
    assert list(stored) == [document(row) for row in range(n_rows)]
    assert stored.fetch([]).ids == []


def test_hit_of_each_query_has_its_own_metadata():
    index = SimilarityIndex(CountVectorizer())
    index.add(["cat", "cat dog"], metadata={"year": [2020, 2021]})
    index.add(["cat cat"], metadata={"new": [True]})
    first, second = index.query(["cat", "cat"])
    assert [hit.metadata for hit in first] == [
        {"year": 2020, "new": None},
        {"year": None, "new": True},
        {"year": 2021, "new": None},
    ]
    first[0].metadata["year"] = 0  # type: ignore[index]
    assert second[0].metadata["year"] == index.query(["cat"])[0][0].metadata["year"] == 2020
    assert np.allclose([hit.score for hit in first], [1, 1, 0.5**0.5])
