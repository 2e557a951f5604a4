"""A model and a corpus described for people."""

from typing import TYPE_CHECKING

from nlp_toolkit_cli.scores import figure, metric_title
from nlp_toolkit_cli.show import print_line, print_pairs, print_table

if TYPE_CHECKING:
    from nlp_toolkit_pipelines import ModelDescription
    from nlp_toolkit_pipelines.profile import CorpusProfile, Lengths

_SHOWN_LABELS = 20


def print_model(found: "ModelDescription") -> None:
    """What a model directory is: its parts, size, figures, and the features that speak for each class."""
    pairs = [("model", f"{found.path} ({found.task or found.kind})")]
    if found.recipe is not None:
        pairs.append(("recipe", str(found.recipe.get("name") or "-")))
    pairs += [(name, part) for name, part in found.parts.items() if part != "passthrough"]
    if found.columns is not None:
        pairs.append(("columns", f"{found.columns:,}"))
    pairs += _encoder(found)
    pairs += [("size", f"{found.bytes / 1e6:,.2f} MB"), ("trained on", _training(found))]
    pairs.append(("versions", ", ".join(f"{name} {version}" for name, version in found.versions.items())))
    print_pairs(pairs)
    _print_metrics(found)
    _print_features(found)


def _encoder(found: "ModelDescription") -> list[tuple[str, str]]:
    """A BERT's layers, embeddings and special tokens, with one text and one pair as it reads them."""
    encoder = found.encoder
    if encoder is None:
        return []
    embeddings = ", ".join(f"{rows:,} {name}" for name, rows in encoder["embeddings"].items())
    special = ", ".join(f"{token} {number}" for token, number in encoder["special_tokens"].items())
    return [
        (
            "encoder",
            f"{encoder['type']}, {encoder['layers']} layers, {encoder['hidden']} wide, {encoder['heads']} heads, "
            f"{encoder['parameters']:,} parameters",
        ),
        ("embeddings", f"{embeddings}, each {encoder['hidden']} wide"),
        ("tokens", f"{special}; up to {encoder['longest']:,} a text"),
        ("a text", " ".join(encoder["example"]["text"])),
        ("a pair", " ".join(f"{token}/{segment}" for token, segment in encoder["example"]["pair"])),
    ]


def _training(found: "ModelDescription") -> str:
    texts = "-" if found.training_rows is None else f"{found.training_rows:,} different texts"
    seed = "" if found.seed is None else f", seed {found.seed}"
    return f"{texts}{seed}{'' if found.deterministic else ', not deterministic'}"


def _print_metrics(found: "ModelDescription") -> None:
    figures = (found.metrics or {}).get("metrics") or {}
    if figures:
        print_line()
        rows = [(metric_title(name), figure(value)) for name, value in figures.items()]
        print_table(("metric when trained", "value"), rows, numbers=("value",))


def _print_features(found: "ModelDescription") -> None:
    if found.features is None:
        return
    print_line()
    rows = [
        (label or "(value)", ", ".join(f"{_visible(each.name)} {each.weight:+.2f}" for each in features))
        for label, features in found.features.items()
    ]
    print_table(("class", "most telling features and their weights"), rows)


def _visible(feature: str) -> str:
    """A feature with its outer spaces, which matter in character n-grams, to be seen.

    >>> _visible(" ㅋㅋ"), _visible("what is")
    ('␣ㅋㅋ', 'what is')
    """
    inner = feature.strip(" ")
    start = feature.find(inner)
    return "␣" * start + inner + "␣" * (len(feature) - start - len(inner))


def print_profile(source: str, found: "CorpusProfile") -> None:
    """What a corpus holds: rows, lengths, languages, labels, duplicates, and the dirt there is."""
    languages = ", ".join(f"{name} {count:,}" for name, count in found.languages.items() if count)
    longest = ", ".join(f"{row + 1:,}" for row in found.longest_rows)
    print_pairs(
        [
            ("corpus", source),
            ("rows", f"{found.rows:,}{' pairs' if found.pairs else ''}"),
            *([("encoding", found.encoding)] if found.encoding else []),
            ("characters", _lengths(found.characters)),
            ("words", _lengths(found.words)),
            ("longest", f"row {longest} (counted from 1)"),
            ("languages", languages),
            ("duplicates", _duplicates(found)),
        ]
    )
    _print_dirt(found)
    _print_labels(found)


def _lengths(lengths: "Lengths") -> str:
    return (
        f"median {lengths.median:,.0f}, mean {lengths.mean:,.1f}, 95 % up to {lengths.q95:,.0f}, "
        f"{lengths.min:,.0f} to {lengths.max:,.0f}"
    )


def _duplicates(found: "CorpusProfile") -> str:
    conflicting = found.conflicting_duplicates
    return f"{_counted(found.duplicates, 'row')} the same as an earlier one" + (
        f"; {_counted(conflicting, 'row')} with a text that also occurs under another label" if conflicting else ""
    )


def _counted(count: int, what: str) -> str:
    """A number of things.

    >>> _counted(1, "row"), _counted(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _print_dirt(found: "CorpusProfile") -> None:
    dirt = {
        "empty": found.empty_texts,
        "missing (null)": found.missing_texts,
        **{name.replace("_", " "): count for name, count in found.dirt.items()},
        "control characters (replaced)": found.control_characters,
        "lone surrogates (replaced)": found.lone_surrogates,
        "bad rows left out": found.skipped_rows,
    }
    rows = [(name, f"{count:,}") for name, count in dirt.items() if count]
    if rows:
        print_line()
        print_table(("dirt", "count"), rows, numbers=("count",))


def _print_labels(found: "CorpusProfile") -> None:
    from nlp_toolkit_pipelines.similar_labels import visible_label

    if found.labels is None:
        print_line()
        print_line("labels: no column named or guessed; name one with --label-column")
        return
    print_line()
    shown = list(found.labels.items())[:_SHOWN_LABELS]
    rows = [(label, f"{count:,}", f"{count / found.rows:.1%}") for label, count in shown]
    print_table(("label", "rows", "share"), rows, numbers=("rows", "share"))
    if found.n_labels is not None and found.n_labels > len(shown):
        print_line(f"... and {found.n_labels - len(shown):,} more labels (--json has the 100 most frequent)")
    if found.unlabelled_rows:
        print_line(f"{_counted(found.unlabelled_rows, 'row')} without a label")
    for group in found.similar_labels:
        named = [f"{visible_label(label)} ({n:,})" for label, n in zip(group.labels, group.counts, strict=True)]
        print_line(f"labels that look alike: {', '.join(named)} differ by {group.why}")
    if found.single_sample_labels:
        alone = _counted(len(found.single_sample_labels), "label")
        print_line(f"{alone} with one row only; train --min-class-count 2 leaves out such classes")
