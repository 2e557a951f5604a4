"""BERT end to end: learns labels and numbers of texts and pairs, keeps the best weights, is saved and loaded whole."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
import transformers
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline

from nlp_toolkit import BertClassifier, BertRegressor, BertVectorizer, FineTuneSettings, load, save
from nlp_toolkit.errors import ArtefactError, DataError, RecipeError, UsageError
from nlp_toolkit.estimators.heads import make_head
from nlp_toolkit.estimators.text_rows import kept_aside
from nlp_toolkit.testing.trial import FIT_TEXTS
from nlp_toolkit.transformer.network import PooledHead
from nlp_toolkit.transformer.supervised import BatchesByLength

pytestmark = pytest.mark.usefixtures("one_thread")

ANIMALS = ["고양이", "강아지", "cat", "dog", "말", "새"]
DISHES = ["김치", "국밥", "bread", "soup", "빵", "밥"]
TEXTS = [f"{word} {end}" for word in ANIMALS + DISHES for end in ("좋다", "싫다", "is here", "있다", "no", "")]
TOPICS = np.array(["animal"] * 36 + ["dish"] * 36)
QUICK = FineTuneSettings(epochs=6, batch_size=8, learning_rate=3e-3, validation=0.0, precision="float32")
MLM = {"epochs": 0, "block_length": 24, "vocabulary_size": 300}
SETTINGS: dict[str, Any] = {"training": QUICK, "device": "cpu", "precision": "float32"}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A little BERT made of these texts, its weights as they were drawn."""
    folder = tmp_path_factory.mktemp("model") / "stage"
    save(BertVectorizer("scratch-tiny", mlm=MLM, device="cpu").fit([*TEXTS, *FIT_TEXTS]), folder)
    return folder


@pytest.fixture(scope="module")
def fitted(model: Path) -> BertClassifier:
    return BertClassifier(model, **SETTINGS).fit(TEXTS, TOPICS)


def test_it_learns_and_gives_probabilities_in_the_order_of_its_classes(fitted: BertClassifier) -> None:
    assert fitted.classes_.tolist() == ["animal", "dish"]
    assert fitted.score(TEXTS, TOPICS) > 0.9
    probabilities = fitted.predict_proba(TEXTS)
    assert probabilities.sum(axis=1) == pytest.approx(1.0)
    assert (fitted.classes_[probabilities.argmax(axis=1)] == fitted.predict(TEXTS)).all()


def test_scores_are_the_head_on_transformers_own_states(fitted: BertClassifier) -> None:
    text = "고양이 좋다"
    checkpoint = fitted.encoder_.checkpoint
    with torch.inference_mode():
        state = checkpoint.encoder(**checkpoint.tokenizer(text, return_tensors="pt")).last_hidden_state[0, 0].numpy()
    expected = fitted.head_.weights @ state + fitted.head_.bias
    assert fitted.decision_function([text])[0] == pytest.approx(expected, abs=1e-5)


def test_the_same_seed_gives_the_same_scores(model: Path, fitted: BertClassifier) -> None:
    again = clone(fitted).fit(TEXTS, TOPICS)
    assert (again.decision_function(TEXTS) == fitted.decision_function(TEXTS)).all()


def test_frozen_leaves_the_encoder_alone_and_trains_the_head(model: Path) -> None:
    frozen = BertClassifier(model, frozen=True, pooling="mean", **SETTINGS)
    frozen.set_params(training=replace(QUICK, learning_rate=None, epochs=20)).fit(TEXTS, TOPICS)
    stage = BertVectorizer(model, device="cpu").fit([])
    before, after = stage.encoder_.checkpoint.encoder.state_dict(), frozen.encoder_.checkpoint.encoder.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert frozen.score(TEXTS, TOPICS) > 0.85


def test_it_stands_in_a_pipeline_and_in_cross_validation(model: Path) -> None:
    pipeline = Pipeline([("vectorizer", "passthrough"), ("estimator", BertClassifier(model, **SETTINGS))])
    pipeline.set_params(estimator__frozen=True, estimator__training=replace(QUICK, learning_rate=None))
    assert cross_val_score(pipeline, TEXTS, TOPICS, cv=2).shape == (2,)


