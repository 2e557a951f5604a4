"""Skip-gram with negative sampling: every context word predicts its centre, all with the same negatives."""

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

HALF = LANES // 2  # the scores of two contexts with one tile fill the lanes
SIGNS = np.full(2 * LANES, -1, dtype=np.float32)  # in the first tile the first row is the centre's own
SIGNS[[0, HALF]] = 1
COUNTED = np.zeros((TILE + 1) * LANES, dtype=np.float32)  # 1 in the first k lanes of each half, for k = 0 ... TILE
for _k in range(TILE + 1):
    COUNTED[_k * LANES : _k * LANES + _k] = COUNTED[_k * LANES + HALF : _k * LANES + HALF + _k] = 1


@njit(inline="always")
def learn_window(
    inputs: Floats,
    contexts: Longs,
    n_contexts: int,
    outputs: Floats,
    targets: Longs,
    n_targets: int,
    stride: int,
    blank: int,
    alpha: float,
    signs: Floats,
    counted: Floats,
    scores: Floats,
    likelihood: float,
    loss: float,
) -> tuple[float, float]:
    """One gradient step for all contexts of one centre; returns `likelihood` and `loss` with its own.

    What was observed had a probability: it goes into the product `likelihood`, and where that becomes small its
    negative logarithm into the sum `loss`, so that a logarithm is taken once for many predictions.

    Contexts are rows of `inputs`, targets rows of `outputs`, both given by where they begin; `inputs` has a row of
    zeros at `blank`. A tile of targets is scored with all contexts before any row changes: small dense products
    instead of many dot products (Ji, Satish, Li and Dubey 2016, arXiv 1604.04661).
    """
    one = spread(np.float32(1.0))
    minus = spread(np.float32(-1.0))
    contexts[n_contexts] = blank * stride  # so that contexts come in pairs
    for tile in range(0, targets.size, TILE):
        t0 = targets[tile]
        t1 = targets[tile + 1]
        t2 = targets[tile + 2]
        t3 = targets[tile + 3]
        t4 = targets[tile + 4]
        t5 = targets[tile + 5]
        sign = load(signs, 0 if tile == 0 else LANES)
        weight = load(counted, LANES * min(max(n_targets - tile, 0), TILE))
        step = multiply(spread(np.float32(alpha)), sign)
        for c in range(0, n_contexts, 2):
            a = contexts[c]
            b = contexts[c + 1]
            a0 = zeros()
            a1 = zeros()
            a2 = zeros()
            a3 = zeros()
            a4 = zeros()
            a5 = zeros()
            b0 = zeros()
            b1 = zeros()
            b2 = zeros()
            b3 = zeros()
            b4 = zeros()
            b5 = zeros()
            for k in range(0, stride, LANES):
                x = load(inputs, a + k)
                y = load(inputs, b + k)
                w = load(outputs, t0 + k)
                a0 = multiply_add(x, w, a0)
                b0 = multiply_add(y, w, b0)
                w = load(outputs, t1 + k)
                a1 = multiply_add(x, w, a1)
                b1 = multiply_add(y, w, b1)
                w = load(outputs, t2 + k)
                a2 = multiply_add(x, w, a2)
                b2 = multiply_add(y, w, b2)
                w = load(outputs, t3 + k)
                a3 = multiply_add(x, w, a3)
                b3 = multiply_add(y, w, b3)
                w = load(outputs, t4 + k)
                a4 = multiply_add(x, w, a4)
                b4 = multiply_add(y, w, b4)
                w = load(outputs, t5 + k)
                a5 = multiply_add(x, w, a5)
                b5 = multiply_add(y, w, b5)
            at = c * HALF
            scores[at] = total(a0)
            scores[at + 1] = total(a1)
            scores[at + 2] = total(a2)
            scores[at + 3] = total(a3)
            scores[at + 4] = total(a4)
            scores[at + 5] = total(a5)
            scores[at + 8] = total(b0)
            scores[at + 9] = total(b1)
            scores[at + 10] = total(b2)
            scores[at + 11] = total(b3)
            scores[at + 12] = total(b4)
            scores[at + 13] = total(b5)
        for c in range(0, n_contexts, 2):
            at = c * HALF
            # The probability p of each answer given; the gradient of log p is +-(1 - p).
            chance = sigmoid(multiply(load(scores, at), sign))
            miss = multiply(multiply_add(chance, minus, one), weight)
            # 1 where the weight is 0; 1 - miss would lose the digits of a small probability.
            chance = multiply_add(chance, weight, multiply_add(weight, minus, one))
            if c + 1 < n_contexts:
                likelihood *= product(chance)
            else:  # half of the lanes belong to the blank row
                store(scores, at, chance)
                for r in range(TILE):
                    likelihood *= scores[at + r]
            store(scores, at, multiply(step, miss))
            if likelihood < 1e-100:
                loss -= math.log(likelihood)
                likelihood = 1.0
        for k in range(0, stride, LANES):
            w0 = load(outputs, t0 + k)
            w1 = load(outputs, t1 + k)
            w2 = load(outputs, t2 + k)
            w3 = load(outputs, t3 + k)
            w4 = load(outputs, t4 + k)
            w5 = load(outputs, t5 + k)
            d0 = w0
            d1 = w1
            d2 = w2
            d3 = w3
            d4 = w4
            d5 = w5
            for c in range(n_contexts):
                at = c * HALF
                place = contexts[c] + k
                x = load(inputs, place)
                g0 = spread(scores[at])
                g1 = spread(scores[at + 1])
                g2 = spread(scores[at + 2])
                g3 = spread(scores[at + 3])
                g4 = spread(scores[at + 4])
                g5 = spread(scores[at + 5])
                d0 = multiply_add(g0, x, d0)
                d1 = multiply_add(g1, x, d1)
                d2 = multiply_add(g2, x, d2)
                d3 = multiply_add(g3, x, d3)
                d4 = multiply_add(g4, x, d4)
                d5 = multiply_add(g5, x, d5)
                # Two chains of sums, so that each waits for the other half as long.
                x = multiply_add(g0, w0, multiply_add(g1, w1, multiply_add(g2, w2, x)))
                y = multiply_add(g3, w3, multiply_add(g4, w4, multiply(g5, w5)))
                store(inputs, place, add(x, y))
            store(outputs, t0 + k, d0)
            store(outputs, t1 + k, d1)
            store(outputs, t2 + k, d2)
            store(outputs, t3 + k, d3)
            store(outputs, t4 + k, d4)
            store(outputs, t5 + k, d5)
    return likelihood, loss


