"""The conformance suite: the promises every stage keeps, to run over a stage of your own.

    from nlp_toolkit.testing import check_stage

    def test_my_stage() -> None:
        check_stage(MyVectorizer)

or one test a promise, where a stage breaks some of them on purpose:

    @pytest.mark.parametrize("promise", CONFORMANCE_CHECKS)
    def test_my_stage_keeps(promise: str) -> None:
        CONFORMANCE_CHECKS[promise](TRIAL)          # TRIAL = Trial(MyVectorizer)

A broken promise is an `AssertionError` that says what differed.
"""

from collections.abc import Callable, Mapping, Sequence

from nlp_toolkit.errors import UsageError
from nlp_toolkit.protocols import Vectorizer
from nlp_toolkit.testing.promises import CONFORMANCE_CHECKS
from nlp_toolkit.testing.trial import FIT_TEXTS, ODD_TEXTS, Trial

__all__ = ["CONFORMANCE_CHECKS", "FIT_TEXTS", "ODD_TEXTS", "Trial", "check_stage"]


def check_stage(
    make_stage: Callable[[], Vectorizer],
    *,
    texts: Sequence[str] = FIT_TEXTS,
    tolerance: float = 0.0,
    long_text_bytes: int = 10_000_000,
    known_broken: Mapping[str, str] | None = None,
) -> None:
    """Hold a stage to every promise of `CONFORMANCE_CHECKS`; parameters are those of `Trial`.

    `known_broken` maps names of promises to the reason why this stage breaks them; such a promise
    that is kept after all is an error too, so that the list stays true.
    """
    trial = Trial(make_stage, texts, tolerance, long_text_bytes)
    broken = known_broken or {}
    unknown = sorted(set(broken) - set(CONFORMANCE_CHECKS))
    if unknown:
        raise UsageError(f"unknown promise {unknown[0]!r}; known: {', '.join(CONFORMANCE_CHECKS)}")
    for name, check in CONFORMANCE_CHECKS.items():
        if name not in broken:
            check(trial)
        elif _is_kept(check, trial):
            raise AssertionError(f"the promise {name!r} is said to be broken ({broken[name]}), but it is kept")


def _is_kept(check: Callable[[Trial], None], trial: Trial) -> bool:
    try:
        check(trial)
    except Exception:  # noqa: BLE001 - a stage may break a promise in any way
        return False
    return True
