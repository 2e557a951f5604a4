"""MLM training against transformers' Trainer with its defaults: `python benchmarks/mlm.py TEXTS --size mini`.

The other side packs texts as the library's run_mlm example does (concatenated, cut into blocks), masks by
DataCollatorForLanguageModeling and trains AutoModelForMaskedLM by a Trainer with its default arguments (batches of
8). Both sides have the same tokenizer, untrained weights, texts, block length and batch size. Their tokenizing and
packing is left out, ours is in. `--batch-size 32` gives both more at once.
"""

import argparse
import copy
import tempfile
from pathlib import Path
from typing import Any

import torch
from side_by_side import print_table, print_versions, read_texts, rounds

from nlp_toolkit.transformer.mlm import language_model, train_mlm
from nlp_toolkit.transformer.packing import pack
from nlp_toolkit.transformer.settings import MlmSettings
from nlp_toolkit.transformer.sizes import SIZES
from nlp_toolkit.transformer.wordpiece import new_checkpoint


class Rows(torch.utils.data.Dataset[dict[str, list[int]]]):
    """Blocks as the Trainer reads them."""

    def __init__(self, blocks: list[list[int]]) -> None:
        self._blocks = blocks

    def __len__(self) -> int:
        return len(self._blocks)

    def __getitem__(self, at: int) -> dict[str, list[int]]:
        return {"input_ids": self._blocks[at]}


def their_blocks(tokenizer: Any, texts: list[str], length: int) -> list[list[int]]:
    """run_mlm's grouping: tokens of all texts concatenated, cut into blocks, the rest dropped."""
    stream = [token for row in tokenizer(texts)["input_ids"] for token in row]
    return [stream[start : start + length] for start in range(0, len(stream) - length + 1, length)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("--column", default="text")
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--size", choices=SIZES, default="mini")
    parser.add_argument("--vocabulary", type=int, default=32_000)
    parser.add_argument("--block-length", type=int, default=128)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    import transformers

    texts = read_texts(options.source, options.column, options.texts)
    checkpoint = new_checkpoint(
        SIZES[options.size], texts, seed=0, vocabulary_size=options.vocabulary, max_length=options.block_length
    )
    n_blocks = options.steps * options.batch_size
    theirs = Rows(their_blocks(checkpoint.tokenizer, texts, options.block_length)[:n_blocks])
    model = language_model(checkpoint, seed=0)
    losses: dict[str, list[float]] = {}
    settings = MlmSettings(
        epochs=1, block_length=options.block_length, batch_size=options.batch_size, held_out=0.0, learning_rate=5e-5
    )
    ours = texts[: _texts_of(checkpoint.tokenizer, texts, options.block_length, n_blocks)]
    n_ours = len(pack(checkpoint.tokenizer, ours, options.block_length))

    def run_theirs() -> None:
        with tempfile.TemporaryDirectory() as folder:
            arguments = transformers.TrainingArguments(
                folder,
                num_train_epochs=1,
                per_device_train_batch_size=options.batch_size,
                report_to=[],
                disable_tqdm=True,
                use_cpu=True,
            )
            trainer = transformers.Trainer(
                copy.deepcopy(model),
                arguments,
                transformers.DataCollatorForLanguageModeling(checkpoint.tokenizer),
                theirs,
            )
            trainer.remove_callback(transformers.PrinterCallback)
            losses["theirs"] = [trainer.train().training_loss]

    def run_ours() -> None:
        started = copy.deepcopy(checkpoint)
        result = train_mlm(started, ours, settings, device="cpu").result
        losses["ours"] = [loss for _, loss in result.training.losses]

    print(f"{len(theirs)} blocks theirs, {n_ours} ours, of {options.block_length} tokens; {options.size}")
    seconds = rounds({"Trainer, defaults": run_theirs, "train_mlm": run_ours}, options.rounds)
    scaled = {**seconds, "train_mlm": [each * len(theirs) / n_ours for each in seconds["train_mlm"]]}
    print_table(scaled, len(theirs) * options.block_length, "tokens")
    mean = {side: sum(found) / len(found) for side, found in losses.items()}
    print(
        f"\nmean training loss: theirs {mean['theirs']:.3f}, ours {mean['ours']:.3f} (tokenizing and packing in ours)"
    )
    print_versions("torch", "transformers", "numpy")


def _texts_of(tokenizer: Any, texts: list[str], length: int, n_blocks: int) -> int:
    """How many texts fill `n_blocks` of ours."""
    n_tokens = 0
    for at, row in enumerate(tokenizer(texts, add_special_tokens=False)["input_ids"]):
        n_tokens += len(row) + 1
        if n_tokens >= n_blocks * (length - 2):
            return at + 1
    return len(texts)


if __name__ == "__main__":
    main()
