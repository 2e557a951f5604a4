"""No module but `nlp_toolkit/compat.py` uses a private name of a library."""

import ast
import inspect
import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

import nlp_toolkit
import nlp_toolkit_cli
import nlp_toolkit_pipelines
from nlp_toolkit import compat

PACKAGES = (nlp_toolkit, nlp_toolkit_pipelines, nlp_toolkit_cli)
HOOKS = {name for names in compat.HOOKS.values() for name in names}
STANDARD = {"_asdict", "_exit", "_fields", "_replace"}
"""Public in spite of their names: of named tuples, and of `os`."""


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name != "_"


def modules() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted(Path(package.__path__[0]).rglob("*.py"))


@cache
def tree_of(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def defined(tree: ast.AST) -> Iterator[str]:
    """Names that a module gives: to functions, classes, variables and attributes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def of_libraries(tree: ast.AST) -> set[str]:
    """Private names in the text of `compat.py`."""
    names = [node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    names += [str(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return {name for name in names if name.isidentifier() and is_private(name)}


@cache
def known() -> tuple[frozenset[str], frozenset[str]]:
    """Private names that are ours, and those that are of libraries."""
    theirs = of_libraries(tree_of(Path(compat.__file__)))
    ours = {name for module in modules() if module != Path(compat.__file__) for name in defined(tree_of(module))}
    return frozenset(ours - theirs), frozenset(theirs)


def uses(tree: ast.AST) -> Iterator[str]:
    """Each use of a private name that is not ours, as a line and what stands there."""
    ours, theirs = known()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom | ast.Import):
            of_ours = isinstance(node, ast.ImportFrom) and (node.module or "").startswith("nlp_toolkit")
            parts = [part for alias in node.names for part in alias.name.split(".")]
            parts += (getattr(node, "module", None) or "").split(".")
            if not of_ours and any(map(is_private, parts)):
                yield f"{node.lineno}: {ast.unparse(node)}"
        elif isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr not in ours | STANDARD:
            if not (node.attr in HOOKS and ast.unparse(node.value) in ("self", "cls", "super()")):
                yield f"{node.lineno}: {ast.unparse(node)}"
        elif isinstance(node, ast.Constant) and node.value in theirs:
            yield f"{node.lineno}: {node.value!r}"
        elif isinstance(node, ast.FunctionDef) and node.name in theirs - HOOKS:
            yield f"{node.lineno}: def {node.name}"


def test_private_names_of_libraries_are_used_in_compat_only() -> None:
    found = [f"{module}:{use}" for module in modules() if module.name != "compat.py" for use in uses(tree_of(module))]
    found = [use for use in found if not is_of_the_format(use)]
    assert not found, "use a function of nlp_toolkit/compat.py, or add one:\n" + "\n".join(found)


def is_of_the_format(use: str) -> bool:
    """Whether a use is the key of an attribute in the table of what saved models hold, and compat.py lists it."""
    listed = {name for names in compat.FITTED.values() for name in names} | {"_n_features_out"}
    return "estimator_table.py:" in use and use.rpartition(" ")[2].strip("'") in listed


@pytest.mark.parametrize(
    "line",
    [
        "from sklearn.utils._param_validation import StrOptions",
        "import sklearn.utils._sparse",
        "from transformers.trainer import _is_peft_model",
        "model.config._attn_implementation = None",
        "torch.ops.mkldnn._linear_pointwise(a)",
        "rows._secret_of_a_library",
        "self._validate_params()",
        "getattr(cls, '_parameter_constraints', {})",
        "class A:\n    def _word_ngrams(self): ...",
    ],
)
def test_a_private_name_is_found(line: str) -> None:
    assert len(list(uses(ast.parse(line)))) == 1


@pytest.mark.parametrize(
    "line",
    [
        "super()._check_vocabulary()",
        "row._replace(a=1)",
        "self._n_features_out = 2",
        "from nlp_toolkit.x import _y",
        "__all__",
    ],
)
def test_what_is_allowed_is_not_found(line: str) -> None:
    assert list(uses(ast.parse(line))) == []


def test_methods_that_hide_a_private_one_of_a_library_are_hooks() -> None:
    hidden = {
        f"{cls.__module__}.{cls.__qualname__}.{name} hides that of {base.__module__}.{base.__qualname__}"
        for cls in classes()
        for name, value in vars(cls).items()
        if is_private(name) and name not in HOOKS and inspect.isfunction(value) and is_ours(value)
        for base in cls.__mro__
        if not is_ours(base) and name in vars(base)
    }
    assert not hidden, "choose another name, or list it in HOOKS of nlp_toolkit/compat.py"


def is_ours(thing: object) -> bool:
    return str(getattr(thing, "__module__", "")).startswith("nlp_toolkit")


def classes() -> Iterator[type]:
    """Every class of the three packages."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield from (
                value
                for value in vars(import_module(module.name)).values()
                if isinstance(value, type) and value.__module__ == module.name
            )
