"""Continuous bag of words with negative sampling: the mean of the words around a centre predicts it."""

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from nlp_toolkit.kernels.compiling import kernel
from nlp_toolkit.kernels.simd import (
    LANES,
    add,
    load,
    multiply,
    multiply_add,
    product,
    sigmoid,
    spread,
    store,
    total,
    zeros,
)
from nlp_toolkit.kernels.windows import (
    TILE,
    gather_contexts,
    gather_targets,
    prefetch_targets,
    targets_of,
    windows_of,
)

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

SIGNS = np.full(2 * LANES, -1, dtype=np.float32)  # in the first tile the first row is the centre's own
SIGNS[0] = 1
COUNTED = np.tri(TILE + 1, LANES, -1, dtype=np.float32).ravel()  # 1 in the first k lanes, for k = 0 ... TILE


@njit(inline="always")
def learn_bag(
    inputs: Floats,
    contexts: Longs,
    n_contexts: int,
    outputs: Floats,
    targets: Longs,
    n_targets: int,
    stride: int,
    alpha: float,
    mean: bool,
    signs: Floats,
    counted: Floats,
    scores: Floats,
    hidden: Floats,
    change: Floats,
    likelihood: float,
    loss: float,
) -> tuple[float, float]:
    """One gradient step for one centre; returns `likelihood` and `loss` with its own, as `learn_window` does.

    Contexts are rows of `inputs`, targets rows of `outputs`, both given by where they begin. As in word2vec.c each
    context takes the whole gradient of the mean; the gradient of the sum (`mean` false) is shared out.
    """
    one = spread(np.float32(1.0))
    minus = spread(np.float32(-1.0))
    share = np.float32(1.0 / n_contexts)
    scale = spread(share if mean else np.float32(1.0))
    spill = spread(np.float32(1.0) if mean else share)
    for k in range(0, stride, LANES):
        h = load(inputs, contexts[0] + k)
        for c in range(1, n_contexts):
            h = add(h, load(inputs, contexts[c] + k))
        store(hidden, k, multiply(h, scale))
        store(change, k, zeros())
    for tile in range(0, targets.size, TILE):
        t0 = targets[tile]
        t1 = targets[tile + 1]
        t2 = targets[tile + 2]
        t3 = targets[tile + 3]
        t4 = targets[tile + 4]
        t5 = targets[tile + 5]
        sign = load(signs, 0 if tile == 0 else LANES)
        weight = load(counted, LANES * min(max(n_targets - tile, 0), TILE))
        a0 = zeros()
        a1 = zeros()
        a2 = zeros()
        a3 = zeros()
        a4 = zeros()
        a5 = zeros()
        for k in range(0, stride, LANES):
            h = load(hidden, k)
            a0 = multiply_add(h, load(outputs, t0 + k), a0)
            a1 = multiply_add(h, load(outputs, t1 + k), a1)
            a2 = multiply_add(h, load(outputs, t2 + k), a2)
            a3 = multiply_add(h, load(outputs, t3 + k), a3)
            a4 = multiply_add(h, load(outputs, t4 + k), a4)
            a5 = multiply_add(h, load(outputs, t5 + k), a5)
        scores[0] = total(a0)
        scores[1] = total(a1)
        scores[2] = total(a2)
        scores[3] = total(a3)
        scores[4] = total(a4)
        scores[5] = total(a5)
        # The probability p of each answer given; the gradient of log p is +-(1 - p).
        chance = sigmoid(multiply(load(scores, 0), sign))
        miss = multiply(multiply_add(chance, minus, one), weight)
        # 1 where the weight is 0; 1 - miss would lose the digits of a small probability.
        likelihood *= product(multiply_add(chance, weight, multiply_add(weight, minus, one)))
        if likelihood < 1e-100:
            loss -= math.log(likelihood)
            likelihood = 1.0
        store(scores, 0, multiply(multiply(spread(np.float32(alpha)), sign), miss))
        g0 = spread(scores[0])
        g1 = spread(scores[1])
        g2 = spread(scores[2])
        g3 = spread(scores[3])
        g4 = spread(scores[4])
        g5 = spread(scores[5])
        for k in range(0, stride, LANES):
            h = load(hidden, k)
            w0 = load(outputs, t0 + k)
            w1 = load(outputs, t1 + k)
            w2 = load(outputs, t2 + k)
            w3 = load(outputs, t3 + k)
            w4 = load(outputs, t4 + k)
            w5 = load(outputs, t5 + k)
            x = multiply_add(g0, w0, multiply_add(g1, w1, multiply_add(g2, w2, load(change, k))))
            y = multiply_add(g3, w3, multiply_add(g4, w4, multiply(g5, w5)))
            store(change, k, add(x, y))
            store(outputs, t0 + k, multiply_add(g0, h, w0))
            store(outputs, t1 + k, multiply_add(g1, h, w1))
            store(outputs, t2 + k, multiply_add(g2, h, w2))
            store(outputs, t3 + k, multiply_add(g3, h, w3))
            store(outputs, t4 + k, multiply_add(g4, h, w4))
            store(outputs, t5 + k, multiply_add(g5, h, w5))
    for k in range(0, stride, LANES):
        x = multiply(load(change, k), spill)
        for c in range(n_contexts):
            place = contexts[c] + k
            store(inputs, place, add(load(inputs, place), x))
    return likelihood, loss


