"""What `NeuralClassifier` and `NeuralRegressor` share: their settings, fitting, scoring, and their files."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
from sklearn.base import clone

from nlp_toolkit.artefact.files import read_arrays, read_json, read_lines, write_arrays, write_json, write_lines
from nlp_toolkit.artefact.stored_arrays import LARGEST_WEIGHT
from nlp_toolkit.constraints import PATH, SEED, check_options, one_of, whole
from nlp_toolkit.counting.storing import check_parameters, read_parameters, write_parameters
from nlp_toolkit.errors import ArtefactError, UsageError
from nlp_toolkit.extras import require
from nlp_toolkit.neural.learning import default_settings, learn_network, scores_of
from nlp_toolkit.neural.sizes import ARCHITECTURES, Sizes, TextPooling
from nlp_toolkit.neural.vocabulary import Numbered, learn_words, number_words
from nlp_toolkit.protocols import Tokenizer
from nlp_toolkit.settings import settings_of
from nlp_toolkit.text.analysis import TextAnalysis
from nlp_toolkit.text.augment import Augmentation, augmented_texts
from nlp_toolkit.text.tokenizers import resolve_tokenizer
from nlp_toolkit.transformer.device import Device
from nlp_toolkit.transformer.settings import FineTuneSettings
from nlp_toolkit.transformer.supervised import Targets, check_arguments

_WEIGHTS = "weights.safetensors"
_WORDS = "words.txt"
_STATE = "state.json"

CONSTRAINTS: Mapping[str, Any] = {
    "architecture": [one_of(ARCHITECTURES)],
    "tokenizer": [str, callable],
    "lowercase": ["boolean"],
    "min_count": [whole(1)],
    "max_words": [whole(1), None],
    "max_length": [whole(1, 100_000)],
    "embedding_dim": [whole(1, 100_000)],
    "hidden": [whole(1, 100_000)],
    "layers": [whole(1, 1_000)],
    "heads": [whole(1, 1_000)],
    "widths": [list, tuple],
    "pooling": [one_of(get_args(TextPooling))],
    "training": [Mapping, FineTuneSettings, None],
    "augmentation": [Mapping, Augmentation, None],
    "device": [one_of(get_args(Device))],
    "checkpoints": [*PATH, None],
    "random_state": SEED,
    "normalization": [one_of({"NFC"}), None],
}
"""What the options may be that both estimators have."""


def sizes_of(owner: Any) -> Sizes:
    """The sizes among the owner's parameters, checked."""
    given = {name: getattr(owner, name) for name in Sizes.__dataclass_fields__}
    if isinstance(owner.widths, list):
        given["widths"] = tuple(owner.widths)
    sizes = settings_of(Sizes, given, type(owner).__name__)
    sizes.check(owner.architecture)
    return sizes


def training_of(owner: Any, n_rows: int | None = None) -> FineTuneSettings:
    """The owner's training settings: as given, or a mapping of what differs from the architecture's defaults.

    `n_rows` is how many rows there are to learn from, None where that is not known yet.
    """
    given = {} if owner.training is None else owner.training
    if isinstance(given, Mapping):
        defaults = asdict(default_settings(owner.architecture, n_rows or sys.maxsize))
        if "epochs" in given:
            defaults["evaluations"] = FineTuneSettings.evaluations
        given = {**defaults, **given}
    settings: FineTuneSettings = settings_of(FineTuneSettings, given, "training")
    return settings


def augmentation_of(owner: Any) -> Augmentation | None:
    """The owner's augmentation, checked."""
    if owner.augmentation is None:
        return None
    augmentation: Augmentation = settings_of(Augmentation, owner.augmentation, "augmentation")
    augmentation.check()
    return augmentation


def check_neural(owner: Any) -> None:
    """Raise `UsageError` for parameters no fit could use."""
    check_options(owner)
    sizes_of(owner)
    training_of(owner)
    augmentation_of(owner)
    check_arguments(owner.arguments)


def fit_neural(owner: Any, texts: Sequence[str], targets: Targets, held_out: np.ndarray) -> None:
    """Learn words and network from normalized `texts`; sets `tokenizer_`, `words_`, `network_`, `training_result_`.

    Words are learned from the rows that are not held out, as they are, without their variants.
    """
    for package in ("torch", "transformers"):
        require(package)  # before the texts are analysed
    sizes, augmentation = sizes_of(owner), augmentation_of(owner)
    spec = owner.tokenizer
    owner.tokenizer_ = resolve_tokenizer(spec, texts) if isinstance(spec, str) else spec
    whole = list(_tokens(owner, texts))
    training_part = (tokens for tokens, aside in zip(whole, held_out, strict=True) if not aside)
    words = learn_words(training_part, min_count=owner.min_count, max_words=owner.max_words)
    copies = [number_words(whole, words, max_length=sizes.max_length)]
    if augmentation is not None:
        for copy in range(1, 1 + augmentation.copies):
            variants = augmented_texts(texts, augmentation, seed=owner.random_state, copy=copy)
            copies.append(number_words(_tokens(owner, variants), words, max_length=sizes.max_length))
    learned = learn_network(
        owner.architecture,
        sizes,
        copies,
        targets,
        held_out,
        n_words=len(words),
        settings=training_of(owner, n_rows=int((~held_out).sum())),
        seed=owner.random_state,
        device=owner.device,
        more=owner.arguments,
        checkpoints=owner.checkpoints,
    )
    owner.words_ = words
    owner.network_ = learned.network
    owner.training_result_ = learned.trained
    owner.n_truncated_ = int(copies[0].truncated.sum())


