"""What a reader brings along: the files and names that pages call theirs, small, in both languages."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

from pages import ROOT

ARTICLES = [
    {"_id": "d17", "title": "기차", "text": "부산까지 가는 기차는 빠르다", "year": 2018, "section": "travel"},
    {"_id": "d18", "title": "Trains", "text": "the night train to the sea", "year": 2019, "section": "travel"},
    {"_id": "d19", "title": "서울", "text": "서울의 인구는 천만에 가깝다", "year": 2021, "section": "news"},
    {"_id": "d20", "title": "서울 사람", "text": "서울 사람은 한강을 걷는다", "year": 2022, "section": "news"},
]
WORDS = ["하늘", "바다", "구름", "바람", "비", "해", "달", "별"]
PEOPLE = ["king", "queen", "man", "woman"]


def reviews() -> list[dict[str, str]]:
    """The shipped training reviews, both languages."""
    with (ROOT / "examples" / "reviews_train.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def bring_files(folder: Path) -> None:
    """Write every file that a page names as one of its reader's into `folder`."""
    rows = [{"text": row["text"], "label": row["sentiment"]} for row in reviews()]
    for name in ("texts.csv", "reviews.csv", "train.csv"):
        _write_table(folder / name, rows)
    texts = [row["text"] for row in rows]
    _write_lines(folder / "corpus.txt", texts)
    _write_lines(folder / "more.txt", texts[::-1])
    sentences = [f"{one} 아래 {other} 그리고 the {here} met the {there}" for one, other, here, there in _fours()]
    _write_lines(folder / "wiki.txt", sentences * 10)
    _write_table(
        folder / "wordsim353.csv",
        [{"word_a": "king", "word_b": person, "score": str(score)} for score, person in enumerate(PEOPLE[1:])]
        + [{"word_a": "하늘", "word_b": word, "score": str(score)} for score, word in enumerate(WORDS[1:])],
    )
    _write_lines(folder / "corpus.jsonl", map(_json, ARTICLES))
    _write_lines(folder / "more.jsonl", [_json(ARTICLES[-1] | {"text": "서울 사람은 강을 걷는다"})])
    _write_lines(folder / "queries.jsonl", [_json({"_id": "q1", "text": "서울의 인구"})])
    _write_lines(folder / "qrels.tsv", ["query-id\tcorpus-id\tscore", "q1\td19\t1"])
    _write_lines(folder / "queries.txt", ["서울 사람", "the sea"])
    with gzip.open(folder / "endless.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(_json({"text": text}) + "\n" for text in texts)


def bring_checkpoint(folder: Path) -> None:
    """A small encoder as a Hugging Face folder, `folder`."""
    from nlp_toolkit import BertVectorizer

    folder.mkdir(parents=True)
    BertVectorizer("scratch-tiny").fit([row["text"] for row in reviews()]).save_files(folder)


def names() -> dict[str, Any]:
    """The variables that pages call theirs: texts with labels, sets of labels, numbers, and pairs with similarities."""
    rows = reviews()[:40]
    texts = [row["text"] for row in rows]
    lengths = [len(text) / 100 for text in texts]
    return {
        "texts": texts,
        "labels": [row["sentiment"] for row in rows],
        "label_lists": [[row["sentiment"], row["topic"]] for row in rows],
        "numbers": lengths,
        "pairs": list(zip(texts, texts[1:] + texts[:1], strict=True)),
        "similarities": lengths,
    }


def _fours() -> list[tuple[str, str, str, str]]:
    return [(one, other, here, there) for one in WORDS for other in WORDS for here in PEOPLE for there in PEOPLE[:2]]


def _json(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False)


def _write_lines(path: Path, lines: Any) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _write_table(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
