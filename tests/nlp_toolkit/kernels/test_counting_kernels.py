"""Each counting kernel does what its pure-Python twin says, on anything."""

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils import murmurhash3_32

from nlp_toolkit.counting.blocks import encode_blocks
from nlp_toolkit.counting.counters import Analysis, Counter
from nlp_toolkit.counting.lookup import empty_nodes, seeded
from nlp_toolkit.counting.merging import merge
from nlp_toolkit.counting.ordering import sorted_terms
from nlp_toolkit.counting.tables import NodeTable, TermTable
from nlp_toolkit.counting.termlist import TermList, encoded
from nlp_toolkit.kernels import (
    characters,
    murmur,
    nodes,
    ranks,
    rows,
    spelling,
    symbols,
    terms,
    word_ngrams,
    words,
)

STRINGS = st.lists(st.one_of(st.text(max_size=30), st.text(alphabet="ab\x00", max_size=40)), max_size=40)
WORDS = st.lists(st.text(alphabet="ab가😀", min_size=1, max_size=6), min_size=1, max_size=5)
STREAMS = st.lists(st.lists(st.integers(0, 5), max_size=9), max_size=6)
QUICK = settings(max_examples=60, deadline=None)


def flat(streams: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.array([number for stream in streams for number in stream], dtype=np.int32),
        np.cumsum([len(stream) for stream in streams], dtype=np.int64),
    )


def strings_of(table: TermTable) -> list[str]:
    return TermList(table.pool[: table.n_bytes], table.ends[: table.n]).strings()


def path_of(table: NodeTable, node: int) -> tuple[int, ...]:
    above = path_of(table, int(table.parents[node])) if table.parents[node] >= 0 else ()
    return (*above, int(table.symbols[node]))


@pytest.mark.parametrize("lowercase", [True, False])
def test_tables_say_of_every_character_what_python_says(lowercase: bool) -> None:
    everything = [chr(point) for point in range(characters.N_CODE_POINTS) if chr(point) not in characters.UNEVEN]
    table = characters.folding("word", lowercase)
    not_space = characters.folding("not-space", lowercase)
    for character in everything[:0x3000] + everything[0xAB00:0xE000:7] + everything[0x10000::101]:
        folded = character.lower() if lowercase else character
        assert table[ord(character)] == (ord(folded) if folded.isalnum() or folded == "_" else -1)
        assert (not_space[ord(character)] < 0) == (not folded.strip() and not folded.split())


def test_only_two_characters_are_lower_cased_unevenly() -> None:
    lengths = [chr(point) for point in range(characters.N_CODE_POINTS) if len(chr(point).lower()) != 1]
    assert lengths == ["\u0130"]
    assert "a\u03a3".lower() != "\u03a3".lower() * 2
    assert set(characters.UNEVEN) == {"\u0130", "\u03a3"}


@QUICK
@given(STRINGS)
def test_equal_strings_get_one_number(strings: list[str]) -> None:
    table = TermTable()
    raw = [string.encode("utf-8", "surrogatepass") for string in strings]
    assert table.insert(*encoded(strings)).tolist() == terms.number_strings(raw)
    assert strings_of(table) == list(dict.fromkeys(strings))


@QUICK
@given(STRINGS)
def test_texts_are_found_again_in_their_block(texts: list[str]) -> None:
    for block in encode_blocks(texts, False, None):
        assert block.ends.tolist() == np.cumsum([len(text.encode("utf-8", "surrogatepass")) for text in texts]).tolist()
        assert block.data.tobytes() == "".join(texts).encode("utf-8", "surrogatepass")


@QUICK
@given(STRINGS)
def test_terms_are_cut_at_spaces(strings: list[str]) -> None:
    strings = [*strings, " a  b "]
    pool, ends = encoded(strings)
    data, part_ends = np.empty_like(pool), np.empty(pool.size + ends.size, dtype=np.int64)
    path_ends = np.empty(ends.size, dtype=np.int64)
    n_parts = terms.split_at_spaces(pool, ends, data, part_ends, path_ends)
    expected = terms.split_terms([string.encode("utf-8", "surrogatepass") for string in strings])
    stops = part_ends[:n_parts].tolist()
    assert [data[a:b].tobytes() for a, b in zip([0, *stops], stops, strict=False)] == [p for ps in expected for p in ps]
    assert path_ends.tolist() == np.cumsum([len(parts) for parts in expected]).tolist()


