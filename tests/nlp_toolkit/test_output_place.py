"""Where a result will be written is looked at before the work: rights, room, and names of any script and length."""

import errno
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlp_toolkit import CountVectorizer, load, save
from nlp_toolkit.artefact.generations import check_target
from nlp_toolkit.corpus.whole_file import check_place, whole_file
from nlp_toolkit.errors import ResourceError, UsageError
from nlp_toolkit.output_place import beside, check_writable, hidden_beside
from nlp_toolkit.search.store import check_new
from nlp_toolkit_cli.main import run
from nlp_toolkit_pipelines.comparison.place import prepared_place
from nlp_toolkit_pipelines.evaluation_report.place import check_folder

LONG = {"latin": "a" * 249, "hangul": "가" * 83, "emoji": "\U0001f600" * 62, "longest": "b" * 255}


def compared(path: Path) -> None:
    with prepared_place(path, overwrite=False, resume=False):
        pass


CHECKS: dict[str, Callable[[Path], object]] = {
    "model": lambda path: check_target(path, overwrite=False),
    "index": lambda path: check_new(path, overwrite=False),
    "rows": check_place,
    "evaluation": lambda path: check_folder(path, overwrite=False),
    "comparison": compared,
}


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_a_folder_that_is_a_file_is_named(check: Callable[[Path], object], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"is a file|Not a directory"):
        check(tmp_path / "file" / "model")


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_a_name_that_is_too_long_is_named(check: Callable[[Path], object], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"256 bytes, expected at most 255|File name too long"):
        check(tmp_path / ("a" * 256))


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
@pytest.mark.parametrize(
    ("number", "error", "message"),
    [
        (errno.EROFS, UsageError, "cannot be written .Read-only file system"),
        (errno.EACCES, UsageError, "cannot be written .Permission denied"),
        (errno.ENOSPC, ResourceError, "No space left on device.*free some space"),
    ],
)
def test_what_the_system_refuses_is_told_by_its_name(
    check: Callable[[Path], object],
    number: int,
    error: type[Exception],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(**settings: Any) -> None:
        raise OSError(number, __import__("os").strerror(number))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(error, match=message):
        check(tmp_path / "model")


def test_a_folder_of_the_system_is_refused() -> None:
    with pytest.raises(UsageError, match="/proc/self/model: cannot be written"):
        check_writable(Path("/proc/self/model"))


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    check_writable(tmp_path / "a" / "b" / "model", makes_folders=True)
    check_writable(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", LONG.values(), ids=LONG)
def test_names_of_any_script_can_be_written(name: str, tmp_path: Path) -> None:
    save(CountVectorizer().fit(["a text"]), tmp_path / name)
    save(CountVectorizer().fit(["a text"]), tmp_path / name, overwrite=True)
    assert isinstance(load(tmp_path / name), CountVectorizer)
    (tmp_path / "rows").mkdir()
    with whole_file(tmp_path / "rows" / name) as stream:
        stream.write(b"rows")
    for ending in (".lock", ".saving", ".part", ".training"):
        for made in (beside(tmp_path / name, ending), hidden_beside(tmp_path / name, ending)):
            made.write_text("")
            assert made.name.endswith(ending)


def test_train_is_refused_before_anything_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert run(["train", "tfidf-logreg", str(tmp_path / "missing.csv"), "-o", str(tmp_path / "file" / "model")]) == 2
    assert "is a file; choose another path" in capsys.readouterr().err
