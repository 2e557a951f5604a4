"""Sixteen lanes do what numpy does with sixteen numbers."""

import numba
import numpy as np
import pytest

from nlp_toolkit.kernels.simd import (
    LANES,
    LIMIT,
    add,
    load,
    multiply,
    multiply_add,
    prefetch,
    product,
    sigmoid,
    spread,
    store,
    total,
    zeros,
)


@numba.njit
def _apply(a, b, out):
    prefetch(a, 0)
    store(out, 0, add(load(a, 0), load(b, 0)))
    store(out, LANES, multiply(load(a, 0), load(b, 0)))
    store(out, 2 * LANES, multiply_add(load(a, 0), load(b, 0), spread(np.float32(3.0))))
    store(out, 3 * LANES, sigmoid(load(a, 0)))
    store(out, 4 * LANES, zeros())
    return total(load(a, 0)), product(load(b, 0))


@numba.njit
def _sigmoids(values, out):
    for k in range(0, values.size, LANES):
        store(out, k, sigmoid(load(values, k)))


def test_lanes_agree_with_numpy():
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=(2, LANES)).astype(np.float32)
    out = np.ones(5 * LANES, dtype=np.float32)

    summed, multiplied = _apply(a, b, out)

    wide = a.astype(float), b.astype(float)
    expected = [
        wide[0] + wide[1],
        wide[0] * wide[1],
        wide[0] * wide[1] + 3,
        1 / (1 + np.exp(-wide[0])),
        np.zeros(LANES),
    ]
    np.testing.assert_allclose(out, np.concatenate(expected), rtol=1e-6, atol=1e-7)
    assert summed == pytest.approx(wide[0].sum(), abs=1e-5)
    assert multiplied == pytest.approx(wide[1].prod(), rel=1e-6)


def test_only_the_lanes_asked_for_are_written():
    out = np.ones(5 * LANES + 1, dtype=np.float32)
    _apply(np.zeros(LANES, dtype=np.float32), np.zeros(LANES, dtype=np.float32), out)
    assert out[-1] == 1.0


def test_sigmoid_is_exact_to_float32_and_keeps_the_digits_of_small_values():
    values = np.linspace(-LIMIT, LIMIT, 16_000, dtype=np.float32)
    out = np.empty_like(values)
    _sigmoids(values, out)
    np.testing.assert_allclose(out, 1 / (1 + np.exp(-values.astype(float))), rtol=3e-6)


def test_sigmoid_of_huge_scores_is_clipped():
    values = np.array([-1e30, 1e30, -np.float32(LIMIT) * 2, 0.0] * 4, dtype=np.float32)
    out = np.empty_like(values)
    _sigmoids(values, out)
    np.testing.assert_allclose(out[:4], [np.exp(-LIMIT), 1.0, np.exp(-LIMIT), 0.5], rtol=1e-5)
