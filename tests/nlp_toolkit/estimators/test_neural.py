"""Neural baselines: what each architecture can and cannot learn, and the contract of estimators that take texts."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline

from nlp_toolkit import Augmentation, FineTuneSettings, NeuralClassifier, NeuralRegressor, load, register_callable, save
from nlp_toolkit.errors import ArtefactError, DataError, MissingExtraError, RecipeError, UsageError
from nlp_toolkit.estimators.heads import make_head
from nlp_toolkit.estimators.neural_fitting import augmentation_of, training_of
from nlp_toolkit.neural.sizes import ARCHITECTURES, Architecture

pytestmark = pytest.mark.usefixtures("one_thread")

ANIMALS = ["고양이", "강아지", "cat", "dog", "말", "새"]
DISHES = ["김치", "국밥", "bread", "soup", "빵", "밥"]
TEXTS = [f"{word} {end}" for word in ANIMALS + DISHES for end in ("좋다", "싫다", "is here", "있다", "no", "")]
TOPICS = np.array(["animal"] * 36 + ["dish"] * 36)
SETTINGS: dict[str, Any] = {
    "tokenizer": "words-all",
    "embedding_dim": 16,
    "hidden": 16,
    "max_length": 16,
    "device": "cpu",
    "training": {"epochs": 12, "batch_size": 16, "dropout": 0.0, "learning_rate": 1e-2, "validation": 0.0},
}


@pytest.fixture(scope="module")
def fitted() -> dict[str, NeuralClassifier]:
    return {name: NeuralClassifier(name, **SETTINGS).fit(TEXTS, TOPICS) for name in ARCHITECTURES}


def order_task(n_texts: int, seed: int) -> tuple[list[str], np.ndarray]:
    """Texts that all hold "left" and "right" once, among other words; the label says which one comes first."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, n_texts)
    texts = []
    for label in labels:
        words = [f"w{number}" for number in random.integers(0, 6, random.integers(2, 6))]
        words.insert(int(random.integers(len(words) + 1)), "left right" if label else "right left")
        texts.append(" ".join(words))
    return texts, labels


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_each_architecture_learns_topics_by_their_words(
    fitted: dict[str, NeuralClassifier], architecture: Architecture
) -> None:
    estimator = fitted[architecture]
    assert estimator.classes_.tolist() == ["animal", "dish"]
    assert estimator.score(TEXTS, TOPICS) > 0.95
    probabilities = estimator.predict_proba(TEXTS)
    assert probabilities.sum(axis=1) == pytest.approx(1.0)
    assert (estimator.classes_[probabilities.argmax(axis=1)] == estimator.predict(TEXTS)).all()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_order_of_words_is_learned_by_all_but_the_bag(architecture: Architecture) -> None:
    texts, labels = order_task(300, seed=0)
    estimator = NeuralClassifier(architecture, **SETTINGS).fit(texts, labels)
    accuracy = estimator.score(*order_task(200, seed=1))
    if architecture == "bag":
        assert accuracy < 0.65
    else:
        assert accuracy > 0.9


def test_what_was_learned_at_one_place_is_known_at_another_by_the_convolution_and_not_by_the_mlp() -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 200)
    texts = [f"{'good' if label else 'bad'} w{random.integers(6)} w{random.integers(6)}" for label in labels]
    moved = [" ".join(text.split()[::-1]) for text in texts]
    accuracy = {
        name: NeuralClassifier(name, **SETTINGS).fit(texts, labels).score(moved, labels) for name in ("cnn", "mlp")
    }
    assert accuracy["cnn"] > 0.95
    assert accuracy["mlp"] < 0.8


def test_scores_are_the_linear_layer_on_the_mean_of_the_vectors(fitted: dict[str, NeuralClassifier]) -> None:
    estimator = fitted["bag"]
    weights = {name: tensor.numpy() for name, tensor in estimator.network_.state_dict().items()}
    number = {word: row for row, word in enumerate(estimator.words_, start=2)}
    row = weights["embedding.weight"][[number["고양이"], number["좋다"]]].mean(axis=0)
    expected = weights["linear.weight"] @ row + weights["linear.bias"]
    assert estimator.decision_function(["고양이 좋다"])[0] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_same_seed_gives_the_same_scores(fitted: dict[str, NeuralClassifier], architecture: Architecture) -> None:
    estimator = fitted[architecture]
    torch.rand(1)  # the state of other generators is not to matter
    again = clone(estimator).fit(TEXTS, TOPICS)
    assert (again.decision_function(TEXTS) == estimator.decision_function(TEXTS)).all()


