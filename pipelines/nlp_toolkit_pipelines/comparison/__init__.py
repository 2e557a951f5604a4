"""Comparing recipes on the same splits: scores with intervals, paired tests, costs and learning curves."""
