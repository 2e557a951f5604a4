"""Strict YAML: every JSON value reads back as itself, scalars are YAML 1.2's."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_toolkit.errors import RecipeError
from nlp_toolkit_pipelines.strict_yaml import check_plain, parse_yaml

words = st.text(st.characters(categories=["L", "N", "P", "Zs"], exclude_characters="﻿"), max_size=12)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4))


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(words, values, max_size=4))
def test_json_reads_back_as_itself(value):
    assert parse_yaml(json.dumps(value, ensure_ascii=False), "example") == value


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("no", "no"),
        ("on", "on"),
        ("1e-4", 1e-4),
        ("+3", 3),
        (".5", 0.5),
        ("0x1f", "0x1f"),
        ("012", 12),
        ("1:30", "1:30"),
        ("2024-01-02", "2024-01-02"),
        ("~", None),
        ("'1'", "1"),
        ('"true"', "true"),
        ("1_000", "1_000"),
        (".nan", ".nan"),
    ],
)
def test_scalar_is_read_without_surprises(written, read):
    parsed = parse_yaml(f"key: {written}", "example")

    assert parsed == {"key": read}
    assert type(parsed["key"]) is type(read)


@pytest.mark.parametrize(
    ("value", "message"),
    [(float("inf"), "expected finite numbers, got inf"), (float("nan"), "got nan"), (1 << 5000, "has 5001 bits")],
)
def test_number_that_no_model_could_keep_is_refused(value: object, message: str):
    with pytest.raises(RecipeError, match=message):
        check_plain({"estimator": {"C": value}}, "recipe")
