"""The library advises in terms of its parameters; a user of the command line needs the options."""

import functools
import re

_NAMES = (
    *("text_column", "pair_column", "label_column", "id_column", "weight_column", "group_column"),
    *(
        "label_separator",
        "on_bad_rows",
        "on_duplicate",
        "min_class_count",
        "save_stage",
        "overwrite",
        "encoding",
        "format",
        "quoting",
        "n_jobs",
        "test",
        "resume",
        "bert",
        "method",
    ),
)
# Words of other meanings too (n_jobs is also a parameter of stages): these need their "=".
_ORDINARY_WORDS = frozenset(
    {"overwrite", "encoding", "format", "quoting", "n_jobs", "test", "resume", "bert", "method"}
)
_RENAMED = {"n_jobs": "--jobs"}


def _option(name: str) -> str:
    return _RENAMED.get(name, "--" + name.replace("_", "-"))


def _pattern(name: str) -> re.Pattern[str]:
    # Only as a word of its own: a file or a column may have the same name.
    value = rf"=(?:'(?P<value>[\w-]+)'|(?P<number>-?\d+)|True|\.\.\.)?{'' if name in _ORDINARY_WORDS else '|'}"
    option = rf"{_option(name)}(?: \d+)?"
    said_already = rf"(?:, {option}| \({option}\))?"
    return re.compile(rf"(?<![\w./'\"-]){name}(?:{value})(?![\w./'\"-]){said_already}")


@functools.cache  # compiling costs 20 ms, too much for a help page that has nothing to say
def _patterns() -> dict[str, re.Pattern[str]]:
    return {_option(name): _pattern(name) for name in _NAMES}


def in_options(message: str) -> str:
    """`message` with parameters spelled as options.

    >>> in_options("mend the row, or leave such rows out (on_bad_rows='skip')")
    'mend the row, or leave such rows out (--on-bad-rows skip)'
    >>> in_options("pass overwrite=True (--overwrite) to replace it")
    'pass --overwrite to replace it'
    >>> in_options("drop such classes (min_class_count=2, --min-class-count 2) or n_jobs=0")
    'drop such classes (--min-class-count 2) or --jobs 0'
    >>> in_options("known: dtype, n_jobs")
    'known: dtype, n_jobs'
    >>> in_options("no column 'text_column'; pass text_column, one of: 'format'")
    "no column 'text_column'; pass --text-column, one of: 'format'"
    """
    for option, pattern in _patterns().items():
        message = pattern.sub(functools.partial(_spelled, option), message)
    return message


def _spelled(option: str, found: re.Match[str]) -> str:
    value = found["value"] or found["number"]
    return option if value is None else f"{option} {value}"
