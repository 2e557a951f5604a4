"""Hostile and mistaken recipes: error 2 that says what was meant, in bounded time and memory."""

from pathlib import Path

import pytest

from nlp_toolkit.errors import RecipeError
from nlp_toolkit_pipelines import load_recipe
from nlp_toolkit_pipelines.comparison.memory import peak_mb, reset_peak

GOOD = "task: classification\nvectorizer: {kind: tfidf}\nestimator: {kind: logreg}\n"

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{after}: &{after} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)

FAULTS = {
    "billion laughs": (BOMB, "anchor &a is not allowed"),
    "alias": (GOOD + "seed: *seed\n", r"line 4: alias \*seed is not allowed"),
    "anchor": (GOOD + "seed: &seed 1\n", "anchor &seed is not allowed"),
    "tag that runs code": (
        GOOD + "summary: !!python/object/apply:os.system [echo]\n",
        "tag .*os.system",
    ),
    "tag of a type": (GOOD + "summary: !!str 1\n", "tag .* is not allowed"),
    "duplicate key": (GOOD + "seed: 1\nseed: 2\n", "line 5: duplicate key 'seed'"),
    "duplicate parameter": (
        GOOD.replace("{kind: tfidf}", "{kind: tfidf, min_df: 2, min_df: 3}"),
        "line 2: duplicate key 'min_df'",
    ),
    "unknown key": (GOOD + "vectoriser: {kind: tfidf}\n", "unknown key 'vectoriser'; did you mean 'vectorizer'"),
    "unknown task": (GOOD.replace("classification", "classify"), "unknown task 'classify'; did you mean"),
    "unknown stage": (GOOD.replace("tfidf", "tfdif"), "unknown stage kind 'tfdif'"),
    "unknown parameter": (
        GOOD.replace("{kind: tfidf}", "{kind: tfidf, ngram_rnge: [1, 2]}"),
        "tfidf has no parameter 'ngram_rnge'; did you mean 'ngram_range'",
    ),
    "unknown estimator": (GOOD.replace("logreg", "logrge"), "unknown estimator 'logrge'"),
    "unknown estimator parameter": (GOOD.replace("{kind: logreg}", "{kind: logreg, D: 1}"), "no parameter 'D'"),
    "wrong type of a parameter": (
        GOOD.replace("{kind: tfidf}", "{kind: tfidf, lowercase: maybe}"),
        "'lowercase' parameter of TfidfVectorizer must be",
    ),
    "wrong value of an estimator": (GOOD.replace("{kind: logreg}", "{kind: logreg, C: -1}"), "'C' parameter"),
    "yes is no boolean": (
        GOOD.replace("{kind: tfidf}", "{kind: tfidf, lowercase: yes}"),
        "'lowercase' parameter of TfidfVectorizer must be .* Got 'yes'",
    ),
    "wrong type of a key": (GOOD + "seed: abc\n", "seed: .*integer.*got str 'abc'"),
    "seed out of range": (GOOD + "seed: -1\n", "seed: .*greater than or equal to 0"),
    "missing key": ("task: classification\nvectorizer: {kind: tfidf}\n", "key 'estimator' is missing"),
    "stage without a kind": (GOOD.replace("{kind: tfidf}", "{min_df: 2}"), "vectorizer: expected a kind"),
    "empty union": (GOOD.replace("{kind: tfidf}", "{union: []}"), "vectorizer.union: expected a list of stages"),
    "key beside a union": (
        GOOD.replace("{kind: tfidf}", "{union: [tfidf], min_df: 2}"),
        "'min_df' cannot",
    ),
    "not a mapping": ("- task\n- vectorizer\n", "expected a mapping"),
    "empty file": ("", "expected a mapping"),
    "two documents": (GOOD + "---\n" + GOOD, "a second document begins here"),
    "not YAML": ("task: [classification\n", "not valid YAML"),
    "control character": ("task: \x00\n", "not valid YAML"),
    "unknown callable": (
        GOOD.replace("{kind: tfidf}", "{kind: tfidf, preprocessor: os.system}"),
        "unknown callable 'os.system'",
    ),
    "unknown tokenizer setting": (
        GOOD.replace("{kind: tfidf}", "{kind: tfidf, tokenizer: {kind: korean, tag: [NNG]}}"),
        "tokenizer korean has no setting 'tag'; did you mean 'tags'",
    ),
    "texts as file names": (
        GOOD.replace("{kind: tfidf}", "{kind: tfidf, input: filename}"),
        "input is 'content' in a recipe, got 'filename'",
    ),
    "vectors with negative numbers for naive bayes": (
        GOOD.replace("tfidf", "word2vec").replace("logreg", "complement_nb"),
        "takes no negative numbers, which vectorizer 'word2vec' gives",
    ),
    "path of a stage outside": (
        GOOD.replace("{kind: tfidf}", "{kind: word2vec, vectors: ../../vectors.txt}"),
        "'../../vectors.txt' leads out of the recipe's folder",
    ),
    "deep lists": ("[" * 200_000, "nested deeper than 32 levels"),
    "deep mappings": ("{a: " * 200_000, "nested deeper than 32 levels"),
    "deep dashes": ("- " * 400_000, "nested deeper than 32 levels"),
    "too many values": ("a: [" + "1," * 400_000 + "]", "more than 10000 values"),
    "too many keys": ("".join(f"k{i}: 1\n" for i in range(60_000)), "more than 10000 values"),
    "too large": ("#" * 1_000_001, "larger than 1000000 bytes"),
    "long lines of nothing": ("#\n" * 490_000, "expected a mapping"),
    "long scalar": ("a: " + "x\n  " * 240_000, "unknown key 'a'"),
    "naive bayes on reduced rows": (
        GOOD.replace("logreg", "complement_nb") + "reduce: {kind: svd, components: 2}\n",
        "'complement_nb' takes no negative numbers",
    ),
    "no vectorizer": (GOOD.replace("{kind: tfidf}", "null"), "vectorizer: null is for estimators that take texts"),
}


