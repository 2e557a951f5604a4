"""Numbers as people read them: as many digits as mean something, with their units."""

import math
from collections.abc import Sequence
from typing import TypeAlias

Number: TypeAlias = float | int | None

MISSING = "–"


def is_number(value: Number) -> bool:
    """Whether there is a finite number to show."""
    return value is not None and math.isfinite(value)


def significant(value: Number, digits: int = 3) -> str:
    """`value` with `digits` significant digits, thousands separated, never as a power of ten.

    >>> significant(12345.6), significant(0.01234), significant(7.0)
    ('12,300', '0.0123', '7')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    if value == 0:
        return "0"
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, decimals)
    shown = f"{rounded:,.{max(decimals, 0)}f}"
    return _minus(shown.rstrip("0").rstrip(".") if "." in shown else shown)


def score(value: Number) -> str:
    """A score: three decimals below ten, else four significant digits.

    >>> score(0.87651), score(-0.5), score(1234.56)
    ('0.877', '−0.500', '1,235')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    return _minus(f"{value:.3f}") if abs(value) < 10 else significant(value, 4)


def small(value: Number) -> str:
    """A share or a divergence, which may be near 0: as a score, but below 0.01 with two significant digits.

    >>> small(0.087651), small(0.000432), small(3e-9), small(0.0)
    ('0.088', '0.00043', '< 0.000001', '0.000')
    """
    if value is None or not 0 < abs(value) < 0.01:
        return score(value)
    return significant(value, 2) if abs(value) >= 1e-6 else "< 0.000001"


def signed(value: Number) -> str:
    """A difference of scores with its sign.

    >>> signed(0.0123), signed(-0.2), signed(0.0001)
    ('+0.012', '−0.200', '0.000')
    """
    shown = score(value)
    rounds_to_zero = not any(digit in shown for digit in "123456789")
    if rounds_to_zero:
        return shown.lstrip("−")
    return shown if shown.startswith("−") else f"+{shown}"


def tick_words(ticks: Sequence[float], *, sign: bool = False) -> list[str]:
    """Numbers along an axis, all with as many decimals as the finest needs; with their sign where asked.

    >>> tick_words([0.8, 0.85, 0.9]), tick_words([-0.1, 0.0, 0.1], sign=True)
    (['0.80', '0.85', '0.90'], ['−0.1', '0.0', '+0.1'])
    """
    decimals = max((_decimals(tick) for tick in ticks), default=0)
    return [_minus(f"{tick:{'+' if sign and tick else ''},.{decimals}f}") for tick in ticks]


def interval(low: Number, high: Number) -> str:
    """The two ends of an interval of scores; an empty string where there is none.

    >>> interval(0.8612, 0.89)
    '[0.861, 0.890]'
    """
    return f"[{score(low)}, {score(high)}]" if is_number(low) and is_number(high) else ""


def seconds(value: Number) -> str:
    """A time.

    >>> seconds(0.01234), seconds(12.34), seconds(200), seconds(7300)
    ('0.0123 s', '12.3 s', '3 min 20 s', '2 h 1 min')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    if value < 120:
        return f"{significant(value)} s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def megabytes(value: Number) -> str:
    """A size given in MB.

    >>> megabytes(0.5), megabytes(2345)
    ('0.5 MB', '2.35 GB')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    return f"{significant(value / 1000)} GB" if value >= 1000 else f"{significant(value)} MB"


def probability(value: Number) -> str:
    """A p-value.

    >>> probability(0.00004), probability(0.0343), probability(1.0)
    ('< 0.001', '0.034', '1')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    if value < 0.001:
        return "< 0.001"
    return "1" if round(value, 3) == 1 else f"{value:.3f}"


def count(value: Number) -> str:
    """A whole number.

    >>> count(20000)
    '20,000'
    """
    return MISSING if value is None or not math.isfinite(value) else f"{value:,.0f}"


def _decimals(value: float) -> int:
    return next((digits for digits in range(10) if math.isclose(round(value, digits), value, rel_tol=1e-9)), 10)


def _minus(shown: str) -> str:
    return shown.replace("-", "−")
