"""What was compared on, and where: the rows and the machine in plain data."""

import os
import platform
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nlp_toolkit import Corpus
from nlp_toolkit_pipelines.comparison.rows import ComparedRows
from nlp_toolkit_pipelines.profile import profile_corpus


def described(corpus: Corpus, rows: ComparedRows, name: str) -> dict[str, Any]:
    profile = profile_corpus(replace(corpus, labels=None))
    counts = Counter(
        str(label) for value in rows.values[: rows.n_train] for label in (value if isinstance(value, list) else [value])
    )
    return {
        "name": name or "corpus",
        "rows": rows.n_train,
        "labels": dict(sorted(counts.items())) if rows.labels else None,
        "language": _language(profile.languages),
        "dropped": dict(rows.dropped or {}),
        "duplicates": profile.duplicates,
    }


def _language(counts: Mapping[str, int]) -> str:
    """ "ko" or "en" where nine texts in ten are, else "mixed"."""
    total = sum(counts.values()) or 1
    return next((name for name in ("ko", "en") if counts[name] >= 0.9 * total), "mixed")


def machine() -> dict[str, Any]:
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else None
    return {
        "cores": os.cpu_count(),
        "memory_gb": None if pages is None else round(pages / 1e9, 1),
        "system": platform.system(),
        "processor": platform.machine(),
        "python": platform.python_version(),
    }
