"""Every public name is there, from both packages, without loading what is not asked for."""

import subprocess
import sys

import nlp_toolkit
import nlp_toolkit_pipelines


def test_every_public_name_can_be_imported():
    for name in nlp_toolkit_pipelines.__all__:
        assert getattr(nlp_toolkit_pipelines, name) is not None


def test_names_of_the_stages_are_the_same_objects_in_both():
    for name in nlp_toolkit.__all__:
        assert getattr(nlp_toolkit_pipelines, name) is getattr(nlp_toolkit, name)


def test_listing_recipes_loads_nothing_heavy():
    code = (
        "import sys, nlp_toolkit_pipelines as p; p.list_recipes();"
        "print([m for m in ('sklearn', 'scipy', 'numba', 'pyarrow', 'torch') if m in sys.modules])"
    )

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert loaded.stdout.strip() == "[]"
