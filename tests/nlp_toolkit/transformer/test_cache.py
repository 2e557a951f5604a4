"""The cache of rows: misses when anything a row depends on changes, takes two writers, survives a kill."""

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers.normalizers import Lowercase

from nlp_toolkit.errors import ArtefactError, ResourceError
from nlp_toolkit.transformer.cache import EmbeddingCache
from nlp_toolkit.transformer.checkpoint import Checkpoint, load_checkpoint
from nlp_toolkit.transformer.encode import Encoded, Running
from nlp_toolkit.transformer.running import RunningEncoder

RUNNING = Running(pooling="cls", max_length=32, device="cpu", precision="float32")


def _made_up(texts: list[str]) -> Encoded:
    """A row of three numbers a text: its length, thrice; texts of more than 4 characters count as truncated."""
    rows = np.array([[len(text)] * 3 for text in texts], dtype=np.float32)
    return Encoded(rows, np.array([len(text) > 4 for text in texts]))


def _no_forward(texts: list[str]) -> Encoded:
    raise AssertionError(f"{texts} are in the cache")


def test_what_was_kept_is_not_encoded_again(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path / "cache", "setting")
    first = cache.encoded(["a", "longer", "a"], _made_up, 3)
    again = cache.encoded(["longer", "a"], _no_forward, 3)
    assert first.rows[:, 0].tolist() == [1, 6, 1]
    assert again.rows.tolist() == [[6, 6, 6], [1, 1, 1]]
    assert again.truncated.tolist() == [True, False]


def test_another_setting_or_text_misses(tmp_path: Path) -> None:
    EmbeddingCache(tmp_path, "setting").encoded(["a"], _made_up, 3)
    for setting, text in (("setting", "b"), ("other", "a")):
        with pytest.raises(AssertionError, match="are in the cache"):
            EmbeddingCache(tmp_path, setting).encoded([text], _no_forward, 3)


def _other_weights(checkpoint: Checkpoint) -> Checkpoint:
    encoder = deepcopy(checkpoint.encoder)
    with torch.no_grad():
        encoder.embeddings.word_embeddings.weight[7, 0] += 1e-3
    return replace(checkpoint, encoder=encoder)


CHANGES: dict[str, Callable[[Checkpoint], tuple[Checkpoint, Running]]] = {
    "weights": lambda checkpoint: (_other_weights(checkpoint), RUNNING),
    "pooling": lambda checkpoint: (checkpoint, replace(RUNNING, pooling="mean")),
    "length": lambda checkpoint: (checkpoint, replace(RUNNING, max_length=31)),
    "overflow": lambda checkpoint: (checkpoint, replace(RUNNING, overflow="window")),
    "precision": lambda checkpoint: (checkpoint, replace(RUNNING, precision="bfloat16")),
}


def _files(folder: Path) -> int:
    return len(list(folder.glob("*.sqlite")))


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_misses(checkpoint: Checkpoint, tmp_path: Path, change: str) -> None:
    RunningEncoder(checkpoint).encode(["book"], RUNNING, cache=tmp_path)
    other, running = CHANGES[change](checkpoint)
    RunningEncoder(other).encode(["book"], running, cache=tmp_path)
    assert _files(tmp_path) == 2


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_weights_changed_in_place_give_other_rows_and_miss(
    checkpoint: Checkpoint, tmp_path: Path, precision: str
) -> None:
    running = replace(RUNNING, precision=precision)
    encoder = RunningEncoder(replace(checkpoint, encoder=deepcopy(checkpoint.encoder)))
    before = encoder.encode(["book"], running, cache=tmp_path).rows
    assert (encoder.encode(["book"], running, cache=tmp_path).rows == before).all()
    with torch.no_grad():
        encoder.checkpoint.encoder.embeddings.LayerNorm.weight *= 2
    after = encoder.encode(["book"], running, cache=tmp_path).rows
    assert _files(tmp_path) == 2
    assert (after == RunningEncoder(encoder.checkpoint).encode(["book"], running).rows).all()
    assert (after != before).any()


def test_another_tokenizer_misses(checkpoint: Checkpoint, checkpoint_folder: Path, tmp_path: Path) -> None:
    RunningEncoder(checkpoint).encode(["book"], RUNNING, cache=tmp_path)
    other = load_checkpoint(checkpoint_folder)
    other.tokenizer.backend_tokenizer.normalizer = Lowercase()
    RunningEncoder(other).encode(["book"], RUNNING, cache=tmp_path)
    assert _files(tmp_path) == 2


def test_other_special_tokens_miss(checkpoint: Checkpoint, checkpoint_folder: Path, tmp_path: Path) -> None:
    RunningEncoder(checkpoint).encode(["book"], RUNNING, cache=tmp_path)
    other = load_checkpoint(checkpoint_folder)
    other.tokenizer.unk_token = "book"  # so the text says nothing now
    rows = RunningEncoder(other).encode(["book"], RUNNING, cache=tmp_path).rows
    assert not rows.any()