def undo_standard(owner: Any, mean: float, deviation: float) -> None:
    """Change the linear layer so that scores of mean 0 and deviation 1 become numbers of these."""
    linear = owner.network_.linear
    with require("torch").no_grad():
        linear.weight.mul_(deviation)
        linear.bias.mul_(deviation).add_(mean)


def neural_scores(owner: Any, texts: Sequence[str]) -> np.ndarray:
    """Scores (n, n_outputs) float32 of normalized texts; sets `n_truncated_`."""
    numbered: Numbered = number_words(_tokens(owner, texts), owner.words_, max_length=owner.max_length)
    owner.n_truncated_ = int(numbered.truncated.sum())
    return scores_of(owner.network_, numbered, device=owner.device)


def _tokens(owner: Any, texts: Sequence[str]) -> Iterable[Sequence[str]]:
    tokenizer: Tokenizer | Callable[[str], list[str]] = owner.tokenizer_
    return TextAnalysis(tokenizer, owner.lowercase, None).tokens(texts)


def check_storable(owner: Any) -> None:
    """Raise `UsageError` naming the parameter that cannot be saved."""
    check_parameters(_plain(owner))


def write_neural(owner: Any, folder: Path, state: Mapping[str, object]) -> None:
    """Parameters and state as JSON, words as text, weights as safetensors."""
    write_parameters(_plain(owner), folder)
    write_json(folder / _STATE, state)
    write_lines(folder / _WORDS, owner.words_)
    weights = {name: tensor.detach().cpu().numpy() for name, tensor in owner.network_.state_dict().items()}
    write_arrays(folder / _WEIGHTS, weights)


def read_neural(cls: Any, folder: Path) -> tuple[Any, dict[str, Any]]:
    """A fitted `cls` from what `write_neural` wrote, and its state; `ArtefactError` where they do not fit."""
    owner: Any = read_parameters(cls, folder)
    state = read_json(folder / _STATE)
    words, arrays = read_lines(folder / _WORDS), read_arrays(folder / _WEIGHTS)
    try:
        check_neural(owner)
        if owner.checkpoints is not None or owner.arguments is not None:
            raise ValueError("a model names no folder for checkpoints and no arguments")
        if not isinstance(state, dict) or (isinstance(owner.tokenizer, str) and not hasattr(owner, "tokenizer_")):
            raise ValueError("its state or the tokenizer that was fitted is missing")
        owner.tokenizer_ = getattr(owner, "tokenizer_", owner.tokenizer)
        owner.words_ = words
        owner.network_ = _network(owner, arrays)
    except (UsageError, ValueError, TypeError, LookupError) as error:
        raise ArtefactError(f"{folder}: {error}; the model is damaged") from error
    return owner, state


def _network(owner: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    torch = require("torch")
    from nlp_toolkit.neural.network import TextNetwork

    for name, array in arrays.items():
        if array.dtype != np.float32 or not (np.abs(array) <= LARGEST_WEIGHT).all():
            raise ValueError(f"{name}: expected finite float32 numbers, got {array.dtype}")
    n_outputs = len(arrays["linear.bias"])
    # Without memory of its own: the sizes are believed only once the weights have them.
    with torch.device("meta"):
        network = TextNetwork(
            owner.architecture, sizes_of(owner), n_words=len(owner.words_), n_outputs=n_outputs, dropout=0.0
        )
    weights = {name: torch.from_numpy(array) for name, array in arrays.items()}
    try:
        network.load_state_dict(weights, assign=True)
    except RuntimeError as error:  # its only word for weights of another shape or name; no memory is taken here
        raise ValueError(str(error)) from error
    return network.eval()


def _plain(owner: Any) -> Any:
    """The same parameters, settings as mappings, without those that are a matter of this machine."""
    settings = {
        name: asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
        for name, value in (("training", owner.training), ("augmentation", owner.augmentation))
    }
    bare = clone(owner).set_params(**settings, checkpoints=None, arguments=None)
    if hasattr(owner, "tokenizer_"):
        bare.tokenizer_ = owner.tokenizer_
    return bare
