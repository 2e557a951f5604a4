"""Pages of the documentation: their examples run, their links lead somewhere, their two languages agree."""

import re
from pathlib import Path

import pytest
from given import bring_checkpoint, names
from pages import PAGES, ROOT, Block, Reader, blocks, commands, page_text

IN_THEIR_OWN_TEST = {
    "README.md",
    "README.ko.md",
    "CONTRIBUTING.md",
    "docs/tutorial.ko.md",
}  # Korean pages show the same commands
WITH_EXAMPLES = [page for page in PAGES if blocks(page, "bash", "python") and page not in IN_THEIR_OWN_TEST]
_LINK = re.compile(r"(?<!`)\]\(([^)\s]+)\)")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("page", WITH_EXAMPLES)
def test_examples_run(page: str, reader: Reader) -> None:
    if "path/to/checkpoint" in page_text(page):
        bring_checkpoint(Path("path/to/checkpoint"))
    reader.names |= names()
    reader.read(page)
    unreasoned = [block.line for block in blocks(page, "bash", "python") if block.reason == ""]
    assert unreasoned == []


@pytest.mark.parametrize("page", PAGES)
def test_blocks_of_code_are_of_languages_that_are_tried(page: str) -> None:
    # `console` shows commands of make, which have tests of their own; a `text` block what was printed.
    assert {block.language for block in blocks(page)} <= {"bash", "python", "text", "yaml", "console"}
    assert not [block.line for block in blocks(page, "console") if "nlp-toolkit" in block.code]


def test_pages_with_examples_are_found() -> None:
    assert {"docs/tutorial.md", "docs/evaluate.md", "docs/stages/count.md", "docs/coming-from/gensim.md"} <= set(
        WITH_EXAMPLES
    )


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files_that_exist(page: str) -> None:
    folder = (ROOT / page).parent
    links = [link.partition("#")[0] for link in _LINK.findall(page_text(page)) if "://" not in link]
    assert [link for link in links if link and not (folder / link).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_links_to_headings_meet_one(page: str) -> None:
    for link in _LINK.findall(page_text(page)):
        target, _, heading = link.partition("#")
        if heading and "://" not in link:
            text = (
                page_text(str((ROOT / page).parent.joinpath(target).resolve().relative_to(ROOT)))
                if target
                else page_text(page)
            )
            assert heading in headings(text), f"{page}: no heading {heading!r} in {target or 'this page'}"


def headings(text: str) -> set[str]:
    """The anchors of a page's headings, made as GitHub makes them."""
    found = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_index_has_every_page() -> None:
    linked = {
        str((ROOT / "docs" / link).resolve().relative_to(ROOT))
        for link in _LINK.findall(page_text("docs/README.md"))
        if "://" not in link
    }
    pages = {page for page in PAGES if page.startswith("docs/")} - {"docs/README.md"}
    assert pages - linked == set()


@pytest.mark.parametrize("stage", ["count", "tfidf", "hashing", "bert", "neural"])
def test_figures_of_a_stage_page_are_measured_ones(stage: str) -> None:
    measured = page_text(f"docs/stages/{stage}.md").partition("## Measured")[2].partition("\n## ")[0]
    known = set(re.findall(r"\d\.\d{3}", page_text("docs/results.md")))
    assert set(re.findall(r"\d\.\d{3}", measured)) <= known


def test_both_tutorials_show_the_same() -> None:
    english, korean = (blocks(page, "bash", "text", "python") for page in ("docs/tutorial.md", "docs/tutorial.ko.md"))
    assert [commands(block) if block.language != "text" else block.code for block in english] == [
        commands(block) if block.language != "text" else block.code for block in korean
    ]


def test_reader_pipes_what_is_echoed_into_a_command(reader: Reader) -> None:
    shown = reader.shell(Block("bash", 'echo "a cat, two cats" | nlp-toolkit vectorize count - -o -  # a row\n', 1))
    assert '"row": 0' in shown


def test_what_a_page_shows_is_compared_with_what_was_printed(tmp_path: Path) -> None:
    from pages import check_shown

    check_shown("a\n...\nd\n", "a\nb\nc\nd\ne\n", "here")
    with pytest.raises(AssertionError, match="here shows 'd'; printed was"):
        check_shown("b\nd\n", "a\nb\nc\nd\n", "here")
