"""Metrics with hand-worked examples: classification, multi-label and regression."""

from nlp_toolkit.metrics.classification import ClassificationScores, ClassScores, classification_scores
from nlp_toolkit.metrics.multilabel import MultilabelScores, multilabel_scores
from nlp_toolkit.metrics.regression import RegressionScores, regression_scores

__all__ = [
    "ClassScores",
    "ClassificationScores",
    "MultilabelScores",
    "RegressionScores",
    "classification_scores",
    "multilabel_scores",
    "regression_scores",
]