@QUICK
@given(STRINGS, st.integers(1, 3), st.sampled_from([("word", r"\w+"), ("not-space", r"\S+")]))
def test_words_are_those_of_the_pattern(texts: list[str], min_characters: int, kind: tuple[str, str]) -> None:
    analysis = Analysis("word" if kind[0] == "word" else "char_wb", 1, 1, min_characters=min_characters)
    counter = Counter(analysis, seeded(analysis), empty_nodes(analysis), learn=True)
    found: list[list[str]] = []
    for block in encode_blocks(texts, True, None, 40):
        stream, ends = counter._number_words(block)
        known = strings_of(counter._words)
        bounds = [0, *ends.tolist()]
        found += [[known[n] for n in stream[a:b]] for a, b in pairwise(bounds)]
    shortest = min_characters if kind[0] == "word" else 1
    assert found == [words.split_words(text.lower(), kind[1], shortest) for text in texts]


@QUICK
@given(st.lists(st.text(alphabet="aB \t\n\x85가\ud800", max_size=12), min_size=1, max_size=5))
def test_characters_are_folded_and_spaces_collapsed(texts: list[str]) -> None:
    (block,) = encode_blocks(texts, True, None)
    points, ends = np.empty(block.data.size, dtype=np.int32), np.empty(len(texts), dtype=np.int64)
    fold, space = characters.folding("any", True), characters.folding("not-space", True)
    symbols.fold_characters(block.data, block.ends, fold, space, points, ends)
    bounds = [0, *ends.tolist()]
    found = [[chr(point) for point in points[a:b]] for a, b in pairwise(bounds)]
    assert found == [symbols.list_characters(text.lower()) for text in texts]


@QUICK
@given(STREAMS, st.integers(1, 3), st.integers(0, 3))
def test_ngrams_come_in_order_and_are_numbered_once(streams: list[list[int]], min_n: int, more: int) -> None:
    table, max_n = NodeTable(6), min_n + more
    stream, ends = flat(streams)
    grams, gram_ends = np.empty(stream.size * (more + 1), dtype=np.int32), np.empty(ends.size, dtype=np.int64)
    done, table.n, n_grams = nodes.number_ngrams(
        stream, ends, *flat([]), 0, min_n, max_n, True,
        table.roots, table.entries, table.parents, table.symbols, table.n,
        np.empty(20, dtype=np.int32), grams, gram_ends, 0,
    )  # fmt: skip
    assert done == len(streams)
    expected = [gram for one in streams for gram in nodes.list_ngrams(one, min_n, max_n)]
    assert [path_of(table, node) for node in grams[:n_grams]] == expected
    assert len({path_of(table, node) for node in range(table.n)}) == table.n


@QUICK
@given(WORDS, st.integers(1, 5), st.integers(0, 3))
def test_ngrams_inside_words_are_scikit_learns(texts: list[str], min_n: int, more: int) -> None:
    analysis = Analysis("char_wb", min_n, min_n + more)
    counter = Counter(analysis, seeded(analysis), empty_nodes(analysis), learn=True)
    (block,) = encode_blocks([" ".join(texts)], True, None)
    counter.count(block)
    assert counter.nodes is not None
    known = strings_of(counter._words)
    grams = [word_ngrams.list_word_ngrams(word, min_n, min_n + more) for word in known]
    stops = counter._word_gram_ends[: len(known)].tolist()
    spelled = [
        ["".join(map(chr, path_of(counter.nodes, node))) for node in counter._word_grams[a:b]]
        for a, b in zip([0, *stops], stops, strict=False)
    ]
    assert spelled == grams
    numbers = [[len(gram) for gram in word] for word in grams]
    features, feature_ends = np.empty(500, dtype=np.int32), np.empty(1, dtype=np.int64)
    flat_numbers, gram_ends = flat(numbers)
    stream, ends = flat([[known.index(text) for text in texts]])
    _, n = word_ngrams.expand_words(stream, ends, 0, flat_numbers, gram_ends, features, feature_ends)
    assert features[:n].tolist() == word_ngrams.copy_word_ngrams(stream.tolist(), numbers)


