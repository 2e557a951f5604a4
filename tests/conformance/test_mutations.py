"""A reduced form of `mutate.py`: artefacts changed and signed again are used as before, or refused with code 4."""

import logging
import re
import signal
import subprocess
from pathlib import Path

import pytest

from nlp_toolkit.artefact.estimator_table import ESTIMATORS
from nlp_toolkit.artefact.fitting_parts import columns_given
from nlp_toolkit.errors import ArtefactError

from . import mutate
from .mutate import one, used
from .mutated_kinds import ARTEFACTS, make

# These take longer to make or to load than all others together; the whole run has them.
SLOW = ("bert", "encoder", "neural", "format-1", "index-approximate")
KINDS = [kind for kind in ARTEFACTS if not kind.startswith(SLOW)]
EACH = 4


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


def test_every_class_of_the_estimator_table_is_changed(artefacts: Path) -> None:
    files = [path for path in artefacts.rglob("*.json") if path.name != "manifest.json"]
    named = {name for path in files for name in re.findall(r'"class": "([^"]+)"', path.read_text())}
    # The first is a part of models by hand only, the second is what `pca` is inside, for dense rows.
    assert named >= ESTIMATORS.keys() - {"sklearn.preprocessing.LabelEncoder", "sklearn.decomposition.PCA"}


def test_a_bug_behind_damage_is_not_taken_for_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        try:
            columns_given(None)  # an AttributeError in our code
        except AttributeError as bug:
            raise ArtefactError("model: damaged") from bug
    except ArtefactError as error:
        assert re.fullmatch(r"AttributeError in fitting_parts.py:\d+", str(mutate.hidden_bug(error)))


def test_a_worker_that_says_nothing_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutate, "SILENT_SECONDS", 0.1)
    with subprocess.Popen(["sleep", "100"]) as worker:
        silence = mutate.Silence(worker)
        assert worker.wait() == -signal.SIGKILL
    assert silence.killed


def test_memory_of_one_use_is_judged_by_its_peak() -> None:
    mutate.forget_peak()
    before = mutate.memory("VmHWM")
    bytearray(2**26)
    assert mutate.memory("VmHWM") >= before + 2**25
    mutate.forget_peak()
    assert mutate.memory("VmHWM") < before + 2**25


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
