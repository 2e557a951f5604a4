"""Optional dependencies: imported where they are needed, named with their extra when they are missing."""

import importlib
from types import ModuleType

from nlp_toolkit.errors import MissingExtraError

EXTRA_OF = {
    "torch": "bert",
    "transformers": "bert",
    "tokenizers": "bert",
    "datasets": "bert",
    "huggingface_hub": "bert",
    "accelerate": "bert",
    "gensim": "word2vec",
    "faiss": "search",
    "matplotlib": "report",
}


def require(module: str) -> ModuleType:
    """Import `module`, or raise `MissingExtraError` with the pip command that installs its extra."""
    package = module.partition(".")[0]
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != package:
            raise
        raise MissingExtraError(package, EXTRA_OF[package]) from error
