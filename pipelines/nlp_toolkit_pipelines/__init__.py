"""Compositions of stages: recipes, training, evaluation and prediction over a corpus."""

import importlib
from typing import TYPE_CHECKING

import nlp_toolkit

if TYPE_CHECKING:
    from nlp_toolkit import Augmentation as Augmentation
    from nlp_toolkit import BertClassifier as BertClassifier
    from nlp_toolkit import BertRegressor as BertRegressor
    from nlp_toolkit import BertVectorizer as BertVectorizer
    from nlp_toolkit import Bm25Vectorizer as Bm25Vectorizer
    from nlp_toolkit import Corpus as Corpus
    from nlp_toolkit import CountVectorizer as CountVectorizer
    from nlp_toolkit import FineTuneSettings as FineTuneSettings
    from nlp_toolkit import GraphOptions as GraphOptions
    from nlp_toolkit import Hit as Hit
    from nlp_toolkit import HybridIndex as HybridIndex
    from nlp_toolkit import KoreanTokenizer as KoreanTokenizer
    from nlp_toolkit import MlmSettings as MlmSettings
    from nlp_toolkit import NeuralClassifier as NeuralClassifier
    from nlp_toolkit import NeuralRegressor as NeuralRegressor
    from nlp_toolkit import PairFeatures as PairFeatures
    from nlp_toolkit import SimilarityIndex as SimilarityIndex
    from nlp_toolkit import TfidfVectorizer as TfidfVectorizer
    from nlp_toolkit import Word2VecVectorizer as Word2VecVectorizer
    from nlp_toolkit import iter_corpus as iter_corpus
    from nlp_toolkit import load as load
    from nlp_toolkit import read_corpus as read_corpus
    from nlp_toolkit import register_callable as register_callable
    from nlp_toolkit import register_stage as register_stage
    from nlp_toolkit import save as save
    from nlp_toolkit_pipelines.building import build_pipeline as build_pipeline
    from nlp_toolkit_pipelines.comparison.compare import compare as compare
    from nlp_toolkit_pipelines.comparison.results import ComparisonResult as ComparisonResult
    from nlp_toolkit_pipelines.evaluation import evaluate as evaluate
    from nlp_toolkit_pipelines.evaluation_report.in_depth import evaluate_in_depth as evaluate_in_depth
    from nlp_toolkit_pipelines.evaluation_report.results import EvaluationReport as EvaluationReport
    from nlp_toolkit_pipelines.explanation.explain import Explainer as Explainer
    from nlp_toolkit_pipelines.explanation.explain import explain as explain
    from nlp_toolkit_pipelines.explanation.results import Explanation as Explanation
    from nlp_toolkit_pipelines.inspection import ModelDescription as ModelDescription
    from nlp_toolkit_pipelines.inspection import inspect_model as inspect_model
    from nlp_toolkit_pipelines.intrinsic import StageEvaluation as StageEvaluation
    from nlp_toolkit_pipelines.intrinsic import evaluate_stage as evaluate_stage
    from nlp_toolkit_pipelines.library import RecipeSummary as RecipeSummary
    from nlp_toolkit_pipelines.library import list_recipes as list_recipes
    from nlp_toolkit_pipelines.library import load_recipe as load_recipe
    from nlp_toolkit_pipelines.library import recipe_names as recipe_names
    from nlp_toolkit_pipelines.library import recipe_text as recipe_text
    from nlp_toolkit_pipelines.model import TrainedModel as TrainedModel
    from nlp_toolkit_pipelines.model import load_model as load_model
    from nlp_toolkit_pipelines.neighbours import Neighbour as Neighbour
    from nlp_toolkit_pipelines.neighbours import nearest as nearest
    from nlp_toolkit_pipelines.prediction import Prediction as Prediction
    from nlp_toolkit_pipelines.prediction import predict as predict
    from nlp_toolkit_pipelines.pretraining import PretrainResult as PretrainResult
    from nlp_toolkit_pipelines.pretraining import pretrain as pretrain
    from nlp_toolkit_pipelines.recipe import Recipe as Recipe
    from nlp_toolkit_pipelines.report import comparison_page as comparison_page
    from nlp_toolkit_pipelines.report import text_map as text_map
    from nlp_toolkit_pipelines.report import write_report as write_report
    from nlp_toolkit_pipelines.results import EvaluationResult as EvaluationResult
    from nlp_toolkit_pipelines.results import TrainResult as TrainResult
    from nlp_toolkit_pipelines.retrieval import evaluate_retrieval as evaluate_retrieval
    from nlp_toolkit_pipelines.retrieval import read_beir_corpus as read_beir_corpus
    from nlp_toolkit_pipelines.retrieval import read_judgements as read_judgements
    from nlp_toolkit_pipelines.retrieval import read_queries as read_queries
    from nlp_toolkit_pipelines.retrieval import read_run as read_run
    from nlp_toolkit_pipelines.retrieval import write_run as write_run
    from nlp_toolkit_pipelines.schema import recipe_schema as recipe_schema
    from nlp_toolkit_pipelines.search import add_to_index as add_to_index
    from nlp_toolkit_pipelines.search import build_index as build_index
    from nlp_toolkit_pipelines.search import delete_from_index as delete_from_index
    from nlp_toolkit_pipelines.search import index_duplicates as index_duplicates
    from nlp_toolkit_pipelines.search import inspect_index as inspect_index
    from nlp_toolkit_pipelines.search import open_index as open_index
    from nlp_toolkit_pipelines.training import train as train
    from nlp_toolkit_pipelines.tuning.results import TuneResult as TuneResult
    from nlp_toolkit_pipelines.tuning.tune import tune as tune
    from nlp_toolkit_pipelines.vectorizing import VectorizeResult as VectorizeResult
    from nlp_toolkit_pipelines.vectorizing import resolve_stage as resolve_stage
    from nlp_toolkit_pipelines.vectorizing import vectorize as vectorize
    from nlp_toolkit_pipelines.words import evaluate_words as evaluate_words
    from nlp_toolkit_pipelines.words import export_words as export_words
    from nlp_toolkit_pipelines.words import nearest_words as nearest_words
    from nlp_toolkit_pipelines.words import open_words as open_words
    from nlp_toolkit_pipelines.words import word_analogy as word_analogy

