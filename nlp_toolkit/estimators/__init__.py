"""Estimators that recipes can name, and the reductions that may stand before them."""
