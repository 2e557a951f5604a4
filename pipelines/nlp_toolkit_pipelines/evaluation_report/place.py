"""The directory of an evaluation: report.html and report.json."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nlp_toolkit.corpus.whole_file import whole_file
from nlp_toolkit.errors import UsageError
from nlp_toolkit.output_place import check_writable
from nlp_toolkit.text.visible import json_escaped
from nlp_toolkit_pipelines.comparison.place import HTML_REPORT, JSON_REPORT
from nlp_toolkit_pipelines.evaluation_report.results import EvaluationReport

_OWN = frozenset({HTML_REPORT, JSON_REPORT})


def check_folder(folder: Path, *, overwrite: bool) -> None:
    """`UsageError` where a report cannot be written: another file or folder is there, or a report that must stay."""
    check_writable(folder)
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file, expected a directory to write; name another place")
    found = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    others = sorted(name for name in found - _OWN if not name.startswith(".report."))
    if others:
        raise UsageError(f"{folder}: exists and holds more than a report ({others[0]}); name another directory")
    if found & _OWN and not overwrite:
        raise UsageError(
            f"{folder}: a report exists there; replace it (overwrite=True, --overwrite) or name another directory"
        )


def write_reports(folder: Path, report: EvaluationReport) -> None:
    """Write report.json and report.html, each whole or not at all."""
    from nlp_toolkit_pipelines.report.evaluation_page import evaluation_page

    plain = report.to_json()
    _write(folder, plain, evaluation_page(plain))


def write_stage_reports(folder: Path, report: Mapping[str, Any], stage: str, name: str) -> None:
    """The same for a stage: what `StageEvaluation.to_json` gave, and what the stage and the corpus are called."""
    from nlp_toolkit_pipelines.report.stage_page import stage_page

    _write(folder, report, stage_page(report, stage, name))


def _write(folder: Path, plain: Mapping[str, Any], page: str) -> None:
    from nlp_toolkit_pipelines.report.page import write_page

    folder.mkdir(exist_ok=True)
    with whole_file(folder / JSON_REPORT, overwrite=True) as stream:
        stream.write(json_escaped(json.dumps(plain, ensure_ascii=False, allow_nan=False, indent=1)).encode("utf-8"))
    write_page(page, folder / HTML_REPORT)
