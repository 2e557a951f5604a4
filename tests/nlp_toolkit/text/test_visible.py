"""Hidden characters are shown as escapes, everything else stays, and JSON stays exact."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_toolkit.text.visible import json_escaped, json_text, visible, visible_lines

CONTROLS = [chr(n) for n in (*range(0x20), *range(0x7F, 0xA0))]
DIRECTION = [chr(n) for n in (0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A))]
SURROGATES = [chr(n) for n in range(0xD800, 0xE000)]
HIDDEN = frozenset([*CONTROLS, *DIRECTION, *SURROGATES])


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("\u202e", "\\u202e"),
        ("\n", "\\n"),
        ("\x7f\x9b", "\\x7f\\x9b"),
        ("\ud800", "\\ud800"),
        ("좋은 영화, très bien 👨‍👩‍👧", "좋은 영화, très bien 👨‍👩‍👧"),
    ],
)
def test_what_is_shown(given, shown):
    assert visible(given) == shown


def test_exactly_controls_direction_marks_and_surrogates_are_hidden():
    assert {chr(n) for n in range(0x110000) if visible(chr(n)) != chr(n)} == HIDDEN
    assert {c for c in HIDDEN if unicodedata.category(c) == "Cc"} == set(CONTROLS)


def test_lines_keep_their_ends_and_tabs():
    assert visible_lines("a\tb\r\nc\rd\n") == "a\tb\nc\\rd\n"
    assert {chr(n) for n in range(0x110000) if visible_lines(chr(n)) != chr(n)} == HIDDEN - {"\n", "\t"}


@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from([*CONTROLS, *DIRECTION])))
def test_json_is_read_back_exactly_and_hides_nothing(text):
    value = {text: [text]}
    line = json_text(value)
    assert json.loads(line) == value
    assert HIDDEN.isdisjoint(line)
    several = json_escaped(json.dumps(value, ensure_ascii=False, indent=1))
    assert json.loads(several) == value
    assert HIDDEN.isdisjoint(several.replace("\n", ""))


def test_a_lone_surrogate_is_exact_in_json():
    assert json.loads(json_text("\ud800")) == "\ud800"
