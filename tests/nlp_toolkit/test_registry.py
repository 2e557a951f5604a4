"""Stage kinds and named callables."""

from collections.abc import Iterator

import pytest

from nlp_toolkit import CountVectorizer, register_callable, register_stage, registry
from nlp_toolkit.errors import RecipeError, UsageError


class OwnStage:
    def fit(self, texts: object, y: object = None) -> "OwnStage":
        return self

    def transform(self, texts: object) -> None: ...

    def get_feature_names_out(self, input_features: object = None) -> None: ...


def split(text: str) -> list[str]:
    return text.split("|")


@pytest.fixture(autouse=True)
def registers_are_put_back() -> Iterator[None]:
    stages, callables = dict(registry._registered), dict(registry._callables)
    yield
    for register, before in ((registry._registered, stages), (registry._callables, callables)):
        register.clear()  # type: ignore[attr-defined]
        register.update(before)  # type: ignore[attr-defined]


def test_built_in_kinds_lead_to_their_classes_and_back() -> None:
    assert registry.stage_class("count") is CountVectorizer
    assert registry.stage_kind(CountVectorizer) == "count"
    for kind in registry.stage_kinds():
        assert registry.stage_kind(registry.stage_class(kind)) == kind


def test_unknown_kind_lists_the_known_ones() -> None:
    with pytest.raises(RecipeError, match=r"unknown stage kind 'cuont'; known kinds: .*count.*tfidf"):
        registry.stage_class("cuont")


def test_own_stage_is_found_by_kind() -> None:
    register_stage("own", OwnStage)
    register_stage("own", OwnStage)  # again does no harm
    assert registry.stage_class("own") is OwnStage
    assert registry.stage_kind(OwnStage) == "own"
    assert "own" in registry.stage_kinds()


def test_class_without_kind_has_none() -> None:
    assert registry.stage_kind(OwnStage) is None


@pytest.mark.parametrize("name", ["count", "own"])
def test_taken_kind_is_refused(name: str) -> None:
    register_stage("own", OwnStage)
    with pytest.raises(UsageError, match=f"stage kind '{name}' is taken; choose another name"):
        register_stage(name, type("Other", (OwnStage,), {}))


def test_class_that_is_no_stage_is_refused() -> None:
    with pytest.raises(UsageError, match="int cannot be a stage: it lacks fit, transform, get_feature_names_out"):
        register_stage("number", int)


def test_callable_is_found_by_name_and_back() -> None:
    register_callable("bars", split)
    register_callable("bars", split)
    assert registry.named_callable("bars") is split
    assert registry.callable_name(split) == "bars"
    assert registry.callable_name(len) is None


def test_unknown_callable_says_how_to_register_it() -> None:
    with pytest.raises(RecipeError, match=r"unknown callable 'bars'; registered: .*; call register_callable\('bars'"):
        registry.named_callable("bars")


def test_taken_callable_name_is_refused() -> None:
    register_callable("bars", split)
    with pytest.raises(UsageError, match="callable 'bars' is taken; choose another name"):
        register_callable("bars", len)


def test_what_cannot_be_called_is_refused() -> None:
    with pytest.raises(UsageError, match="expected a callable for 'bars', got int"):
        register_callable("bars", 3)  # type: ignore[arg-type]


class _Bare:
    def fit(self) -> None: ...


class _Whole(_Bare):
    def predict(self) -> None: ...

    def save_files(self) -> None: ...

    def load_files(self) -> None: ...


@pytest.mark.parametrize(
    ("name", "cls", "message"),
    [
        ("mine", _Bare, "it lacks save_files, load_files, predict or transform"),
        ("bert-classifier", _Whole, "estimator kind 'bert-classifier' is taken"),
        ("../mine", _Whole, "expected letters, digits, - and _"),
        ("", _Whole, "expected letters, digits, - and _"),
        ("가", _Whole, "expected letters, digits, - and _"),
    ],
)
def test_an_estimator_that_cannot_be_registered_is_refused(name: str, cls: type, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        registry.register_estimator(name, cls)
