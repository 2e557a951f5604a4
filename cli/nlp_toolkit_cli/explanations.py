"""An explanation for people: on a terminal the text with its words marked, then the strongest words as a table."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from nlp_toolkit_cli.faults import one_line
from nlp_toolkit_cli.show import print_line, print_pairs, print_styled, print_table

if TYPE_CHECKING:
    from nlp_toolkit_pipelines import Explanation

_NOTABLE = 0.1  # of the largest weight: what is marked in the text
_BAR = 12
_SIDE = 19  # characters of a run shown at either side
_HOW = {
    "linear": "exact: the words and the constant add up to the score",
    "occlusion": "each word left out: a weight is what the score loses",
}


def print_explanation(explanation: "Explanation", top: int) -> None:
    """The score and how it was told apart, the text with its words marked, and the `top` strongest words."""
    pairs = [] if explanation.label is None else [("label", explanation.label)]
    pairs.append(("score", f"{explanation.score:.4f} ({explanation.scale})"))
    if explanation.probability is not None and explanation.scale != "probability":
        pairs.append(("", f"{explanation.probability:.4f} (probability)"))
    pairs.append(("method", f"{explanation.method}, {_HOW[explanation.method]}"))
    if explanation.constant is not None:
        pairs.append(("constant", signed(explanation.constant)))
    if explanation.elsewhere:
        pairs.append(("elsewhere", f"{signed(explanation.elsewhere)} (features without a word)"))
    print_pairs(pairs)
    print_line()
    if sys.stdout.isatty():
        for side in range(len(explanation.texts)):
            print_styled(_marked(explanation, side))
        print_line()
    _print_words(explanation, top)


def signed(weight: float) -> str:
    """A weight with its sign; what rounds to nothing is neither for nor against.

    >>> signed(0.25), signed(-0.25), signed(-1e-17)
    ('+0.2500', '-0.2500', '+0.0000')
    """
    return f"{round(weight, 4) + 0.0:+.4f}"


def bar(weight: float, largest: float) -> str:
    """A bar as long as the weight, of plus signs or of minus signs.

    >>> bar(1.0, 2.0), bar(-2.0, 2.0), bar(0.0, 2.0)
    ('++++++', '------------', '')
    """
    length = round(_BAR * abs(weight) / largest) if largest else 0
    return ("+" if weight > 0 else "-") * length


def shortened(words: str) -> str:
    """A run of many words, as long texts are explained in, by its beginning and its end.

    >>> shortened("soup"), shortened("one " * 99 + "end")
    ('soup', 'one one one one one … one one one one end')
    """
    if len(words) <= 2 * _SIDE:
        return words
    return f"{words[:_SIDE].rstrip()} … {words[-_SIDE:].lstrip()}"


def _print_words(explanation: "Explanation", top: int) -> None:
    strongest = sorted(explanation.spans, key=lambda span: (-abs(span.weight), span.side, span.start))[:top]
    if not strongest:
        print_line("no word in this text")
        return
    largest = abs(strongest[0].weight)
    rows = [[shortened(one_line(span.text)), signed(span.weight), bar(span.weight, largest)] for span in strongest]
    print_table(["word", "weight", ""], rows, numbers=["weight"])
    left = len(explanation.spans) - len(strongest)
    if left:
        print_line(f"and {left:,} weaker words")


def _marked(explanation: "Explanation", side: int) -> Iterator[tuple[str, str]]:
    """The text with the words that speak for the label bold and green, against it underlined and red."""
    content = explanation.texts[side]
    largest = max((abs(span.weight) for span in explanation.spans), default=0.0)
    before = 0
    for span in explanation.spans:
        if span.side != side:
            continue
        yield content[before : span.start], ""
        notable = largest and abs(span.weight) >= _NOTABLE * largest
        style = "" if not notable else "bold green" if span.weight > 0 else "underline red"
        yield content[span.start : span.end], style
        before = span.end
    yield content[before:], ""
