"""Counting terms: from blocks of texts, on the kernels and over threads, to a vocabulary and a sparse matrix."""