def test_early_stopping_keeps_the_best_weights(model: Path) -> None:
    settings = FineTuneSettings(epochs=12, batch_size=8, learning_rate=3e-3, validation=0.25, patience=2, evaluations=1)
    found = BertClassifier(model, **{**SETTINGS, "training": settings}).fit(TEXTS, TOPICS).training_result_
    losses = dict(found.held_out)
    assert found.best_step in losses
    assert losses[found.best_step] == min(losses.values())
    if found.steps < max(12 * 7, 1):
        assert list(losses.values())[-2:] >= [min(losses.values())] * 2


def test_interrupted_training_goes_on_to_the_same_weights(
    model: Path, fitted: BertClassifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward = PooledHead.forward
    calls = iter(range(10**9))

    def interrupted(self: PooledHead, **batch: torch.Tensor) -> torch.Tensor:
        if next(calls) == 30:
            raise KeyboardInterrupt
        return forward(self, **batch)

    estimator = clone(fitted).set_params(checkpoints=tmp_path)
    monkeypatch.setattr(PooledHead, "forward", interrupted)
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(TEXTS, TOPICS)
    assert list(tmp_path.glob("run-*/checkpoint-*"))
    monkeypatch.undo()
    monkeypatch.setenv("NLP_TOOLKIT_THREADS", "1")
    estimator.fit(TEXTS, TOPICS)
    assert (estimator.decision_function(TEXTS) == fitted.decision_function(TEXTS)).all()
    assert list(tmp_path.iterdir()) == []


def test_batches_hold_every_row_once_and_are_a_function_of_seed_and_epoch() -> None:
    lengths = np.random.default_rng(0).integers(2, 60, 1_000)
    batches = BatchesByLength(np.arange(1_000), lengths, 8, seed=3)
    drawn = []
    for epoch in (0, 1, 0):
        batches.begin_epoch(epoch)
        drawn.append(np.concatenate([batches[at] for at in range(len(batches))]).tolist())
    assert sorted(drawn[0]) == list(range(1_000))
    assert drawn[0] == drawn[2] != drawn[1]
    padded = sum(lengths[batches[at]].max() * len(batches[at]) for at in range(len(batches)))
    assert padded < 1.1 * lengths.sum()


def test_every_class_has_its_share_of_validation_rows() -> None:
    labels = np.array([0] * 80 + [1] * 20 + [2])
    held_out = kept_aside(labels, 101, 0.1, seed=0)
    assert [int(held_out[labels == each].sum()) for each in (0, 1, 2)] == [8, 2, 0]


def test_weights_of_rows_and_classes_decide_what_is_learned(model: Path) -> None:
    texts, labels = ["책 있다"] * 40, ["a"] * 30 + ["b"] * 10
    plain = BertClassifier(model, **SETTINGS).fit(texts, labels)
    balanced = BertClassifier(model, class_weight="balanced", **SETTINGS).fit(texts, labels)
    weighted = BertClassifier(model, **SETTINGS).fit(texts, labels, sample_weight=[1] * 30 + [27] * 10)
    share = [each.predict_proba(texts[:1])[0, 1] for each in (plain, balanced, weighted)]
    # The best guess without telling texts apart is the share of the weights: 1/4, 1/2 and 9/10.
    assert share == pytest.approx([0.25, 0.5, 0.9], abs=0.15)


def test_pairs_are_told_apart_by_their_order(model: Path) -> None:
    pairs = [(a, b) for a in ANIMALS for b in DISHES] + [(b, a) for a in ANIMALS for b in DISHES]
    labels = [1] * 36 + [0] * 36
    estimator = BertClassifier(model, **{**SETTINGS, "training": replace(QUICK, epochs=10)}).fit(pairs, labels)
    assert estimator.score(pairs, labels) > 0.9
    assert estimator.classes_.tolist() == [0, 1]
    with pytest.raises(DataError, match="this model was fitted on pairs of texts; give it the same"):
        estimator.predict(TEXTS)


def test_several_labels_a_text(model: Path, tmp_path: Path) -> None:
    labels = [[topic] + (["good"] if "좋다" in text else []) for text, topic in zip(TEXTS, TOPICS, strict=True)]
    settings = replace(QUICK, epochs=10, validation=0.2)
    estimator = BertClassifier(model, threshold="tune", **{**SETTINGS, "training": settings}).fit(TEXTS, labels)
    assert estimator.classes_.tolist() == ["animal", "dish", "good"]
    probabilities = estimator.predict_proba(TEXTS)
    chosen = estimator.predict(TEXTS)
    assert chosen[0] == [
        label for label, p, t in zip(estimator.classes_, probabilities[0], estimator.thresholds_, strict=True) if p >= t
    ]
    topics = probabilities[:, :2].argmax(axis=1)
    assert (estimator.classes_[topics] == TOPICS).mean() > 0.8
    assert (estimator.thresholds_ != 0.5).any()
    save(Pipeline([("estimator", estimator)]), tmp_path / "model")
    loaded: Any = load(tmp_path / "model")
    assert loaded.predict(TEXTS) == chosen


def test_numbers_of_texts_and_pairs(model: Path, tmp_path: Path) -> None:
    numbers = np.where(TOPICS == "dish", 105.0, 95.0)
    estimator = BertRegressor(model, **SETTINGS).fit(TEXTS, numbers)
    assert np.abs(estimator.predict(TEXTS) - numbers).mean() < 2.0
    pairs = [(text, text) for text in TEXTS]
    save(Pipeline([("estimator", BertRegressor(model, **SETTINGS).fit(pairs, numbers))]), tmp_path / "pairs")
    loaded: Any = load(tmp_path / "pairs")
    assert loaded.predict(pairs[:2]).shape == (2,)


def test_saved_and_loaded_it_gives_the_same_scores(fitted: BertClassifier, tmp_path: Path) -> None:
    save(Pipeline([("vectorizer", "passthrough"), ("estimator", fitted)]), tmp_path / "model")
    loaded: Any = load(tmp_path / "model")
    assert (loaded.predict_proba(TEXTS) == fitted.predict_proba(TEXTS)).all()
    assert loaded.classes_.tolist() == ["animal", "dish"]
    (folder,) = (tmp_path / "model").glob("*/stages/0-bert-classifier")
    assert transformers.AutoModel.from_pretrained(folder, local_files_only=True).config.id2label == {
        0: "animal",
        1: "dish",
    }
    # And it is a checkpoint to go on from.
    assert BertVectorizer(tmp_path / "model", device="cpu").fit([]).transform(TEXTS[:1]).shape == (1, 128)


def test_weights_of_labels_that_are_numbers_are_saved_as_such(fitted: BertClassifier, tmp_path: Path) -> None:
    weights = {np.int64(0): 1.0, np.int64(1): np.float64(3.0)}
    before = clone(fitted).set_params(class_weight=weights, max_length=np.int64(16))
    before.fit(TEXTS, [int(topic == TOPICS[0]) for topic in TOPICS]).save_files(tmp_path)
    loaded = BertClassifier.load_files(tmp_path)
    assert loaded.class_weight == {0: 1.0, 1: 3.0}
    assert loaded.max_length == 16
    assert loaded.classes_.tolist() == [0, 1]


def test_an_estimator_is_saved_by_itself_too(fitted: BertClassifier, tmp_path: Path) -> None:
    save(fitted, tmp_path / "estimator")
    loaded: Any = load(tmp_path / "estimator")
    assert (loaded.predict(TEXTS) == fitted.predict(TEXTS)).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"parameters": {"checkpoints": "/"}}, "a model names no folder for checkpoints"),
        ({"state": {}}, "takes_pairs"),
        ([], "the file is damaged"),
    ],
)
def test_damaged_parameters_are_refused(fitted: BertClassifier, tmp_path: Path, change: Any, message: str) -> None:
    fitted.save_files(tmp_path)
    written = json.loads((tmp_path / "parameters.json").read_text())
    (tmp_path / "parameters.json").write_text(json.dumps({**written, **change} if isinstance(change, dict) else change))
    with pytest.raises(ArtefactError, match=message):
        BertClassifier.load_files(tmp_path)


