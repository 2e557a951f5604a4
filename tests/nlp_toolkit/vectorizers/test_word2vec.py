"""Word2Vec as a stage: what it learns, that it learns the same again, how it goes on, and what is refused."""

import json
import logging
import re
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from nlp_toolkit import Word2VecVectorizer, load, save
from nlp_toolkit.errors import ArtefactError, DataError, UsageError
from nlp_toolkit.kernels.cbow import cbow_by_hand
from nlp_toolkit.kernels.sampling import alias_table, keep_thresholds, sample_words_by_hand
from nlp_toolkit.kernels.skip_gram import skip_gram_by_hand
from nlp_toolkit.word_vectors import training
from nlp_toolkit.word_vectors.weights import make_weights

from .words import ANIMALS, METALS, SMALL, topic_texts


@pytest.mark.parametrize("algorithm", ["skip-gram", "cbow"])
@pytest.mark.parametrize("subwords", [False, True])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_words_of_one_topic_become_neighbours(algorithm: str, subwords: bool, n_jobs: int) -> None:
    stage = Word2VecVectorizer(algorithm, epochs=20, alpha=0.05, subwords=subwords, bucket=5000, n_jobs=n_jobs, **SMALL)
    stage.fit(topic_texts())
    for topic in (ANIMALS, METALS):
        for word in topic:
            assert {found.word for found in stage.words_.nearest(word, 4)} == set(topic) - {word}


def test_rows_separate_the_topics() -> None:
    texts = topic_texts()
    labels = [k % 2 for k in range(len(texts))]
    model = Pipeline([("vectorizer", Word2VecVectorizer(**SMALL)), ("estimator", LogisticRegression())])
    model.fit(texts[:200], labels[:200])
    assert model.score(texts[200:], labels[200:]) == 1.0


@pytest.mark.parametrize("algorithm", ["skip-gram", "cbow"])
def test_loss_and_vectors_of_a_whole_training_are_those_of_the_twins(algorithm: str) -> None:
    texts = topic_texts(12)
    settings = {**SMALL, "sample": 0.05}
    stage = Word2VecVectorizer(algorithm, epochs=3, random_state=5, **settings).fit(texts)

    words, counts = list(stage.words_.words), stage.learned_.statistics.counts
    stream = np.array([number for text in texts for number in [*map(words.index, text.split()), -1]], dtype=np.int32)
    seed = int(np.random.RandomState(5).randint(2**31 - 1))
    inputs = make_weights(len(words), len(words), 16, seed).input_rows.astype(float)
    outputs = np.zeros_like(inputs)
    losses = []
    for epoch in range(3):
        kept, windows, negatives = sample_words_by_hand(
            stream, keep_thresholds(counts, 0.05), 3, True, alias_table(counts**0.75),
            int(np.random.SeedSequence([seed, epoch, 0]).generate_state(1, np.uint64)[0]), 5,
        )  # fmt: skip
        rows = np.array([row or [0] * 5 for row in negatives], dtype=np.int32)
        alphas = [0.025 - (0.025 - 0.0001) * done / 3 for done in (epoch, epoch + 1)]
        chunk = np.array(kept, dtype=np.int32), np.array(windows, dtype=np.int32), rows, inputs, outputs, *alphas
        loss, n = skip_gram_by_hand(*chunk) if algorithm == "skip-gram" else cbow_by_hand(*chunk, True)
        losses.append((loss / n, n))
    assert [(found.loss, found.predictions) for found in stage.history_] == [
        (pytest.approx(loss, rel=1e-5), n) for loss, n in losses
    ]
    np.testing.assert_allclose(stage.words_.vectors, inputs, atol=1e-5)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_loss_falls(n_jobs: int) -> None:
    stage = Word2VecVectorizer(epochs=10, alpha=0.1, n_jobs=n_jobs, **SMALL).fit(topic_texts())
    losses = [result.loss for result in stage.history_]
    assert losses[-1] < losses[0] < 6 * np.log(2)  # at first every answer has probability 1/2
    assert [result.epoch for result in stage.history_] == list(range(1, 11))
    assert {result.words for result in stage.history_} == {400 * 8}


