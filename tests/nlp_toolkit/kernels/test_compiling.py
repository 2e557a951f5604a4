"""What keeps the first call short: no helper kernel is compiled twice for the same numbers."""

import ast
from pathlib import Path

import pytest

import nlp_toolkit.kernels

KERNELS = sorted(Path(nlp_toolkit.kernels.__file__).parent.glob("*.py"))


def is_compiled(function: ast.FunctionDef) -> bool:
    return any(isinstance(mark, ast.Name) and mark.id in ("kernel", "inner") for mark in function.decorator_list)


def functions(source: str) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef) and is_compiled(node)]


COMPILED = {function.name for path in KERNELS for function in functions(path.read_text("utf-8"))}


def is_number(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int


def literal_arguments(function: ast.FunctionDef) -> list[str]:
    """Arguments of calls of other kernels that numba may take for a literal: it compiles another version for these."""
    stores = [node for node in ast.walk(function) if isinstance(node, ast.Assign) and is_number(node.value)]
    literals = {target.id for node in stores for target in node.targets if isinstance(target, ast.Name)}
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    return [
        f"{call.func.id}({ast.unparse(argument)})"
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id in COMPILED
        for argument in call.args
        if is_number(argument) or (isinstance(argument, ast.Name) and argument.id in literals)
    ]


def test_a_literal_that_is_handed_on_is_found():
    source = "@kernel\ndef f(a):\n    n = 0\n    m = np.int64(0)\n    return find_term(n, m, 1, a)"
    assert literal_arguments(functions(source)[0]) == ["find_term(n)", "find_term(1)"]


@pytest.mark.parametrize("path", KERNELS, ids=lambda path: path.stem)
def test_kernels_hand_no_literals_to_each_other(path: Path):
    found = {function.name: literal_arguments(function) for function in functions(path.read_text("utf-8"))}
    assert {name: arguments for name, arguments in found.items() if arguments} == {}