@QUICK
@given(STREAMS)
def test_rows_are_counted_in_order_of_arrival(streams: list[list[int]]) -> None:
    stream, ends = flat(streams)
    slots = np.random.default_rng(0).integers(-5, 30, 6).astype(np.int32)  # anything may be left in it
    found, counts = np.empty(stream.size, dtype=np.int32), np.empty(stream.size, dtype=np.int32)
    row_ends = np.empty(len(streams), dtype=np.int64)
    documents = np.zeros(6, dtype=np.int32)
    n = rows.count_rows(stream, ends, 0, len(streams), slots, found, counts, row_ends, 0, documents)
    expected = [rows.count_row(one) for one in streams]
    assert list(zip(found[:n].tolist(), counts[:n].tolist(), strict=True)) == [pair for row in expected for pair in row]
    assert row_ends.tolist() == np.cumsum([len(row) for row in expected]).tolist()
    assert documents.tolist() == [sum(feature in one for one in streams) for feature in range(6)]


def sorted_keys(keys: np.ndarray) -> np.ndarray:
    room = np.concatenate([keys, np.zeros_like(keys)])
    first = rows.sort(room, keys.size, np.empty(257, dtype=np.int64))
    return room[first : first + keys.size]


@QUICK
@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 2**36), max_size=300))
def test_keys_are_sorted_by_their_upper_half_and_stay_in_order_otherwise(numbers: list[int]) -> None:
    keys = np.array(numbers, dtype=np.uint64)
    assert sorted_keys(keys).tolist() == sorted(numbers, key=lambda key: key >> 32)


@pytest.mark.parametrize("n", [40, 41, 300, 50_000])
@pytest.mark.parametrize("highest", [2**8 - 1, 2**20, 2**32 - 1])
def test_rows_of_any_length_are_sorted(n: int, highest: int) -> None:
    upper = np.random.default_rng(n).integers(0, highest, n, dtype=np.uint64, endpoint=True)
    keys = (upper << np.uint64(32)) | np.arange(n, dtype=np.uint64)
    np.testing.assert_array_equal(sorted_keys(keys), np.sort(keys))


@QUICK
@given(st.lists(st.text(alphabet="ab\x00가", max_size=30) | st.text(alphabet="a", max_size=90), unique=True))
def test_terms_are_ordered_as_python_orders_them(strings: list[str]) -> None:
    order = sorted_terms(*encoded(strings), np.arange(len(strings)))
    assert [strings[k] for k in order] == sorted(strings)


@QUICK
@given(STREAMS)
def test_nodes_are_placed_in_sorted_order_and_spelled(streams: list[list[int]]) -> None:
    table = NodeTable(6)
    stream, ends = flat(streams)
    table.make_room(stream.size + 1)
    numbers = np.empty(ends.size, dtype=np.int32)
    _, table.n = nodes.number_paths(
        stream, ends, 0, table.roots, table.entries, table.parents, table.symbols, table.n, numbers
    )
    paths = [path_of(table, node) for node in range(table.n)]
    assert [paths[n] if n >= 0 else () for n in numbers] == [tuple(one) for one in streams]
    columns = np.empty(table.n, dtype=np.int32)
    n_columns = ranks.place_nodes(
        table.parents[: table.n], table.symbols[: table.n], np.arange(6, dtype=np.int32), np.ones(table.n, dtype=bool),
        np.zeros(table.n + 8, dtype=np.int64), np.empty(table.n, dtype=np.int32), np.empty(table.n, dtype=np.int32),
        np.zeros(table.n, dtype=np.int64), columns,
    )  # fmt: skip
    assert n_columns == table.n
    assert columns.tolist() == ranks.preorder(paths)
    letters = ["", "가", "c", "dd", "e", "f"]
    pool, term_ends = encoded(letters)
    sizes = np.diff(term_ends, prepend=0).astype(np.int32)
    lengths = np.empty(table.n, dtype=np.int32)
    spelling.measure_nodes(table.parents[: table.n], table.symbols, sizes, 1, lengths)
    stops = np.cumsum(lengths, dtype=np.int64)
    spelled = np.empty(int(stops[-1]) if table.n else 0, dtype=np.uint8)
    spelling.spell_words(table.parents, table.symbols, np.arange(table.n), stops, pool, term_ends, spelled, 0, table.n)
    names = [letters[symbol] for symbol in table.symbols[: table.n]]
    assert TermList(spelled, stops).strings() == [
        spelling.spell_node(table.parents.tolist(), names, node, " ") for node in range(table.n)
    ]


