"""Explanations as a page: each text with its words marked, then the same weights as a table."""

from collections.abc import Sequence

from nlp_toolkit.text.language import language
from nlp_toolkit_pipelines.explanation.results import Explanation, Span
from nlp_toolkit_pipelines.report.html import Html, foreign, join, tag, text
from nlp_toolkit_pipelines.report.numbers import MISSING, score, signed
from nlp_toolkit_pipelines.report.page import Section, details, facts, page, paragraph
from nlp_toolkit_pipelines.report.tables import Cell, Column, plain, table

LEVELS = 4
_HEADING_CHARACTERS = 40
_HOW = {
    "linear": "The model is linear: what the words and the constant weigh adds up to exactly this score.",
    "occlusion": "A word weighs what the score loses when the word is left out; these weights need not add up.",
}


def explanation_page(explanations: Sequence[Explanation], model: str) -> str:
    """The whole file; `model` is what the model is called."""
    lead = join(
        [
            tag("h1", {}, text("Why the model says so")),
            paragraph(
                f"{model}: words that speak for what it says are filled, words that speak against it underlined."
            ),
        ]
    )
    sections = [
        Section(f"text-{number}", _heading(each), _body(each)) for number, each in enumerate(explanations, start=1)
    ]
    return page(f"Explanation: {model}", lead, sections, styles=["explanation.css"])


def level(weight: float, largest: float) -> int:
    """How strongly a weight is marked, 0 (not at all) to 4, next to the largest of its text.

    >>> [level(weight, 2.0) for weight in (0.0, 0.01, 0.4, -1.2, 2.0)]
    [0, 0, 1, 3, 4]
    """
    share = abs(weight) / largest if largest else 0.0
    return 0 if share < 0.02 else min(LEVELS, 1 + int(share * LEVELS))


def marked(content: str, spans: Sequence[Span], largest: float) -> Html:
    """A text with its words marked; the text between them as it is."""
    parts: list[Html] = []
    before = 0
    for span in spans:
        parts.append(text(content[before : span.start]))
        strength = level(span.weight, largest)
        word = text(content[span.start : span.end])
        if strength:
            side = "for" if span.weight > 0 else "against"
            parts.append(tag("mark", {"class": f"{side} w{strength}", "title": signed(span.weight)}, word))
        else:
            parts.append(word)
        before = span.end
    parts.append(text(content[before:]))
    return join(parts)


def _heading(explanation: Explanation) -> str:
    said = f"{score(explanation.score)}" if explanation.label is None else explanation.label
    beginning = " ".join(" | ".join(explanation.texts).split())
    short = beginning if len(beginning) <= _HEADING_CHARACTERS else beginning[: _HEADING_CHARACTERS - 1] + "…"
    return f"{said}: {short}"


def _body(explanation: Explanation) -> Html:
    largest = max((abs(span.weight) for span in explanation.spans), default=0.0)
    texts = [
        tag(
            "p",
            {"class": "explained", "dir": "auto", "lang": _language(content)},
            marked(content, [span for span in explanation.spans if span.side == side], largest),
        )
        for side, content in enumerate(explanation.texts)
    ]
    how = paragraph(_HOW[explanation.method])
    return join([*texts, facts(_facts(explanation)), how, _words(explanation), _features(explanation)])


def _language(content: str) -> str | None:
    found = language(content)
    return None if found == "other" else found


def _facts(explanation: Explanation) -> list[tuple[str, Html]]:
    shown = [] if explanation.label is None else [("label", foreign(explanation.label))]
    shown.append((explanation.scale, text(score(explanation.score))))
    if explanation.probability is not None and explanation.scale != "probability":
        shown.append(("probability", text(score(explanation.probability))))
    if explanation.constant is not None:
        shown.append(("constant of the model", text(signed(explanation.constant))))
    if explanation.elsewhere:
        shown.append(("features without a word", text(signed(explanation.elsewhere))))
    return shown


def _words(explanation: Explanation) -> Html:
    strongest = sorted(explanation.spans, key=lambda span: (-abs(span.weight), span.side, span.start))
    rows = [[Cell(foreign(span.text)), _number(span.weight), plain(span.start)] for span in strongest]
    if not rows:
        return paragraph("There is no word in this text.")
    columns = (Column("Word"), Column("Weight", numeric=True), Column("Position", numeric=True))
    return table("The words by weight", columns, rows)


def _features(explanation: Explanation) -> Html:
    if not explanation.features:
        return Html("")
    columns = (Column("Feature"), *(Column(name, numeric=True) for name in ("Value", "Coefficient", "Weight")))
    rows = [
        [Cell(foreign(each.name)), _number(each.value), _number(each.coefficient), _number(each.weight)]
        for each in explanation.features
    ]
    caption = "The columns that weigh most: value times coefficient"
    return details("The features behind it", table(caption, columns, rows))


def _number(value: float) -> Cell:
    return Cell(text(signed(value) if value else MISSING), value)
