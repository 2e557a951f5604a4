"""The report of a stage: agreement of its cosines with people, the shape of its rows before and after whitening."""

from collections.abc import Mapping
from typing import Any

from nlp_toolkit_pipelines.report import numbers
from nlp_toolkit_pipelines.report.curve_chart import Curve, CurvePoint, curve_chart
from nlp_toolkit_pipelines.report.html import Html, foreign, join, tag, text
from nlp_toolkit_pipelines.report.page import Section, facts, figure, page, paragraph
from nlp_toolkit_pipelines.report.tables import Cell, Column, plain, table

_AT = (1, 2, 5, 10, 20, 50, 100)
_OF_PAIRS = {"spearman": "Spearman's correlation", "pearson": "Pearson's correlation"}
_OF_SHAPES = {"effective_dimension": "Effective dimension", "isoscore": "IsoScore", "mean_cosine": "Mean cosine"}


def stage_page(report: Mapping[str, Any], stage: str, name: str) -> str:
    """The whole file; `report` is what `StageEvaluation.to_json` gives, `stage` and `name` what the two are called."""
    about = f"{numbers.count(report['rows'])} rows · {numbers.count(report['texts'])} different texts"
    lead = join([tag("h1", {}, foreign(stage), text(" on "), foreign(name)), paragraph(about, "about")])
    sections = [
        Section("figures", "Figures", _figures(report)),
        Section("spectrum", "Principal components", _spectrum(report)),
    ]
    return page(f"Evaluation: {stage} on {name}", lead, sections)


def _figures(report: Mapping[str, Any]) -> Html:
    whitened = report["whitened"]
    rows = []
    for part, names in (("similarity", _OF_PAIRS), ("shape", _OF_SHAPES)):
        if report[part] is None:
            continue
        for key, words in names.items():
            after = _cells(None if whitened is None else whitened[part], key)
            rows.append([plain(words), *_cells(report[part], key), *after])
    heads = ("As it is", "95 % interval", "Whitened", "95 % interval")
    parts = [table("The rows of the stage", [Column("Figure"), *(Column(h, numeric=True) for h in heads)], rows)]
    shape = report["shape"]
    known = [
        ("Columns", text(numbers.count(shape["n_features"]))),
        ("Texts looked at", text(numbers.count(shape["used"]))),
        ("Texts without a known word", text(numbers.count(shape["empty"]))),
        ("Components for 90 % of the variance", text(_for_most(shape))),
    ]
    if whitened is not None:
        known.append(("Columns after whitening", text(numbers.count(whitened["components"]))))
        if whitened["gain"] is not None:
            ends = numbers.interval(whitened["gain_low"], whitened["gain_high"])
            known.append(("Whitening changes Spearman's by", text(f"{numbers.signed(whitened['gain'])} {ends}")))
    return join([*parts, facts(known), paragraph(_READING, "hint")])


def _for_most(shape: Mapping[str, Any]) -> str:
    low, high = shape["for_most_low"], shape["for_most_high"]
    ends = "" if low is None else f" [{numbers.count(low)}, {numbers.count(high)}]"
    return f"{numbers.count(shape['for_most'])}{ends}"


_READING = (
    "Effective dimension is the participation ratio of the principal components; IsoScore (Rudman et al. 2022) is the "
    "same from 0 (a line) to 1 (alike in every direction). A mean cosine near 1 is a narrow cone, in which cosines "
    "tell little. Intervals of correlations resample pairs, those of the shape are jackknives, "
    "those of the principal components say what as many other texts would show."
)


def _cells(found: Mapping[str, Any] | None, key: str) -> list[Cell]:
    if found is None:
        return [Cell(text(numbers.MISSING)), Cell(Html(""))]
    ends = numbers.interval(found[f"{key}_low"], found[f"{key}_high"])
    return [Cell(text(numbers.score(found[key])), found[key]), Cell(text(ends), found[f"{key}_low"])]


def _spectrum(report: Mapping[str, Any]) -> Html:
    shapes = [("as it is", report["shape"])]
    if report["whitened"] is not None:
        shapes.append(("whitened", report["whitened"]["shape"]))
    curves = [
        Curve(name, tuple(_point(shape, at) for at in _AT if at <= len(shape["cumulated"])), series)
        for series, (name, shape) in enumerate(shapes)
        if len(shape["cumulated"]) > 1
    ]
    if not curves:
        return paragraph("The rows differ in one direction only.")
    said = "; ".join(f"{curve.name}: {numbers.score(curve.points[0].y)} in the first" for curve in curves)
    chart = curve_chart(
        "spectrum-drawing",
        "Share of the variance in the first principal components",
        said,
        "principal components (logarithmic)",
        "share of the variance",
        curves,
        numbers.count,
        numbers.score,
    )
    words = (
        "A curve that starts high is a cloud with few directions that count. Bands are 95 % intervals, which "
        "directions of equal variance do not have."
    )
    return figure(chart, words)


def _point(shape: Mapping[str, Any], at: int) -> CurvePoint:
    return CurvePoint(at, *(shape[name][at - 1] for name in ("cumulated", "cumulated_low", "cumulated_high")))
