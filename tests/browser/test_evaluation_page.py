"""The pages of an evaluation, a stage and an explanation in a real browser, made of the project's own examples."""

from dataclasses import replace
from pathlib import Path

import pytest
from chromium import Tab
from corpora import OF_TASK
from text_map_user import HOSTILE, PICTURES, chosen, search, unnamed

from nlp_toolkit import Corpus, read_corpus
from nlp_toolkit_pipelines import EvaluationReport, TrainedModel, evaluate_in_depth, explain, train
from nlp_toolkit_pipelines.evaluation_report.place import write_reports, write_stage_reports
from nlp_toolkit_pipelines.intrinsic import evaluate_stage
from nlp_toolkit_pipelines.report.explanation_page import explanation_page

pytestmark = pytest.mark.browser
EXAMPLES = Path(__file__).parents[2] / "examples"


def reviews(part: str, language: str | None = None, label: str = "sentiment") -> Corpus:
    corpus = read_corpus(
        EXAMPLES / f"reviews_{part}.csv",
        text_column="text",
        label_column=label,
        id_column="id",
        metadata=["language", "topic"],
    )
    spoken = corpus.metadata["language"]
    return corpus.select([row for row in range(len(corpus)) if language in (None, spoken[row])])


@pytest.fixture(scope="module")
def model() -> TrainedModel:
    return train("tfidf-logreg", reviews("train"), folds=0).model


@pytest.fixture(scope="module")
def topics() -> TrainedModel:
    return train("tfidf-logreg", reviews("train", label="topic"), folds=0).model


def show(tab: Tab, report: EvaluationReport, folder: Path, scheme: str = "light") -> Path:
    write_reports(folder / "report", report)
    tab.look(scheme)
    tab.open(folder / "report" / "report.html")
    return folder / "report" / "report.html"


@pytest.mark.parametrize(("language", "scheme"), [("ko", "light"), ("ko", "dark"), ("en", "light"), ("en", "dark")])
def test_page_asks_for_nothing_but_itself_and_logs_nothing(
    tab: Tab, topics: TrainedModel, tmp_path: Path, language: str, scheme: str
) -> None:
    test, learned = (reviews(part, language, label="topic") for part in ("test", "train"))
    leaking = replace(test, texts=[learned.texts[0], f"{learned.texts[1]}!", *test.texts[2:]])
    path = show(tab, evaluate_in_depth(topics, leaking, train=learned, name=f"{language}.csv"), tmp_path, scheme)
    tab.picture(PICTURES / f"evaluation-{language}-{scheme}.png")
    assert tab.requests() == [path.as_uri()]
    assert tab.complaints() == []


@pytest.mark.parametrize("task", ["regression", "multilabel", "pair-classification"])
def test_pages_of_other_tasks_stand(tab: Tab, tmp_path: Path, task: str) -> None:
    recipe = {"regression": "tfidf-ridge", "multilabel": "tfidf-multilabel", "pair-classification": "tfidf-pair-logreg"}
    corpus = OF_TASK[task]
    path = show(tab, evaluate_in_depth(train(recipe[task], corpus, folds=0), corpus, train=corpus), tmp_path)
    tab.picture(PICTURES / f"evaluation-{task}.png")
    assert tab.requests() == [path.as_uri()]
    assert tab.complaints() == []


def test_pages_of_a_stage_and_of_an_explanation_stand(tab: Tab, model: TrainedModel, tmp_path: Path) -> None:
    write_stage_reports(tmp_path / "stage", evaluate_stage("tfidf", reviews("test")).to_json(), "tfidf", "reviews")
    text = "배우들 연기는 좋았지만 이야기가 지루했다 👍"
    (tmp_path / "explained.html").write_text(explanation_page([explain(model, text)], "model"), encoding="utf-8")
    for path in (tmp_path / "stage" / "report.html", tmp_path / "explained.html"):
        tab.look()
        tab.open(path)
        tab.picture(PICTURES / f"evaluation-{path.parent.name if path.name == 'report.html' else path.stem}.png")
        assert tab.requests() == [path.as_uri()]
        assert tab.complaints() == []


