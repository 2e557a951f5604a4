"""Compositions of stages: recipes, training, evaluation and prediction over a corpus."""
