"""Loading checkpoints: safetensors only, no code of theirs, nothing from the network unless it must be."""

import json
import logging
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from nlp_toolkit import BertVectorizer, save
from nlp_toolkit.errors import ArtefactError, UnavailableError, UsageError
from nlp_toolkit.testing.trial import SENTENCES
from nlp_toolkit.transformer.checkpoint import Checkpoint, load_checkpoint
from nlp_toolkit.transformer.folder import write_checkpoint, write_modules


@pytest.fixture
def folder(checkpoint_folder: Path, tmp_path: Path) -> Path:
    """A copy to be spoilt."""
    return Path(shutil.copytree(checkpoint_folder, tmp_path / "model"))


def test_what_is_loaded_is_what_was_written(checkpoint: Checkpoint, checkpoint_folder: Path) -> None:
    loaded = load_checkpoint(checkpoint_folder)
    assert loaded.digest() == checkpoint.digest()
    assert loaded.longest == 64
    for name, tensor in checkpoint.encoder.state_dict().items():
        assert torch.equal(loaded.encoder.state_dict()[name], tensor)


@pytest.mark.usefixtures("no_sockets")
def test_everything_local_works_with_sockets_blocked(checkpoint_folder: Path) -> None:
    rows = BertVectorizer(checkpoint_folder, device="cpu").fit(["book"]).transform(["book"])
    assert rows.shape == (1, 32)


@pytest.mark.usefixtures("no_sockets")
def test_a_hub_name_without_network_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    with pytest.raises(
        UnavailableError,
        match="someone/some-model: not in the local cache and the hub cannot be reached; give the folder of a checkpoi",
    ) as caught:
        load_checkpoint("someone/some-model")
    assert caught.value.exit_code == 6
    assert waits == []  # nothing is tried again after a while


def test_a_folder_that_is_not_there_is_no_hub_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no such folder; give a folder with config.json and model.safetensors, or a"):
        load_checkpoint(str(tmp_path / "nothing"))


def test_pickled_weights_are_refused(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")
    with pytest.raises(
        ArtefactError, match=r"holds only pytorch_model.bin, a pickle that could run code; expected mod"
    ):
        load_checkpoint(folder)


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
def test_code_of_its_own_is_never_run(folder: Path, name: str) -> None:
    settings = json.loads((folder / name).read_text())
    (folder / "evil.py").write_text("raise SystemExit('ran')")
    (folder / name).write_text(json.dumps(settings | {"auto_map": {"AutoModel": "evil.Model"}}))
    with pytest.raises(ArtefactError, match=rf"{name}: asks for code of its own \(auto_map\), which is never run"):
        load_checkpoint(folder)


def _with_index(folder: Path, weight_map: dict[str, str]) -> None:
    (folder / "model.safetensors").rename(folder / "model-00001-of-00001.safetensors")
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))


@pytest.mark.parametrize("shard", ["pytorch_model.bin", "../other/model.safetensors"])
def test_an_index_naming_a_pickle_or_another_folder_is_refused(folder: Path, shard: str) -> None:
    from safetensors.torch import load_file

    weights = load_file(folder / "model.safetensors")
    torch.save(weights, folder / "pytorch_model.bin")
    shutil.copytree(folder, folder.parent / "other")
    _with_index(folder, dict.fromkeys(weights, shard))
    with pytest.raises(ArtefactError, match=rf"names '{shard}'; expected safetensors files beside it"):
        load_checkpoint(folder)


def test_weights_in_several_files_are_read(checkpoint: Checkpoint, folder: Path) -> None:
    weights = checkpoint.encoder.state_dict()
    _with_index(folder, dict.fromkeys(weights, "model-00001-of-00001.safetensors"))
    assert load_checkpoint(folder).digest() == checkpoint.digest()