@kernel
def train_skip_gram(
    words: Ints,
    windows: Ints,
    negatives: Ints,
    inputs: Floats,
    outputs: Floats,
    stride: int,
    first_alpha: float,
    last_alpha: float,
    contexts: Longs,
    targets: Longs,
    scores: Floats,
) -> tuple[float, int]:
    """Train on the words kept of a chunk; returns (summed loss, number of context words that predicted a centre).

    `words` (n) are row numbers, -1 behind each text; `windows` (n) how far each centre reaches, `negatives`
    (n, negative) its negatives. `inputs` and `outputs` are matrices written as one row: `stride` floats a word, a
    multiple of LANES, with a row of zeros at the end. The learning rate runs from `first_alpha` to `last_alpha`. The
    loss of a prediction is -log p(centre) - sum of log(1 - p(negative)). The last three are working space: `contexts`
    twice the window and 2, `targets` a multiple of TILE for the centre and its negatives, `scores` 8 a context.
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
        likelihood, loss = learn_window(
            inputs, contexts, n_contexts, outputs, targets, n_targets, stride, blank, first_alpha + rate * centre,
            signs, counted, scores, likelihood, loss,
        )  # fmt: skip
        n_predictions += n_contexts
    return loss - math.log(likelihood), n_predictions


def skip_gram_by_hand(
    words: Ints,
    windows: Ints,
    negatives: Ints,
    inputs: Floats,
    outputs: Floats,
    first_alpha: float,
    last_alpha: float,
) -> tuple[float, int]:
    """What `train_skip_gram` does, over matrices (n_words, dimensions) it changes in place, up to TILE targets."""
    loss, n_predictions = 0.0, 0
    for centre, others in windows_of(words, windows):
        alpha = first_alpha + (last_alpha - first_alpha) * centre / len(words)
        targets = targets_of(int(words[centre]), negatives[centre])
        contexts = [int(words[other]) for other in others]
        labels = np.array([1.0] + [0.0] * (len(targets) - 1))
        given = 1 / (1 + np.exp(-(inputs[contexts] @ outputs[targets].T)))
        loss -= float(np.log(np.where(labels == 1, given, 1 - given)).sum())
        n_predictions += len(contexts)
        before = outputs[targets].copy()
        for context, gradient in zip(contexts, alpha * (labels - given), strict=True):
            outputs[targets] += np.outer(gradient, inputs[context])
            inputs[context] += gradient @ before
    return loss, n_predictions
