"""Windows-1252 that happens to be valid CP949 is reported as doubtful; Korean in CP949 is not."""

import logging
from pathlib import Path

import pytest

from nlp_toolkit import read_corpus
from nlp_toolkit.errors import DataError

WESTERN = {
    "apostrophes": "it\u2019s a dog and we don\u2019t know why",
    "opening quote": "\u201cHello",
    "dash": "one word\u2014another word",
    "doubled accents": "cr\u00e9\u00e9e",
    "ligature": "l\u2019\u0153uvre",
    "capital": "the \u00c5ngstr\u00f6\u00f6m",
}

KOREAN = {
    "review": "정말 재미있는 영화예요. 배우들 연기가 좋고 OST도 좋아요",
    "syllables that KS X 1001 lacks": "뷁뷁 햏자 됬다 뚫훍 쌰랑해",
    "one of them beside Latin letters": "햏a 하고 웃었다",
    "hanja": "美 FDA 승인, 中國과 韓國, 北美 수출",
    "hanja beside Latin letters": "美FDA가 승인한 신약이 나왔다",
    "Latin letters around": "LG전자 A형 iPhone을 샀는데 UI가 좋다",
    "single jamo": "ㅋㅋㅋ lolㅋ ㅠㅠ",
    "symbols": "가격은 ￦1,000→￦900 ※ 참고",
}


@pytest.mark.parametrize("text", WESTERN.values(), ids=WESTERN)
def test_windows_1252_is_doubtful_as_cp949(text: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode("cp1252"))
    with caplog.at_level(logging.WARNING, logger="nlp_toolkit"):
        assert read_corpus(path).texts != [text]
    assert "CP949 is doubtful" in caplog.text
    assert "--encoding cp1252" in caplog.text
    assert read_corpus(path, encoding="cp1252").texts == [text]


@pytest.mark.parametrize("text", KOREAN.values(), ids=KOREAN)
def test_korean_is_not_doubtful(text: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode("cp949"))
    with caplog.at_level(logging.WARNING, logger="nlp_toolkit"):
        assert read_corpus(path).texts == [text]
    assert "read as CP949" in caplog.text
    assert "is doubtful" not in caplog.text


def test_windows_1252_that_is_no_cp949_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("na\u00efve caf\u00e9 au lait".encode("cp1252"))
    with pytest.raises(DataError, match=r"neither UTF-8 .* nor CP949 .*; pass encoding=, such as cp1252"):
        read_corpus(tmp_path / "a.txt")