def test_progress_is_told_within_an_epoch_and_at_its_end(caplog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "_SECONDS_BETWEEN_NOTES", 0.0)
    with caplog.at_level(logging.INFO, "nlp_toolkit"):
        Word2VecVectorizer(epochs=2, **SMALL).fit(topic_texts(4000))
    # 36,000 numbers are three chunks of 10,000 and a bit, and the rest.
    assert [int(percent) for percent in re.findall(r"epoch 1 of 2: (\d+) % done", caplog.text)] == [25, 50, 75, 100]
    assert re.search(r"epoch 2 of 2: loss \d\.\d+, \d+\.\d\d million words/s", caplog.text)


def test_no_word_of_a_long_text_is_left_out() -> None:
    """gensim cuts a text at 10,000 words without a word (its issue 2880)."""
    stage = Word2VecVectorizer(epochs=1, **SMALL).fit(["start " * 10 + "word " * 30_000 + "end " * 10])
    assert stage.history_[0].words == 30_020
    assert stage.history_[0].predictions == 30_020
    assert set(stage.words_.words) == {"start", "word", "end"}


def test_one_thread_learns_the_same_every_time() -> None:
    first, second = (Word2VecVectorizer(**SMALL).fit(topic_texts()) for _ in range(2))
    np.testing.assert_array_equal(first.words_.vectors, second.words_.vectors)
    assert first.deterministic_


def test_other_seeds_learn_otherwise() -> None:
    first, second = (Word2VecVectorizer(random_state=seed, **SMALL).fit(topic_texts()) for seed in (1, 2))
    assert np.abs(first.words_.vectors - second.words_.vectors).max() > 1e-3