def test_another_seed_gives_another_network(fitted: dict[str, NeuralClassifier]) -> None:
    other = clone(fitted["bag"]).set_params(random_state=1).fit(TEXTS, TOPICS)
    assert (other.decision_function(TEXTS) != fitted["bag"].decision_function(TEXTS)).any()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_text_is_scored_alike_alone_and_among_others(
    fitted: dict[str, NeuralClassifier], architecture: Architecture
) -> None:
    texts = ["", "고양이", "dog is here " * 50, "unseen words", "\ud800 \x00", "국밥 싫다"]
    together = fitted[architecture].decision_function(texts)
    assert fitted[architecture].n_truncated_ == 1
    alone = np.concatenate([fitted[architecture].decision_function([text]) for text in texts])
    assert together == pytest.approx(alone, abs=1e-5)
    assert np.isfinite(together).all()
    assert fitted[architecture].decision_function([]).shape == (0, 2)


def test_both_spellings_of_hangul_are_one_text(fitted: dict[str, NeuralClassifier]) -> None:
    import unicodedata

    decomposed = [unicodedata.normalize("NFD", text) for text in TEXTS]
    assert (fitted["cnn"].decision_function(decomposed) == fitted["cnn"].decision_function(TEXTS)).all()


def test_words_are_learned_from_the_training_part_only() -> None:
    texts = [f"common only{row}" for row in range(40)]
    estimator = NeuralClassifier("bag", **SETTINGS)
    estimator.set_params(training={**SETTINGS["training"], "epochs": 1, "validation": 0.25})
    estimator.fit(texts, [0, 1] * 20)
    assert len(estimator.words_) == 1 + 30


def test_early_stopping_keeps_the_best_weights() -> None:
    training = {**SETTINGS["training"], "epochs": 30, "validation": 0.25, "patience": 2, "learning_rate": 3e-2}
    random = np.random.default_rng(0)
    found = NeuralClassifier("bag", **{**SETTINGS, "training": training})
    found.fit(TEXTS, random.permutation(TOPICS))  # nothing to learn, so it soon learns by heart
    result = found.training_result_
    losses = dict(result.held_out)
    assert result.steps < 30 * 4
    assert losses[result.best_step] == min(losses.values()) < list(losses.values())[-1]


