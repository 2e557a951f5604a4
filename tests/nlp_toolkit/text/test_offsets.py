"""Where characters of a prepared text come from: laws over any text."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from nlp_toolkit.text.offsets import composed, lowered, placed, spaces_joined

# Letters with marks, jamo that compose and that do not, capitals that grow, marks that change places.
TEXTS = st.text(
    st.one_of(
        st.sampled_from(
            "aA1 .\u0301\u0327\u0f73\u0f71가각\u1100\u1161\u11a8\u11a7\u09c7\u09be\u0130\u03a3\u03b1\u212b\t\n"
        ),
        st.characters(exclude_categories=["Cs"]),
    )
)


@given(TEXTS)
def test_composing_keeps_the_text_and_gives_every_character_a_place(text: str):
    made = composed(placed(text))

    assert made.text == unicodedata.normalize("NFC", text)
    assert len(made.starts) == len(made.ends) == len(made.text)
    for at, character in enumerate(made.text):
        start, end = made.source_span(at, at + 1)
        assert character in unicodedata.normalize("NFC", text[start:end])


@given(TEXTS)
def test_lower_case_is_that_of_python_and_every_character_has_a_place(text: str):
    made = lowered(placed(text))

    assert made.text == text.lower()
    places = [made.source_span(at, at + 1) for at in range(len(made.text))]
    assert all(end == start + 1 for start, end in places)
    assert all(made.text[at] in (*text[start].lower(), "ς") for at, (start, _) in enumerate(places))


@given(TEXTS)
def test_joined_spaces_stand_for_the_whole_run(text: str):
    made = spaces_joined(placed(text))

    assert "  " not in made.text
    for at, character in enumerate(made.text):
        start, end = made.source_span(at, at + 1)
        assert text[start:end] == character or (character == " " and text[start:end].isspace())


@given(TEXTS)
def test_places_go_through_several_preparations(text: str):
    made = lowered(composed(placed(text)))

    assert made.text == unicodedata.normalize("NFC", text).lower()
    if made.text:
        assert made.source_span(0, len(made.text)) == (0, len(text))
