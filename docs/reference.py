"""Write the API reference, from the docstrings, into out/docs: `make docs`, or `python docs/reference.py FOLDER`."""

import importlib
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

MODULES = (
    "nlp_toolkit",
    "nlp_toolkit_pipelines",
    "nlp_toolkit.errors",
    "nlp_toolkit.protocols",
    "nlp_toolkit.metrics",
    "nlp_toolkit.testing",
)
TEMPLATES = Path(__file__).parent / "reference"


def loaded(name: str) -> ModuleType:
    """The module with its lazy names in place: pdoc looks at what a module holds, not at its `__getattr__`."""
    module = importlib.import_module(name)
    for public in getattr(module, "__all__", ()):
        getattr(module, public)
    return module


def pages() -> Iterator[tuple[str, str]]:
    """(file name, HTML) of every page, the start and the search index included."""
    from pdoc import doc, render

    render.configure(template_directory=TEMPLATES, footer_text="nlp_toolkit", show_source=False)
    # Names that only type checkers import; pdoc then shows the annotation as it is written.
    warnings.filterwarnings("ignore", "Error parsing type annotation")
    modules = {name: doc.Module(loaded(name)) for name in MODULES}
    for name, module in modules.items():
        yield f"{name.replace('.', '/')}.html", render.html_module(module, modules)
    yield "index.html", render.html_index(modules)
    yield "search.js", render.search_index(modules)


def write(folder: Path) -> None:
    """Write all pages below `folder`."""
    for name, content in pages():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("out/docs"))