def test_interrupted_training_goes_on_to_the_same_weights(
    fitted: dict[str, NeuralClassifier], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nlp_toolkit.neural.network import TextNetwork

    forward = TextNetwork.forward
    calls = iter(range(10**9))

    def interrupted(self: TextNetwork, input_ids: torch.Tensor) -> torch.Tensor:
        if next(calls) == 40:
            raise KeyboardInterrupt
        return forward(self, input_ids)

    noise = Augmentation(drop_words=0.3, copies=2)
    whole = clone(fitted["gru"]).set_params(augmentation=noise).fit(TEXTS, TOPICS)
    estimator = clone(whole).set_params(checkpoints=tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(TextNetwork, "forward", interrupted)
        with pytest.raises(KeyboardInterrupt):
            estimator.fit(TEXTS, TOPICS)
    assert list(tmp_path.glob("run-*/checkpoint-*"))
    estimator.fit(TEXTS, TOPICS)
    assert (estimator.decision_function(TEXTS) == whole.decision_function(TEXTS)).all()
    assert list(tmp_path.iterdir()) == []


def test_weights_of_rows_and_classes_decide_what_is_learned() -> None:
    texts, labels = ["책 있다"] * 40, ["a"] * 30 + ["b"] * 10
    longer = {**SETTINGS, "training": {**SETTINGS["training"], "epochs": 40, "batch_size": 40}}
    plain = NeuralClassifier("bag", **longer).fit(texts, labels)
    balanced = NeuralClassifier("bag", class_weight="balanced", **longer).fit(texts, labels)
    by_label = NeuralClassifier("bag", class_weight={"a": 1.0, "b": 3.0}, **longer).fit(texts, labels)
    weighted = NeuralClassifier("bag", **longer).fit(texts, labels, sample_weight=[1] * 30 + [27] * 10)
    share = [each.predict_proba(texts[:1])[0, 1] for each in (plain, balanced, by_label, weighted)]
    # The best guess without telling texts apart is the share of the weights: 1/4, 1/2, 1/2 and 9/10.
    assert share == pytest.approx([0.25, 0.5, 0.5, 0.9], abs=0.1)


def test_several_labels_a_text(tmp_path: Path) -> None:
    labels = [[topic] + (["good"] if "좋다" in text else []) for text, topic in zip(TEXTS, TOPICS, strict=True)]
    training = {**SETTINGS["training"], "epochs": 25, "validation": 0.2}
    estimator = NeuralClassifier("bag", threshold="tune", **{**SETTINGS, "training": training}).fit(TEXTS, labels)
    assert estimator.classes_.tolist() == ["animal", "dish", "good"]
    chosen = estimator.predict(TEXTS)
    assert np.mean([sorted(row) == sorted(truth) for row, truth in zip(chosen, labels, strict=True)]) > 0.8
    save(Pipeline([("estimator", estimator)]), tmp_path / "model")
    loaded: Any = load(tmp_path / "model")
    assert loaded.predict(TEXTS) == chosen


def test_numbers_of_texts(tmp_path: Path) -> None:
    numbers = np.where(TOPICS == "dish", 105.0, 95.0)
    estimator = NeuralRegressor("cnn", **SETTINGS).fit(TEXTS, numbers)
    assert np.abs(estimator.predict(TEXTS) - numbers).mean() < 1.0
    save(estimator, tmp_path / "model")
    loaded: Any = load(tmp_path / "model")
    assert (loaded.predict(TEXTS) == estimator.predict(TEXTS)).all()


def test_augmentation_varies_the_training_texts_and_nothing_else(
    fitted: dict[str, NeuralClassifier], monkeypatch: pytest.MonkeyPatch
) -> None:
    from nlp_toolkit.neural.network import TextNetwork

    read: list[set[tuple[int, ...]]] = [set(), set()]
    forward = TextNetwork.forward

    def noting(self: TextNetwork, input_ids: torch.Tensor) -> torch.Tensor:
        read[not self.training].update(map(tuple, input_ids.tolist()))
        return forward(self, input_ids)

    monkeypatch.setattr(TextNetwork, "forward", noting)
    texts = [f"{word} one two three four five" for word in ANIMALS + DISHES for _ in range(4)]
    training = {**SETTINGS["training"], "epochs": 3, "validation": 0.25, "patience": None}
    noise = {"drop_words": 0.5, "copies": 2}
    estimator = clone(fitted["cnn"]).set_params(training=training, augmentation=noise)
    estimator.fit(texts, ["animal"] * 24 + ["dish"] * 24)
    is_whole = [{len([number for number in row if number]) == 6 for row in rows} for rows in read]
    assert is_whole == [{True, False}, {True}]


def test_korean_texts_are_read_as_morphemes() -> None:
    texts = ["영화가 재미있다", "영화는 재미있었다", "음식이 맛없다", "음식은 맛없었다"] * 4
    estimator = NeuralClassifier("bag", **{**SETTINGS, "tokenizer": "auto"}).fit(texts, [1, 1, 0, 0] * 4)
    assert estimator.tokenizer_.name == "korean"
    assert {"영화/NNG", "음식/NNG"} <= set(estimator.words_)
    assert estimator.predict(["영화를 봤다", "음식도 있다"]).tolist() == [1, 0]


def test_settings_may_be_an_object_or_what_differs_from_the_architectures_own() -> None:
    mine = FineTuneSettings(epochs=2.0)
    assert training_of(NeuralClassifier("cnn", training=mine)) == mine
    changed = training_of(NeuralClassifier("cnn", training={"epochs": 2, "dropout": 0.2}))
    assert (changed.epochs, changed.dropout) == (2, 0.2)
    assert (changed.batch_size, changed.evaluations) == (training_of(NeuralClassifier("cnn")).batch_size, 1)
    assert augmentation_of(NeuralClassifier(augmentation={"drop_words": 0.1})) == Augmentation(drop_words=0.1)


def test_few_rows_are_read_more_often_and_not_evaluated_more_often() -> None:
    few, many = (training_of(NeuralClassifier("cnn"), n_rows=n_rows) for n_rows in (100, 5_000))
    assert (few.epochs, many.epochs) == (200, 20)
    assert few.evaluations * few.epochs == many.evaluations * many.epochs == 20
    assert training_of(NeuralClassifier("cnn", training={"epochs": 3}), n_rows=10).epochs == 3


def test_it_stands_in_a_pipeline_and_in_cross_validation() -> None:
    pipeline = Pipeline([("vectorizer", "passthrough"), ("estimator", NeuralClassifier(**SETTINGS))])
    pipeline.set_params(estimator__architecture="mlp", estimator__hidden=4)
    assert cross_val_score(pipeline, TEXTS, TOPICS, cv=2).shape == (2,)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_saved_and_loaded_in_a_fresh_process_it_decides_alike(
    fitted: dict[str, NeuralClassifier], architecture: Architecture, tmp_path: Path
) -> None:
    estimator = fitted[architecture]
    save(Pipeline([("vectorizer", "passthrough"), ("estimator", estimator)]), tmp_path / "model")
    (folder,) = (tmp_path / "model").glob("*/stages/0-neural-classifier")
    files = {"parameters.json", "state.json", "weights.safetensors", "words.txt"}
    assert {path.name for path in folder.iterdir()} == files
    loaded: Any = load(tmp_path / "model")
    assert (loaded.decision_function(TEXTS) == estimator.decision_function(TEXTS)).all()
    if architecture != "gru":  # a process takes seconds to start; the one with packed sequences stands for all
        return
    texts = tmp_path / "texts.json"
    texts.write_text(json.dumps(TEXTS))
    code = (
        "import json, sys; from nlp_toolkit import load; texts = json.load(open(sys.argv[2]));"
        "print(json.dumps(load(sys.argv[1]).decision_function(texts).tolist()))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "model"), str(texts)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == estimator.decision_function(TEXTS).tolist()


def test_a_loaded_estimator_can_be_fitted_again(fitted: dict[str, NeuralClassifier], tmp_path: Path) -> None:
    weighted = clone(fitted["cnn"]).set_params(class_weight={"animal": 1.0, "dish": 2.0}).fit(TEXTS, TOPICS)
    save(weighted, tmp_path / "model")
    loaded: Any = load(tmp_path / "model")
    assert loaded.get_params()["class_weight"] == {"animal": 1.0, "dish": 2.0}
    again = clone(loaded).fit(TEXTS, TOPICS)
    assert (again.decision_function(TEXTS) == weighted.decision_function(TEXTS)).all()


def two_letters(text: str) -> list[str]:
    """A tokenizer of one's own."""
    return [text[at : at + 2] for at in range(len(text) - 1)]


def test_a_tokenizer_of_ones_own_is_saved_by_its_registered_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nlp_toolkit.registry._callables", {})
    estimator = NeuralClassifier("bag", **{**SETTINGS, "tokenizer": two_letters}).fit(TEXTS, TOPICS)
    with pytest.raises(UsageError, match="only registered callables can be saved"):
        save(estimator, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []
    register_callable("two-letters", two_letters)
    save(estimator, tmp_path / "model")
    loaded: Any = load(tmp_path / "model")
    assert (loaded.predict(TEXTS) == estimator.predict(TEXTS)).all()


@pytest.mark.parametrize(
    ("file", "key", "value", "message"),
    [
        ("parameters.json", "hidden", 17, "size mismatch"),
        ("parameters.json", "hidden", 99_999, "size mismatch"),
        ("parameters.json", "architecture", "rnn", "'architecture' parameter .* Got 'rnn'"),
        ("parameters.json", "architecture", "bag", "Unexpected key"),
        ("parameters.json", "checkpoints", "/", "a model names no folder for checkpoints"),
        ("parameters.json", "colour", "red", "unexpected keyword argument 'colour'"),
        ("state.json", "classes", ["one"], "1 classes and 2 outputs"),
    ],
)
def test_damaged_files_are_refused(
    fitted: dict[str, NeuralClassifier], tmp_path: Path, file: str, key: str, value: Any, message: str
) -> None:
    fitted["mlp"].save_files(tmp_path)
    written = json.loads((tmp_path / file).read_text())
    (written["parameters"] if file == "parameters.json" else written)[key] = value
    (tmp_path / file).write_text(json.dumps(written))
    with pytest.raises(ArtefactError, match=message):
        NeuralClassifier.load_files(tmp_path)


def test_weights_that_are_no_numbers_are_refused(fitted: dict[str, NeuralClassifier], tmp_path: Path) -> None:
    from nlp_toolkit.artefact.files import read_arrays, write_arrays

    fitted["bag"].save_files(tmp_path)
    arrays = read_arrays(tmp_path / "weights.safetensors")
    write_arrays(tmp_path / "weights.safetensors", {**arrays, "linear.bias": np.array([0, np.nan], dtype=np.float32)})
    with pytest.raises(ArtefactError, match=r"linear\.bias: expected finite float32 numbers"):
        NeuralClassifier.load_files(tmp_path)


@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        (["a", "b"], ["x", "x"], r"expected at least two classes, got \['x'\]; check the labels"),
        (["a", "b"], ["x"], "2 texts have 1 labels; expected one a text"),
        (["a", None], ["x", "y"], r"row 2 \(counted from 1\) is missing"),
        ([], [], "there are no texts to learn from"),
        ("text", ["x"], "expected a sequence of texts, got one str"),
        ([("a", "b"), ("c", "d")], ["x", "y"], r"row 1 \(counted from 1\) is a tuple of 2, expected a text"),
        (
            ["!", "?"],
            ["x", "y"],
            r"no word occurs 1 times in the training texts \(0 different words\); lower min_count",
        ),
    ],
)
def test_what_cannot_be_learned_is_refused(texts: Any, labels: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        NeuralClassifier("bag", **SETTINGS).fit(texts, labels)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"architecture": "rnn"}, "'architecture' parameter .* Got 'rnn'"),
        ({"architecture": "transformer", "heads": 3}, "embedding_dim=128 cannot be shared by 3 heads"),
        ({"training": {"epoch": 1}}, "training: no setting is called 'epoch'; known: epochs"),
        ({"training": {"dropout": 1.5}}, "training.dropout: input should be less than 1"),
        ({"augmentation": {"drop": 0.1}}, "augmentation: no setting is called 'drop'; known: drop_words"),
        ({"augmentation": {"copies": 2}}, "augmentation: give drop_words, close_spaces or open_spaces a share above 0"),
        ({"widths": []}, "widths: tuple should have at least 1 item"),
        ({"hidden": 0}, "'hidden' parameter .* range .* Got 0"),
        ({"pooling": "max"}, "'pooling' parameter .* Got 'max'"),
        ({"tokenizer": "wrods"}, "tokenizer='wrods': expected one of words"),
        ({"min_count": True}, "min_count takes no true or false"),
        ({"device": "tpu"}, "'device' parameter .* Got 'tpu'"),
        ({"threshold": 2.0}, "'threshold' parameter .* Got 2.0"),
        ({"model": "x"}, "has no parameter 'model'; known: architecture, tokenizer"),
    ],
)
def test_a_recipe_is_told_what_is_wrong(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError, match=f"estimator 'neural'.*{message}"):
        make_head("neural", parameters, task="classification", seed=0)


def test_without_torch_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(
        MissingExtraError, match=r'torch is not installed; run: pip install "nlp-toolkit\[bert\]"'
    ) as told:
        NeuralClassifier("bag", **SETTINGS).fit(TEXTS, TOPICS)
    assert told.value.exit_code == 6
