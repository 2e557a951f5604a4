"""Evaluation in depth: figures with intervals, slices, errors, calibration, leakage, and a page of them."""
