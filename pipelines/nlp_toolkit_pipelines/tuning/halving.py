"""Successive halving: many candidates on few rows, the best third of them on three times as many, and so on."""

import math
from dataclasses import dataclass

FACTOR = 3


@dataclass(frozen=True)
class Rung:
    """How many candidates are compared, on how many rows."""

    candidates: int
    rows: int


def rungs(candidates: int, rows: int, least: int) -> list[Rung]:
    """The schedule of scikit-learn's `HalvingRandomSearchCV(min_resources="exhaust")`, its last rung on all rows.

    The first rung has as many rows as let the last one use all, but never fewer than `least`; a third of the
    candidates, rounded up, goes on to three times the rows. Jamieson and Talwalkar 2016; Karnin et al. 2013.

    >>> rungs(candidates=9, rows=900, least=20)
    [Rung(candidates=9, rows=100), Rung(candidates=3, rows=300), Rung(candidates=1, rows=900)]
    """
    required = 1 + _whole_log(candidates)
    least = min(least, rows)
    first = max(least, rows // FACTOR ** (required - 1))
    possible = 1 + _whole_log(rows // first)
    found: list[Rung] = []
    left = candidates
    for number in range(min(possible, required)):
        found.append(Rung(left, min(first * FACTOR**number, rows)))
        left = math.ceil(left / FACTOR)
    # scikit-learn leaves out what the powers of three do not reach; the last choice deserves every row.
    return [*found[:-1], Rung(found[-1].candidates, rows)]


def _whole_log(number: int) -> int:
    """The largest power of the factor that is at most `number`, without rounding errors of logarithms."""
    power = 0
    while FACTOR ** (power + 1) <= number:
        power += 1
    return power
