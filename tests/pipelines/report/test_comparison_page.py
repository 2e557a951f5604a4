"""The page of a comparison: its figures are the report's, its words stay words, and it needs nothing else."""

import base64
import hashlib
import itertools
import json
import re
import tomllib
from fnmatch import fnmatch
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from parsed_page import Page
from report_examples import curve, example, pair, points, recipe

from nlp_toolkit.text.visible import visible, visible_lines
from nlp_toolkit_pipelines.report import comparison_page, write_report

ROOT = Path(__file__).parents[3]
HOSTILE = ("</script><b>", "<!--", '"><img src=x onerror=alert(1)>', "\u202eمرحبا", "👩‍👧 세계", "a\x00b", "\ud800")


def page(report: dict[str, Any]) -> Page:
    return Page(comparison_page(report))


def test_table_of_scores_holds_the_reports_numbers_best_first() -> None:
    report = example()
    heading, *rows = page(report).table("Recipes with their scores")
    best_first = sorted(report["recipes"], key=lambda each: -each["score"])
    keys = ("score", "low", "train_score", "fit_seconds", "texts_per_second", "peak_mb", "model_mb")
    assert heading[:5] == ["Recipe", "Family", "Accuracy", "95 % interval", "On training rows"]
    assert [[float(cell) for cell in row[2:9]] for row in rows] == [[each[key] for key in keys] for each in best_first]
    assert [row[9] for row in rows] == ["● yes" if each["pareto"] else "○ no" for each in best_first]


def test_table_of_pairs_names_the_better_score_first_and_keeps_every_number() -> None:
    report = example()
    _, *rows = page(report).table("Pairs of recipes")
    score = {each["name"]: each["score"] for each in report["recipes"]}
    given = {frozenset((each["a"], each["b"])): each for each in report["pairs"]}
    assert len(rows) == len(given)
    for first, second, difference, _, p, adjusted, verdict in rows:
        there = given[frozenset((first, second))]
        assert score[first] > score[second]
        assert float(difference) == abs(there["difference"])
        assert (float(p), float(adjusted)) == (there["p"], there["p_adjusted"])
        assert verdict == ("no difference shown" if there["verdict"].startswith("no") else f"{first} is better")


def test_curves_table_holds_every_point() -> None:
    report = example()
    _, *rows = page(report).table("Learning curves")
    wanted = [
        [each["name"], str(point["size"]), str(point["score"])]
        for each in report["curves"]["by"]
        for point in each["points"]
    ]
    assert [row[:3] for row in rows] == wanted


def test_words_come_before_tables_and_drawings() -> None:
    report = example()
    content = comparison_page(report)
    places = [content.index(sentence) for sentence in report["summary"]]
    assert places == sorted(places)
    assert places[-1] < content.index("<table") < content.index('id="pairs-drawing"')


def test_nothing_is_loaded_from_anywhere() -> None:
    report = example()
    report["map"]["points"][0]["text"] = "see https://example.org/x.js and url(http://example.org)"
    found = page(report)
    links = [element.attributes["href"] for element in found.elements if "href" in element.attributes]
    assert all(link and link.startswith("#") for link in links)
    assert [
        element.name for element in found.elements if {"src", "srcset", "style", "xlink:href"} & {*element.attributes}
    ] == []
    assert {element.name for element in found.elements} & {"link", "img", "iframe", "object", "embed", "base"} == set()
    assert re.findall(r"url\(|@import|https?:", found.all("style")[0].text) == []
    for script in found.all("script"):
        if "type" not in script.attributes:
            assert re.findall(r"fetch|XMLHttp|WebSocket|import\(|innerHTML|eval", script.text) == []


def test_policy_allows_exactly_the_styles_and_scripts_of_the_page() -> None:
    found = page(example())
    (policy,) = [each.attributes["content"] for each in found.all("meta") if "http-equiv" in each.attributes]
    code = [*found.all("style"), *(each for each in found.all("script") if "type" not in each.attributes)]
    digests = {base64.b64encode(hashlib.sha256(each.text.encode()).digest()).decode() for each in code}
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    assert set(re.findall(r"'sha256-([^']+)'", policy)) == digests
    assert "unsafe" not in policy


@pytest.mark.parametrize("words", HOSTILE)
def test_words_of_the_data_stay_words_wherever_they_stand(words: str) -> None:
    report = example()
    plain = [element.name for element in page(report).elements]
    for holder in (report["data"], report["recipes"][0], report["left_out"][0]):
        holder["name"] = words
    report["data"]["labels"] = {words: 3, "other": 2}
    report["summary"][0] = words
    report["pairs"][0]["a"] = words
    report["curves"]["by"][0]["name"] = words
    report["curves"]["crossings"] = [words]
    report["map"]["recipe"] = words
    report["map"]["points"][0] |= {"text": words, "label": words, "predicted": words}
    report["settings"]["note"] = words
    report["settings"]["recipes"] = {words: {"note": words}}
    report["versions"][words] = words
    found = page(report)
    added = {element.name for element in found.elements} - set(plain)
    shown = visible(words)
    assert added == set()
    assert found.json("text-map-data")["texts"][0] == shown
    assert found.all("title")[0].text == f"Comparison on {shown}"
    assert shown in found.by_id("summary").text
    written = comparison_page(report)
    assert visible_lines(written) == written


