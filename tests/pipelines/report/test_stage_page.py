"""The page of a stage: what it shows of the principal components is what was found, with its intervals."""

import re

from corpora import ENGLISH
from parsed_page import Page

from nlp_toolkit import Corpus, HashingVectorizer
from nlp_toolkit_pipelines import evaluate_stage
from nlp_toolkit_pipelines.report.stage_page import stage_page


def test_principal_components_have_their_intervals():
    report = evaluate_stage(HashingVectorizer(n_features=16), Corpus(texts=ENGLISH.texts)).to_json()
    shape = report["shape"]

    page = Page(stage_page(report, "hashing", "texts.csv"))

    ends = f"{shape['for_most']} [{shape['for_most_low']}, {shape['for_most_high']}]"
    assert f"Components for 90 % of the variance{ends}" in re.sub(r"\s*\n\s*", "", page.by_id("figures").text)
    bands = [path for path in page.all("path") if "band" in (path.attributes["class"] or "")]
    assert len(bands) == 1  # whitened rows vary alike in every direction
