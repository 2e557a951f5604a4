"""Training texts in the test: by hand, near copies that must be found, and texts that are none."""

import numpy as np
import pytest
from evaluated_rows import LONG, rows_of, wilson

from nlp_toolkit import Corpus
from nlp_toolkit.artefact import text_hashes
from nlp_toolkit.search.duplicates import nearest_duplicates
from nlp_toolkit_pipelines.evaluation_report import leakage
from nlp_toolkit_pipelines.evaluation_report.leakage import leakage_of
from nlp_toolkit_pipelines.evaluation_report.results import Figure


def test_leaks_by_hand():
    texts = ["an old text", f"{LONG} bank", "something entirely new", "something entirely new"]
    rows = rows_of(["a", "a", "b", "b"], ["a", "a", "a", "b"], texts)
    train = Corpus(texts=["an old text", f"{LONG} banks", "unlike all of these"])

    found = leakage_of(rows, np.zeros(0, dtype=np.uint64), train)

    assert (found.exact, found.near, found.repeated) == (1, 1, 1)
    assert found.exact_share == found.near_share == Figure(0.25, *wilson(1, 4))
    assert found.without_exact.n == 3
    assert found.without_exact.figures["accuracy"].value == pytest.approx(2 / 3)
    assert (found.without_near.n, found.without_near.figures["accuracy"].value) == (2, 0.5)
    (pair,) = found.pairs
    assert (pair.row, pair.training_row) == (1, 1)
    assert 0.9 <= pair.score < 1


def test_many_copies_of_a_text_are_compared_once(monkeypatch):
    compared = []
    monkeypatch.setattr(
        leakage,
        "nearest_duplicates",
        lambda rows, threshold, others, n_jobs: (
            compared.append((rows.shape[0], others.shape[0])) or nearest_duplicates(rows, threshold, others)
        ),
    )
    texts = [f"{LONG} bank"] * 300 + [f"{LONG} banks"] * 300 + ["something entirely new"]
    train = Corpus(texts=["unlike all of these", *[f"{LONG} banks"] * 400])

    found = leakage_of(rows_of(["a", "b"] * 300 + ["a"], ["a"] * 601, texts), np.zeros(0, dtype=np.uint64), train)

    assert compared == [(3, 2)]
    assert (found.exact, found.near) == (300, 300)
    assert [(pair.row, pair.training_row) for pair in found.pairs] == [(row, 1) for row in range(20)]


def test_a_long_laugh_makes_no_two_texts_equal():
    laugh = "ㅋ" * 40
    training = ["재미있는 영화", "배우 연기가 아깝다", "a film about nothing", f"배우 연기가 아깝다 {laugh}"]
    rows = rows_of(["a", "b"], ["a", "b"], [f"재미있음 {laugh}", laugh])

    assert leakage_of(rows, np.zeros(0, dtype=np.uint64), Corpus(texts=training)).near == 0


REVIEW = (
    "배우들의 연기는 좋았지만 이야기가 너무 뻔해서 중간부터 지루했고 음악도 장면과 잘 어울리지 않았다. "
    "그래도 마지막 장면만은 오래 기억에 남아서 친구에게 한 번쯤 보라고 말해 주고 싶다"
)


@pytest.mark.parametrize(
    "copied",
    [
        f"{REVIEW}!!!",
        f"{REVIEW} ㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋ",
        REVIEW.replace("너무 뻔해서", "너무뻔해서"),
        REVIEW.replace("중간", "처음"),
        REVIEW.removeprefix("배우들의 "),
    ],
    ids=["signs", "laugh", "space", "word", "first word"],
)
def test_a_copy_with_a_small_change_is_found(copied: str):
    train = Corpus(texts=["재미있는 영화", REVIEW, "배우 연기가 아깝다 ㅋㅋㅋㅋ", "음악만 좋았다"])

    found = leakage_of(rows_of(["a"], ["a"], [copied]), np.zeros(0, dtype=np.uint64), train)

    assert [(pair.row, pair.training_row) for pair in found.pairs] == [(0, 1)]


def test_leaks_by_the_models_hashes_alone():
    rows = rows_of(["a", "b"], ["a", "a"], ["old", "new"])

    found = leakage_of(rows, np.sort(text_hashes(["old", "older"])), None)

    assert (found.exact, found.near, found.pairs) == (1, None, ())
    assert (found.exact_share, found.near_share) == (Figure(0.5, *wilson(1, 2)), Figure(None))
    assert found.without_exact.figures["accuracy"].value == 0.0
    assert leakage_of(rows, np.zeros(0, dtype=np.uint64), None).exact is None


def test_nothing_left_without_leaks_is_said():
    rows = rows_of(["a"], ["a"], ["old"])

    found = leakage_of(rows, text_hashes(["old"]), None)

    assert (found.without_exact.n, found.without_exact.figures) == (0, None)
