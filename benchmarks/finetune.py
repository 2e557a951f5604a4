"""Fine-tuning against transformers' Trainer with its defaults: `python benchmarks/finetune.py MODEL DATA`.

DATA is a labelled file (`--column`, `--label`); both sides learn its first `--texts` rows for one epoch with the same
batch size (8, the Trainer's default) and learning rate: AutoModelForSequenceClassification padded a batch at a
time, and BertClassifier. Tokenizing is in on both sides, loading too. The mean training losses show that both learn.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

from side_by_side import print_table, print_versions, rounds

from nlp_toolkit import BertClassifier, FineTuneSettings, read_corpus


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("source", type=Path)
    parser.add_argument("--column", default="text")
    parser.add_argument("--label", default="label")
    parser.add_argument("--texts", type=int, default=512)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--max-length", type=int, default=512)
    parser.add_argument("--learning-rate", type=float, default=5e-5)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    import transformers

    corpus = read_corpus(options.source, text_column=options.column, label_column=options.label)
    texts, labels = list(corpus.texts[: options.texts]), list((corpus.labels or [])[: options.texts])
    names = sorted(set(labels), key=str)
    losses: dict[str, float] = {}

    def run_theirs() -> None:
        tokenizer: Any = transformers.AutoTokenizer.from_pretrained(options.model, local_files_only=True)
        model = transformers.AutoModelForSequenceClassification.from_pretrained(
            options.model, num_labels=len(names), local_files_only=True
        )
        rows = [
            {**tokenizer(text, truncation=True, max_length=options.max_length), "labels": names.index(label)}
            for text, label in zip(texts, labels, strict=True)
        ]
        with tempfile.TemporaryDirectory() as folder:
            arguments = transformers.TrainingArguments(
                folder,
                num_train_epochs=1,
                per_device_train_batch_size=options.batch_size,
                learning_rate=options.learning_rate,
                report_to=[],
                disable_tqdm=True,
                use_cpu=True,
            )
            trainer = transformers.Trainer(
                model, arguments, transformers.DataCollatorWithPadding(tokenizer), rows, processing_class=tokenizer
            )
            trainer.remove_callback(transformers.PrinterCallback)
            losses["theirs"] = trainer.train().training_loss

    def run_ours() -> None:
        settings = FineTuneSettings(
            epochs=1, batch_size=options.batch_size, learning_rate=options.learning_rate, validation=0.0, warmup=0.0
        )
        estimator = BertClassifier(options.model, max_length=options.max_length, training=settings, device="cpu")
        found = [loss for _, loss in estimator.fit(texts, labels).training_result_.losses]
        losses["ours"] = sum(found) / len(found)

    seconds = rounds({"Trainer, defaults": run_theirs, "BertClassifier": run_ours}, options.rounds)
    print_table(seconds, len(texts), "texts")
    print(f"\nmean training loss: theirs {losses['theirs']:.3f}, ours {losses['ours']:.3f}")
    print_versions("torch", "transformers", "numpy")


if __name__ == "__main__":
    main()