CONFIGURATIONS: dict[str, tuple[object, str]] = {
    "no names": ([], "expected settings by name"),
    "another kind": ({"model_type": "gpt2"}, r"is a gpt2 model; expected an encoder such as BERT"),
    "a decoder": ({"is_decoder": True}, r"is a decoder \(bert\); expected an encoder such as BERT"),
    "quantized": ({"quantization_config": {"quant_method": "gptq", "bits": 4}}, "its weights are quantized"),
    "a bomb of layers": ({"num_hidden_layers": 10**7}, "num_hidden_layers is 1e.07, and the largest size"),
    "a bomb of words": ({"vocab_size": 10**12}, "vocab_size is 1e.12, and the largest size"),
    "a bomb of labels": ({"num_labels": 2**31}, "num_labels is 2.14748e.09, and the largest size"),
    "a bomb of groups": ({"inner": {"inner_group_num": 10**6}}, "inner.inner_group_num is 1e.06, and the largest"),
    "not a number": ({"layer_norm_eps": -1e6}, "its encoder gives NaN or infinity"),
    "other shapes": ({"max_position_embeddings": 65}, "its weights are of other shapes than its config.json says"),
    "no heads": ({"num_attention_heads": 0}, "cannot be loaded as an encoder with its tokenizer"),
    "words for numbers": ({"num_hidden_layers": "two"}, "cannot be loaded as an encoder with its tokenizer"),
}


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_a_configuration_of_what_cannot_be_run_is_refused(folder: Path, name: str) -> None:
    change, message = CONFIGURATIONS[name]
    settings = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(settings | change if isinstance(change, dict) else change))
    with pytest.raises(ArtefactError, match=message):
        load_checkpoint(folder)


REPLACE = {"type": "Replace", "pattern": {"String": "e"}, "content": "ee"}
TOKENIZERS = {
    "a chain that doubles": ({"normalizer": {"type": "Sequence", "normalizers": [REPLACE] * 12}}, "4,096 times"),
    "a long prefix": ({"normalizer": {"type": "Prepend", "prepend": "x" * 2_000}}, "2,001 times as long"),
    "an empty pattern": (
        {"normalizer": {"type": "Replace", "pattern": {"Regex": ""}, "content": "x" * 2_000}}, "2,001 times as long",
    ),
    "of another kind": ({"model": {"type": "Unheard"}}, "tokenizers cannot use it"),
    "another shape": ({"post_processor": {"type": "TemplateProcessing", "single": 5}}, "tokenizers cannot use it"),
    "numbers behind the encoder": (
        {"added_tokens": [{"id": 10**6, "content": "[X]", "single_word": False, "lstrip": False, "rstrip": False,
                           "normalized": False, "special": False}]}, "tokens, the encoder only|tokenizers cannot",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "message"), TOKENIZERS.values(), ids=TOKENIZERS)
def test_a_tokenizer_that_cannot_be_used_is_refused(folder: Path, changes: dict[str, Any], message: str) -> None:
    rules = json.loads((folder / "tokenizer.json").read_text())
    (folder / "tokenizer.json").write_text(json.dumps({**rules, **changes}))
    with pytest.raises(ArtefactError, match=message):
        load_checkpoint(folder)


def test_a_configuration_nested_without_end_is_refused(folder: Path) -> None:
    (folder / "config.json").write_text("[" * 100_000)
    with pytest.raises(ArtefactError, match="expected JSON"):
        load_checkpoint(folder)


def test_attention_that_a_folder_asks_for_is_not_fetched(checkpoint: Checkpoint, folder: Path) -> None:
    settings = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(settings | {"attn_implementation": "someone/kernel"}))
    loaded = load_checkpoint(folder)
    assert loaded.encoder.config._attn_implementation == "sdpa"
    assert loaded.digest() == checkpoint.digest()


def test_weights_that_are_no_numbers_are_refused_at_load(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    weights["embeddings.word_embeddings.weight"][-1, 0] = float("nan")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ArtefactError, match=r"embeddings.word_embeddings.weight hold NaN or infinity"):
        load_checkpoint(folder)


@pytest.mark.parametrize("kind", [torch.int8, torch.float8_e4m3fn])
def test_weights_of_eight_bits_are_refused_though_nothing_else_says_so(folder: Path, kind: torch.dtype) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    weights["embeddings.position_ids"] = torch.arange(64)  # what older folders hold beside their weights
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    assert load_checkpoint(folder).longest == 64
    name = "encoder.layer.0.output.dense.weight"
    weights[name] = weights[name].to(kind)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ArtefactError, match=rf"{name} is (I8|F8_E4M3): its weights are quantized"):
        load_checkpoint(folder)