def test_everything_is_made_inside_fit_from_nothing() -> None:
    mlm = {"epochs": 1, "block_length": 24, "vocabulary_size": 300, "precision": "float32"}
    estimator = BertClassifier("scratch-tiny", mlm=mlm, **SETTINGS).fit(TEXTS, TOPICS)
    assert estimator.mlm_result_.training.steps > 0
    assert estimator.score(TEXTS, TOPICS) > 0.8


def test_training_arguments_say_the_rest(model: Path, tmp_path: Path) -> None:
    more = transformers.TrainingArguments(output_dir=str(tmp_path), max_grad_norm=0.0, lr_scheduler_type="constant")
    estimator = BertClassifier(model, arguments=more, **{**SETTINGS, "training": replace(QUICK, epochs=0.5)})
    assert estimator.fit(TEXTS, TOPICS).training_result_.steps == 5
    assert list(tmp_path.iterdir()) == []
    estimator.set_params(arguments=transformers.TrainingArguments(output_dir=str(tmp_path), learning_rate=1.0))
    with pytest.raises(UsageError, match="arguments: learning_rate is decided by the training settings"):
        estimator.fit(TEXTS, TOPICS)


def test_rows_of_a_table_may_have_any_index(model: Path) -> None:
    index = range(100, 100 + len(TEXTS))
    settings = {**SETTINGS, "training": replace(QUICK, epochs=0.5)}
    listed = BertClassifier(model, **settings).fit(TEXTS, TOPICS)
    of_table = BertClassifier(model, **settings).fit(pd.Series(TEXTS, index=index), pd.Series(TOPICS, index=index))
    assert (of_table.predict_proba(pd.Series(TEXTS, index=index)) == listed.predict_proba(TEXTS)).all()
    pairs = pd.Series([("a", "b"), ("b", "a")], index=[7, 8])
    of_pairs = BertRegressor(model, **settings).fit(pairs, pd.Series([0.0, 1.0], index=[7, 8]))
    assert (of_pairs.predict(pairs) == of_pairs.predict(list(pairs))).all()


