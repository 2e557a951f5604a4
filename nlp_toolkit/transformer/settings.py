"""How networks are trained, as small plain dataclasses."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt, Le, Lt

from nlp_toolkit.settings import Count, Share
from nlp_toolkit.transformer.precision import Precision


@dataclass(frozen=True)
class MlmSettings:
    """How to train by masked-language modelling.

    `epochs` 0 trains nothing (a model made from nothing then stays random). `learning_rate` None is 5e-4 for a new
    encoder and 5e-5 for one that goes on. `held_out` is the share of blocks never trained on, by which the best
    weights are chosen and training stops after `patience` evaluations without a better one (None: never).
    `precision` "auto" is bfloat16 where the hardware has it. A model made from nothing takes texts of up to
    `block_length` tokens, and its tokenizer has at most `vocabulary_size` pieces. `dropout` holds for every dropout of
    the encoder while it is trained so, None leaves them as its configuration says: a text seen once cannot be
    overfitted, so 0 suits a long corpus and few epochs, and is faster (Geiping & Goldstein 2023, section 4.3).
    """

    epochs: Annotated[float, Ge(0), Le(1e6)] = 1.0
    block_length: Annotated[int, Ge(8), Le(100_000)] = 128
    batch_size: Count = 32
    accumulate: Count = 1
    learning_rate: Annotated[float, Gt(0), Le(1e3)] | None = None
    warmup: Share = 0.06
    weight_decay: Annotated[float, Ge(0), Le(1e3)] = 0.01
    dropout: Share | None = None
    mask_rate: Annotated[float, Gt(0), Lt(1)] = 0.15
    whole_words: bool = False
    held_out: Share = 0.05
    evaluations: Count = 4
    patience: Count | None = 3
    precision: Precision = "auto"
    vocabulary_size: Annotated[int, Ge(100), Le(10_000_000)] = 32_000


@dataclass(frozen=True)
class FineTuneSettings:
    """How to train a classifier or regressor end to end.

    `learning_rate` None is 5e-5 for an encoder 768 wide and proportionally more for a narrower one (3e-4 for tiny;
    Turc et al. 2019), 5e-3 for a head on a frozen encoder; it rises over the share `warmup` of the steps and falls
    linearly to 0. `validation` is the share of rows kept aside (stratified by class), by whose loss the best weights
    are chosen and training stops after `patience` evaluations without a better one (None: never); there are
    `evaluations` per epoch. A step takes `batch_size * accumulate` rows. `precision` "auto" trains in bfloat16 where
    the hardware has it.
    """

    epochs: Annotated[float, Gt(0), Le(1e6)] = 3.0
    batch_size: Count = 16
    accumulate: Count = 1
    learning_rate: Annotated[float, Gt(0), Le(1e3)] | None = None
    warmup: Share = 0.1
    weight_decay: Annotated[float, Ge(0), Le(1e3)] = 0.01
    dropout: Share = 0.1
    validation: Share = 0.1
    evaluations: Annotated[float, Gt(0), Le(1e6)] = 1.0
    patience: Count | None = 2
    precision: Precision = "auto"