def test_the_same_model_loaded_again_hits(checkpoint: Checkpoint, checkpoint_folder: Path, tmp_path: Path) -> None:
    rows = RunningEncoder(checkpoint).encode(["book", "책"], RUNNING, cache=tmp_path).rows
    loaded = RunningEncoder(load_checkpoint(checkpoint_folder))
    # What the tokenizer was asked for last is not what it is.
    loaded.checkpoint.tokenizer("a", truncation=True, max_length=5, padding="max_length")
    again = loaded.encode(["책", "book"], RUNNING, cache=tmp_path)
    assert _files(tmp_path) == 1
    assert (again.rows[::-1] == rows).all()
    assert loaded._ready is None  # no network was put anywhere, so none ran


def test_two_writers_at_once(tmp_path: Path) -> None:
    texts = [str(number) for number in range(300)]

    def write(start: int) -> Any:
        return EmbeddingCache(tmp_path, "setting").encoded(texts[start : start + 200], _made_up, 3).rows

    with ThreadPoolExecutor(4) as pool:
        rows = list(pool.map(write, [0, 100, 0, 100]))
    assert all(len(each) == 200 for each in rows)
    assert EmbeddingCache(tmp_path, "setting").encoded(texts, _no_forward, 3).rows.shape == (300, 3)


STARTER = """
import sys
from pathlib import Path
import numpy as np
from nlp_toolkit.transformer.cache import EmbeddingCache
from nlp_toolkit.transformer.encode import Encoded
print("ready", flush=True)
sys.stdin.readline()
for folder in range(40):
    texts = [str(number) for number in range(200)]
    made = lambda new: Encoded(np.ones((len(new), 3), dtype=np.float32), np.zeros(len(new), dtype=bool))
    EmbeddingCache(Path(sys.argv[1]) / str(folder), "setting").encoded(texts, made, 3)
"""


def test_processes_that_begin_a_cache_at_once_wait_for_each_other(tmp_path: Path) -> None:
    command = [sys.executable, "-c", STARTER, str(tmp_path)]
    pipe = subprocess.PIPE
    starters = [subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(3)]
    for starter in starters:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "ready\n"
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.write("\n")
        starter.stdin.flush()
    assert [starter.communicate()[1] for starter in starters] == ["", "", ""]


WRITER = """
import sys
from pathlib import Path
import numpy as np
from nlp_toolkit.transformer.cache import EmbeddingCache
from nlp_toolkit.transformer.encode import Encoded
cache = EmbeddingCache(Path(sys.argv[1]), "setting")
number = 0
while True:
    texts = [str(number + i) for i in range(50)]
    rows = np.array([[float(text)] * 3 for text in texts], dtype=np.float32)
    cache.encoded(texts, lambda new: Encoded(rows, np.zeros(50, dtype=bool)), 3)
    number += 50
    print(number, flush=True)
"""


def test_a_killed_writer_leaves_whole_rows(tmp_path: Path) -> None:
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    done = 0
    while done < 200:
        done = int(writer.stdout.readline())
    time.sleep(0.01)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    kept = EmbeddingCache(tmp_path, "setting").encoded([str(number) for number in range(done)], _no_forward, 3)
    assert kept.rows[:, 0].tolist() == list(range(done))


@pytest.mark.parametrize("change", ["row = x'00'", "row = x'0000803f0000803f00000040'", "truncated = 1"])
def test_a_damaged_row_is_refused(tmp_path: Path, change: str) -> None:
    cache = EmbeddingCache(tmp_path, "setting")
    cache.encoded(["a"], _made_up, 3)
    (file,) = tmp_path.glob("*.sqlite")
    with sqlite3.connect(file) as database:
        database.execute(f"UPDATE rows SET {change}")
    database.close()
    with pytest.raises(ArtefactError, match="holds a damaged row; delete it, its rows are made again"):
        cache.encoded(["a"], _made_up, 3)


def test_a_cache_that_cannot_be_made_is_a_resource_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ResourceError, match=r"cannot be made \(.*\); give another cache"):
        EmbeddingCache(tmp_path / "file", "setting").encoded(["a"], _made_up, 3)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path, "setting")
    cache.encoded(["a"], _made_up, 3)
    (file,) = tmp_path.glob("*.sqlite")
    file.write_bytes(b"no database" * 100)
    for other in tmp_path.glob("*.sqlite-*"):
        other.unlink()
    with pytest.raises(ArtefactError, match=r"is damaged .* delete it, its rows are made again"):
        cache.encoded(["a"], _made_up, 3)
