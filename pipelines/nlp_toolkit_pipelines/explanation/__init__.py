"""Explanations: which words of a text made the model say what it said."""
