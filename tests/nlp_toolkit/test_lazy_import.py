"""`import nlp_toolkit` is cheap, and every public name is where it says."""

import subprocess
import sys

import pytest

import nlp_toolkit

HEAVY = (
    "numpy",
    "scipy",
    "sklearn",
    "numba",
    "torch",
    "transformers",
    "gensim",
    "faiss",
    "kiwipiepy",
    "pyarrow",
    "pandas",
)


def test_importing_loads_nothing_heavy() -> None:
    code = f"import sys, nlp_toolkit; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", nlp_toolkit.__all__)
def test_public_name_is_defined_where_it_says(name: str) -> None:
    found = getattr(nlp_toolkit, name)
    assert found.__name__ == name
    assert found.__doc__
    assert name in dir(nlp_toolkit)


def test_using_every_public_name_loads_no_extra_and_no_kiwi() -> None:
    code = (
        "import sys, nlp_toolkit\n"
        "for name in nlp_toolkit.__all__: getattr(nlp_toolkit, name)\n"
        "unwanted = ('torch', 'transformers', 'gensim', 'faiss', 'kiwipiepy', 'matplotlib')\n"
        "print([name for name in unwanted if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'nlp_toolkit' has no attribute 'CuontVectorizer'"):
        nlp_toolkit.CuontVectorizer  # noqa: B018