# Public name -> module that defines it, loaded on first use (PEP 562).
_OWN = {
    "Recipe": "recipe",
    "RecipeSummary": "library",
    "recipe_names": "library",
    "list_recipes": "library",
    "load_recipe": "library",
    "recipe_text": "library",
    "recipe_schema": "schema",
    "build_pipeline": "building",
    "train": "training",
    "pretrain": "pretraining",
    "PretrainResult": "pretraining",
    "TrainResult": "results",
    "evaluate": "evaluation",
    "EvaluationResult": "results",
    "evaluate_in_depth": "evaluation_report.in_depth",
    "EvaluationReport": "evaluation_report.results",
    "evaluate_stage": "intrinsic",
    "StageEvaluation": "intrinsic",
    "predict": "prediction",
    "Prediction": "prediction",
    "tune": "tuning.tune",
    "TuneResult": "tuning.results",
    "explain": "explanation.explain",
    "Explainer": "explanation.explain",
    "Explanation": "explanation.results",
    "TrainedModel": "model",
    "load_model": "model",
    "compare": "comparison.compare",
    "ComparisonResult": "comparison.results",
    "write_report": "report",
    "comparison_page": "report",
    "text_map": "report",
    "vectorize": "vectorizing",
    "VectorizeResult": "vectorizing",
    "resolve_stage": "vectorizing",
    "inspect_model": "inspection",
    "ModelDescription": "inspection",
    "nearest": "neighbours",
    "Neighbour": "neighbours",
    "build_index": "search",
    "add_to_index": "search",
    "delete_from_index": "search",
    "open_index": "search",
    "inspect_index": "search",
    "index_duplicates": "search",
    "evaluate_retrieval": "retrieval",
    "read_beir_corpus": "retrieval",
    "read_judgements": "retrieval",
    "read_queries": "retrieval",
    "read_run": "retrieval",
    "write_run": "retrieval",
    "open_words": "words",
    "nearest_words": "words",
    "word_analogy": "words",
    "evaluate_words": "words",
    "export_words": "words",
}
_HOME = dict.fromkeys(nlp_toolkit.__all__, "nlp_toolkit") | {
    name: f"nlp_toolkit_pipelines.{module}" for name, module in _OWN.items()
}

__all__ = list(_HOME)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
