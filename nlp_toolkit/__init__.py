"""Text to vectors by interchangeable stages, and from vectors to predictions, in Korean and English."""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nlp_toolkit.artefact import load as load
    from nlp_toolkit.artefact import save as save
    from nlp_toolkit.corpus import Corpus as Corpus
    from nlp_toolkit.corpus import iter_corpus as iter_corpus
    from nlp_toolkit.corpus import read_corpus as read_corpus
    from nlp_toolkit.estimators.bert_classifier import BertClassifier as BertClassifier
    from nlp_toolkit.estimators.bert_regressor import BertRegressor as BertRegressor
    from nlp_toolkit.estimators.neural_classifier import NeuralClassifier as NeuralClassifier
    from nlp_toolkit.estimators.neural_regressor import NeuralRegressor as NeuralRegressor
    from nlp_toolkit.pairs import PairFeatures as PairFeatures
    from nlp_toolkit.registry import register_callable as register_callable
    from nlp_toolkit.registry import register_estimator as register_estimator
    from nlp_toolkit.registry import register_stage as register_stage
    from nlp_toolkit.search.approximate import GraphOptions as GraphOptions
    from nlp_toolkit.search.hits import Hit as Hit
    from nlp_toolkit.search.hybrid import HybridIndex as HybridIndex
    from nlp_toolkit.search.index import SimilarityIndex as SimilarityIndex
    from nlp_toolkit.text.augment import Augmentation as Augmentation
    from nlp_toolkit.text.korean import KoreanTokenizer as KoreanTokenizer
    from nlp_toolkit.text_transformer import TextTransformerMixin as TextTransformerMixin
    from nlp_toolkit.transformer.settings import FineTuneSettings as FineTuneSettings
    from nlp_toolkit.transformer.settings import MlmSettings as MlmSettings
    from nlp_toolkit.vectorizers.bert import BertVectorizer as BertVectorizer
    from nlp_toolkit.vectorizers.bm25 import Bm25Vectorizer as Bm25Vectorizer
    from nlp_toolkit.vectorizers.count import CountVectorizer as CountVectorizer
    from nlp_toolkit.vectorizers.hashing import HashingVectorizer as HashingVectorizer
    from nlp_toolkit.vectorizers.tfidf import TfidfVectorizer as TfidfVectorizer
    from nlp_toolkit.vectorizers.word2vec import Word2VecVectorizer as Word2VecVectorizer

__version__ = "0.1.0"

# Public name -> module that defines it. Loaded on first use (PEP 562), so `import nlp_toolkit` stays cheap.
_HOME = {
    "CountVectorizer": "nlp_toolkit.vectorizers.count",
    "TfidfVectorizer": "nlp_toolkit.vectorizers.tfidf",
    "HashingVectorizer": "nlp_toolkit.vectorizers.hashing",
    "Bm25Vectorizer": "nlp_toolkit.vectorizers.bm25",
    "Word2VecVectorizer": "nlp_toolkit.vectorizers.word2vec",
    "BertVectorizer": "nlp_toolkit.vectorizers.bert",
    "BertClassifier": "nlp_toolkit.estimators.bert_classifier",
    "BertRegressor": "nlp_toolkit.estimators.bert_regressor",
    "NeuralClassifier": "nlp_toolkit.estimators.neural_classifier",
    "NeuralRegressor": "nlp_toolkit.estimators.neural_regressor",
    "MlmSettings": "nlp_toolkit.transformer.settings",
    "FineTuneSettings": "nlp_toolkit.transformer.settings",
    "Augmentation": "nlp_toolkit.text.augment",
    "KoreanTokenizer": "nlp_toolkit.text.korean",
    "SimilarityIndex": "nlp_toolkit.search.index",
    "HybridIndex": "nlp_toolkit.search.hybrid",
    "GraphOptions": "nlp_toolkit.search.approximate",
    "Hit": "nlp_toolkit.search.hits",
    "PairFeatures": "nlp_toolkit.pairs",
    "Corpus": "nlp_toolkit.corpus",
    "read_corpus": "nlp_toolkit.corpus",
    "iter_corpus": "nlp_toolkit.corpus",
    "save": "nlp_toolkit.artefact",
    "load": "nlp_toolkit.artefact",
    "TextTransformerMixin": "nlp_toolkit.text_transformer",
    "register_stage": "nlp_toolkit.registry",
    "register_estimator": "nlp_toolkit.registry",
    "register_callable": "nlp_toolkit.registry",
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
