import json
import os
import subprocess
import sys
from itertools import groupby
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("kill_save.py")

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="kill -9 and fork are POSIX")]


BEFORE = {"fresh": "nothing", "overwrite": "old"}


@pytest.fixture(scope="module", params=sorted(BEFORE))
def killed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, list[dict[str, object]]]:
    """What the state was before, and for each step that a save was killed at, what was found after."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path_factory.mktemp("kills")), request.param],
        capture_output=True,
        text=True,
        check=True,
        timeout=200,
    )
    return BEFORE[request.param], json.loads(done.stdout)


def test_a_save_killed_at_any_step_leaves_the_old_state_or_the_new_one_whole(
    killed: tuple[str, list[dict[str, object]]],
) -> None:
    before, outcomes = killed
    assert len(outcomes) > 20
    # First the old state for every step, then, from one step on, the new one: never anything between.
    assert [found for found, _ in groupby(outcome["found"] for outcome in outcomes)] == [before, "new"]


def test_the_save_after_a_killed_one_works_and_sweeps_its_leavings(killed: tuple[str, list[dict[str, object]]]) -> None:
    _, outcomes = killed
    assert {outcome["then"] for outcome in outcomes} == {"next"}
    assert [outcome["leavings"] for outcome in outcomes] == [[]] * len(outcomes)