def test_narrow_window_scrolls_drawings_and_tables_but_not_the_page(
    tab: Tab, topics: TrainedModel, tmp_path: Path
) -> None:
    learned = reviews("train", "ko", label="topic")
    show(tab, evaluate_in_depth(topics, reviews("test", "ko", label="topic"), train=learned), tmp_path)
    tab.look(width=390, height=800)
    tab.picture(PICTURES / "evaluation-phone.png")
    assert tab.run("document.documentElement.scrollWidth") == 390


def test_map_is_searched_coloured_hovered_and_used_with_the_keyboard(
    tab: Tab, model: TrainedModel, tmp_path: Path
) -> None:
    test = reviews("test")
    report = evaluate_in_depth(model, test)
    wrong = report.errors.total
    show(tab, report, tmp_path)

    search(tab, "최악")
    found = tab.run("document.querySelector('output').textContent")
    search(tab, "")
    tab.run("document.querySelectorAll('[name=map-by]')[2].click()")
    legend = tab.run("[...document.querySelectorAll('.legend button')].map((each) => each.textContent)")
    tab.run("document.querySelector('.over').focus()")
    tab.press("Home")
    first = chosen(tab)
    tab.press("ArrowLeft")
    second = chosen(tab)
    tab.picture(PICTURES / "evaluation-map.png", "#map")
    tab.press("Escape")
    nothing = chosen(tab)

    expected = sum("최악" in text for text in test.texts)
    assert expected > 0
    assert found.startswith(f"{expected} of 48 texts")
    assert legend == [f"right{48 - wrong}", f"wrong{wrong}"]
    assert "Label: " in first
    assert any(text[:60] in first for text in test.texts)
    assert second not in ("", first)
    assert nothing == ""


def test_mouse_reads_a_text_of_the_map(tab: Tab, model: TrainedModel, tmp_path: Path) -> None:
    test = reviews("test").select([0, 1])
    show(tab, evaluate_in_depth(model, test), tmp_path)
    tab.run("document.querySelector('.over').scrollIntoView({block: 'center', behavior: 'instant'})")
    left, top, width, height = tab.run(
        "(() => { const b = document.querySelector('.over').getBoundingClientRect();"
        " return [b.x, b.y, b.width, b.height]; })()"
    )
    # Two texts lie at the two ends of the map; one is near an edge in the middle of its height.
    tips = []
    for x in range(0, int(width), 4):
        tab.mouse("mouseMoved", left + x, top + height / 2)
        tips.append(tab.run("document.querySelector('.tip:not([hidden])')?.textContent"))
    assert {text for text in test.texts if any(tip and text in tip for tip in tips)} == set(test.texts)


def test_every_drawing_and_control_has_a_name_for_a_screen_reader(
    tab: Tab, topics: TrainedModel, tmp_path: Path
) -> None:
    learned = reviews("train", label="topic")
    show(tab, evaluate_in_depth(topics, reviews("test", label="topic"), train=learned), tmp_path)
    met, without = unnamed(tab)
    assert met > 30
    assert without == []


def test_hostile_words_stay_words(tab: Tab, tmp_path: Path) -> None:
    learned = reviews("train")
    labels = [HOSTILE if label == "positive" else "</style>‮" for label in learned.labels or ()]
    hostile = replace(learned, labels=labels)
    test = replace(hostile.select(list(range(0, 40))), texts=[f"{HOSTILE} {text}" for text in hostile.texts[:40]])
    test = replace(test, metadata={HOSTILE: [HOSTILE, "<img src=x onerror=alert(1)>"] * 20}, ids=None)
    trained = train("tfidf-logreg", hostile, folds=0)
    show(tab, evaluate_in_depth(trained, test, train=hostile, name=HOSTILE), tmp_path)
    search(tab, "planted")
    planted = tab.run("[window.planted, document.querySelector('#planted')]")
    complaints, asked = tab.complaints(), tab.requests()
    page = explanation_page([explain(trained, test.texts[0])], HOSTILE)
    (tmp_path / "explained.html").write_text(page, encoding="utf-8")
    tab.open(tmp_path / "explained.html")
    assert planted == tab.run("[window.planted, document.querySelector('#planted')]") == [None, None]
    assert complaints == tab.complaints() == []
    assert len(asked) == len(tab.requests()) == 1
