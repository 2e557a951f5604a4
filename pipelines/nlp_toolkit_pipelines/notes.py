"""Notes said once: what every fold would repeat is passed on the first time only."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


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