@QUICK
@given(STRINGS, st.integers(1, 9), st.booleans())
def test_hashes_are_murmurs(strings: list[str], n_columns: int, alternate_sign: bool) -> None:
    table = TermTable()
    numbers = table.insert(*encoded(strings))
    hashes = np.empty(table.n, dtype=np.int32)
    murmur.hash_terms(table.pool, table.ends, 0, hashes)
    raw = [string.encode("utf-8", "surrogatepass") for string in strings_of(table)]
    assert hashes.tolist() == [murmurhash3_32(one, seed=0) for one in raw]
    found, counts = numbers.copy(), np.ones(len(strings), dtype=np.int32)
    row_ends = np.array([len(strings)], dtype=np.int64)
    keys, sums = np.empty(2 * len(strings), dtype=np.uint64), np.empty(len(strings), dtype=np.int64)
    n = murmur.hash_rows(found, counts, row_ends, hashes, n_columns, alternate_sign, keys, sums)
    expected = murmur.hashed_row(strings, n_columns, alternate_sign)
    assert dict(zip(found[:n].tolist(), counts[:n].tolist(), strict=True)) == expected
    assert found[:n].tolist() == list(expected)


@QUICK
@given(st.lists(st.text(alphabet="ab cd", max_size=12), min_size=1, max_size=8), st.integers(1, 3))
def test_merged_vocabularies_are_that_of_one_thread(texts: list[str], n_threads: int) -> None:
    analysis = Analysis("word", 1, 2, min_characters=1)
    alone = Counter(analysis, seeded(analysis), empty_nodes(analysis), learn=True)
    several = [Counter(analysis, seeded(analysis), empty_nodes(analysis), learn=True) for _ in range(n_threads)]
    for number, block in enumerate(encode_blocks(texts, True, None, 1)):
        alone.count(block)
        several[number * 7 % n_threads].count(block)
    features = merge([counter for counter in several if counter.marks])
    assert alone.nodes is not None and features.nodes is not None
    met = np.argsort(features.arrivals)
    merged_words, own_words = strings_of(features.terms), strings_of(alone.terms)
    merged = [[merged_words[s] for s in path_of(features.nodes, int(node))] for node in met]
    assert merged == [[own_words[s] for s in path_of(alone.nodes, node)] for node in range(alone.nodes.n)]
    assert features.documents[met].tolist() == alone.frequencies.documents[: alone.nodes.n].tolist()


@pytest.mark.slow
@pytest.mark.parametrize("home", ["writable", "read-only"])
def test_counts_where_the_installation_is_read_only(home: str, tmp_path: Path) -> None:
    """The package in a folder nobody can write to: code is cached in the user's folder, or compiled each time."""
    import nlp_toolkit

    code = (
        "import sys\n"
        "from numba.core.caching import _CacheLocator\n"
        "original = _CacheLocator.ensure_cache_path\n"
        "def ensure(self):\n"
        "    if sys.argv[1] == 'read-only' or not self.get_cache_path().startswith(sys.argv[2]):\n"
        "        raise OSError('read-only file system')\n"
        "    original(self)\n"
        "_CacheLocator.ensure_cache_path = ensure\n"
        "from nlp_toolkit import CountVectorizer\n"
        "print(CountVectorizer().fit_transform(['a cat', 'two cats']).toarray().tolist())\n"
    )
    environment = {key: value for key, value in os.environ.items() if key != "NUMBA_CACHE_DIR"}
    root = str(Path(nlp_toolkit.__path__[0]).parent)
    environment |= {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": root}
    command = [sys.executable, "-c", code, home, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.stdout == "[[1, 0, 0], [0, 1, 1]]\n", done.stderr
    assert any(tmp_path.rglob("*.nbc")) == (home == "writable")
