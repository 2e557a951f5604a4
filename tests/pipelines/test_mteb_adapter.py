"""The adapter for mteb: a task built in code asks it what mteb's protocol asks, and scores as the stage does."""

import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from corpora import ENGLISH
from scipy.stats import spearmanr
from sklearn.metrics.pairwise import cosine_similarity

from nlp_toolkit import Bm25Vectorizer, HashingVectorizer, TfidfVectorizer, save
from nlp_toolkit.errors import ResourceError, UsageError
from nlp_toolkit.metrics.similarity import similarity_scores
from nlp_toolkit_pipelines.mteb_adapter import MtebEncoder
from nlp_toolkit_pipelines.training import train

PAIRS = [
    ("서울은 넓다", "서울은 크다", 4.0),
    ("a cat sleeps", "the kitten sleeps", 3.5),
    ("a cat sleeps", "the car needs oil", 0.0),
    ("cars drive on the road", "cars drive on roads", 4.5),
    ("서울은 넓다", "부산에 갔다", 0.5),
]


class StsTask:
    """Asks a model as mteb 2's STS evaluator does: batches of dicts, keyword arguments, a similarity a pair."""

    def score(self, model: Any, pairs: list[tuple[str, str, float]], batch_size: int = 2) -> float:
        sides = [[pair[side] for pair in pairs] for side in (0, 1)]
        rows = [
            model.encode(
                self._batches(texts, batch_size),
                task_metadata=SimpleNamespace(name="sts"),
                hf_split="test",
                hf_subset="default",
                prompt_type=None,
                batch_size=batch_size,
            )
            for texts in sides
        ]
        return float(spearmanr([pair[2] for pair in pairs], model.similarity_pairwise(*rows)).statistic)

    def _batches(self, texts: list[str], size: int) -> Iterator[dict[str, list[str]]]:
        for start in range(0, len(texts), size):
            yield {"text": texts[start : start + size]}


@pytest.fixture
def stage() -> TfidfVectorizer:
    return TfidfVectorizer().fit([text for one, other, _ in PAIRS for text in (one, other)])


def test_task_scores_as_the_stage_itself_does(stage, tmp_path):
    save(stage, tmp_path / "stage")
    first, second = (stage.transform([pair[side] for pair in PAIRS]) for side in (0, 1))
    cosines = cosine_similarity(first, second).diagonal()

    found = StsTask().score(MtebEncoder(tmp_path / "stage"), PAIRS)

    assert found == pytest.approx(similarity_scores([pair[2] for pair in PAIRS], cosines).spearman)


def test_rows_are_the_stages_in_order_whatever_the_batches(stage):
    model = MtebEncoder(stage)
    texts = [pair[0] for pair in PAIRS]

    rows = model.encode([{"text": texts[:2]}, {"text": texts[2:]}])

    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, stage.transform(texts).toarray(), rtol=1e-6)
    assert model.encode([]).shape[0] == 0


def test_similarities_are_cosines_and_nothing_is_near_an_empty_row(stage):
    model = MtebEncoder(stage)
    rows = np.array([[3.0, 4.0], [0.0, 0.0]])

    np.testing.assert_allclose(model.similarity(rows, rows), [[1, 0], [0, 0]], atol=1e-6)
    np.testing.assert_allclose(model.similarity_pairwise(rows, rows), [1, 0], atol=1e-6)


def test_queries_of_bm25_are_rows_of_queries():
    documents = ["a red car", "a red bus on the road", "two cats"]
    stage = Bm25Vectorizer().fit(documents)
    model = MtebEncoder(stage)

    asked = model.encode([{"text": ["red bus"]}], prompt_type=SimpleNamespace(value="query"))
    rows = model.encode([{"text": documents}], prompt_type=SimpleNamespace(value="document"))

    expected = (stage.transform_query(["red bus"]) @ stage.transform(documents).T).toarray()
    np.testing.assert_allclose(model.similarity(asked, rows), expected, rtol=1e-5)
    assert model.similarity(asked, rows).argmax() == 1


def test_features_of_a_trained_model_are_taken():
    trained = train("count-logreg", ENGLISH, folds=0).model

    rows = MtebEncoder(trained).encode([{"text": ["a cat"]}])

    assert rows.sum() == trained.pipeline["vectorizer"].transform(["a cat"]).sum()


def test_description_is_mtebs_own(stage, monkeypatch):
    described = ModuleType("mteb.models.model_meta")
    described.ModelMeta = SimpleNamespace
    for name, module in (("mteb", ModuleType("mteb")), ("mteb.models", ModuleType("mteb.models"))):
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setitem(sys.modules, "mteb.models.model_meta", described)

    meta = MtebEncoder(stage, name="mine").mteb_model_meta

    assert (meta.name, meta.similarity_fn_name, meta.framework) == ("nlp-toolkit/mine", "cosine", ["NumPy"])


def test_what_mteb_cannot_take_is_refused(monkeypatch):
    with pytest.raises(UsageError, match="is not fitted; fit and save it first"):
        MtebEncoder("tfidf").encode([{"text": ["a"]}])
    monkeypatch.setattr("nlp_toolkit_pipelines.mteb_adapter.MOST_CELLS", 1000)
    wide = HashingVectorizer(n_features=2048).fit(["a"])
    with pytest.raises(ResourceError, match="1 texts of 2,048 columns do not fit as dense rows"):
        MtebEncoder(wide).encode([{"text": ["a cat"]}])
