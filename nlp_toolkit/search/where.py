"""The little language of filters, `year >= 2020 and label = 'news'`, turned into SQL whose values are bound.

    condition  = all-of {"or" all-of}
    all-of     = part {"and" part}
    part       = "not" part | "(" condition ")" | comparison
    comparison = name ("=" | "==" | "!=" | "<>" | "<" | "<=" | ">" | ">=") value
               | name ["not"] "in" "(" value {"," value} ")"
               | name "is" ["not"] "null"
    value      = number | 'text' | "text" | true | false

A missing value fulfils no comparison: `year != 2020` leaves texts without a year out, `not year = 2020` keeps them.
A name is a metadata column or `id`; one that is no word stands in backquotes. A quote in a text is doubled.
Nothing of a filter reaches SQL but these operators: names become column numbers, values parameters.
"""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from nlp_toolkit.errors import UsageError
from nlp_toolkit.search.metadata import MAX_INTEGER, MetadataTypes, Value

MAX_LENGTH = 200_000
MAX_DEPTH = 32
MAX_VALUES = 10_000
MAX_COMPARISONS = 400  # SQLite takes an expression tree of depth 1,000

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
    | (?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*")
    | (?P<name>[^\W\d]\w*|`[^`]+`)
    | (?P<sign><=|>=|<>|!=|==|=|<|>|\(|\)|,)
    )""",
    re.VERBOSE,
)
_OPERATORS = {"=": "=", "==": "=", "!=": "<>", "<>": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_WORDS = frozenset({"and", "or", "not", "in", "is", "null", "true", "false"})
_ACCEPTS: dict[str, tuple[type, ...]] = {"int": (int, float), "float": (int, float), "str": (str,), "bool": (bool,)}


@dataclass(frozen=True)
class Condition:
    """A filter as SQL over the columns `id`, `m0`, `m1`, ... and the values for its question marks."""

    sql: str
    parameters: tuple[Value, ...]


def compile_where(where: str, types: MetadataTypes, present: Mapping[str, int]) -> Condition:
    """Turn the filter `where` into SQL for a table that has column `m<present[name]>` for metadata `name`.

    `types` are all names a filter may use; one that is not `present` is null in every row of this table.
    A filter that cannot be read, an unknown name or a value of another type raises `UsageError`.

    >>> compile_where("year >= 2020 and label = 'it''s'", {"year": "int", "label": "str"}, {"year": 0, "label": 1})
    Condition(sql='(m0 >= ? AND m1 = ?)', parameters=(2020, "it's"))
    """
    parser = _Parser(where, types, present)
    sql = parser.condition(0)
    if parser.kind != "end":
        parser.fail(f"expected 'and', 'or' or the end, got {parser.token!r}")
    return Condition(sql, tuple(parser.parameters))


class _Parser:
    """Reads a filter from left to right; `kind` and `token` are what stands at `at`."""

    def __init__(self, where: str, types: MetadataTypes, present: Mapping[str, int]) -> None:
        if not isinstance(where, str):
            raise UsageError(f'expected a filter like "year >= 2020" as str, got {type(where).__name__}')
        if len(where) > MAX_LENGTH:
            raise UsageError(f"the filter has {len(where)} characters, at most {MAX_LENGTH} are read")
        if any("\ud800" <= character <= "\udfff" for character in where):
            raise UsageError("the filter holds a lone surrogate; write it in valid Unicode")
        self.where = where
        self.types = types
        self.present = present
        self.parameters: list[Value] = []
        self.comparisons = 0
        self.at = self.end = 0
        self.kind: str = "end"
        self.token = ""
        self.advance()

    def fail(self, problem: str) -> NoReturn:
        raise UsageError(f"cannot read the filter {self.where!r} at character {self.at + 1}: {problem}")

    def advance(self) -> str:
        """Step to the next token; returns the one left behind."""
        left = self.token
        rest = self.where[self.end :]
        self.at = self.end + len(rest) - len(rest.lstrip())
        if not rest.strip():
            self.kind, self.token = "end", "the end"
            return left
        match = _TOKEN.match(self.where, self.end)
        if match is None:
            self.fail(f"{self.where[self.at : self.at + 10]!r} is neither a name, a value nor an operator")
        self.kind, self.token, self.end = str(match.lastgroup), match.group(match.lastgroup or 0), match.end()
        if self.kind == "name" and self.token.lower() in _WORDS:
            self.kind, self.token = "word", self.token.lower()
        return left

    def take(self, *tokens: str) -> str | None:
        """Step over the token if it is a word or sign among `tokens`."""
        return self.advance() if self.kind in ("word", "sign") and self.token in tokens else None

    def need(self, token: str) -> None:
        if self.take(token) is None:
            self.fail(f"expected {token!r}, got {self.token!r}")

    def condition(self, depth: int) -> str:
        parts = [self.all_of(depth)]
        while self.take("or"):
            parts.append(self.all_of(depth))
        return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"

    def all_of(self, depth: int) -> str:
        parts = [self.part(depth)]
        while self.take("and"):
            parts.append(self.part(depth))
        return parts[0] if len(parts) == 1 else f"({' AND '.join(parts)})"

    def part(self, depth: int) -> str:
        if depth > MAX_DEPTH:
            self.fail(f"more than {MAX_DEPTH} levels of brackets or 'not'")
        if self.take("not"):
            # SQL calls a comparison with a missing value unknown, and not unknown unknown again
            return f"({self.part(depth + 1)} IS NOT TRUE)"
        if self.take("("):
            inner = self.condition(depth + 1)
            self.need(")")
            return f"({inner})"
        return self.comparison()

    def comparison(self) -> str:
        if self.kind != "name":
            self.fail(f"expected a name, got {self.token!r}")
        self.comparisons += 1
        if self.comparisons > MAX_COMPARISONS:
            self.fail(f"more than {MAX_COMPARISONS} comparisons; use 'in (...)' for many values")
        name = self.token.strip("`")
        column, kind = self.column(name)
        self.advance()
        if self.take("is"):
            negated = self.take("not")
            self.need("null")
            return f"{column} IS NOT NULL" if negated else f"{column} IS NULL"
        negated = self.take("not")
        if self.take("in"):
            self.need("(")
            marks = [self.value(name, kind)]
            while self.take(","):
                marks.append(self.value(name, kind))
            self.need(")")
            return f"{column} {'NOT IN' if negated else 'IN'} ({', '.join(marks)})"
        if negated or self.kind != "sign" or self.token not in _OPERATORS:
            self.fail(f"expected one of {' '.join(_OPERATORS)}, 'in' or 'is', got {self.token!r}")
        operator = _OPERATORS[self.advance()]
        return f"{column} {operator} {self.value(name, kind)}"

    def column(self, name: str) -> tuple[str, str]:
        """The SQL name of a column, NULL where this table lacks it, and its type."""
        if name in self.types:
            return f"m{self.present[name]:d}" if name in self.present else "NULL", self.types[name]
        if name != "id":
            self.fail(f"no metadata {name!r}; there is: {', '.join(['id', *self.types])}")
        return "id", "str"

    def value(self, name: str, kind: str) -> str:
        """Bind the value that stands here; returns its question mark."""
        value = self.literal()
        accepted = _ACCEPTS[kind]
        if not isinstance(value, accepted) or (isinstance(value, bool) and kind != "bool"):
            self.fail(f"{name!r} is {kind}, got {self.token}")
        if len(self.parameters) == MAX_VALUES:
            self.fail(f"more than {MAX_VALUES} values")
        self.parameters.append(value)
        self.advance()
        return "?"

    def literal(self) -> str | int | float | bool:
        if self.kind == "word" and self.token in ("true", "false"):
            return self.token == "true"
        if self.kind == "text":
            quote = self.token[0]
            return self.token[1:-1].replace(quote * 2, quote)
        if self.kind != "number":
            self.fail(f"expected a number, a text in quotes, true or false, got {self.token!r}")
        number = int(self.token) if re.fullmatch(r"[+-]?\d{1,20}", self.token) else float(self.token)
        if not abs(number) <= (MAX_INTEGER if isinstance(number, int) else sys.float_info.max):
            self.fail(f"{self.token[:30]} is too large a number")
        return number
