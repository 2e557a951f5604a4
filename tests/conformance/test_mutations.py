"""A reduced form of `mutate.py`: artefacts changed and signed again are used as before, or refused with code 4."""

import logging
from pathlib import Path

import pytest

from . import mutate
from .mutate import ARTEFACTS, make, one, used

# Networks and encoders take longer to make than all of these; the whole run has them.
KINDS = ["tfidf-logreg", "union", "pairs", "bm25", "hashing", "word2vec", "index-bm25", "index-dense", "index-hybrid"]
EACH = 12


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("artefacts")
    make(folder, KINDS)
    return folder


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_artefact_is_used_or_refused(kind: str, artefacts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("nlp_toolkit"), "disabled", True)
    outcomes = [one(artefacts, [kind], seed=0, number=number) for number in range(EACH)]
    assert [each for each in outcomes if each.code not in {"0", "4"}] == []


@pytest.mark.parametrize("kind", KINDS)
def test_an_artefact_that_was_not_changed_is_used(kind: str, artefacts: Path, tmp_path: Path) -> None:
    assert used(kind, artefacts / kind, artefacts / "texts.csv", tmp_path / "rows.npz") == ("0", "")


def test_every_command_that_reads_an_artefact_is_tried() -> None:
    assert {each.use[0] for each in ARTEFACTS.values()} == {"predict", "vectorize", "search"}


def test_a_long_run_prints_its_table_on_the_way(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(mutate, "make", lambda folder, kinds: None)
    monkeypatch.setattr(
        mutate, "_watched", lambda *given: ((each, ["bm25", "a.json", "4", "", 0.0, 1]) for each in given[3])
    )
    monkeypatch.setattr("sys.argv", ["mutate", "1200", "--jobs", "2"])
    assert mutate.main() == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| .json")]
    assert rows == ["| .json | 500 |", "| .json | 1000 |", "| .json | 1200 |"]
