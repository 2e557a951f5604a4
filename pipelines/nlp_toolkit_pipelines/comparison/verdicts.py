"""The summary of a comparison in plain words: what is best, what is as good, what is cheaper, what was left out."""

from collections.abc import Mapping, Sequence
from typing import Any

from nlp_toolkit_pipelines.comparison.results import LearningCurves, LeftOut, PairResult, RecipeResult
from nlp_toolkit_pipelines.comparison.scoring import NOT_SHOWN
from nlp_toolkit_pipelines.report.metric_words import less_is_better, metric_name
from nlp_toolkit_pipelines.report.numbers import megabytes, seconds


def summary_of(
    recipes: Sequence[RecipeResult],
    pairs: Sequence[PairResult],
    curves: LearningCurves | None,
    left_out: Sequence[LeftOut],
    metric: str,
    evaluation: Mapping[str, Any],
) -> tuple[str, ...]:
    """Sentences, the most wanted first; `recipes` are best first."""
    best = recipes[0]
    said = [_best(best, metric, evaluation)]
    if len(recipes) > 1:
        tied = [each for each in recipes[1:] if _verdict(best.name, each.name, pairs) == NOT_SHOWN]
        said.append(_tied(best, tied, len(recipes)))
        said.extend(_cheaper(best, tied))
    if curves is not None:
        said.extend(f"Learning curves: {sentence}." for sentence in curves.crossings)
    if evaluation["seen_in_training"]:
        share = f"{evaluation['seen_in_training']:,} of {evaluation['n_test']:,} test texts"
        without = "no other is left" if best.unseen is None else f"without them {best.name} has {best.unseen:.3f}"
        said.append(f"{share} are in the training part too: {without}.")
    said.extend(f"Left out: {each.name} ({each.reason})." for each in left_out)
    return tuple(said)


def _best(best: RecipeResult, metric: str, evaluation: Mapping[str, Any]) -> str:
    how = f"{evaluation['n_test']:,} test texts"
    if evaluation["kind"] == "cross-validation":
        times = f"{evaluation['repeats']} times " if evaluation["repeats"] > 1 else ""
        how = f"{times}{evaluation['folds']}-fold cross-validation"
    extreme = "lowest" if less_is_better(metric) else "highest"
    return (
        f"{best.name} has the {extreme} {metric_name(metric)}: {best.score:.3f} "
        f"(95 % interval {best.low:.3f} to {best.high:.3f}, {how})."
    )


def _tied(best: RecipeResult, tied: Sequence[RecipeResult], n_recipes: int) -> str:
    if not tied:
        return f"It is shown to be better than {'the other one' if n_recipes == 2 else 'every other one'}."
    listed = _listed([f"{each.name} ({each.score:.3f})" for each in tied])
    others = "" if len(tied) == n_recipes - 1 else "; it is shown to be better than the rest"
    return f"No difference is shown between it and {listed}{others}."


def _cheaper(best: RecipeResult, tied: Sequence[RecipeResult]) -> list[str]:
    if not tied:
        return []
    quickest = min([best, *tied], key=lambda each: each.fit_seconds)
    smallest = min([best, *tied], key=lambda each: each.model_mb)
    if quickest is best and smallest is best:
        return ["Of these it is also the quickest to fit and the smallest."]
    said = []
    if quickest is not best:
        said.append(
            f"The quickest to fit of these is {quickest.name}: {seconds(quickest.fit_seconds)} instead of "
            f"{seconds(best.fit_seconds)}."
        )
    if smallest is not best and best.model_mb >= 1 and smallest.model_mb < 0.8 * best.model_mb:
        said.append(
            f"The smallest of these is {smallest.name}: {megabytes(smallest.model_mb)} instead of "
            f"{megabytes(best.model_mb)}."
        )
    return said


def _verdict(one: str, other: str, pairs: Sequence[PairResult]) -> str:
    return next(pair.verdict for pair in pairs if {pair.a, pair.b} == {one, other})


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
