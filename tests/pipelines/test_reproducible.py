"""The same command twice: the same figures and the same model, whatever the hash seed and the number of threads."""

import json
import os
import subprocess
import sys
from pathlib import Path

TRAIN = """
import hashlib, json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from corpora import ENGLISH
from nlp_toolkit_pipelines import predict, train
found = {}
for recipe in ("tfidf-word-char-svm", "tfidf-svd-logreg"):
    folder = Path(sys.argv[1]) / recipe
    overrides = {"reduce.components": 4} if "svd" in recipe else {}
    result = train(recipe, ENGLISH, output=folder, folds=2, overrides=overrides)
    files = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    answers = [answer.to_json() for answer in predict(result, ["my cat", "a car"])]
    found[recipe] = [{**result.to_json(), "output": None}, answers, files]
print(json.dumps(found))
"""


def _run(folder: Path, hash_seed: str, threads: str) -> object:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", TRAIN, str(folder), str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "NLP_TOOLKIT_THREADS": threads},
        timeout=240,
    )
    return json.loads(done.stdout)


def test_same_result_and_same_bytes_across_processes_hash_seeds_and_threads(tmp_path: Path):
    first = _run(tmp_path / "first", hash_seed="1", threads="1")
    second = _run(tmp_path / "second", hash_seed="2", threads="2")

    assert first == second
