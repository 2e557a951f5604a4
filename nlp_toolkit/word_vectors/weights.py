"""The two weight matrices of word2vec, laid out for the kernels."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlp_toolkit.kernels.simd import LANES

Floats = npt.NDArray[np.float32]

_CACHE_LINE = 64  # bytes; a row that begins with one takes as few as it can


@dataclass(frozen=True)
class Weights:
    """Rows of `dimensions` floats, each padded with zeros to `stride`, and one row of zeros at the end.

    `inputs` (the word vectors, and those of subwords where there are any) and `outputs` are flat float32 arrays.
    """

    inputs: Floats
    outputs: Floats
    dimensions: int
    stride: int

    @property
    def input_rows(self) -> Floats:
        """The input rows as a view (n_rows, dimensions)."""
        return self.inputs.reshape(-1, self.stride)[:-1, : self.dimensions]

    @property
    def output_rows(self) -> Floats:
        """The output rows as a view (n_words, dimensions)."""
        return self.outputs.reshape(-1, self.stride)[:-1, : self.dimensions]


def make_weights(n_inputs: int, n_outputs: int, dimensions: int, seed: int) -> Weights:
    """New weights: inputs uniform in +-1/dimensions as gensim's, outputs zero; equal seeds give equal rows."""
    stride = -(-dimensions // LANES) * LANES
    inputs, outputs = aligned_zeros((n_inputs + 1) * stride), aligned_zeros((n_outputs + 1) * stride)
    weights = Weights(inputs, outputs, dimensions, stride)
    new = np.random.default_rng(seed).random((n_inputs, dimensions), dtype=np.float32)
    weights.input_rows[:] = (2 * new - 1) / np.float32(dimensions)
    return weights


def aligned_zeros(n: int) -> Floats:
    """`n` float32 zeros that begin with a cache line."""
    raw = np.zeros(n * 4 + _CACHE_LINE, dtype=np.uint8)
    skip = -raw.ctypes.data % _CACHE_LINE
    return raw[skip : skip + 4 * n].view(np.float32)
