"""What a process of its own is told: the rows, the splits and one recipe, as a folder of plain files."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nlp_toolkit.transformer.device import Device
from nlp_toolkit_pipelines.comparison.rows import ComparedRows
from nlp_toolkit_pipelines.comparison.splits import Split

_ROWS, _SPLITS = "rows.json", "splits.json"


@dataclass(frozen=True)
class Work:
    """A split to measure under its key; `main` where it belongs to the comparison itself, not to a curve alone."""

    key: str
    split: Split
    main: bool
    save: bool


def write_rows(folder: Path, rows: ComparedRows) -> None:
    """Write what every recipe of a comparison shares."""
    content = {
        "task": rows.task,
        "rows": list(rows.rows),
        "values": list(rows.values),
        "labels": list(rows.labels),
        "n_train": rows.n_train,
        "weights": None if rows.weights is None else rows.weights.tolist(),
    }
    (folder / _ROWS).write_text(json.dumps(content), encoding="utf-8")
    np.save(folder / "hashes.npy", rows.hashes, allow_pickle=False)


def read_rows(folder: Path) -> ComparedRows:
    """What `write_rows` wrote, as far as measuring needs it."""
    content: dict[str, Any] = json.loads((folder / _ROWS).read_text(encoding="utf-8"))
    pairs = content["task"].startswith("pair-")
    return ComparedRows(
        task=content["task"],
        rows=[tuple(row) for row in content["rows"]] if pairs else content["rows"],
        values=content["values"],
        labels=tuple(content["labels"]),
        hashes=np.load(folder / "hashes.npy", allow_pickle=False),
        n_train=content["n_train"],
        weights=None if content["weights"] is None else np.asarray(content["weights"]),
    )


def write_work(path: Path, recipe: dict[str, Any], device: Device, store: Path, work: list[Work]) -> None:
    """Write one recipe's part: the recipe as plain data and its splits."""
    splits = [
        {
            "key": each.key,
            "main": each.main,
            "save": each.save,
            "name": each.split.name,
            "train": each.split.train.tolist(),
            "test": each.split.test.tolist(),
            "resample": each.split.resample,
        }
        for each in work
    ]
    content = {"recipe": recipe, "device": device, "store": str(store), "work": splits}
    path.write_text(json.dumps(content), encoding="utf-8")


def read_work(path: Path) -> tuple[dict[str, Any], Device, Path, list[Work]]:
    """The recipe, the device, the folder of finished cells and the splits, as `write_work` wrote them."""
    content = json.loads(path.read_text(encoding="utf-8"))
    work = [
        Work(
            each["key"],
            Split(each["name"], np.array(each["train"]), np.array(each["test"]), None, each["resample"]),
            each["main"],
            each["save"],
        )
        for each in content["work"]
    ]
    return content["recipe"], content["device"], Path(content["store"]), work