@pytest.mark.parametrize(("content", "message"), FAULTS.values(), ids=FAULTS)
def test_fault_in_a_recipe_file_is_told_in_bounded_memory(tmp_path: Path, content: str, message: str):
    path = tmp_path / "recipe.yaml"
    path.write_text(content, encoding="utf-8")
    reset_peak()
    before = peak_mb()

    with pytest.raises(RecipeError, match=message) as caught:
        load_recipe(path)

    assert peak_mb() - before < 200  # of a file of at most one megabyte
    assert "recipe.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 2000
    assert caught.value.exit_code == 2


def test_file_that_is_not_utf8_is_refused(tmp_path: Path):
    path = tmp_path / "recipe.yaml"
    path.write_bytes("summary: 서울\n".encode("cp949"))

    with pytest.raises(RecipeError, match="not UTF-8"):
        load_recipe(path)


def test_utf8_byte_order_mark_is_read(tmp_path: Path):
    path = tmp_path / "recipe.yaml"
    path.write_text(GOOD, encoding="utf-8-sig")

    assert load_recipe(path).task == "classification"


def test_missing_file_folder_and_endless_device_are_refused(tmp_path: Path):
    for path, message in [(tmp_path / "no.yaml", "no such recipe file"), (tmp_path, "not a regular file")]:
        with pytest.raises(RecipeError, match=message):
            load_recipe(path)

    with pytest.raises(RecipeError, match="not a regular file"):
        load_recipe(Path("/dev/zero"))


def test_cyclic_dict_is_refused():
    recipe: dict = {"task": "classification", "vectorizer": {"kind": "tfidf"}, "estimator": {"kind": "logreg"}}
    recipe["vectorizer"]["stop_words"] = recipe

    with pytest.raises(RecipeError, match="nested deeper than 32 levels"):
        load_recipe(recipe)


def test_function_in_a_dict_is_refused_with_the_remedy():
    recipe = {
        "task": "classification",
        "vectorizer": {"kind": "tfidf", "tokenizer": str.split},
        "estimator": {"kind": "logreg"},
    }

    with pytest.raises(RecipeError, match="register_callable"):
        load_recipe(recipe)


@pytest.mark.parametrize("value", ["../secret.bin", "/etc/passwd", "inner/../../secret.bin", "link/secret.bin"])
def test_path_in_a_recipe_cannot_leave_its_folder(tmp_path: Path, value: str, path_stage: str):
    folder = tmp_path / "recipes"
    (folder / "inner").mkdir(parents=True)
    (tmp_path / "secret.bin").write_text("secret")
    (folder / "link").symlink_to(tmp_path)
    recipe = folder / "recipe.yaml"
    recipe.write_text(GOOD.replace("{kind: tfidf}", f"{{kind: {path_stage}, model: {value}}}"))

    with pytest.raises(RecipeError, match=r"leads out of the recipe's folder; .*--set vectorizer.model=PATH"):
        load_recipe(recipe)


def test_path_in_a_recipe_resolves_in_its_folder_and_an_override_from_the_working_directory(
    tmp_path: Path, path_stage: str, monkeypatch: pytest.MonkeyPatch
):
    folder, elsewhere = tmp_path / "recipes", tmp_path / "elsewhere"
    for place in (folder, elsewhere):
        place.mkdir()
        (place / "vectors.bin").write_text("vectors")
    recipe = folder / "recipe.yaml"
    recipe.write_text(GOOD.replace("{kind: tfidf}", f"{{kind: {path_stage}, model: vectors.bin}}"))
    monkeypatch.chdir(elsewhere)

    inside = load_recipe(recipe).vectorizer
    overridden = load_recipe(recipe, ["vectorizer.model=vectors.bin"]).vectorizer
    (elsewhere / "only-here").mkdir()
    recipe.write_text(GOOD.replace("{kind: tfidf}", f"{{kind: {path_stage}, model: only-here}}"))
    not_in_its_folder = load_recipe(recipe).vectorizer
    hub_name = load_recipe(recipe, ["vectorizer.model=some/hub-name"]).vectorizer

    assert inside.parameters["model"] == str(folder / "vectors.bin")
    assert overridden.parameters["model"] == str(elsewhere / "vectors.bin")
    # Named in the recipe but not beside it: never looked for in the working directory.
    assert not_in_its_folder.parameters["model"] == "only-here"
    assert hub_name.parameters["model"] == "some/hub-name"


def test_path_with_a_nul_character_is_refused(tmp_path: Path, path_stage: str):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(GOOD.replace("{kind: tfidf}", f'{{kind: {path_stage}, model: "a\\0b"}}'))

    with pytest.raises(RecipeError, match="a path cannot hold a NUL character"):
        load_recipe(recipe)


def test_parameter_of_a_stage_without_constraints_is_held_to_its_annotation(path_stage: str):
    recipe = {"task": "classification", "vectorizer": {"kind": path_stage, "model": 3}, "estimator": "logreg"}

    with pytest.raises(RecipeError, match="model: input should be a valid string, got int 3"):
        load_recipe(recipe)
