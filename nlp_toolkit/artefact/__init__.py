"""The model directory: fitted stages and pipelines on disk, verified when read, replaced whole or not at all."""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nlp_toolkit.artefact.card import usage_lines as usage_lines
    from nlp_toolkit.artefact.generations import open_generation as open_generation
    from nlp_toolkit.artefact.generations import publish_generation as publish_generation
    from nlp_toolkit.artefact.hashes import seen_in_training as seen_in_training
    from nlp_toolkit.artefact.hashes import text_hashes as text_hashes
    from nlp_toolkit.artefact.manifest import Manifest as Manifest
    from nlp_toolkit.artefact.manifest import read_manifest as read_manifest
    from nlp_toolkit.artefact.model import ModelContents as ModelContents
    from nlp_toolkit.artefact.model import load as load
    from nlp_toolkit.artefact.model import read_model as read_model
    from nlp_toolkit.artefact.model import save as save
    from nlp_toolkit.artefact.model import write_model as write_model

# Loaded on first use: stages import `nlp_toolkit.artefact.files` and should not pay for scikit-learn's pipelines.
_HOME = {
    "usage_lines": "card",
    "open_generation": "generations",
    "publish_generation": "generations",
    "seen_in_training": "hashes",
    "text_hashes": "hashes",
    "Manifest": "manifest",
    "read_manifest": "manifest",
    "ModelContents": "model",
    "load": "model",
    "read_model": "model",
    "save": "model",
    "write_model": "model",
}

__all__ = list(_HOME)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
