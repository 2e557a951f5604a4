"""What `pyproject.toml` says of libraries is true: licences, bounds, and that each import is declared."""

import ast
import re
import sys
import tomllib
from importlib.metadata import files, metadata
from pathlib import Path
from typing import Any

import pytest
from pages import ROOT, page_text

import nlp_toolkit
from nlp_toolkit import compat
from nlp_toolkit.extras import EXTRA_OF

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
PACKAGES = ("nlp_toolkit", "pipelines/nlp_toolkit_pipelines", "cli/nlp_toolkit_cli")
# What a package is called when it is imported, where that differs.
MODULES = {
    "faiss-cpu": "faiss",
    "PyStemmer": "Stemmer",
    "PyYAML": "yaml",
    "scikit-learn": "sklearn",
    "annotated-types": "annotated_types",
}
# Imported for what a caller passes in or runs by himself: no code of ours imports them unasked.
BROUGHT_BY_CALLERS = {"mteb", "pandas"}


def name_of(requirement: str) -> str:
    found = re.match(r"[\w.-]+", requirement)
    assert found is not None
    return found[0]


def requirements() -> dict[str, tuple[str, str]]:
    """Package -> where it is declared, and how."""
    declared = {name_of(each): ("base", each) for each in PROJECT["dependencies"]}
    for extra in ("bert", "word2vec", "search", "report", "dev"):
        declared |= {name_of(each): (extra, each) for each in EXTRAS[extra] if name_of(each) != "nlp-toolkit"}
    return declared


def licence_rows() -> dict[str, tuple[str, str, str]]:
    """Package -> the other cells of its row in CONTRIBUTING."""
    table = page_text("CONTRIBUTING.md").partition("| package | for | licence |")[2].partition("\n\n")[0]
    rows = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    return {name: (group, licence, compatible) for name, group, licence, compatible in rows}


# Words in a package's metadata (expression, licence field, classifiers, text of the licence) that mean a row's licence.
SAID = {
    "Apache-2.0": r"Apache",
    "BSD-2-Clause": r"BSD",
    "BSD-3-Clause": r"BSD",
    "LGPL-2.1": r"LGPL-2\.1",
    "MIT": r"\bMIT\b",
    "MIT-0": r"\bMIT-0\b",
    "MPL-2.0": r"MPL-2\.0",
    "PSF-based": r"Python Software Foundation|PSF",
}
COPYLEFT = r"GPL|MPL|EUPL|CDDL|EPL"


def said_of(package: str) -> str:
    """What the installed package says of its licence: its metadata, or else the start of its licence file."""
    found = metadata(package)
    words = [found.get("License-Expression") or "", (found.get("License") or "")[:200]]
    words += [each for each in found.get_all("Classifier", []) if each.startswith("License")]
    said = " ".join(words)
    if re.search("|".join(SAID.values()), said) is None:
        texts = [file for file in files(package) or () if file.name.upper().startswith("LICENSE")]
        said += " ".join(file.read_text()[:300] for file in texts)
    return said


def test_every_dependency_has_a_row() -> None:
    assert {name: group for name, (group, _) in requirements().items()} == {
        name: group for name, (group, _, _) in licence_rows().items()
    }


@pytest.mark.parametrize("package", list(licence_rows()))
def test_a_row_says_what_the_installed_package_says(package: str) -> None:
    _, licence, compatible = licence_rows()[package]
    said = said_of(package)
    for one in licence.split(", "):
        assert re.search(SAID[one], said), f"{package}: the table says {licence}, its metadata {said!r:.300}"
    is_copyleft = re.search(COPYLEFT, said) is not None
    assert is_copyleft == compatible.startswith("copyleft"), f"{package}: {said!r:.300}"


def test_the_licence_is_the_whole_text_of_apache_2() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert PROJECT["license"] == "Apache-2.0"
    assert PROJECT["license-files"] == ["LICENSE"]
    for part in ("Version 2.0, January 2004", "3. Grant of Patent License", "END OF TERMS AND CONDITIONS", "APPENDIX"):
        assert part in text
    assert len(text.splitlines()) == 202


