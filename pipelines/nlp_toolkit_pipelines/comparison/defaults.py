"""Which recipes are compared when none is named: one of each family, for the task, the data and the machine."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlp_toolkit import Corpus
from nlp_toolkit.errors import DataError, UnavailableError
from nlp_toolkit.transformer.device import Device, resolve_device
from nlp_toolkit_pipelines.comparison.results import LeftOut
from nlp_toolkit_pipelines.labels import checked, labels_of
from nlp_toolkit_pipelines.library import load_recipe
from nlp_toolkit_pipelines.recipe import PartSpec, Recipe, Task, UnionSpec

FAMILIES = 5
"""Default recipes that are fitted side by side: one of each family."""

PATIENCE = 3600.0
"""Seconds of fitting a default recipe may take in all before it is left out, with the estimate told."""

_NUMBERS_FROM = 20

# The estimator that takes the place of logistic regression where labels are no classes.
_HEADS: Mapping[str, Mapping[str, Any]] = {
    "regression": {"kind": "ridge", "alpha": 1.0},
    "pair-regression": {"kind": "ridge", "alpha": 1.0},
}
# Seconds of one thread, all epochs; bytes and not characters, as a Hangul syllable (three) makes more tokens than a
# Latin letter. Measured on sst2, nsmc and clear: 37 to 300 thousand characters, right within a third.
_SECONDS_PER_FIT = 6.0
_SECONDS_PER_THOUSAND_BYTES = 0.3


@dataclass(frozen=True)
class Defaults:
    """Recipes to compare, and those that would be but for a reason."""

    recipes: tuple[Recipe, ...]
    left_out: tuple[LeftOut, ...]


def guess_task(corpus: Corpus) -> tuple[Task, str]:
    """The task labels and texts look like, and why.

    Lists of labels are multilabel. Labels that are all numbers are values where one has a fraction, or where more
    than 20 different ones fall on fewer than five rows each; else they are classes.
    """
    labels = labels_of(corpus)
    pairs = corpus.pairs is not None
    if any(isinstance(label, list | tuple) for label in labels):
        return "multilabel", "rows have several labels"
    why = _numbers(labels)
    if why is None:
        return ("pair-classification" if pairs else "classification"), "labels are classes"
    return ("pair-regression" if pairs else "regression"), why


def _numbers(labels: Any) -> str | None:
    """Why these labels are values and not classes; None where they are classes."""
    try:
        values = checked("regression", labels)
    except DataError:
        return None
    if any(value != int(value) for value in values):
        return "labels are numbers with fractions"
    different = len(set(values))
    if different > _NUMBERS_FROM and len(values) < 5 * different:
        return f"labels are {different} different numbers"
    return None


def default_recipes(
    task: Task,
    corpus: Corpus,
    *,
    bert: str | Path | None,
    fits: float,
    threads: int,
    device: Device = "auto",
    min_class_count: int = 1,
) -> Defaults:
    """One recipe of each family for the task; `fits` is how often each will read the corpus, with `threads` each.

    Without `bert`, a checkpoint's folder or name, a small one is trained from nothing, unless that would take
    more than an hour on the processor; on a GPU it is always tried.
    """
    recipes = [_for_task("count-logreg", task), _lexical(task, corpus, min_class_count)]
    recipes += [_for_task(f"word2vec-{algorithm}-logreg", task) for algorithm in ("skipgram", "cbow")]
    if bert is not None:
        recipes.append(_for_task("bert-cls-logreg", task, {"vectorizer.model": str(bert)}))
        if task != "multilabel":
            recipes.append(_finetuned(task, str(bert)))
        return Defaults(tuple(recipes), ())
    scratch = _for_task("bert-scratch-cls-logreg", task)
    seconds = scratch_seconds(corpus, threads) * fits
    if seconds <= PATIENCE or _on_gpu(device):
        return Defaults((*recipes, scratch), ())
    reason = (
        f"training it from nothing would take about {seconds / 3600:,.1f} hours here; name it to have it all the same, "
        "or give a checkpoint (bert=..., --bert MODEL)"
    )
    return Defaults(tuple(recipes), (LeftOut(scratch.name, reason),))


def scratch_seconds(corpus: Corpus, threads: int) -> float:
    """About how long the smallest BERT takes to learn from these texts, from nothing, once, on the CPU."""
    texts = corpus.texts if corpus.pairs is None else [text for pair in corpus.pairs for text in pair]
    thousands = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) / 1000
    return (_SECONDS_PER_FIT + thousands * _SECONDS_PER_THOUSAND_BYTES) / threads


def _on_gpu(device: Device) -> bool:
    """Whether networks will run on a GPU; without torch they will not run at all."""
    try:
        return resolve_device(device).type == "cuda"
    except UnavailableError:
        return False


def family_of(recipe: Recipe) -> str:
    """The family of a recipe: what makes its rows, or the estimator that reads the texts itself."""
    spec = recipe.vectorizer
    if spec is None:
        return _family_of_part(recipe.estimator)
    parts = spec.stages if isinstance(spec, UnionSpec) else (spec,)
    return " + ".join(dict.fromkeys(map(_family_of_part, parts)))


def learns_slowly(recipe: Recipe) -> bool:
    """Whether a network is trained or run: minutes, where the others take seconds."""
    return family_of(recipe).startswith(("bert", "neural"))


def _family_of_part(part: PartSpec) -> str:
    told_apart = {"word2vec": ("algorithm", "cbow"), "neural": ("architecture", "bag")}
    if part.kind not in told_apart:
        return part.kind
    name, default = told_apart[part.kind]
    return f"{part.kind} {part.parameters.get(name, default)}"


def _for_task(name: str, task: Task, overrides: Mapping[str, Any] | None = None) -> Recipe:
    """A shipped classification recipe, its estimator changed to one that serves the task."""
    changes: dict[str, object] = dict(overrides or {})
    if task != "classification":
        changes["task"] = task
    if task in _HEADS:
        changes |= {"estimator": dict(_HEADS[task]), "name": name.replace("logreg", "ridge"), "summary": ""}
    elif task.startswith("pair-"):
        changes |= {"name": name.replace("logreg", "pair-logreg"), "summary": ""}
    return load_recipe(name, changes)


def _lexical(task: Task, corpus: Corpus, min_class_count: int) -> Recipe:
    """TF-IDF: words and characters and an SVM where every class has rows enough for it, else words alone."""
    if task == "classification":
        return load_recipe("tfidf-word-char-svm" if _all_have_rows(corpus, min_class_count) else "tfidf-logreg")
    shipped = {
        "multilabel": "tfidf-multilabel",
        "regression": "tfidf-ridge",
        "pair-classification": "tfidf-pair-logreg",
    }
    return load_recipe(shipped[task]) if task in shipped else _for_task("tfidf-logreg", task)


def _all_have_rows(corpus: Corpus, min_class_count: int) -> bool:
    """Whether calibration finds two rows of every class in each training part, and in subsets of it.

    A fold may take two of a class's four rows, and half of its groups, the largest of them. Classes of fewer than
    `min_class_count` rows are dropped and do not count.
    """
    labels = checked("classification", labels_of(corpus))
    groups: Sequence[object] = range(len(labels)) if corpus.groups is None else corpus.groups
    of_class: dict[object, Counter[object]] = {}
    for label, group in zip(labels, groups, strict=True):
        of_class.setdefault(label, Counter())[group] += 1
    sizes = [sorted(counts.values()) for counts in of_class.values() if counts.total() >= min_class_count]
    return all(sum(each[: len(each) // 2]) >= 2 for each in sizes)


def _finetuned(task: Task, model: str) -> Recipe:
    if task == "pair-regression":
        return load_recipe("bert-pair-regression", {"estimator.model": model})
    changes: dict[str, object] = {"estimator.model": model}
    return load_recipe("bert-finetune", changes if task == "classification" else changes | {"task": task})