@kernel
def train_cbow(
    words: Ints,
    windows: Ints,
    negatives: Ints,
    inputs: Floats,
    outputs: Floats,
    stride: int,
    first_alpha: float,
    last_alpha: float,
    mean: bool,
    contexts: Longs,
    targets: Longs,
    scores: Floats,
    hidden: Floats,
    change: Floats,
) -> tuple[float, int]:
    """Train on the words kept of a chunk; returns (summed loss, number of centres predicted).

    Everything is as in `train_skip_gram`; `mean` is word2vec's cbow_mean, `hidden` and `change` are working space of
    `stride` floats.
    """
    signs = SIGNS
    counted = COUNTED
    blank = inputs.size // stride - 1
    rate = (last_alpha - first_alpha) / max(words.size, 1)
    loss = 0.0
    likelihood = 1.0
    n_predictions = 0
    start = 0
    for centre in range(words.size):
        if words[centre] < 0:
            start = centre + 1
            continue
        prefetch_targets(words, negatives, centre + 1, outputs, stride)
        n_contexts = gather_contexts(words, centre, start, windows[centre], stride, contexts)
        if n_contexts == 0:
            continue
        n_targets = gather_targets(words, negatives, centre, stride, blank, targets)
        likelihood, loss = learn_bag(
            inputs, contexts, n_contexts, outputs, targets, n_targets, stride, first_alpha + rate * centre, mean,
            signs, counted, scores, hidden, change, likelihood, loss,
        )  # fmt: skip
        n_predictions += 1
    return loss - math.log(likelihood), n_predictions


def cbow_by_hand(
    words: Ints,
    windows: Ints,
    negatives: Ints,
    inputs: Floats,
    outputs: Floats,
    first_alpha: float,
    last_alpha: float,
    mean: bool,
) -> tuple[float, int]:
    """What `train_cbow` does, over matrices (n_words, dimensions) it changes in place."""
    loss, n_predictions = 0.0, 0
    for centre, others in windows_of(words, windows):
        alpha = first_alpha + (last_alpha - first_alpha) * centre / len(words)
        targets = targets_of(int(words[centre]), negatives[centre])
        contexts = [int(words[other]) for other in others]
        labels = np.array([1.0] + [0.0] * (len(targets) - 1))
        hidden = inputs[contexts].mean(axis=0) if mean else inputs[contexts].sum(axis=0)
        given = 1 / (1 + np.exp(-(outputs[targets] @ hidden)))
        loss -= float(np.log(np.where(labels == 1, given, 1 - given)).sum())
        n_predictions += 1
        gradient = alpha * (labels - given)
        change = gradient @ outputs[targets]
        outputs[targets] += np.outer(gradient, hidden)
        for context in contexts:
            inputs[context] += change if mean else change / len(contexts)
    return loss, n_predictions
