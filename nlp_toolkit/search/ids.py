"""Ids of texts: strings, given or numbered, each standing for one text."""

from collections.abc import Iterable, Sequence

from nlp_toolkit.errors import DataError
from nlp_toolkit.series import name_rows, plain_list

_DIGITS = 18  # of a number that counting up from 0 may ever reach


def checked_ids(ids: Iterable[str]) -> list[str]:
    """The ids as a list; one that is no string, or no valid Unicode, raises `DataError` with its row."""
    if isinstance(ids, str):
        raise DataError(f"expected a sequence of ids, got one str; wrap it in a list: [{ids!r}]")
    names = list(plain_list(ids, "ids"))
    for row, name in enumerate(names):
        if not isinstance(name, str):
            raise DataError(f"the id of {name_rows([row])} is {name!r:.80} ({type(name).__name__}), expected str")
        if any("\ud800" <= character <= "\udfff" for character in name):
            raise DataError(f"the id of {name_rows([row])} holds a lone surrogate; clean it first")
    return names


def names_for(texts: Sequence[str], ids: Sequence[str] | None, next_id: int) -> tuple[list[str], int]:
    """An id for every text, and the number the next text without an id will get: above any number given as an id.

    >>> names_for(["a", "b"], None, 7)
    (['7', '8'], 9)
    >>> names_for(["a", "b"], ["12", "d3"], 7)
    (['12', 'd3'], 13)
    """
    if ids is None:
        return [str(next_id + row) for row in range(len(texts))], next_id + len(texts)
    names = checked_ids(ids)
    if len(names) != len(texts):
        raise DataError(f"{len(names)} ids for {len(texts)} texts; give one each")
    numbers = (int(name) for name in names if name.isascii() and name.isdecimal() and len(name) <= _DIGITS)
    return names, max(next_id, 1 + max(numbers, default=-1))


def last_of_each(names: Sequence[str], on_duplicate: str) -> list[int]:
    """Which rows to keep where an id comes twice: the last one of each, or an error if duplicates are refused."""
    last = {name: row for row, name in enumerate(names)}
    if len(last) < len(names) and on_duplicate == "refuse":
        row = next(row for row, name in enumerate(names) if last[name] != row)
        raise DataError(
            f"the id {names[row]!r:.80} is in {name_rows([row, last[names[row]]])}; make ids unique, or pass "
            "on_duplicate='replace' to keep the last"
        )
    return sorted(last.values())
