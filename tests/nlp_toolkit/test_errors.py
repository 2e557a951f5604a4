"""Errors carry the exit codes of the contract and are what plain Python code expects to catch."""

from types import ModuleType

import pytest

from nlp_toolkit import errors
from nlp_toolkit.extras import EXTRA_OF, require

EXIT_CODES = {
    "ToolkitError": 1,
    "UsageError": 2,
    "RecipeError": 2,
    "DataError": 3,
    "ArtefactError": 4,
    "ResourceError": 5,
    "UnavailableError": 6,
    "MissingExtraError": 6,
}


def test_exit_codes_are_those_of_the_contract() -> None:
    defined = {
        name: found.exit_code
        for name, found in vars(errors).items()
        if isinstance(found, type) and issubclass(found, errors.ToolkitError)
    }
    assert defined == EXIT_CODES


@pytest.mark.parametrize(
    ("error", "ordinary"),
    [
        (errors.UsageError, ValueError),
        (errors.DataError, ValueError),
        (errors.ArtefactError, ValueError),
        (errors.ResourceError, RuntimeError),
        (errors.UnavailableError, RuntimeError),
        (errors.MissingExtraError, ImportError),
    ],
)
def test_errors_are_ordinary_errors_too(error: type[Exception], ordinary: type[Exception]) -> None:
    assert issubclass(error, ordinary)


def test_missing_extra_says_what_to_install() -> None:
    assert str(errors.MissingExtraError("torch", "bert")) == (
        'torch is not installed; run: pip install "nlp-toolkit[bert]"'
    )


@pytest.mark.parametrize(("package", "extra"), EXTRA_OF.items())
def test_a_missing_package_names_its_extra(monkeypatch: pytest.MonkeyPatch, package: str, extra: str) -> None:
    def not_installed(name: str, package: str | None = None) -> ModuleType:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name.partition(".")[0])

    monkeypatch.setattr("importlib.import_module", not_installed)
    with pytest.raises(errors.MissingExtraError, match=rf'{package} is not installed; .*"nlp-toolkit\[{extra}\]"'):
        require(f"{package}.part")


def test_a_package_that_fails_inside_is_not_called_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str, package: str | None = None) -> ModuleType:
        raise ModuleNotFoundError("No module named 'libsomething'", name="libsomething")

    monkeypatch.setattr("importlib.import_module", broken)
    with pytest.raises(ModuleNotFoundError, match="No module named 'libsomething'"):
        require("torch")


def test_an_installed_package_is_returned() -> None:
    assert require("json").loads("1") == 1
