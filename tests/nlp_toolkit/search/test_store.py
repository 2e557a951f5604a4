"""The index directory: whole after a kill at any moment, readers undisturbed, writers in turn."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from nlp_toolkit import CountVectorizer, SimilarityIndex, TfidfVectorizer, load, save
from nlp_toolkit.artefact.lock import writing
from nlp_toolkit.artefact.manifest import read_manifest
from nlp_toolkit.errors import ArtefactError, ResourceError, UsageError
from nlp_toolkit.search import index_files, store
from nlp_toolkit.search.stages import saved_checksum

from .saved import saved


def contents(path: Path) -> list[tuple[str, str]]:
    return [(document.id, document.text) for document in SimilarityIndex.load(path).texts()]


def files_below(path: Path) -> dict[str, int]:
    return {file.relative_to(path).as_posix(): file.stat().st_mtime_ns for file in path.rglob("*") if file.is_file()}


def test_loaded_index_answers_as_the_saved_one(tmp_path: Path) -> None:
    index = saved(tmp_path / "index")
    loaded = SimilarityIndex.load(tmp_path / "index")
    assert loaded.query(["cat dog"], where="year > 1") == index.query(["cat dog"], where="year > 1")
    assert (len(loaded), loaded.metadata_types, loaded.state.metric) == (4, {"year": "int"}, "cosine")


@pytest.mark.slow
def test_loaded_in_another_process_answers_alike(tmp_path: Path) -> None:
    index = saved(tmp_path / "index")
    code = (
        "import sys; from nlp_toolkit import SimilarityIndex;"
        "print([(h.id, h.score) for h in SimilarityIndex.load(sys.argv[1]).query(['cat dog'])[0]])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "index"], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == str([(hit.id, hit.score) for hit in index.query(["cat dog"])[0]])


def test_same_build_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        saved(tmp_path / name)
    for file in files_below(tmp_path / "one"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes(), file


def test_change_writes_only_what_changed(tmp_path: Path) -> None:
    index = saved(tmp_path / "index")
    before = files_below(tmp_path / "index")
    index.add(["a new cat"], ids=["e"])
    index.delete(["b"])
    index.save(tmp_path / "index")
    after = files_below(tmp_path / "index")
    assert {name for name in before if after.get(name) != before[name]} == {"manifest.json"}
    assert {name.rpartition("/")[2] for name in after.keys() - before.keys()} == {
        "rows.safetensors",
        "documents.sqlite",
        "dead-000002.safetensors",
    }
    assert [name for name, _ in contents(tmp_path / "index")] == ["a", "c", "d", "e"]


def test_delete_reload_add_keeps_ids_in_step(tmp_path: Path) -> None:
    saved(tmp_path / "index")
    for number in range(10):
        with SimilarityIndex.editing(tmp_path / "index") as index:
            index.delete([index.query(["cat"])[0][0].id])
            index.add([f"cat number {number}"], ids=[f"n{number}"])
    loaded = SimilarityIndex.load(tmp_path / "index")
    assert all(hit.text == f"cat number {hit.id[1:]}" for hit in loaded.query(["cat"])[0] if hit.id.startswith("n"))
    assert len(loaded) == 4
    leftover = files_below(tmp_path / "index").keys() - read_manifest(tmp_path / "index").files.keys()
    assert leftover == {"manifest.json"}


def test_reader_keeps_its_state_while_a_writer_goes_on(tmp_path: Path) -> None:
    saved(tmp_path / "index")
    reader = SimilarityIndex.load(tmp_path / "index")
    before = reader.query(["cat dog birds"])
    with SimilarityIndex.editing(tmp_path / "index") as index:
        index.delete(["a", "b", "c"])
        index.refit()
    assert reader.query(["cat dog birds"]) == before
    assert contents(tmp_path / "index") == [("d", "birds sing")]


def test_reader_that_opens_while_writers_go_on_always_finds_a_whole_state(tmp_path: Path) -> None:
    saved(tmp_path / "index")

    def write() -> None:
        for number in range(12):
            with SimilarityIndex.editing(tmp_path / "index") as index:
                index.add([f"cat {number}"], ids=[f"n{number}"])
                index.delete(["a" if number == 0 else f"n{number - 1}"])
                index.refit()  # nothing of the state before stays in force

    thread = threading.Thread(target=write)
    thread.start()
    seen = []
    while thread.is_alive():
        seen.append([name for name, _ in contents(tmp_path / "index")])
    states = [["a", "b", "c", "d"], *(["b", "c", "d", f"n{number}"] for number in range(12))]
    assert all(state in states for state in seen)
    assert contents(tmp_path / "index")[-1] == ("n11", "cat 11")


def test_reader_finds_the_new_state_where_a_writer_sweeps_the_stage_before_it_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(tmp_path / "index")
    first = iter([True])

    def swept_after(folder: Path) -> str:
        found = saved_checksum(folder)
        if next(first, False):
            with SimilarityIndex.editing(tmp_path / "index") as index:
                index.delete(["a"])
                index.refit()
        return found

    monkeypatch.setattr(index_files, "saved_checksum", swept_after)
    assert [name for name, _ in contents(tmp_path / "index")] == ["b", "c", "d"]


def test_reader_that_writers_always_overtake_makes_them_wait(tmp_path: Path) -> None:
    saved(tmp_path / "index")
    attempts = 0

    def read(home: store.Home) -> str:
        nonlocal attempts
        attempts += 1
        with suppress(ResourceError), SimilarityIndex.editing(tmp_path / "index", timeout=0.1) as index:
            index.refit()
        for name in home.manifest.files:
            (home.path / name).read_bytes()
        return home.manifest.generation

    assert store.reading(tmp_path / "index", read) == "000006"
    assert attempts == 6


# Runs by itself, because a process that forks should have no threads: for every step of a save, a child that is killed
# there. Prints a line a step: whether the child was killed, and the ids that are found afterwards. The change is made
# once before, so that no child has to import and compile what it takes.
_KILLS = """
import json, os, shutil, signal, sys
from nlp_toolkit import SimilarityIndex
original, folder = sys.argv[1:]
WATCHED = {"open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree", "sqlite3.connect"}
def die_at(last, path):
    steps = 0
    def hook(event, arguments):
        nonlocal steps
        if event not in WATCHED or path not in str(arguments[0]) or ".lock" in str(arguments[0]):
            return
        if event == "open" and not (arguments[2] & (os.O_WRONLY | os.O_RDWR)):
            return
        if steps == last:
            os.kill(os.getpid(), signal.SIGKILL)
        steps += 1
    sys.addaudithook(hook)
