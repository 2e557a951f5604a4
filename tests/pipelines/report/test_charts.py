"""Drawings on examples small enough to work out by hand."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parsed_page import Page

from nlp_toolkit_pipelines.report import numbers
from nlp_toolkit_pipelines.report.curve_chart import Curve, CurvePoint, Size, curve_chart, spread_out
from nlp_toolkit_pipelines.report.interval_chart import Estimate, interval_chart
from nlp_toolkit_pipelines.report.scales import Scale, linear_ticks, log_ticks, padded
from nlp_toolkit_pipelines.report.scatter_chart import Point, front, scatter_chart

POSITIVE = st.floats(1e-6, 1e9)


def places(drawing: str, style: str) -> list[list[float]]:
    """The ends of every line of that class."""
    lines = [each for each in Page(drawing).all("line") if (each.attributes.get("class") or "").split()[0] == style]
    return [[float(each.attributes[end] or "") for end in ("x1", "y1", "x2", "y2")] for each in lines]


def marks(drawing: str) -> list[tuple[float, float]]:
    """The places of the markers."""
    found = re.findall(r'transform="translate\(([-\d.]+) ([-\d.]+)\)', drawing)
    return [(float(x), float(y)) for x, y in found]


def test_forest_plot_puts_value_and_interval_where_they_belong() -> None:
    # Names of 5 characters: 5 * 0.58 * 13 = 37.7 wide, so the plot starts at 37.7 + 34 = 71.7; the figures, empty,
    # leave the right end at 760 - 14 = 746. Values and 0 span -1 to 3, padded by 6 % to -1.24 to 3.24.
    pair = Estimate("a − b", 1.0, -1.0, 3.0, 0, "")
    drawing = interval_chart("forest", "t", "d", "difference", [pair], reference=0.0, signed=True)
    across = Scale(-1.24, 3.24, 71.7, 746)
    line, *caps = places(drawing, "interval")
    (reference,) = places(drawing, "reference")
    assert line == [round(across(-1), 1), 25.0, round(across(3), 1), 25.0]
    assert [cap[0] for cap in caps] == [line[0], line[2]]
    assert reference[0] == reference[2] == pytest.approx(71.7 + 674.3 * 1.24 / 4.48, abs=0.06)
    assert marks(drawing) == [(pytest.approx(71.7 + 674.3 / 2, abs=0.06), 25.0)]


def test_scatter_places_costs_by_their_logarithm() -> None:
    # 1, 10 and 100 are equally far apart; the quality rises upwards.
    points = [Point(name, x, y, None, None, 0) for name, x, y in (("a", 1, 0.1), ("b", 10, 0.2), ("c", 100, 0.3))]
    drawing = scatter_chart("s", "t", "d", "cost", "score", points, numbers.seconds, numbers.score)
    (x1, y1), (x2, y2), (x3, y3) = marks(drawing)
    assert x2 - x1 == pytest.approx(x3 - x2, abs=0.2)
    assert y1 - y2 == pytest.approx(y2 - y3, abs=0.2)
    assert y1 > y3


def test_front_keeps_what_nothing_cheaper_equals() -> None:
    names = {"cheap": (1, 0.5), "worse": (2, 0.4), "equal": (3, 0.5), "better": (4, 0.6), "dearer": (5, 0.59)}
    points = [Point(name, x, y, None, None, 0) for name, (x, y) in names.items()]
    assert [each.name for each in front(points)] == ["cheap", "better"]
    assert [each.name for each in front(points, less_is_better=True)] == ["cheap", "worse"]


def test_names_of_crowded_points_never_lie_on_each_other() -> None:
    points = [Point(f"recipe-{n}", 1 + n / 50, 0.5 + n / 1000, None, None, n) for n in range(12)]
    drawing = scatter_chart("s", "t", "d", "cost", "score", points, numbers.seconds, numbers.score)
    written = [each for each in Page(drawing).all("text") if each.attributes.get("class") == "point-name"]
    rows = sorted(float(each.attributes["y"] or "") for each in written)
    assert 1 <= len(written) <= 12
    assert len({(each.attributes["x"], each.attributes["y"]) for each in written}) == len(rows)


def test_band_goes_along_the_top_and_back_along_the_bottom() -> None:
    points = (CurvePoint(10, 0.5, 0.4, 0.6), CurvePoint(100, 0.7, 0.6, 0.8))
    drawing = curve_chart(
        "c", "t", "d", "n", "score", [Curve("a", points, 0)], numbers.count, numbers.score, Size(400, 300), (0.4, 0.8)
    )
    (band,) = [
        each.attributes["d"] or "" for each in Page(drawing).all("path") if "band" in (each.attributes["class"] or "")
    ]
    corners = [tuple(map(float, each.split())) for each in band.removeprefix("M").removesuffix("Z").split("L")]
    (x1, high1), (x2, high2), (x3, low2), (x4, low1) = corners
    assert (x1, x2) == (x4, x3)
    # 0.4 to 0.8 is 300 - 50 = 250 down to 36, so 0.6 is in the middle.
    assert (high1, high2, low2, low1) == (143.0, 36.0, 143.0, 250.0)


def test_single_points_and_equal_values_can_be_drawn() -> None:
    one = curve_chart(
        "c", "t", "d", "n", "s", [Curve("a", (CurvePoint(10, 0.5),), 0)], numbers.count, numbers.score, Size(400, 300)
    )
    flat = interval_chart("i", "t", "d", "s", [Estimate("a", 0.0, None, None, 0, "0")])
    assert len(marks(one)) == 2  # on the curve and beside its name
    assert len(marks(flat)) == 1
    assert "nan" not in one + flat


@given(POSITIVE, st.floats(1.1, 1e6))
def test_ticks_lie_in_the_range_and_rise(low: float, factor: float) -> None:
    high = low * factor
    for ticks in (linear_ticks(low, high), log_ticks(low, high)):
        assert ticks == sorted(set(ticks))
        assert len(ticks) <= 12
        assert all(low * 0.998 <= tick <= high * 1.002 for tick in ticks)
    assert len(linear_ticks(low, high)) >= 2


@given(st.lists(st.floats(0, 300), min_size=1, max_size=15))
def test_names_spread_out_keep_their_order_and_distance(ends: list[float]) -> None:
    moved = spread_out(ends, 15, 0, 300)
    order = sorted(range(len(ends)), key=lambda each: ends[each])
    gaps = [moved[after] - moved[before] for before, after in pairwise(order)]
    assert all(gap >= 15 - 1e-9 for gap in gaps)
    assert max(moved) <= 300


def test_room_is_left_around_a_single_value() -> None:
    assert padded([0.0]) == (-0.5, 0.5)
    assert padded([10.0]) == (9.0, 11.0)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "–"), (float("nan"), "–"), (0, "0"), (0.000123456, "0.000123"), (999_999.0, "1,000,000")],
)
def test_numbers_have_three_digits_and_never_a_power_of_ten(value: float | None, shown: str) -> None:
    assert numbers.significant(value) == shown
