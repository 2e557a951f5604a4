"""The map of a report with many texts: `python benchmarks/map_frames.py [N_POINTS]`.

Makes the page of an evaluation of N_POINTS (20,000) made-up Korean texts, opens it in headless Chromium without a
graphics card, and measures what a person would feel: the time from frame to frame of the whole page while the map is
zoomed, dragged and hovered over, and the time from a search or another colouring to its drawing.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "browser"))

from chromium import Tab, browser  # type: ignore[import-not-found]
from side_by_side import print_versions

WORDS = (
    "영화",
    "배우",
    "음악",
    "이야기",
    "정말",
    "아주",
    "조금",
    "재미있다",
    "지루하다",
    "아름답다",
    "아깝다",
    "최고",
    "다시",
)

# Frames are what requestAnimationFrame is called for: at 60 Hz one every 16.7 ms where nothing is late.
FRAMES = """(async () => {
  const over = document.querySelector('.over');
  const box = over.getBoundingClientRect();
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const point = (kind, x, y) => over.dispatchEvent(new PointerEvent(kind,
    {pointerId: 1, clientX: box.x + x, clientY: box.y + y, bubbles: true}));
  over.setPointerCapture = () => {};
  const actions = {
    zoom: (at) => over.dispatchEvent(new WheelEvent('wheel', {deltaY: at % 40 < 20 ? -12 : 12, cancelable: true,
      clientX: box.x + box.width / 2, clientY: box.y + box.height / 2})),
    drag: (at) => { if (at === 0) point('pointerdown', 300, 200);
      point('pointermove', 300 + 90 * Math.sin(at / 9), 200 + 90 * Math.cos(at / 9)); },
    hover: (at) => { if (at === 0) point('pointerup', 300, 200);
      point('pointermove', 40 + (at * 37) % (box.width - 80), 40 + (at * 23) % (box.height - 80)); },
  };
  over.focus();
  const found = {};
  for (const [name, act] of Object.entries(actions)) {
    const times = [];
    if (name === 'drag') for (let turn = 0; turn < 12; turn++) { actions.zoom(0); await frame(); }
    let before = await frame();
    for (let at = 0; at < 120; at++) { act(at); const now = await frame(); times.push(now - before); before = now; }
    found[name] = times;
  }
  return found;
})()"""
COLOUR = """(async (at) => {
  const start = performance.now();
  document.querySelectorAll('[name=map-by]')[at].click();
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - start;
})"""
# The map waits 120 ms for the next letter; what comes after that is the search.
SEARCH = """(async () => {
  const field = document.querySelector('#map-search');
  const said = document.querySelector('output');
  said.textContent = '';
  field.value = '지루';
  const start = performance.now();
  field.dispatchEvent(new Event('input'));
  while (!said.textContent) await new Promise((done) => setTimeout(done, 1));
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - start - 120;
})()"""


def page_of(n_points: int) -> str:
    """An evaluation of a small model whose map holds `n_points` texts in clouds."""
    from nlp_toolkit import Corpus
    from nlp_toolkit_pipelines import evaluate_in_depth, train
    from nlp_toolkit_pipelines.report.evaluation_page import evaluation_page

    random = np.random.default_rng(0)
    texts = [" ".join(random.choice(WORDS, 8)) for _ in range(400)]
    corpus = Corpus(texts=texts, labels=[str(n % 7) for n in range(400)])
    report = evaluate_in_depth(train("count-logreg", corpus, folds=0), corpus).to_json()
    centres = random.normal(0, 3, (7, 2))
    labels = random.integers(0, 7, n_points)
    places = centres[labels] + random.normal(0, 1, (n_points, 2))
    guesses = np.where(random.random(n_points) < 0.85, labels, random.integers(0, 7, n_points))
    report["map"]["points"] = [
        {"x": x, "y": y, "label": str(label), "predicted": str(guess), "text": texts[at % 400]}
        for at, ((x, y), label, guess) in enumerate(zip(places.tolist(), labels, guesses, strict=True))
    ]
    return evaluation_page(report)


def measured(tab: Tab, page: Path) -> dict[str, Any]:
    """Milliseconds of each action."""
    tab.look()
    tab.open(page)
    tab.run("document.querySelector('.over').scrollIntoView({block: 'center', behavior: 'instant'})")
    found: dict[str, Any] = tab.run(FRAMES)
    found["colour"] = [tab.run(f"{COLOUR}({at % 3})") for at in range(1, 10)]
    found["search"] = [tab.run(SEARCH) for _ in range(5)]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("n_points", nargs="?", type=int, default=20_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, browser(Path(folder) / "profile") as tab:
        page = Path(folder) / "report.html"
        page.write_text(page_of(given.n_points), encoding="utf-8")
        found = measured(tab, page)
        print(f"{given.n_points:,} points, a page of {page.stat().st_size / 1e6:.1f} MB, {version_of(tab)}\n")
    print("| action | ms, median | ms, 95 % | ms, worst |\n|---|---|---|---|")
    for name, times in found.items():
        high = sorted(times)[int(0.95 * (len(times) - 1))]
        print(f"| {name} | {statistics.median(times):.1f} | {high:.1f} | {max(times):.1f} |")
    print_versions("nlp-toolkit")


def version_of(tab: Tab) -> str:
    return str(tab.call("Runtime.evaluate", expression="navigator.userAgent")["result"]["value"].split()[-2])


if __name__ == "__main__":
    main()
