import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from nlp_toolkit.artefact.files import read_json, write_json
from nlp_toolkit.artefact.generations import open_generation, publish_generation
from nlp_toolkit.artefact.lock import writing
from nlp_toolkit.artefact.manifest import FORMAT
from nlp_toolkit.errors import ArtefactError, ResourceError, UsageError


def _fill(value: object) -> Callable[[Path], None]:
    return lambda folder: write_json(folder / "value.json", value)


def _publish(model: Path, value: object, *, overwrite: bool = False, lock_timeout: float = 30.0) -> Path:
    return publish_generation(
        model, _fill(value), kind="test", fields={}, overwrite=overwrite, lock_timeout=lock_timeout
    )


def _value(model: Path) -> object:
    return read_json(open_generation(model)[1] / "value.json")


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_generations_are_numbered_and_only_the_one_in_force_is_kept(tmp_path: Path) -> None:
    model = tmp_path / "deep" / "model"
    assert _publish(model, "first").name == "000001"
    assert _publish(model, "second", overwrite=True).name == "000002"
    assert _value(model) == "second"
    assert _names(model) == ["000002", "manifest.json"]
    assert _names(model.parent) == ["model"]


def test_the_same_content_has_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        _publish(tmp_path / name, [1, 2])
    assert (tmp_path / "a" / "manifest.json").read_bytes() == (tmp_path / "b" / "manifest.json").read_bytes()


def test_a_model_is_replaced_only_when_told(tmp_path: Path) -> None:
    _publish(tmp_path / "model", "old")
    with pytest.raises(UsageError, match=r"model: a model exists there; pass overwrite=True \(--overwrite\)"):
        _publish(tmp_path / "model", "new")


def test_an_empty_folder_is_a_place_for_a_model(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    _publish(tmp_path / "model", 1)
    assert _value(tmp_path / "model") == 1


def _folder(path: Path) -> None:
    path.mkdir()
    (path / "thesis.txt").write_text("years of work")


def _newer_model(path: Path) -> None:
    _folder(path)
    (path / "manifest.json").write_text(json.dumps({"format": FORMAT + 1}))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.write_text("a file"), "exists and is a file"),
        (_folder, "not a model directory .* exists and is not overwritten"),
        (_newer_model, f"format {FORMAT + 1} is newer"),
        (lambda path: path.symlink_to("nowhere"), "exists and is a file"),
    ],
)
def test_what_is_not_a_model_is_never_replaced(tmp_path: Path, make: Callable[[Path], object], message: str) -> None:
    make(tmp_path / "model")
    before = _names(tmp_path)
    with pytest.raises(UsageError, match=message):
        _publish(tmp_path / "model", 1, overwrite=True)
    assert _names(tmp_path) == before


def test_foreign_files_in_a_model_directory_survive_a_save(tmp_path: Path) -> None:
    _publish(tmp_path / "model", "old")
    (tmp_path / "model" / "notes.txt").write_text("mine")
    _publish(tmp_path / "model", "new", overwrite=True)
    assert _names(tmp_path / "model") == ["000002", "manifest.json", "notes.txt"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_full_disk_at_any_moment_leaves_the_old_state_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overwrite: bool
) -> None:
    really = os.fsync
    found: list[object] = []
    for step in count():
        model = tmp_path / str(step) / "model"
        if overwrite:
            _publish(model, "old")
        calls = count()

        def fsync(descriptor: int, calls: "count[int]" = calls, step: int = step) -> None:
            if next(calls) == step:
                raise OSError(errno.ENOSPC, "No space left on device")
            really(descriptor)

        monkeypatch.setattr(os, "fsync", fsync)
        try:
            _publish(model, "new", overwrite=overwrite)
            break
        except ResourceError as error:
            assert "No space left on device" in str(error)
        finally:
            monkeypatch.setattr(os, "fsync", really)
        found.append(_value(model) if model.exists() else None)
        assert _names(model.parent) == (["model"] if model.exists() else [])
        if model.exists():
            assert len(_names(model)) == 2
    before = "old" if overwrite else None
    assert len(found) >= 4
    assert found == [before] * found.count(before) + ["new"] * found.count("new")


def test_a_failing_stage_leaves_the_old_model_and_its_own_error(tmp_path: Path) -> None:
    _publish(tmp_path / "model", "old")

    def fail(folder: Path) -> None:
        (folder / "half").write_text("half")
        raise RuntimeError("the stage broke")

    with pytest.raises(RuntimeError, match="the stage broke"):
        publish_generation(tmp_path / "model", fail, kind="test", fields={}, overwrite=True)
    assert _value(tmp_path / "model") == "old"
    assert _names(tmp_path / "model") == ["000001", "manifest.json"]


def test_a_path_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"file/model: cannot be written"):
        _publish(tmp_path / "file" / "model", 1)


def test_a_second_writer_is_told_who_holds_the_model(tmp_path: Path) -> None:
    model = tmp_path / "model"
    script = (
        "import sys; from pathlib import Path; from nlp_toolkit.artefact.lock import writing\n"
        "with writing(Path(sys.argv[1]), timeout=5): print('held', flush=True); sys.stdin.readline()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(model)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(ResourceError, match=rf"model: being written by process {holder.pid}; waited 0.2 s"):
            _publish(model, 1, lock_timeout=0.2)
    finally:
        holder.communicate("\n", timeout=30)
    _publish(model, 2, lock_timeout=0.2)
    assert _value(model) == 2
    assert _names(tmp_path) == ["model"]


def test_a_writer_waits_for_the_one_before(tmp_path: Path) -> None:
    inside: list[int] = []

    def write(number: int) -> None:
        with writing(tmp_path / "model", timeout=30):
            inside.append(number)
            assert inside.count(number) == 1
            assert inside[-1] == number

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(20)))
    assert sorted(inside) == list(range(20))
    assert _names(tmp_path) == []


def test_of_two_writers_one_wins_whole(tmp_path: Path) -> None:
    model = tmp_path / "model"
    _publish(model, [0] * 1000)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: _publish(model, [n] * 1000, overwrite=True), range(1, 13)))
    value = _value(model)
    assert isinstance(value, list)
    assert len(value) == 1000
    assert len(set(value)) == 1
    assert open_generation(model)[1].name == "000013"


def test_a_link_stays_and_what_it_points_at_is_written(tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "model").mkdir(parents=True)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere" / "model")

    _publish(link, "first")
    _publish(link, "second", overwrite=True)

    assert link.is_symlink()
    assert _value(tmp_path / "elsewhere" / "model") == "second"
    assert _names(tmp_path / "elsewhere") == ["model"]


def test_writers_by_a_link_and_by_the_name_itself_wait_for_each_other(tmp_path: Path) -> None:
    _publish(tmp_path / "model", 0)
    (tmp_path / "link").symlink_to(tmp_path / "model")

    with (
        writing(tmp_path / "link", timeout=1.0),
        pytest.raises(ResourceError, match=f"being written by process {os.getpid()}"),
    ):
        _publish(tmp_path / "model", 1, overwrite=True, lock_timeout=0.1)


def test_a_missing_model_is_a_missing_input(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere: no such model directory"):
        open_generation(tmp_path / "nowhere")


def test_a_folder_without_manifest_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match=r"not a model directory \(manifest.json is missing\)"):
        open_generation(tmp_path)
