"""The directory of a comparison: report.html, report.json, and the finished cells."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nlp_toolkit.artefact.lock import writing
from nlp_toolkit.corpus.whole_file import whole_file
from nlp_toolkit.errors import UsageError
from nlp_toolkit.output_place import check_writable
from nlp_toolkit.text.visible import json_escaped

CELLS, JSON_REPORT, HTML_REPORT = "cells", "report.json", "report.html"
_OWN = frozenset({CELLS, JSON_REPORT, HTML_REPORT})


@contextmanager
def prepared_place(folder: Path, *, overwrite: bool, resume: bool) -> Iterator[None]:
    """Hold the directory, made or with `overwrite` emptied; `UsageError` where something is there that must stay.

    With `resume` finished cells of an earlier run stay and are used. Another comparison that writes there at the
    same time is a `ResourceError` that names its process.
    """
    check_writable(folder)
    _check_place(folder, overwrite=overwrite, resume=resume)
    with writing(folder, timeout=0):
        if overwrite:
            shutil.rmtree(folder / CELLS, ignore_errors=True)
            for name in (JSON_REPORT, HTML_REPORT):
                (folder / name).unlink(missing_ok=True)
        (folder / CELLS).mkdir(parents=True, exist_ok=True)
        yield


def _check_place(folder: Path, *, overwrite: bool, resume: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file, expected a directory to write; name another place")
    found = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    others = sorted(name for name in found - _OWN if not name.startswith(".report."))
    if others and not found & _OWN:
        raise UsageError(f"{folder}: exists and holds no comparison ({others[0]}); name another directory")
    if found & _OWN and not (overwrite or resume):
        raise UsageError(
            f"{folder}: a comparison exists there; go on with it (resume=True, --resume), replace it "
            "(overwrite=True, --overwrite) or name another directory"
        )


def write_reports(folder: Path, report: Mapping[str, Any]) -> None:
    """Write report.json and report.html, each whole or not at all."""
    from nlp_toolkit_pipelines.report import write_report

    with whole_file(folder / JSON_REPORT, overwrite=True) as stream:
        stream.write(json_escaped(json.dumps(report, ensure_ascii=False, allow_nan=False, indent=1)).encode("utf-8"))
    write_report(report, folder / HTML_REPORT)
