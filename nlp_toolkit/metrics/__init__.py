"""Metrics with hand-worked examples: classification and regression."""
