"""The filter language: worked examples, what is refused, and agreement with Python on random filters."""

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_toolkit.errors import UsageError
from nlp_toolkit.search.where import compile_where

TYPES = {"year": "int", "score": "float", "label": "str", "draft": "bool", "발행 연도": "int"}
PRESENT = {name: number for number, name in enumerate(TYPES)}

ROWS = [
    ("a", 2019, 0.5, "news", 0, 1),
    ("b", 2020, 1.5, "it's", 1, 2),
    ("c", 2021, None, "blog", None, 3),
    ("d", None, -2.0, None, 0, None),
]


def matching(where: str) -> list[str]:
    condition = compile_where(where, TYPES, PRESENT)  # type: ignore[arg-type]
    with sqlite3.connect(":memory:") as table:
        table.execute("CREATE TABLE t (id TEXT, m0 INTEGER, m1 REAL, m2 TEXT, m3 INTEGER, m4 INTEGER)")
        table.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)", ROWS)
        query = f"SELECT id FROM t WHERE {condition.sql} ORDER BY id"
        return [name for (name,) in table.execute(query, condition.parameters)]


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ("year >= 2020", ["b", "c"]),
        ("year >= 2020 and label = 'blog'", ["c"]),
        ("label = 'it''s' or label = \"news\"", ["a", "b"]),
        ("not (year = 2019 or draft = true)", ["c", "d"]),
        ("not not year = 2019", ["a"]),
        ("year in (2019, 2021)", ["a", "c"]),
        ("label not in ('news', 'blog')", ["b"]),
        ("score is null", ["c"]),
        ("label is not null and not draft = true", ["a", "c"]),
        ("score < 1", ["a", "d"]),
        ("score = -2", ["d"]),
        ("year != 2020", ["a", "c"]),
        ("id in ('a', 'd')", ["a", "d"]),
        ("`발행 연도` > 1 AND score > 1", ["b"]),
        ("year=2019 OR year==2020", ["a", "b"]),
        ("year = 2019 or year = 2020 and score > 100", ["a"]),
        ("label = 'x'' OR 1=1 --'", []),
    ],
)
def test_filter_keeps_the_rows_that_fulfil_it(where: str, ids: list[str]) -> None:
    assert matching(where) == ids


def test_values_are_bound_and_names_become_columns() -> None:
    condition = compile_where("label = 'a''; DROP TABLE t; --' and year > 1e3", TYPES, PRESENT)  # type: ignore[arg-type]
    assert condition.sql == "(m2 = ? AND m0 > ?)"
    assert condition.parameters == ("a'; DROP TABLE t; --", 1000.0)


def test_metadata_that_this_segment_lacks_is_null() -> None:
    assert compile_where("label = 'x' or year is null", TYPES, {"year": 0}).sql == "(NULL = ? OR m0 IS NULL)"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("", "expected a name, got 'the end'"),
        ("year", "expected one of"),
        ("year >=", "expected a number, a text in quotes, true or false, got 'the end'"),
        ("yaer = 1", "no metadata 'yaer'; there is: id, year, score, label, draft"),
        ("year = '2020'", "'year' is int, got '2020'"),
        ("label = 5", "'label' is str, got 5"),
        ("year = true", "'year' is int, got true"),
        ("year = 1; drop table documents", "neither a name, a value nor an operator"),
        ("year = 1 label = 'x'", "expected 'and', 'or' or the end, got 'label'"),
        ("(year = 1", "expected '\\)', got 'the end'"),
        ("year = 99999999999999999999", "too large a number"),
        ("score < 1e999", "too large a number"),
        ("label = 'open", "neither a name"),
        ("(" * 100 + "year = 1" + ")" * 100, "more than 32 levels"),
        ("not " * 100 + "year = 1", "more than 32 levels"),
        (" or ".join(["year = 1"] * 1000), "more than 400 comparisons"),
        ("x" * 300_000, "at most 200000 are read"),
        ("label = '\ud800'", "lone surrogate"),
        ("1 = 1", "expected a name, got '1'"),
        ("year in ()", "expected a number"),
    ],
)
def test_filter_that_cannot_be_read_is_refused(where: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        compile_where(where, TYPES, PRESENT)  # type: ignore[arg-type]


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_compiles_to_safe_sql_or_is_refused(where: str) -> None:
    try:
        condition = compile_where(where, TYPES, PRESENT)  # type: ignore[arg-type]
    except UsageError:
        return
    assert condition.sql.count("?") == len(condition.parameters)


values = st.integers(2018, 2022)
leaves = st.tuples(st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), values)
trees = st.recursive(leaves, lambda inner: st.tuples(st.sampled_from(["and", "or"]), inner, inner), max_leaves=8)


def written(tree: tuple[object, ...]) -> str:
    if len(tree) == 2:
        return f"year {tree[0]} {tree[1]}"
    return f"({written(tree[1])} {tree[0]} {written(tree[2])})"  # type: ignore[arg-type]


def holds(tree: tuple[object, ...], year: int) -> bool:
    if len(tree) == 2:
        wanted = int(str(tree[1]))
        compare = {"=": year == wanted, "!=": year != wanted, "<": year < wanted}
        return (compare | {"<=": year <= wanted, ">": year > wanted, ">=": year >= wanted})[str(tree[0])]
    left, right = holds(tree[1], year), holds(tree[2], year)  # type: ignore[arg-type]
    return (left and right) if tree[0] == "and" else (left or right)


@given(trees)
@settings(max_examples=100, deadline=None)
def test_filter_agrees_with_python(tree: tuple[object, ...]) -> None:
    expected = [str(row[0]) for row in ROWS if isinstance(row[1], int) and holds(tree, row[1])]
    assert matching(written(tree)) == expected
