"""A stage on trial in other processes: made or loaded there, its rows brought back."""

import ast
import importlib
import importlib.util
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
import scipy.sparse as sp

from nlp_toolkit.errors import UsageError
from nlp_toolkit.protocols import Matrix, Vectorizer
from nlp_toolkit.testing.comparing import column_names, require
from nlp_toolkit.testing.trial import Trial


def _factory_as_data(make_stage: Callable[[], Vectorizer]) -> dict[str, object]:
    """What another process needs to know to make the stage."""
    function: Callable[..., Vectorizer] = make_stage
    keywords: dict[str, object] = {}
    if isinstance(make_stage, partial):
        function, keywords = make_stage.func, dict(make_stage.keywords)
    name = getattr(function, "__qualname__", "<none>")
    if "<" in name or (isinstance(make_stage, partial) and make_stage.args):
        raise UsageError(
            f"other processes cannot make the stage from {make_stage!r}; give a class or function at the top "
            "level of a module, or a functools.partial of one with keywords"
        )
    module = inspect.getmodule(function)
    file = getattr(module, "__file__", None)
    # repr, not JSON: a tuple must arrive as a tuple.
    return {"module": function.__module__, "file": file, "name": name, "with": repr(keywords)}


def start(
    trial: Trial, job: Mapping[str, object], output: Path, *, hash_seed: int
) -> tuple["subprocess.Popen[str]", str]:
    """Start a process that runs `child_main` on `job`; its rows go to `output`."""
    environment = {
        **os.environ,
        "PYTHONHASHSEED": str(hash_seed),
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    child = subprocess.Popen(
        [sys.executable, "-c", "from nlp_toolkit.testing.processes import child_main; child_main()"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return child, json.dumps({**job, "factory": _factory_as_data(trial.make_stage), "output": str(output)})


def finish(started: tuple["subprocess.Popen[str]", str], output: Path) -> tuple[Matrix, list[str]]:
    child, job = started
    printed, complaints = child.communicate(job)
    require(child.returncode == 0, f"another process failed: {complaints.strip()[-2000:]}")
    with np.load(output) as saved:
        if "indptr" in saved:
            parts = (saved["data"], saved["indices"], saved["indptr"])
            return sp.csr_matrix(parts, shape=tuple(saved["shape"])), json.loads(printed.splitlines()[-1])
        return saved["rows"], json.loads(printed.splitlines()[-1])


def child_main() -> None:
    """In another process: make or load the stage, transform, save the rows, write the columns' names to stdout."""
    job = json.load(sys.stdin)
    make_stage = _factory(job["factory"])
    if "stage" in job:
        from nlp_toolkit import load

        stage = cast("Vectorizer", load(Path(job["stage"])))
    else:
        stage = make_stage().fit(job["texts"])
    rows = stage.transform(job["texts"])
    if isinstance(rows, np.ndarray):
        np.savez(job["output"], rows=rows)
    else:
        parts = {"data": rows.data, "indices": rows.indices, "indptr": rows.indptr, "shape": np.array(rows.shape)}
        np.savez(job["output"], **parts)
    sys.stdout.write("\n" + json.dumps(column_names(stage)) + "\n")


def _factory(described: Mapping[str, str]) -> Callable[[], Vectorizer]:
    name = described["module"]
    if importlib.util.find_spec(name.partition(".")[0]) is not None and importlib.util.find_spec(name) is not None:
        found: object = importlib.import_module(name)
    else:  # a test module is seldom on the path
        spec = importlib.util.spec_from_file_location(name, described["file"])
        if spec is None or spec.loader is None:
            raise UsageError(f"cannot import {name} from {described['file']} in another process")
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found = module
    for part in described["name"].split("."):
        found = getattr(found, part)
    return partial(cast("Callable[..., Vectorizer]", found), **ast.literal_eval(described["with"]))