def test_the_version_is_in_one_place() -> None:
    assert "version" not in PROJECT
    assert PROJECT["dynamic"] == ["version"]
    whole = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert whole["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "nlp_toolkit.__version__"}
    # A plain string: setuptools then reads it without importing the package.
    lines = [
        line for line in Path(nlp_toolkit.__file__).read_text(encoding="utf-8").splitlines() if "__version__ =" in line
    ]
    assert lines == [f'__version__ = "{nlp_toolkit.__version__}"']


def test_a_saved_model_names_the_version_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    # An editable install keeps the number it was installed with in its metadata.
    from nlp_toolkit.artefact import manifest

    monkeypatch.setattr(manifest, "__version__", "9.9.9")
    assert manifest.current_versions()["nlp-toolkit"] == "9.9.9"


@pytest.mark.parametrize("package", ["scikit-learn", "joblib", "numba", "torch", "transformers"])
def test_a_library_whose_private_names_are_used_is_bounded_from_above(package: str) -> None:
    assert re.search(r">=[\d.]+,<[\d.]+$", requirements()[package][1])


def test_every_library_in_compat_is_bounded() -> None:
    tree = ast.parse(Path(compat.__file__).read_text(encoding="utf-8"))
    libraries = {name for name in imported(tree) if name not in sys.stdlib_module_names} - {"nlp_toolkit"}
    assert libraries <= {"sklearn", "joblib", "numba", "torch"}, "bound this library too, and list it in the test above"


@pytest.mark.parametrize("package", [name for name in requirements() if name != "types-PyYAML"])
def test_a_lower_bound_is_given(package: str) -> None:
    assert ">=" in requirements()[package][1]


def test_the_versions_of_constraints_are_within_the_bounds() -> None:
    from packaging.requirements import Requirement

    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = {name.lower(): pin for name, _, pin in (line.partition("==") for line in lines if "==" in line)}
    outside = {
        name: pins.get(name.lower())
        for name, (_, requirement) in requirements().items()
        if pins.get(name.lower(), "none") not in Requirement(requirement).specifier
    }
    assert outside == {}


def test_every_file_that_is_no_module_goes_into_the_wheel() -> None:
    whole = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    data: dict[str, list[str]] = whole["tool"]["setuptools"]["package-data"]
    missed = []
    for top in PACKAGES:
        for path in (ROOT / top).rglob("*"):
            if path.suffix in ("", ".typed", ".yaml", ".css", ".js", ".json", ".txt", ".html") and path.is_file():
                inside = path.relative_to((ROOT / top).parent)
                patterns = [
                    f"{package.replace('.', '/')}/{pattern}" if package != "*" else f"*/{pattern}"
                    for package, each in data.items()
                    for pattern in each
                ]
                if not any(inside.match(pattern) for pattern in patterns):
                    missed.append(str(inside))
    assert missed == []


def imported(tree: ast.Module) -> set[str]:
    """First parts of the modules that are imported, wherever it says so, also by `require`."""
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    names |= {
        str(node.args[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "require" and isinstance(node.args[0], ast.Constant)
    }
    return {name.partition(".")[0] for name in names} - {""}


def imports() -> dict[str, str]:
    """Library -> a module of ours that imports it."""
    found = {}
    for package in PACKAGES:
        for module in sorted((ROOT / package).rglob("*.py")):
            tree = ast.parse(module.read_text(encoding="utf-8"))
            found |= dict.fromkeys(imported(tree), str(module.relative_to(ROOT)))
    return {
        name: module
        for name, module in found.items()
        if name not in sys.stdlib_module_names and not name.startswith("nlp_toolkit")
    }


def test_every_import_is_declared() -> None:
    declared = {MODULES.get(name, name) for name, (group, _) in requirements().items() if group != "dev"}
    assert set(imports()) - BROUGHT_BY_CALLERS - declared == set(), imports()


def test_extras_of_modules_are_those_that_are_declared() -> None:
    optional = {
        MODULES.get(name, name): group for name, (group, _) in requirements().items() if group not in ("base", "dev")
    }
    assert optional == EXTRA_OF


def test_what_is_tested_is_what_the_classifiers_and_both_readmes_say() -> None:
    pythons = [each for each in PROJECT["classifiers"] if each.startswith("Programming Language :: Python :: ")]
    assert pythons == ["Programming Language :: Python :: 3.11"]
    assert [each for each in PROJECT["classifiers"] if each.startswith("Operating System")] == [
        "Operating System :: POSIX :: Linux"
    ]
    for page in ("README.md", "README.ko.md"):
        assert re.search(r"Linux x86-64\D+Python 3\.11", page_text(page))
        assert "(LICENSE)" in page_text(page)
        assert "(SECURITY.md)" in page_text(page)
    assert "(SECURITY.md)" in page_text("CONTRIBUTING.md")
