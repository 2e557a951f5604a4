"""One CUDA device at work: `python benchmarks/gpu.py --peak-tflops 989`.

Encoding, masked-language modelling and fine-tuning of a BERT of a named size, untrained, on made-up texts, so that it
runs where nothing else is: tokens a second, most memory held, and the share of the card's peak (matrix products in
bfloat16 without sparsity, from its data sheet) that 2 (forward) or 6 (training) operations a parameter and token make.
The vocabulary head is left out of the parameters. Without a CUDA device it says so and leaves with code 6.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from side_by_side import print_versions

from nlp_toolkit import BertClassifier, BertVectorizer, FineTuneSettings, MlmSettings
from nlp_toolkit.transformer.running import RunningEncoder
from nlp_toolkit.transformer.sizes import SIZES
from nlp_toolkit.transformer.wordpiece import new_checkpoint


@dataclass(frozen=True)
class Work:
    """A job: what runs, how many tokens it reads, and operations a parameter and token."""

    name: str
    run: Callable[[], object]
    tokens: int
    operations: int


def made_up_texts(n: int, words: int) -> list[str]:
    """`n` texts of about `words` words of a vocabulary of 20,000, Zipf-distributed."""
    random = np.random.default_rng(0)
    numbers = np.minimum(random.zipf(1.2, (n, words)), 20_000)
    return [" ".join(f"w{number}" for number in row[: random.integers(words // 2, words)]) for row in numbers]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="base")
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--words", type=int, default=100)
    parser.add_argument("--peak-tflops", type=float, help="bfloat16, dense, of this card")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda", help="cpu is for trying the script")
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        print("no CUDA device here; nothing was measured", file=sys.stderr)
        sys.exit(6)
    texts = made_up_texts(options.texts, options.words)
    checkpoint = new_checkpoint(SIZES[options.size], texts, seed=0, max_length=256)
    n_tokens = sum(map(len, checkpoint.tokenizer(texts, truncation=True, max_length=256)["input_ids"]))
    parameters = sum(weights.numel() for weights in checkpoint.encoder.encoder.parameters())
    stage = BertVectorizer("scratch-base", pooling="mean", device=options.device)
    stage.encoder_ = RunningEncoder(checkpoint)
    mlm = MlmSettings(batch_size=128, block_length=256, held_out=0.0)
    labels = [len(text) % 2 for text in texts]
    tuning = FineTuneSettings(epochs=1, batch_size=64, validation=0.0)

    def run_mlm() -> None:
        from copy import deepcopy

        from nlp_toolkit.transformer.mlm import train_mlm

        train_mlm(deepcopy(checkpoint), texts, mlm, device=options.device)

    def run_fine_tuning() -> None:
        import tempfile
        from pathlib import Path

        from nlp_toolkit.transformer.folder import write_checkpoint

        with tempfile.TemporaryDirectory() as folder:
            write_checkpoint(checkpoint, Path(folder))
            BertClassifier(folder, training=tuning, device=options.device).fit(texts, labels)

    works = (
        Work("encode", lambda: stage.transform(texts), n_tokens, 2),
        Work("MLM", run_mlm, n_tokens, 6),
        Work("fine-tune", run_fine_tuning, n_tokens, 6),
    )
    name = torch.cuda.get_device_name() if options.device == "cuda" else "the processor"
    print(f"{name}; {options.size}, {parameters / 1e6:.1f} M parameters in layers, {n_tokens:,} tokens")
    stage.transform(texts[:200])  # the first call makes kernels ready
    print("\n| job | tokens/s | most memory, GB | share of peak |\n|---|---|---|---|")
    for work in works:
        if options.device == "cuda":
            torch.cuda.reset_peak_memory_stats()
        start = time.perf_counter()
        work.run()
        if options.device == "cuda":
            torch.cuda.synchronize()
        speed = work.tokens / (time.perf_counter() - start)
        memory = torch.cuda.max_memory_allocated() / 1e9 if options.device == "cuda" else float("nan")
        share = (
            speed * work.operations * parameters / (options.peak_tflops * 1e12) if options.peak_tflops else float("nan")
        )
        print(f"| {work.name} | {speed:,.0f} | {memory:.2f} | {share:.1%} |")
    print_versions("torch", "transformers", "numpy")


if __name__ == "__main__":
    main()
