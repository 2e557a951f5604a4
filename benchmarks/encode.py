"""Encoding against SentenceTransformer.encode with its defaults: `python benchmarks/encode.py MODEL TEXTS`.

MODEL is the folder of a sentence-transformers checkpoint with mean pooling, TEXTS a file of texts (`--column`), of
which the first `--texts` different ones are encoded. Both sides read the same texts in the same process, in turn;
loading is left out, tokenizing is in. Also printed: the least cosine of our rows to the other side's, in order, and in
float32 the largest difference between batch sizes, neighbours and thread counts, relative to the largest number.
"""

import argparse
import os
from pathlib import Path

import numpy as np
from side_by_side import print_table, print_versions, read_texts, rounds

from nlp_toolkit import BertVectorizer


def cosines(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Cosine of each row with the other's."""
    norms = np.linalg.norm(rows, axis=1) * np.linalg.norm(others, axis=1)
    found: np.ndarray = (rows * others).sum(axis=1) / norms
    return found


def relative(rows: np.ndarray, others: np.ndarray) -> float:
    """max|difference| / max|row|."""
    return float(np.abs(rows - others).max() / np.abs(others).max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("source", type=Path)
    parser.add_argument("--column", default="text")
    parser.add_argument("--texts", type=int, default=800)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    from sentence_transformers import SentenceTransformer

    texts = read_texts(options.source, options.column, options.texts)
    theirs = SentenceTransformer(str(options.model), device="cpu")
    settings = {"pooling": "mean", "device": "cpu", "max_length": theirs.max_seq_length}
    ours = BertVectorizer(options.model, **settings).fit([])
    exact = BertVectorizer(options.model, precision="float32", **settings).fit([])
    for warm in (lambda: theirs.encode(texts[:8], show_progress_bar=False), lambda: ours.transform(texts[:8])):
        warm()
    seconds = rounds(
        {
            "SentenceTransformer.encode": lambda: theirs.encode(texts, show_progress_bar=False),
            "BertVectorizer": lambda: ours.transform(texts),
            "BertVectorizer, float32": lambda: exact.transform(texts),
        },
        options.rounds,
    )
    print_table(seconds, len(texts), "texts")
    reference = theirs.encode(texts, show_progress_bar=False)
    least = cosines(ours.transform(texts), reference).min()
    print(f"\nleast cosine to the other side's float32 rows, in order: {least:.5f}")
    rows = exact.transform(texts)
    batches = BertVectorizer(options.model, precision="float32", batch_tokens=600, **settings).fit([]).transform(texts)
    alone = np.concatenate([exact.transform([text]) for text in texts[:50]])
    os.environ["NLP_TOOLKIT_THREADS"] = "1"
    thread = exact.transform(texts)
    print(
        f"float32, max|difference| / max|row|: batch sizes {relative(batches, rows):.1e}, "
        f"neighbours {relative(alone, rows[:50]):.1e}, threads {relative(thread, rows):.1e}"
    )
    print_versions("torch", "transformers", "sentence-transformers", "numpy")


if __name__ == "__main__":
    main()
