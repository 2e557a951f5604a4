"""Strict YAML: plain data only, read in bounded time and memory."""

import difflib
import math
import re
from collections.abc import Iterator, Sequence

import yaml

from nlp_toolkit.errors import RecipeError

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_VALUES = 10_000

# Scalars as YAML 1.2's core schema reads them: `no` and `on` stay strings, `1e-4` is a number.
_CONSTANTS: dict[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,400}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,400}|[0-9]{1,400}(\.[0-9]{0,400})?)([eE][-+]?[0-9]{1,4})?")


def plain_scalar(text: str) -> object:
    """The value of an unquoted scalar.

    >>> [plain_scalar(text) for text in ("3", "1e-4", "true", "null", "no")]
    [3, 0.0001, True, None, 'no']
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """A hint to append to an error about an unknown word: the nearest known one, then all of them."""
    near = difflib.get_close_matches(word[:100], known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{hint}; known: {', '.join(known) or 'none'}"


def _place(event: yaml.Event) -> str:
    mark = event.start_mark
    return "line 1" if mark is None else f"line {mark.line + 1}"


def _refused(event: yaml.Event) -> str | None:
    """Why an event is not plain data, or None."""
    if isinstance(event, yaml.AliasEvent):
        return f"alias *{event.anchor:.40} is not allowed; write the value out"
    if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
        if event.anchor is not None:
            return f"anchor &{event.anchor:.40} is not allowed; write the value out"
        if event.tag is not None:
            return f"tag {event.tag:.80} is not allowed; recipes hold plain values only"
    return None


class _Reader:
    """Builds plain Python values from a stream of YAML events, counting as it goes."""

    def __init__(self, events: Iterator[yaml.Event], source: str) -> None:
        self.events = events
        self.source = source
        self.count = 0

    def error(self, event: yaml.Event, message: str) -> RecipeError:
        return RecipeError(f"{self.source}, {_place(event)}: {message}")

    def next(self) -> yaml.Event:
        event = next(self.events)
        reason = _refused(event)
        if reason is not None:
            raise self.error(event, reason)
        return event

    def value(self, event: yaml.Event, depth: int) -> object:
        self.count += 1
        if self.count > MAX_VALUES:
            raise self.error(event, f"more than {MAX_VALUES} values; a recipe is a page, not a data file")
        if isinstance(event, yaml.ScalarEvent):
            return plain_scalar(event.value) if event.style is None else event.value
        if depth >= MAX_DEPTH:
            raise self.error(event, f"nested deeper than {MAX_DEPTH} levels")
        return self.mapping(depth) if isinstance(event, yaml.MappingStartEvent) else self.sequence(depth)

    def sequence(self, depth: int) -> list[object]:
        items: list[object] = []
        while not isinstance(event := self.next(), yaml.SequenceEndEvent):
            items.append(self.value(event, depth + 1))
        return items

    def mapping(self, depth: int) -> dict[str, object]:
        entries: dict[str, object] = {}
        while not isinstance(event := self.next(), yaml.MappingEndEvent):
            key = event.value if isinstance(event, yaml.ScalarEvent) else None
            if not isinstance(key, str):
                raise self.error(event, "a key must be a plain word")
            if key in entries:
                raise self.error(event, f"duplicate key {key[:100]!r}; keep one of them")
            entries[key] = self.value(self.next(), depth + 1)
        return entries


def parse_yaml(text: str, source: str) -> object:
    """The plain value written in `text`: dicts with string keys, lists, str, int, float, bool, None.

    Aliases, anchors, tags, duplicate keys, several documents, more than `MAX_DEPTH` levels,
    `MAX_VALUES` values or `MAX_BYTES` bytes raise `RecipeError` that begins with `source`.

    >>> parse_yaml("C: 0.3\\nngram_range: [1, 2]", "example")
    {'C': 0.3, 'ngram_range': [1, 2]}
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise RecipeError(f"{source}: larger than {MAX_BYTES} bytes; a recipe is a page, not a data file")
    reader = _Reader(iter(yaml.parse(text, Loader=yaml.SafeLoader)), source)
    try:
        reader.next()
        if isinstance(reader.next(), yaml.StreamEndEvent):
            return None
        value = reader.value(reader.next(), 0)
        reader.next()
        if not isinstance(end := reader.next(), yaml.StreamEndEvent):
            raise reader.error(end, "a second document begins here; keep one")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be read"
        raise RecipeError(f"{source}{where}: not valid YAML: {problem}") from error
    return value


def check_plain(value: object, source: str, depth: int = 0) -> None:
    """Refuse what a recipe cannot hold: deep or cyclic nesting, keys that are not strings, other types, infinity."""
    if depth > MAX_DEPTH:
        raise RecipeError(f"{source}: nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise RecipeError(f"{source}: a key must be a string, got {type(key).__name__} {key!r:.100}")
            check_plain(item, source, depth + 1)
    elif isinstance(value, list | tuple):
        for item in value:
            check_plain(item, source, depth + 1)
    elif value is not None and not isinstance(value, str | int | float | bool):
        raise RecipeError(
            f"{source}: expected plain values, got {type(value).__name__}; "
            "register functions with register_callable and give their name"
        )
    elif isinstance(value, int) and value.bit_length() > 64:
        raise RecipeError(f"{source}: a whole number has {value.bit_length()} bits, expected 64 at most")
    elif isinstance(value, float) and not math.isfinite(value):
        # JSON has no such numbers, so the model could not be saved with its recipe.
        raise RecipeError(f"{source}: expected finite numbers, got {value}; write a large one, such as 1e12")
