"""Save a small model again and again, killed with SIGKILL before each step that touches the disk.

Run by test_kills.py as a process of its own: `python kill_save.py FOLDER fresh|overwrite`. Prints one JSON
list: for every step what a load found afterwards ("old", "new" or "nothing") and what the next save left lying.
"""

import builtins
import io
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from nlp_toolkit.artefact.files import read_json, write_json
from nlp_toolkit.artefact.generations import open_generation, publish_generation

STEPS = ("fsync", "replace", "rename", "mkdir", "unlink", "rmdir")


def write(value: str) -> Callable[[Path], None]:
    def fill(folder: Path) -> None:
        (folder / "inner").mkdir()
        write_json(folder / "inner" / "a.json", value)
        write_json(folder / "b.json", value)

    return fill


def save(model: Path, value: str, *, overwrite: bool) -> None:
    publish_generation(model, write(value), kind="test", fields={"value": value}, overwrite=overwrite)


def found(model: Path) -> str:
    if not model.exists():
        return "nothing"
    manifest, folder = open_generation(model)
    values = {manifest.fields["value"], read_json(folder / "b.json"), read_json(folder / "inner" / "a.json")}
    return "/".join(sorted(map(str, values)))


def die_before(step: int) -> None:
    """From now on, the process kills itself before the step-th call that touches the disk."""
    calls = count()

    def deadly(call: Callable[..., Any]) -> Callable[..., Any]:
        def instead(*arguments: Any, **options: Any) -> Any:
            if next(calls) == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **options)

        return instead

    for name in STEPS:
        setattr(os, name, deadly(getattr(os, name)))
    io.open = builtins.open = deadly(open)  # type: ignore[assignment]


def was_killed(model: Path, step: int, *, overwrite: bool) -> bool:
    child = os.fork()
    if child == 0:
        die_before(step)
        save(model, "new", overwrite=overwrite)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def leavings(folder: Path) -> list[str]:
    """Everything in the folder that a whole model of one generation does not need."""
    generation = open_generation(folder / "model")[1].name
    expected = {"model", "model/manifest.json", f"model/{generation}"}
    expected |= {f"model/{generation}/{name}" for name in ("b.json", "inner", "inner/a.json")}
    return sorted({path.relative_to(folder).as_posix() for path in folder.rglob("*")} - expected)


def outcomes(root: Path, *, overwrite: bool) -> Iterator[dict[str, object]]:
    for step in count():
        folder = root / str(step)
        folder.mkdir()
        model = folder / "model"
        if overwrite:
            save(model, "old", overwrite=False)
        if not was_killed(model, step, overwrite=overwrite):
            return
        after = found(model)
        save(model, "next", overwrite=True)
        yield {"found": after, "then": found(model), "leavings": leavings(folder)}


if __name__ == "__main__":
    print(json.dumps(list(outcomes(Path(sys.argv[1]), overwrite=sys.argv[2] == "overwrite"))))  # noqa: T201
