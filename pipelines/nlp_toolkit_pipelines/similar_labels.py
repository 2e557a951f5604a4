"""Labels that people take for one: they differ by what cannot be seen, or by case only."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nlp_toolkit.text.normalize import normalize

_N_SHOWN = 5

_find_blanks = re.compile(r"\s+")
# Format characters are found by their category; these are invisible too, and letters or marks to Unicode.
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {chr(code) for code in range(0xFE00, 0xFE10)}


@dataclass(frozen=True)
class SimilarLabels:
    """Labels that look alike, the most frequent first, how many rows each has, and by what they differ."""

    labels: tuple[str, ...]
    counts: tuple[int, ...]
    why: str


def similar_labels(counts: Mapping[str, int]) -> tuple[SimilarLabels, ...]:
    """Return the groups of labels that differ only by composition (NFC, NFD), invisible characters, blanks or case.

    `counts` has the rows of each label. Groups come in the order of their rows, the most frequent first.

    >>> similar_labels({"spam": 10, "spam ": 1, "ham": 4})
    (SimilarLabels(labels=('spam', 'spam '), counts=(10, 1), why='blanks'),)
    """
    groups: dict[str, list[str]] = {}
    for label in counts:
        groups.setdefault(_folded(label), []).append(label)
    found = []
    for labels in groups.values():
        if len(labels) > 1:
            ordered = sorted(labels, key=lambda label: (-counts[label], label))
            why = [name for name in _STEPS if len({_folded(label, without=name) for label in ordered}) > 1]
            found.append(SimilarLabels(tuple(ordered), tuple(counts[label] for label in ordered), ", ".join(why)))
    return tuple(sorted(found, key=lambda group: (-sum(group.counts), group.labels)))


def similar_labels_note(values: Iterable[Any]) -> str | None:
    """What to warn of before learning from these labels (or lists of labels), None where none look alike."""
    names = (name for value in values for name in (value if isinstance(value, list | tuple) else [value]))
    groups = similar_labels(Counter(name for name in names if isinstance(name, str)))
    if not groups:
        return None
    shown = "; ".join(_sentence(group) for group in groups[:_N_SHOWN])
    more = f"; and {len(groups) - _N_SHOWN} more" if len(groups) > _N_SHOWN else ""
    return f"labels that look alike are classes of their own: {shown}{more}; make them one where they mean one"


def visible_label(label: str) -> str:
    r"""A label in quotes, with escapes for what cannot be seen in it.

    >>> visible_label("a\u200b"), visible_label("e\u0301 ")
    ("'a\\u200b'", "'e\\u0301 '")
    """
    return "'" + "".join(_visible(character) for character in label) + "'"


def _sentence(group: SimilarLabels) -> str:
    named = [f"{visible_label(label)} ({count})" for label, count in zip(group.labels, group.counts, strict=True)]
    return f"{' and '.join(named)} differ by {group.why}"


def _visible(character: str) -> str:
    is_odd = (
        not character.isprintable()
        or character in _FILLERS
        or unicodedata.combining(character) != 0
        or "\u1100" <= character <= "\u11ff"  # the parts of a decomposed Hangul syllable
    )
    return character.encode("unicode_escape").decode("ascii") if is_odd else character


def _seen(label: str) -> str:
    return "".join(each for each in label if unicodedata.category(each) != "Cf" and each not in _FILLERS)


_STEPS: dict[str, Callable[[str], str]] = {
    "composition (NFC, NFD)": lambda label: normalize(label, "NFC"),
    "invisible characters": _seen,
    "blanks": lambda label: _find_blanks.sub(" ", label).strip(),
    "case": str.casefold,
}


def _folded(label: str, without: str = "") -> str:
    """The label as people see it; `without` one of the steps that make it so."""
    for name, step in _STEPS.items():
        if name != without:
            label = step(label)
    return label
