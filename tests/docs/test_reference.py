"""The API reference has every public name, and every public name says in a sentence what it is."""

import re
import runpy
from collections.abc import Iterator

import pytest
from pages import ROOT

import nlp_toolkit
import nlp_toolkit_pipelines


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    """The pages of the reference, by file name."""
    script = runpy.run_path(str(ROOT / "docs" / "reference.py"))
    found: Iterator[tuple[str, str]] = script["pages"]()
    return dict(found)


def described(page: str) -> set[str]:
    return set(re.findall(r'<section id="([A-Za-z]\w*)"', page))


def test_lazily_imported_names_are_described(written: dict[str, str]) -> None:
    assert set(nlp_toolkit.__all__) <= described(written["nlp_toolkit.html"])


def test_pipelines_describe_what_is_their_own_and_leave_the_stages_to_their_page(written: dict[str, str]) -> None:
    own = set(nlp_toolkit_pipelines.__all__) - set(nlp_toolkit.__all__)
    shown = described(written["nlp_toolkit_pipelines.html"])
    assert own <= shown
    assert not shown & set(nlp_toolkit.__all__)


def test_first_page_has_every_public_name_once(written: dict[str, str]) -> None:
    linked = re.findall(r'href="(?:\w|/)+\.html#(\w+)"', written["index.html"])
    assert set(nlp_toolkit.__all__) | set(nlp_toolkit_pipelines.__all__) <= set(linked)
    assert len(linked) == len(set(linked))


def test_first_page_leads_to_every_other(written: dict[str, str]) -> None:
    others = {name for name in written if name.endswith(".html")} - {"index.html"}
    assert {name for name in others if f'href="{name}"' in written["index.html"]} == others


def test_pages_load_nothing_from_elsewhere(written: dict[str, str]) -> None:
    loading = re.compile(r'(?:<script|<img|<link)[^>]*(?:src|href)="https?:')
    assert [name for name, page in written.items() if loading.search(page)] == []


@pytest.mark.parametrize("name", nlp_toolkit_pipelines.__all__)
def test_public_name_says_what_it_is(name: str) -> None:
    first_paragraph = (getattr(nlp_toolkit_pipelines, name).__doc__ or "").strip().split("\n\n")[0]
    assert re.search(r"\S[.:?]($|\s)", first_paragraph), f"{name}: {first_paragraph!r} is no sentence"
    assert not first_paragraph.startswith(f"{name}("), f"{name} has the docstring dataclasses make"