@pytest.mark.parametrize("family", ["Roberta", "Camembert", "MPNet"])
def test_positions_that_begin_after_the_padding_leave_less_room(
    checkpoint: Checkpoint, tmp_path: Path, family: str
) -> None:
    configuration = getattr(transformers, f"{family}Config")(
        vocab_size=len(checkpoint.tokenizer),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=40,
        pad_token_id=1,
    )
    encoder = getattr(transformers, f"{family}Model")(configuration).eval()
    encoder.pooler = None
    write_checkpoint(replace(checkpoint, encoder=encoder), tmp_path)
    assert load_checkpoint(tmp_path).longest == 38
    rows = BertVectorizer(tmp_path, device="cpu", precision="float32").fit_transform([" ".join(SENTENCES)])
    assert rows.any()


def test_a_folder_without_a_tokenizer_is_refused(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").unlink()  # transformers makes one that knows no word
    with pytest.raises(ArtefactError, match=r"no tokenizer in it; expected tokenizer.json beside config.json"):
        load_checkpoint(folder)


@pytest.mark.parametrize(
    ("limit", "message"),
    [(0, "takes 0 tokens at most"), (-5, "takes -5 tokens"), ("many", "takes 'many' or 64 tokens")],
)
def test_a_length_that_is_none_is_refused(folder: Path, limit: object, message: str) -> None:
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps(settings | {"model_max_length": limit}))
    with pytest.raises(ArtefactError, match=message):
        load_checkpoint(folder)


@pytest.mark.parametrize("modules", ["5", '{"0": "Pooling"}'])
def test_modules_that_are_no_list_are_refused(folder: Path, modules: str) -> None:
    (folder / "modules.json").write_text(modules)
    with pytest.raises(ArtefactError, match=r"modules.json: expected a list of modules"):
        load_checkpoint(folder)


@pytest.mark.parametrize("name", ["../nothing", "-x", "a--b"])
def test_what_is_neither_a_folder_nor_a_hub_name_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError, match="no such folder, and no name the hub could have"):
        load_checkpoint(name)


def test_an_adapter_for_another_model_is_refused(folder: Path) -> None:
    (folder / "adapter_config.json").write_text("{}")
    with pytest.raises(ArtefactError, match="is an adapter for another model"):
        load_checkpoint(folder)


def test_weights_that_are_not_whole_are_refused(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    weights.pop("encoder.layer.1.output.dense.weight")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ArtefactError, match=r"weights 1 are missing, first encoder.layer.1.output.dense.weight"):
        load_checkpoint(folder)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_damaged_file_is_an_artefact_error(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b'{"broken')
    with pytest.raises(ArtefactError, match="model"):
        load_checkpoint(folder)


def test_a_model_directory_of_ours_is_a_checkpoint(checkpoint_folder: Path, tmp_path: Path) -> None:
    stage = BertVectorizer(checkpoint_folder, device="cpu", precision="float32").fit([])
    save(stage, tmp_path / "saved")
    again = BertVectorizer(tmp_path / "saved", device="cpu", precision="float32").fit([])
    assert (again.transform(list(SENTENCES)) == stage.transform(list(SENTENCES))).all()


@pytest.mark.parametrize(
    ("settings", "declared"),
    [
        ({"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}, "mean"),
        ({"pooling_mode": "mean"}, "mean"),
        ({"pooling_mode": ["cls", "mean"]}, "cls+mean"),
    ],
)
def test_a_model_made_for_other_pooling_gives_one_note(
    folder: Path, caplog: pytest.LogCaptureFixture, settings: dict[str, object], declared: str
) -> None:
    write_modules(folder, pooling="mean", max_length=64, columns=32)
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(settings))
    assert load_checkpoint(folder).declared_pooling == declared
    with caplog.at_level(logging.INFO, "nlp_toolkit"):
        BertVectorizer(folder, device="cpu").fit([])
    notes = [record.getMessage() for record in caplog.records]
    expected = [f"{folder} was trained for mean pooling and is used frozen with cls: pooling='mean' is likely better"]
    assert notes == (expected if declared == "mean" else [])
