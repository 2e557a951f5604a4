"""The frame of a report: one HTML file with its styles and scripts inside, which asks nothing of any network."""

import base64
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from nlp_toolkit.corpus.whole_file import whole_file
from nlp_toolkit_pipelines.report.html import Html, join, tag, text


@dataclass(frozen=True)
class Section:
    """A part of the page with its id, which the list of contents points at."""

    name: str
    heading: str
    body: Html


@cache
def asset(name: str) -> str:
    """A style sheet or script that lies beside this module."""
    return (resources.files("nlp_toolkit_pipelines.report") / name).read_text(encoding="utf-8")


def policy(styles: Sequence[str], scripts: Sequence[str]) -> str:
    """The content security policy: nothing is fetched, and only these very styles and scripts apply.

    >>> policy([], [""]).split("; ")[-1]
    "script-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    rules = ["default-src 'none'", "base-uri 'none'", "form-action 'none'"]
    for rule, contents in (("style-src", styles), ("script-src", scripts)):
        if contents:
            rules.append(" ".join([rule, *(f"'sha256-{_digest(content)}'" for content in contents)]))
    return "; ".join(rules)


def page(
    title: str, lead: Html, sections: Sequence[Section], scripts: Sequence[str] = (), styles: Sequence[str] = ()
) -> str:
    """The whole file: title, `lead`, contents, then the sections.

    `scripts` and `styles` name further files beside page.js and page.css.
    """
    style = "".join(asset(name) for name in ("page.css", *styles))
    code = [asset(name) for name in ("page.js", *scripts)]
    head = tag(
        "head",
        {},
        tag("meta", {"charset": "utf-8"}),
        tag("meta", {"http-equiv": "Content-Security-Policy", "content": policy([style], code)}),
        tag("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        tag("meta", {"name": "color-scheme", "content": "light dark"}),
        tag("meta", {"name": "referrer", "content": "no-referrer"}),
        tag("title", {}, text(title)),
        # Our own files, not data: they go in as they are, as their digests are in the policy.
        tag("style", {}, Html(style)),
    )
    links = (tag("li", {}, tag("a", {"href": f"#{each.name}"}, text(each.heading))) for each in sections)
    contents = tag("nav", {"aria-label": "Contents"}, tag("ul", {}, *links))
    skip = tag("a", {"class": "skip", "href": "#content"}, text("Skip to the report"))
    main = tag("main", {"id": "content", "tabindex": "-1"}, *(_section(each) for each in sections))
    body = tag(
        "body", {}, skip, tag("header", {}, lead), contents, main, *(tag("script", {}, Html(each)) for each in code)
    )
    return f"<!DOCTYPE html>\n{tag('html', {'lang': 'en'}, head, body)}\n"


def figure(drawing: Html, words: str, fallback: Html | None = None) -> Html:
    """A drawing with its caption, and what it shows as a table to open where `fallback` is given."""
    numbers = () if fallback is None else (details("The same as a table", fallback),)
    caption = tag("figcaption", {}, text(words))
    return tag("figure", {}, tag("div", {"class": "drawing"}, drawing), caption, *numbers)


def details(heading: str, body: Html) -> Html:
    """Something to open; it is open on paper."""
    return tag("details", {}, tag("summary", {}, text(heading)), body)


def paragraph(words: str, style: str | None = None) -> Html:
    """A paragraph of plain words."""
    return tag("p", {"class": style}, text(words))


def bullets(items: Sequence[Html], style: str | None = None) -> Html:
    """A list; nothing where there are no items."""
    if not items:
        return Html("")
    return tag("ul", {"class": style}, *(tag("li", {}, item) for item in items))


def facts(pairs: Sequence[tuple[str, Html]]) -> Html:
    """Names with what they stand for, side by side."""
    each = (tag("div", {}, tag("dt", {}, text(name)), tag("dd", {}, value)) for name, value in pairs)
    return tag("dl", {"class": "facts"}, join(each))


def write_page(content: str, path: "str | os.PathLike[str]") -> None:
    """Write a page, whole or not at all; one that is there is replaced."""
    with whole_file(path, overwrite=True) as stream:
        stream.write(content.encode("utf-8"))


def _section(section: Section) -> Html:
    heading = f"{section.name}-heading"
    title = tag("h2", {"id": heading}, text(section.heading))
    return tag("section", {"id": section.name, "aria-labelledby": heading}, title, section.body)


def _digest(content: str) -> str:
    return base64.b64encode(hashlib.sha256(content.encode("utf-8")).digest()).decode("ascii")