@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        (["a"], ["x"], r"expected at least two classes, got \['x'\]; check the labels"),
        (["a", "b"], ["x"], "2 texts have 1 labels; expected one a text"),
        (["a", None], ["x", "y"], r"row 2 \(counted from 1\) is missing"),
        ([], [], "there are no texts to learn from"),
        (["a", "b"], [0.5, 1.7], "expected class labels: Unknown label type: continuous"),
        (["a", "b"], [[], []], "expected at least one label, got only empty lists"),
        ([("a", "b"), "c"], ["x", "y"], r"row 2 \(counted from 1\) is str 'c', expected a pair of texts"),
    ],
)
def test_what_cannot_be_learned_is_refused(model: Path, texts: Any, labels: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        BertClassifier(model, **SETTINGS).fit(texts, labels)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"pooling": "pooler"}, "estimator 'bert': The 'pooling' parameter .* Got 'pooler'"),
        ({"training": {"epoch": 1}}, "estimator 'bert': training: no setting is called 'epoch'; known: epochs"),
        ({"threshold": 2.0}, "estimator 'bert': The 'threshold' parameter .* range .* Got 2.0"),
        ({"arguments": {"output_dir": "x"}}, "estimator 'bert': arguments: expected a transformers.TrainingArguments"),
        ({"frozen": "yes"}, "estimator 'bert': The 'frozen' parameter .* Got 'yes'"),
        ({"random_state": 1}, "estimator 'bert' has no parameter 'random_state'; known: model, pooling"),
    ],
)
def test_a_recipe_is_told_what_is_wrong(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        make_head("bert", parameters, task="classification", seed=0)