@pytest.mark.parametrize(
    ("parameters", "deterministic"), [({}, True), ({"n_jobs": 2}, False), ({"random_state": None}, False)]
)
def test_manifest_says_whether_the_vectors_would_come_out_the_same(
    parameters: dict[str, int | None], deterministic: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NLP_TOOLKIT_THREADS", raising=False)
    stage = Word2VecVectorizer(epochs=1, **SMALL, **parameters).fit(topic_texts(10))
    save(stage, tmp_path / "model")
    assert json.loads((tmp_path / "model" / "manifest.json").read_text())["deterministic"] is deterministic
    assert load(tmp_path / "model").deterministic_ is deterministic


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_interruption_keeps_what_was_learned(n_jobs: int, monkeypatch: pytest.MonkeyPatch, caplog) -> None:
    add = training.Tally.add

    def add_then_interrupt(tally: training.Tally, epoch: int, *figures: float) -> None:
        add(tally, epoch, *figures)
        if epoch == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(training.Tally, "add", add_then_interrupt)
    stage = Word2VecVectorizer(epochs=50, n_jobs=n_jobs, **SMALL)

    with caplog.at_level(logging.WARNING, "nlp_toolkit"), pytest.raises(KeyboardInterrupt):
        stage.fit(topic_texts())

    assert "the stage keeps what it had learned" in caplog.text
    assert len(stage.history_) >= 2
    begun = make_weights(10, 10, 16, int(np.random.RandomState(0).randint(2**31 - 1))).input_rows
    assert np.abs(stage.words_.vectors - begun).max() > 1e-3
    assert stage.transform(["cat dog"]).any()


def test_going_on_adds_words_and_keeps_those_known() -> None:
    stage = Word2VecVectorizer(epochs=5, **SMALL).fit(topic_texts())
    words, cats = list(stage.words_.words), int(stage.learned_.statistics.counts[stage.words_.row("cat")])

    stage.partial_fit(["cat horse", "horse gold", "cat horse"])

    assert stage.words_.words == [*words, "horse"]
    assert stage.learned_.statistics.counts[stage.words_.row("cat")] == cats + 2
    assert stage.learned_.statistics.counts[stage.words_.row("horse")] == 3
    assert stage.learned_.statistics.n_texts == 403
    assert len(stage.history_) == 10


def test_going_on_goes_on_from_the_vectors_learned() -> None:
    stage = Word2VecVectorizer(epochs=20, alpha=0.05, **SMALL).fit(topic_texts())
    before = stage.words_
    stage.set_params(alpha=1e-6, min_alpha=1e-7).partial_fit(["cat horse"])
    np.testing.assert_allclose(stage.words_.vectors[: len(before.words)], before.vectors, atol=1e-4)


def test_new_words_need_min_count_in_the_new_texts() -> None:
    stage = Word2VecVectorizer(**{**SMALL, "min_count": 2}).fit(topic_texts()).partial_fit(["horse fox cat horse"])
    assert "horse" in stage.words_.index and "fox" not in stage.words_.index


def test_going_on_with_subwords_keeps_the_rows_of_ngrams() -> None:
    stage = Word2VecVectorizer(subwords=True, bucket=1000, **SMALL).fit(topic_texts())
    before = stage.words_
    misspelt = stage.transform(["irom"])
    stage.set_params(alpha=1e-6, min_alpha=1e-7).partial_fit(["cat horse"])
    np.testing.assert_allclose(stage.words_.vectors[: len(before.words)], before.vectors, atol=1e-4)
    np.testing.assert_allclose(stage.transform(["irom"]), misspelt, atol=1e-4)


def test_subwords_set_after_the_fit_are_not_saved_and_not_gone_on_with(tmp_path: Path) -> None:
    texts = ["golden goose", "golden egg"]
    stage = Word2VecVectorizer(**{**SMALL, "subwords": True, "min_count": 1}).fit(texts)
    expected = stage.transform(["goldn"])
    stage.set_params(bucket=100)
    save(stage, tmp_path / "model")
    np.testing.assert_array_equal(load(tmp_path / "model").transform(["goldn"]), expected)
    with pytest.raises(UsageError, match="subwords, min_n, max_n and bucket cannot be changed"):
        stage.partial_fit(texts)


def test_stage_loaded_goes_on_as_the_one_saved_would(tmp_path: Path) -> None:
    stage = Word2VecVectorizer(subwords=True, bucket=1000, **SMALL).fit(topic_texts())
    save(stage, tmp_path / "model")
    loaded = load(tmp_path / "model")
    more = ["cat horse", "horse gold"]
    np.testing.assert_array_equal(loaded.partial_fit(more).words_.vectors, stage.partial_fit(more).words_.vectors)


def test_vocabulary_is_text_and_no_path_is_saved(axes: Path, tmp_path: Path) -> None:
    stage = Word2VecVectorizer(vectors=axes, epochs=0, tokenizer="words").fit(["red"])
    save(stage, tmp_path / "model")
    (folder,) = (tmp_path / "model").glob("*/stages/0-word2vec")
    assert (folder / "vocabulary.txt").read_text() == "red\ngreen\nblue\n"
    assert str(axes) not in "".join(path.read_text(errors="ignore") for path in folder.iterdir())
    np.testing.assert_array_equal(load(tmp_path / "model").transform(["red"]), stage.transform(["red"]))


def test_same_training_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        Word2VecVectorizer(**SMALL).fit(topic_texts()).save_files(tmp_path / name)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_function_as_tokenizer_needs_a_name_to_be_saved(tmp_path: Path) -> None:
    stage = Word2VecVectorizer(**{**SMALL, "tokenizer": str.split}).fit(["a b"])
    with pytest.raises(UsageError, match=r"cannot save tokenizer=.*register_callable"):
        save(stage, tmp_path / "model")
    assert not (tmp_path / "model").exists()


DAMAGE = {
    "words missing": ("vocabulary.txt", lambda path: path.write_text("cat\n"), "expected finite inputs of shape"),
    "no words": ("vocabulary.txt", lambda path: path.write_text(""), "at least one term"),
    "no state": ("state.json", lambda path: path.write_text("[]"), "expected epochs and deterministic"),
    "no arrays": ("vectors.safetensors", lambda path: path.write_bytes(b"\0" * 30), "damaged"),
}


@pytest.mark.parametrize(("name", "damage", "message"), DAMAGE.values(), ids=DAMAGE)
def test_damaged_files_are_refused(name: str, damage, message: str, tmp_path: Path) -> None:
    Word2VecVectorizer(**SMALL).fit(topic_texts(10)).save_files(tmp_path)
    damage(tmp_path / name)
    with pytest.raises(ArtefactError, match=message):
        Word2VecVectorizer.load_files(tmp_path)


def test_numbers_that_are_not_finite_are_refused_on_loading(tmp_path: Path) -> None:
    stage = Word2VecVectorizer(**SMALL).fit(topic_texts(10))
    stage.learned_.inputs[0, 0] = np.nan
    stage.save_files(tmp_path)
    with pytest.raises(ArtefactError, match="expected finite inputs"):
        Word2VecVectorizer.load_files(tmp_path)


WRONG = {
    "algorithm": ("glove", "'algorithm' .* must be a str among .*skip-gram.* Got 'glove'"),
    "pooling": ("sum", "'pooling' .* must be a str among .*sif.* Got 'sum'"),
    "window": (0, "'window' .* must be an int in the range .1, .* Got 0"),
    "negative": (0, "'negative' .* must be an int in the range .1, .* Got 0"),
    "epochs": (-1, "'epochs' .* must be an int in the range .0, .* Got -1"),
    "sample": (float("inf"), "'sample' .* must be a float in the range .* Got inf"),
    "ns_exponent": (float("nan"), "'ns_exponent' .* must be a float in the range .* Got nan"),
    "min_count": (1.5, "'min_count' .* must be an int .* Got 1.5"),
    "cbow_mean": (1, "'cbow_mean' .* must be an instance of 'bool'"),
    "alpha": (1e-5, "expected min_alpha <= alpha"),
    "vector_size": (10**30, "vector_size=10000.*: expected a whole number of at most"),
    "sif_a": (0.0, "'sif_a' .* must be a float in the range .* Got 0.0"),
    "min_n": (7, "expected min_n <= max_n"),
    "bucket": (True, "bucket takes no true or false"),
}


@pytest.mark.parametrize(("parameter", "value", "message"), [(name, *wrong) for name, wrong in WRONG.items()])
def test_parameter_without_sense_is_refused_by_name(parameter: str, value: object, message: str) -> None:
    stage = Word2VecVectorizer(**{**SMALL, "subwords": True, parameter: value})
    with pytest.raises(UsageError, match=message):
        stage.fit(["a b"])


def test_no_epochs_and_no_vectors_is_refused() -> None:
    with pytest.raises(UsageError, match="epochs=0 learns nothing; give 1 or more, or vectors=FILE"):
        Word2VecVectorizer(epochs=0).fit(["a"])


@pytest.mark.parametrize("texts", [[], [""], ["😀", "?!"]])
def test_texts_without_words_are_told(texts: list[str]) -> None:
    with pytest.raises(DataError, match=f"empty vocabulary: of 0 words in {len(texts)} texts"):
        Word2VecVectorizer(**SMALL).fit(texts)


def test_training_that_diverges_is_told() -> None:
    with pytest.raises(DataError, match="training diverged: the vectors hold NaN or infinity; lower alpha"):
        Word2VecVectorizer("cbow", **{**SMALL, "alpha": 1e38}).fit(topic_texts(50))


def test_memory_does_not_grow_with_the_texts() -> None:
    """Texts are read once, a block at a time; ten times as many take the same memory."""

    def peak(n: int) -> int:
        texts = (text for _ in range(n) for text in _repeated)
        tracemalloc.start()
        Word2VecVectorizer(epochs=1, **SMALL).fit(texts)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    _repeated = [" ".join(topic_texts(20))] * 200
    peak(1)  # whatever is made once
    assert peak(200) < 1.1 * peak(20)
