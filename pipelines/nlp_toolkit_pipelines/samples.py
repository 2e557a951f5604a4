"""Real text that every installation carries: docstrings labelled by library, and gensim's Lee news corpus."""

import ast
import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlp_toolkit.corpus import Corpus
from nlp_toolkit.errors import UsageError
from nlp_toolkit.extras import require

LIBRARIES = ("numpy", "scipy", "sklearn", "pydantic", "pyarrow", "numba")
"""Base dependencies whose docstrings make the default sample."""

_SKIPPED_FOLDERS = {"tests", "test", "_vendor", "externals", "_extern"}


@dataclass(frozen=True)
class LeeNews:
    """Lee, Pincombe & Welsh 2005: 300 background news texts, 50 judged ones, and how alike people found them."""

    background: Corpus
    judged: Corpus
    similarity: np.ndarray
    """(50, 50) float64, symmetric, 0 (unlike) to 1 (the same), averaged over the judges."""


def docstrings(libraries: Sequence[str] = LIBRARIES, *, min_characters: int = 80, per_library: int = 1000) -> Corpus:
    """Docstrings of installed libraries, labelled by library; nothing is imported, the sources are parsed.

    Texts are unique, in file order, at most `per_library` a library (evenly spaced through it), each
    of at least `min_characters`; `groups` names the file a text comes from, so that a split can
    keep a file on one side.
    """
    texts: list[str] = []
    labels: list[str] = []
    files: list[str] = []
    seen: set[str] = set()
    for library in libraries:
        found: list[tuple[str, str]] = []
        for path, text in _docstrings_below(_folder_of(library)):
            if len(text) >= min_characters and text not in seen:
                seen.add(text)
                found.append((f"{library}/{path}", text))
        kept = np.unique(np.linspace(0, len(found) - 1, num=min(per_library, len(found))).astype(int))
        for position in kept:
            files.append(found[position][0])
            texts.append(found[position][1])
            labels.append(library)
    return Corpus(texts=texts, labels=labels, groups=files)


def lee_news() -> LeeNews:
    """The Lee news corpus as gensim (extra `word2vec`) installs it, one text a line."""
    require("gensim")
    folder = _folder_of("gensim") / "test" / "test_data"
    background = (folder / "lee_background.cor").read_text(encoding="utf-8").splitlines()
    judged = (folder / "lee.cor").read_text(encoding="utf-8").splitlines()
    # The file's upper triangle holds the judgements; its lower one is zeros.
    upper = np.triu(np.loadtxt(folder / "similarities0-1.txt"), k=1)
    return LeeNews(Corpus(texts=background), Corpus(texts=judged), upper + upper.T + np.eye(len(upper)))


def _folder_of(library: str) -> Path:
    spec = importlib.util.find_spec(library)
    if spec is None or not spec.submodule_search_locations:
        raise UsageError(f"no installed library is called {library!r}; name one that `pip list` shows")
    return Path(spec.submodule_search_locations[0])


def _docstrings_below(folder: Path) -> Iterator[tuple[str, str]]:
    """(file, docstring) of every module, class and function below `folder`, tests and vendored code left out."""
    for path in sorted(folder.rglob("*.py")):
        inside = path.relative_to(folder)
        if _SKIPPED_FOLDERS.intersection(inside.parts):
            continue
        try:
            tree = ast.parse(path.read_bytes())
        except SyntaxError:  # templates that only look like Python
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                text = ast.get_docstring(node)
                if text:
                    yield inside.as_posix(), text
