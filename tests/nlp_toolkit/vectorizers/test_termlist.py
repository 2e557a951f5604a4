import numpy as np
import pytest

from nlp_toolkit import CountVectorizer
from nlp_toolkit.counting import merging, termlist
from nlp_toolkit.counting.termlist import TermList, encoded, term_list

CONTROLS = [chr(byte) for byte in range(0x20)]


@pytest.mark.parametrize("at_once", [1, 2, 100])
@pytest.mark.parametrize(
    "terms",
    [
        [],
        [""],
        ["a", "", "영화", "𝒳 y", "\ud83d", "\ude00", "a\nb", "\x1f"],
        [*CONTROLS, "word", "".join(CONTROLS)],  # each byte that may keep terms apart is in one of them
    ],
    ids=["none", "empty", "mixed", "every separator"],
)
def test_terms_come_back_from_their_bytes(terms: list[str], at_once: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(termlist, "_AT_ONCE", at_once)
    assert term_list(terms).strings() == terms
    assert list(term_list(terms).vocabulary().items()) == [(term, at) for at, term in enumerate(terms)]
    columns = np.arange(len(terms), dtype=np.int32)[::-1].copy()
    placed = TermList(*encoded(terms), columns)
    assert placed.strings() == terms[::-1]
    assert list(placed.vocabulary().items()) == list(zip(terms, columns.tolist(), strict=True))
    assert all(type(column) is int for column in placed.vocabulary().values())


@pytest.mark.parametrize("n_terms", [3, 5000])
def test_terms_are_cut_by_one_call_and_not_one_by_one(n_terms: int, monkeypatch: pytest.MonkeyPatch):
    decoded: list[int] = []
    text = termlist._text
    monkeypatch.setattr(termlist, "_text", lambda utf8: decoded.append(utf8.size) or text(utf8))
    term_list([f"영화{number}" for number in range(n_terms)]).vocabulary()
    assert len(decoded) == 1


def test_vocabulary_that_is_kept_whole_is_not_gathered_by_a_kernel(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(merging, "gather_terms")
    stage = CountVectorizer(n_jobs=1).fit(["a cat and a dog", "the dog"])
    assert stage.vocabulary_ == {"cat": 1, "and": 0, "dog": 2, "the": 3}
    with pytest.raises(NameError, match="gather_terms"):
        CountVectorizer(n_jobs=1, min_df=2).fit(["a cat and a dog", "the dog"])
