"""Notes said once: what every fold would repeat is passed on the first time only."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


class _Hearing(logging.Handler):
    def __init__(self, messages: list[str]) -> None:
        super().__init__(logging.INFO)
        self._messages = messages

    def emit(self, record: logging.LogRecord) -> None:
        if not getattr(record, "progress", False):  # how far a training is: no news once it is done
            self._messages.append(record.getMessage())


@contextmanager
def heard() -> Iterator[list[str]]:
    """The messages of the toolkit's logger inside the `with` block but for progress; all are passed on as well."""
    messages: list[str] = []
    logger, hearing = logging.getLogger("nlp_toolkit"), _Hearing(messages)
    logger.addHandler(hearing)
    try:
        yield messages
    finally:
        logger.removeHandler(hearing)


@contextmanager
def said_once() -> Iterator[None]:
    """Drop repeated messages of the toolkit's logger inside the `with` block."""
    heard: set[str] = set()

    def is_new(record: logging.LogRecord) -> bool:
        message = record.getMessage()
        new = message not in heard
        heard.add(message)
        return new

    logger = logging.getLogger("nlp_toolkit")
    logger.addFilter(is_new)
    try:
        yield
    finally:
        logger.removeFilter(is_new)