def change(path, last=None):
    with SimilarityIndex.editing(path, n_jobs=1) as index:
        index.delete(["a"])
        index.add(["killed cat"], ids=["k"])
        index.refit()
        if last is not None:
            die_at(last, path)
shutil.copytree(original, os.path.join(folder, "before"))
change(os.path.join(folder, "before"))
for step in range(200):
    path = os.path.join(folder, f"index{step}")
    shutil.copytree(original, path)
    child = os.fork()
    if child == 0:
        change(path, last=step)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    found = [document.id for document in SimilarityIndex.load(path).texts()]
    print(json.dumps([os.WIFSIGNALED(status), found]), flush=True)
    if not os.WIFSIGNALED(status):
        break
"""


@pytest.mark.slow
def test_kill_at_any_step_of_a_save_leaves_the_old_state_or_the_new(tmp_path: Path) -> None:
    saved(tmp_path / "original")
    (tmp_path / "killed").mkdir()
    command = [sys.executable, "-c", _KILLS, str(tmp_path / "original"), str(tmp_path / "killed")]
    environment = {**os.environ, "NLP_TOOLKIT_THREADS": "1"}
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    outcomes = [json.loads(line) for line in run.stdout.splitlines()]
    old, new = ["a", "b", "c", "d"], ["b", "c", "d", "k"]
    killed, found = zip(*outcomes, strict=True)
    assert set(killed[:-1]) == {True} and killed[-1] is False
    changed = [ids == new for ids in found]
    assert all(ids in (old, new) for ids in found)
    assert changed == sorted(changed) and not changed[0] and changed[-1]
    assert len(outcomes) > 8
    for step in range(0, len(outcomes), 4):  # the next writer sweeps what the kill left
        path = tmp_path / "killed" / f"index{step}"
        with SimilarityIndex.editing(path) as index:
            index.add(["later cat"], ids=["later"])
        assert [name for name, _ in contents(path)] == [*found[step], "later"]
        assert set(files_below(path)) == {*read_manifest(path).files, "manifest.json"}


def test_failed_first_save_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, arrays: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("nlp_toolkit.search.segment_files.write_arrays", full)
    with pytest.raises(ResourceError, match=r"could not be saved .No space left on device.; free some space"):
        saved(tmp_path / "index")
    assert list(tmp_path.iterdir()) == []


def test_full_disk_while_changing_leaves_the_old_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = saved(tmp_path / "index")
    before = files_below(tmp_path / "index")
    monkeypatch.setattr(store, "sync_file", lambda path: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    index.add(["new cat"], ids=["n"])
    with pytest.raises(ResourceError, match="what was there before is untouched"):
        index.save(tmp_path / "index")
    assert files_below(tmp_path / "index") == before


def test_second_writer_waits_for_the_first(tmp_path: Path) -> None:
    saved(tmp_path / "index")
    started = threading.Event()

    def second() -> None:
        started.set()
        with SimilarityIndex.editing(tmp_path / "index", timeout=60) as index:
            index.add(["second cat"], ids=["second"])

    with SimilarityIndex.editing(tmp_path / "index") as index:
        thread = threading.Thread(target=second)
        thread.start()
        started.wait(10)
        index.add(["first cat"], ids=["first"])
    thread.join(60)
    assert [name for name, _ in contents(tmp_path / "index")][-2:] == ["first", "second"]


def test_second_writer_that_does_not_want_to_wait_is_told_who_writes(tmp_path: Path) -> None:
    index = saved(tmp_path / "index")
    with (
        writing(tmp_path / "index", timeout=1),
        pytest.raises(ResourceError, match=f"being written by process {os.getpid()}; waited 0.1 s"),
        SimilarityIndex.editing(tmp_path / "index", timeout=0.1),
    ):
        raise AssertionError("the lock was not held")
    index.save(tmp_path / "index")


def test_save_onto_a_state_that_another_writer_made_is_refused(tmp_path: Path) -> None:
    saved(tmp_path / "index")
    ours, theirs = (SimilarityIndex.load(tmp_path / "index") for _ in range(2))
    theirs.delete(["a"])
    theirs.save(tmp_path / "index")
    ours.delete(["b"])
    with pytest.raises(ResourceError, match=r"changed since it was loaded .generation 000001, now 000002"):
        ours.save(tmp_path / "index")
    assert [name for name, _ in contents(tmp_path / "index")] == ["b", "c", "d"]


def test_what_exists_is_replaced_only_when_asked(tmp_path: Path) -> None:
    saved(tmp_path / "index")
    other = SimilarityIndex(CountVectorizer())
    other.add(["only this"])
    with pytest.raises(UsageError, match=r"an index exists there; pass overwrite=True"):
        other.save(tmp_path / "index")
    other.save(tmp_path / "index", overwrite=True)
    assert contents(tmp_path / "index") == [("0", "only this")]
    save(CountVectorizer().fit(["a model"]), tmp_path / "model")
    with pytest.raises(UsageError, match="holds a stage, which an index does not replace"):
        other.save(tmp_path / "model", overwrite=True)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("keep")
    with pytest.raises(UsageError, match="exists and is not overwritten"):
        other.save(tmp_path / "notes", overwrite=True)
    assert (tmp_path / "notes" / "mine.txt").read_text() == "keep"


def test_link_to_an_empty_folder_is_a_place_for_an_index(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "index").symlink_to(tmp_path / "disk", target_is_directory=True)
    saved(tmp_path / "index")
    with SimilarityIndex.editing(tmp_path / "index") as index:
        index.delete(["a"])
    assert (tmp_path / "index").is_symlink()
    assert [name for name, _ in contents(tmp_path / "disk")] == ["b", "c", "d"]
    assert {entry.name for entry in tmp_path.iterdir()} == {"disk", "index"}


def test_index_saved_elsewhere_is_whole_there(tmp_path: Path) -> None:
    index = saved(tmp_path / "one")
    index.delete(["a"])
    index.save(tmp_path / "two")
    shutil.rmtree(tmp_path / "one")
    assert [name for name, _ in contents(tmp_path / "two")] == ["b", "c", "d"]
    shutil.rmtree(tmp_path / "two")
    index.save(tmp_path / "two")  # its home is gone: everything is written anew
    assert [name for name, _ in contents(tmp_path / "two")] == ["b", "c", "d"]


def test_rows_of_another_stage_are_refused(tmp_path: Path) -> None:
    index = saved(tmp_path / "index")
    same = load(tmp_path / "index" / "stage-000001")
    assert SimilarityIndex.load(tmp_path / "index", same).query(["cat"]) == index.query(["cat"])  # type: ignore[arg-type]
    with pytest.raises(ArtefactError, match="its rows were made by another stage than the TfidfVectorizer given"):
        SimilarityIndex.load(tmp_path / "index", TfidfVectorizer().fit(["cat", "other words"]))


def test_model_is_not_an_index_and_an_index_not_a_model(tmp_path: Path) -> None:
    saved(tmp_path / "index")
    save(CountVectorizer().fit(["a model"]), tmp_path / "model")
    with pytest.raises(ArtefactError, match="holds a stage, expected an index"):
        SimilarityIndex.load(tmp_path / "model")
    with pytest.raises(ArtefactError, match="of kind 'index', expected a stage or a pipeline"):
        load(tmp_path / "index")
    with pytest.raises(UsageError, match="no such index directory"):
        SimilarityIndex.load(tmp_path / "nowhere")


def test_reader_is_read_only(tmp_path: Path) -> None:
    saved(tmp_path / "index")
    loaded = SimilarityIndex.load(tmp_path / "index")
    connection = loaded.state.segments[0].documents.connection
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM documents")


def test_index_of_format_1_is_read_for_ever(tmp_path: Path) -> None:
    shutil.copytree(Path(__file__).parents[2] / "fixtures" / "golden" / "index-format-1", tmp_path / "index")
    with SimilarityIndex.editing(tmp_path / "index") as index:
        hits = index.query(["the cat", "개가"], where="year is null or year >= 2020")
        found = [[(hit.id, round(hit.score, 6), dict(hit.metadata)) for hit in each] for each in hits]
        assert found == [
            [("c", 0.801784, {"year": None, "label": "x"}), ("d", 0.707107, {"year": 2022, "label": None})],
            [("b", 0.5, {"year": 2020, "label": "y"})],
        ]
        index.delete(["b"])
    assert [name for name, _ in contents(tmp_path / "index")] == ["c", "d"]
