"""`nlp-toolkit evaluate`: score a saved model on a labelled corpus."""

from nlp_toolkit_cli.devices import check_device
from nlp_toolkit_cli.options import Computing, Input, Labelling, Model, Reading, Speaking
from nlp_toolkit_cli.reading import about, read
from nlp_toolkit_cli.scores import print_scores
from nlp_toolkit_cli.show import print_json, print_pairs, progress


def evaluate(
    model: Model,
    source: Input,
    *,
    labelling: Labelling,
    reading: Reading,
    computing: Computing,
    speaking: Speaking,
) -> None:
    """Score a model on labelled text, with and without the texts it was trained on."""
    from nlp_toolkit_pipelines import evaluate
    from nlp_toolkit_pipelines.model import load_model

    check_device(computing.device)
    with progress(f"loading {model}", quiet=speaking.quiet):
        loaded = load_model(model)
    with progress(f"reading {source}", quiet=speaking.quiet):
        corpus = read(source, reading, labelling, guess_labels=not labelling.label_column)
    with about(source), progress(f"evaluating on {len(corpus):,} rows", quiet=speaking.quiet):
        result = evaluate(loaded, corpus, n_jobs=computing.jobs)
    if speaking.json:
        print_json(result.to_json())
        return
    print_pairs([("model", f"{model} ({result.task})"), ("evaluated", f"on {source}")])
    print()
    print_scores(result)
