"""From numbers to places in a drawing, with ticks at round numbers."""

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Numbers from `low` to `high` onto places from `start` to `end`; by their logarithm where `log`.

    >>> Scale(0, 10, 100, 200)(5), Scale(1, 100, 0, 200, log=True)(10)
    (150.0, 100.0)
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        low, high, at = (math.log10(each) if self.log else each for each in (self.low, self.high, value))
        return self.start + (self.end - self.start) * (at - low) / (high - low)

    def ticks(self, about: int = 5) -> list[float]:
        """About so many round numbers inside the scale, rising."""
        return log_ticks(self.low, self.high, about) if self.log else linear_ticks(self.low, self.high, about)


def linear_ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten between `low` and `high`.

    >>> linear_ticks(0.61, 0.9)
    [0.65, 0.7, 0.75, 0.8, 0.85, 0.9]
    """
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = power * next(factor for factor, most in ((1, 1.5), (2, 3.5), (5, 7.5), (10, 10.0)) if rough / power <= most)
    decimals = max(0, 1 - math.floor(math.log10(step)))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(number * step, decimals) + 0.0 for number in range(first, last + 1)]


def log_ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Powers of ten between `low` and `high`; with numbers between them where the powers are few.

    >>> log_ticks(0.5, 2000)
    [1.0, 10.0, 100.0, 1000.0]
    >>> log_ticks(3, 70)
    [5.0, 10.0, 20.0, 50.0]
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7)):
        ticks = [10.0**power * factor for power in powers for factor in factors]
        inside = [round(tick, 12) for tick in ticks if low * 0.999 <= tick <= high * 1.001]
        if len(inside) >= min(about - 1, 4):
            break
    if len(inside) < 2:
        return linear_ticks(low, high, about)
    return inside[:: math.ceil(len(inside) / (about + 2))]


def padded(values: Iterable[float], share: float = 0.06) -> tuple[float, float]:
    """The range of `values` with some room at both ends; a single value gets room of its own.

    >>> padded([0.0, 1.0], share=0.1)
    (-0.1, 1.1)
    """
    found = list(values) or [0.0]
    low, high = min(found), max(found)
    room = (high - low) * share or abs(low) * 0.1 or 0.5
    return low - room, high + room


def padded_log(values: Iterable[float], share: float = 0.08) -> tuple[float, float]:
    """The range of positive `values` with some room at both ends, measured by the logarithm."""
    low, high = padded((math.log10(value) for value in values), share)
    return 10.0**low, 10.0**high
