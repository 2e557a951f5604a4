"""The report in a real browser: nothing is asked of a network, nothing complains, and every way to use it works."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chromium import Tab
from report_examples import example
from text_map_user import HOSTILE, PICTURES, chosen, search, unnamed

from nlp_toolkit_pipelines.report import write_report

pytestmark = pytest.mark.browser


def show(tab: Tab, report: dict[str, Any], folder: Path) -> Path:
    path = folder / "report.html"
    write_report(report, path)
    tab.look()
    tab.open(path)
    return path


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_asks_for_nothing_but_itself_and_logs_nothing(
    tab: Tab, tmp_path: Path, language: str, scheme: str
) -> None:
    path = tmp_path / "report.html"
    write_report(example(language), path)
    tab.look(scheme)
    tab.open(path)
    tab.picture(PICTURES / f"comparison-{language}-{scheme}.png")
    assert tab.requests() == [path.as_uri()]
    assert tab.complaints() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(tab: Tab, tmp_path: Path, scheme: str) -> None:
    show(tab, example(), tmp_path)
    tab.look(scheme)
    style = "getComputedStyle(document.documentElement).getPropertyValue('--{}').trim()"
    paper = tab.run(style.format("paper"))
    contrasts = {
        name: contrast(tab.run(style.format(name)), paper)
        for name in ("ink", "quiet", "link", *(f"s{series}" for series in range(8)))
    }
    assert {name: value for name, value in contrasts.items() if value < 3} == {}
    assert min(contrasts[name] for name in ("ink", "quiet", "link")) >= 4.5


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast of two colours "#rrggbb"."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_narrow_window_scrolls_drawings_and_tables_but_not_the_page(tab: Tab, tmp_path: Path) -> None:
    show(tab, example("ko"), tmp_path)
    tab.look(width=390, height=800)
    tab.picture(PICTURES / "comparison-phone.png")
    assert tab.run("document.documentElement.scrollWidth") == 390


def test_paper_has_everything_open_and_the_drawn_map(tab: Tab, tmp_path: Path) -> None:
    show(tab, example("ko"), tmp_path)
    tab.look("dark", media="print", width=800)
    tab.picture(PICTURES / "comparison-print.png")
    shown = "[...document.querySelectorAll({})].map((each) => each.checkVisibility())"
    assert tab.run(shown.format("'#map-drawing, details table'")).count(False) == 0
    assert tab.run(shown.format("'.stage, nav, .controls'")).count(True) == 0
    assert tab.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_map_is_used_with_the_keyboard_alone(tab: Tab, tmp_path: Path) -> None:
    show(tab, example(), tmp_path)
    tab.run("document.querySelector('#map-search').focus()")
    for _ in range(6):
        tab.press("Tab")
        if tab.run("document.activeElement.className") == "over":
            break
    tab.press("Home")
    first = chosen(tab)
    tab.press("ArrowRight")
    second = chosen(tab)
    tab.picture(PICTURES / "map-keyboard.png", "#map")
    tab.press("Escape")
    assert "(0)" in first
    assert "Label:" in second
    assert second != first
    assert chosen(tab) == ""


def test_texts_on_one_place_are_all_reached_in_order(tab: Tab, tmp_path: Path) -> None:
    report = one_point_of("the first")
    report["map"]["points"] += [report["map"]["points"][0] | {"text": text} for text in ("the second", "the third")]
    show(tab, report, tmp_path)
    tab.run("document.querySelector('.over').focus()")
    read = []
    for key in ("PageDown", "PageDown", "PageDown", "PageDown", "PageUp", "Home", "End"):
        tab.press(key)
        read.append(chosen(tab).rpartition("the ")[2])
    assert read == ["first", "second", "third", "third", "second", "first", "third"]


def test_mouse_reads_and_holds_a_text(tab: Tab, tmp_path: Path) -> None:
    show(tab, one_point_of("A single text"), tmp_path)
    tab.run("document.querySelector('.over').scrollIntoView({block: 'center', behavior: 'instant'})")
    x, y = tab.run(
        "(() => { const b = document.querySelector('.over').getBoundingClientRect();"
        " return [b.x + b.width / 2, b.y + b.height / 2]; })()"
    )
    tab.mouse("mouseMoved", x + 3, y + 3)
    tip = tab.run("document.querySelector('.tip').textContent")
    tab.mouse("mousePressed", x, y)
    tab.mouse("mouseReleased", x, y)
    assert tip == "Label: good · Prediction: bad · wrongA single text"
    assert chosen(tab) == tip


def test_none_of_two_groups_of_like_size_hides_the_other(tab: Tab, tmp_path: Path) -> None:
    report = example(n_points=3000)
    random = np.random.default_rng(0)
    for number, point in enumerate(report["map"]["points"]):
        x, y = random.normal(scale=0.2, size=2).tolist()
        far = {0: -1.0, 1: 1.0}.get(number, 0.0)  # the others are a heap between two corners
        point |= {"x": x + 2 * far, "y": y + 2 * far, "label": "ab"[number % 2 or number < 40], "predicted": "a"}
    show(tab, report, tmp_path)

    blue, orange = tab.run(
        "(() => { const c = document.querySelector('.plane canvas');"
        " const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; const n = [0, 0];"
        " for (let i = 0; i < d.length; i += 4) { n[0] += d[i + 2] > d[i] + 60; n[1] += d[i] > d[i + 2] + 60; }"
        " return n; })()"
    )

    assert min(blue, orange) > 3000
    assert 0.7 < blue / orange < 1.4


def one_point_of(text: str) -> dict[str, Any]:
    report = example()
    report["map"]["points"] = [{"x": 0.0, "y": 0.0, "label": "good", "predicted": "bad", "text": text}]
    return report


def test_search_finds_texts_in_either_spelling_of_hangul(tab: Tab, tmp_path: Path) -> None:
    report = example("ko", n_points=200)
    there = sum("지루해서" in point["text"] for point in report["map"]["points"])
    show(tab, report, tmp_path)
    search(tab, "지루해서".encode().decode())
    composed = tab.run("document.querySelector('output').textContent")
    tab.picture(PICTURES / "map-search.png", "#map")
    search(tab, "\u110c\u1175\u1105\u116e\u1112\u1162\u1109\u1165")  # the same in conjoining jamo
    decomposed = tab.run("document.querySelector('output').textContent")
    assert composed == f"{there} of 200 texts, listed below the map"
    assert decomposed == composed


def test_colours_follow_the_choice_and_the_legend_picks_out(tab: Tab, tmp_path: Path) -> None:
    report = example()
    wrong = sum(point["label"] != point["predicted"] for point in report["map"]["points"])
    show(tab, report, tmp_path)
    tab.run("document.querySelectorAll('[name=map-by]')[2].click()")
    legend = tab.run("[...document.querySelectorAll('.legend button')].map((each) => each.textContent)")
    tab.run("document.querySelectorAll('.legend button')[1].click()")
    tab.picture(PICTURES / "map-errors.png", "#map")
    assert legend == [f"right{900 - wrong}", f"wrong{wrong}"]
    assert tab.run("document.querySelector('output').textContent").startswith(f"{wrong} of 900 texts")


def test_every_drawing_and_control_has_a_name_for_a_screen_reader(tab: Tab, tmp_path: Path) -> None:
    show(tab, example(), tmp_path)
    met, without = unnamed(tab)
    assert met > 30
    assert without == []


def test_tables_sort_by_exact_value(tab: Tab, tmp_path: Path) -> None:
    report = example()
    show(tab, report, tmp_path)
    tab.run("[...document.querySelectorAll('#scores thead button')].find((each) => each.textContent == 'Fit').click()")
    names = tab.run(
        "[...document.querySelectorAll('#scores tbody')[0].rows].map((row) => row.cells[0].innerText.split('\\n')[0])"
    )
    slowest_first = sorted(report["recipes"], key=lambda recipe: -recipe["fit_seconds"])
    assert names == [recipe["name"] for recipe in slowest_first]


def test_hostile_words_stay_words(tab: Tab, tmp_path: Path) -> None:
    report = one_point_of(HOSTILE)
    report["map"]["points"] *= 2
    report["data"]["labels"] = {HOSTILE: 3, "\u202eمرحبا 👩‍👧 세계": 2}
    report["summary"].append(HOSTILE)
    report["recipes"][0]["name"] = HOSTILE
    show(tab, report, tmp_path)
    search(tab, "planted")
    assert tab.run("[window.planted, document.querySelector('#planted')]") == [None, None]
    assert tab.complaints() == []
    assert tab.run("document.querySelector('.found').textContent").startswith(HOSTILE)


def test_twenty_thousand_points_stay_fluid(tab: Tab, tmp_path: Path) -> None:
    show(tab, example("ko", n_points=20_000), tmp_path)
    tab.run("document.querySelector('.over').focus()")
    # What is drawn in a frame lies between a callback asked for before the wheel turns and one asked for after.
    milliseconds = tab.run("""(async () => {
      const over = document.querySelector('.over');
      const frame = () => new Promise((done) => requestAnimationFrame(() => done(performance.now())));
      const times = [];
      for (let turn = 0; turn < 30; turn++) {
        const before = frame();
        over.dispatchEvent(new WheelEvent('wheel', {deltaY: turn < 15 ? -12 : 12, cancelable: true}));
        const after = frame();
        times.push(-(await before) + (await after));
      }
      return times.sort((a, b) => a - b);
    })()""")
    tab.picture(PICTURES / "map-20000.png", "#map")
    median = milliseconds[len(milliseconds) // 2]
    assert 0 < median < 50  # a few on an idle core; room for a machine that has other work