def test_ids_are_unique_and_what_refers_to_them_finds_them() -> None:
    found = page(example())
    ids = [element.attributes["id"] for element in found.elements if "id" in element.attributes]
    keys = ("aria-labelledby", "aria-describedby", "for")
    wanted = {element.attributes[key] for element in found.elements for key in keys if key in element.attributes}
    targets = {(element.attributes.get("href") or "#")[1:] for element in found.all("a")}
    assert len(ids) == len(set(ids))
    assert (wanted | targets) - set(ids) == set()


def test_every_drawing_says_in_words_what_it_shows() -> None:
    found = page(example())
    drawings = [element for element in found.all("svg") if element.attributes.get("role") == "img"]
    hidden = [element for element in found.all("svg") if element.attributes.get("aria-hidden") == "true"]
    assert len(drawings) + len(hidden) == len(found.all("svg"))
    assert len(drawings) == 1 + 1 + 4 + 1 + 6 + 1  # scores, pairs, costs, curves, a panel a recipe, map
    for drawing in drawings:
        name = drawing.attributes["id"]
        assert found.by_id(f"{name}-t").text
        assert found.by_id(f"{name}-d").text


@pytest.mark.parametrize("missing", ["curves", "map"])
def test_parts_that_were_not_measured_are_left_out(missing: str) -> None:
    found = page(example() | {missing: None})
    assert missing not in [element.attributes.get("id") for element in found.all("section")]
    assert f"#{missing}" not in [element.attributes.get("href") for element in found.all("a")]
    assert len(found.all("section")) == 6


def test_one_recipe_has_no_pairs() -> None:
    report = example() | {"pairs": [], "curves": None, "map": None}
    report["recipes"] = report["recipes"][:1]
    found = page(report)
    assert found.all("h1")[0].text == "1 recipe compared on reviews.csv"
    assert [element.attributes["id"] for element in found.all("section")] == ["summary", "scores", "costs", "settings"]


def test_thirty_recipes_draw_the_pairs_of_the_best_and_list_all() -> None:
    report = example()
    recipes = [recipe(f"recipe-{n}", "TF-IDF", 0.6 + n / 100, 1.0 + n, 1000.0, 100.0, 10.0) for n in range(30)]
    report["recipes"] = recipes
    report["pairs"] = [pair(a, b) for a, b in itertools.combinations(recipes, 2)]
    report["curves"]["by"] = [curve(each, 0.6) for each in recipes]
    found = page(report)
    drawn = found.by_id("pairs-drawing").text
    assert len(found.table("Pairs of recipes")) == 1 + 435
    assert drawn.count("recipe-29 − ") == 29  # in the description; the rows name the others
    assert len([each for each in found.all("svg") if (each.attributes.get("id") or "").startswith("panel-")]) == 30


def test_regression_has_numbers_for_labels_and_smaller_errors_first() -> None:
    report = example()
    report |= {"task": "regression", "metric": "rmse", "curves": None}
    report["data"]["labels"] = None
    for place, point in enumerate(report["map"]["points"]):
        point |= {"label": place, "predicted": place + 1 + place % 2}
    found = page(report)
    _, *rows = found.table("Recipes with their scores")
    scores = [float(row[2]) for row in rows]
    by = found.json("text-map-data")["by"]
    assert scores == sorted(scores)
    assert "Smaller is better." in found.by_id("scores").text
    assert [each["title"] for each in by] == ["Value", "Prediction", "Error"]
    assert by[0]["names"] == ["below 180", "180 to 360", "360 to 539", "539 to 719", "719 and above"]
    assert by[2]["names"] == ["below 2", "2 and above"]
    assert by[1]["values"][0] == "1"


def test_unmeasured_costs_are_dashes_and_not_drawn() -> None:
    report = example()
    for each in report["recipes"]:
        each |= {"peak_mb": None, "train_score": None, "low": None, "high": None}
    found = page(report)
    heading, first, *_ = found.table("Recipes with their scores")
    ids = [element.attributes.get("id") for element in found.all("svg")]
    assert first[heading.index("Peak memory")] == "–"
    assert "cost-memory" not in ids
    assert "cost-fit" in ids


def test_scores_without_repeated_texts_stand_beside_where_they_differ() -> None:
    report = example()
    for each in report["recipes"]:
        each["unseen"] = each["score"] - 0.05
    heading, first, *_ = page(report).table("Recipes with their scores")
    assert float(first[heading.index("Without repeated texts")]) == pytest.approx(0.871 - 0.05)


def test_written_report_is_the_page_and_replaces_an_old_one(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    write_report(example("ko"), path)
    assert path.read_text(encoding="utf-8") == comparison_page(example("ko"))
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]


def test_same_report_gives_the_same_bytes() -> None:
    assert comparison_page(json.loads(json.dumps(example()))) == comparison_page(example())


def test_styles_and_scripts_are_packaged() -> None:
    packaged = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = packaged["tool"]["setuptools"]["package-data"]["nlp_toolkit_pipelines.report"]
    folder = resources.files("nlp_toolkit_pipelines.report")
    files = {each.name for each in folder.iterdir() if each.is_file() and not each.name.endswith(".py")}
    assert files >= {"page.css", "page.js", "map_pixels.js", "map_places.js", "text_map.js"}
    assert [name for name in files if not any(fnmatch(name, pattern) for pattern in patterns)] == []


def test_ten_thousand_points_make_a_page_of_a_few_megabytes() -> None:
    report = example("ko")
    report["map"]["points"] = points(10_000, "ko")
    assert len(comparison_page(report).encode("utf-8")) < 4_000_000
