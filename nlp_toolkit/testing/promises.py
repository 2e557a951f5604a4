"""The promises every stage keeps, each a function that holds a `Trial` to it."""

import copy
import importlib.util
import os
import re
import tempfile
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.utils import get_tags

from nlp_toolkit.testing.comparing import column_names, refusal_of, require, require_finite, require_same
from nlp_toolkit.testing.inputs import SEQUENCES, not_texts
from nlp_toolkit.testing.processes import finish, start
from nlp_toolkit.testing.trial import ODD_TEXTS, SENTENCES, Trial
from nlp_toolkit.threads import limit


def gives_one_row_per_text_in_order(trial: Trial) -> None:
    """Rows follow the texts, also where these are turned round."""
    texts = list(trial.texts)
    require(trial.rows.shape[0] == len(texts), f"{len(texts)} texts gave {trial.rows.shape[0]} rows")
    backwards = trial.fitted.transform(texts[::-1])
    require_same(trial.rows[::-1], backwards, trial.tolerance, "rows of the texts in reverse order")


def gives_a_row_to_odd_texts(trial: Trial) -> None:
    """Empty, emoji-only, stop-word-only, unknown and dirty texts each get a row, among texts that are not odd."""
    odd = list(ODD_TEXTS.values())
    mixed = trial.fitted.transform([*odd, *trial.texts])
    require(mixed.shape[0] == len(odd) + len(trial.texts), "texts with odd ones among them lost or gained rows")
    require_same(mixed[len(odd) :], trial.rows, trial.tolerance, "rows that follow odd texts")
    for name, text in ODD_TEXTS.items():
        require(trial.fitted.transform([text]).shape[0] == 1, f"no row for a text that is {name}")


def fits_with_odd_texts(trial: Trial) -> None:
    """Odd texts among those fitted do no harm."""
    texts = [*ODD_TEXTS.values(), *trial.texts]
    rows = trial.make_stage().fit(texts).transform(texts)
    require(rows.shape[0] == len(texts), f"{len(texts)} texts, some of them odd, gave {rows.shape[0]} rows")


def gives_a_row_to_a_long_text(trial: Trial) -> None:
    """A text of 10 MB gets its row, and its neighbours keep theirs."""
    sentence = " ".join(SENTENCES) + "\n"
    long_text = sentence * (trial.long_text_bytes // len(sentence.encode()))
    rows = trial.fitted.transform([trial.texts[0], long_text, trial.texts[1]])
    require(rows.shape[0] == 3, f"3 texts, one of them long, gave {rows.shape[0]} rows")
    require_same(rows[[0, 2]], trial.rows[:2], trial.tolerance, "rows beside a long text")
    require_finite(rows, "the row of a long text")


def row_does_not_depend_on_its_neighbours(trial: Trial) -> None:
    """A text alone gives the row it gives among others, within the tolerance."""
    for row, text in enumerate(list(trial.texts)[:12]):
        alone = trial.fitted.transform([text])
        require_same(alone, trial.rows[[row]], trial.tolerance, f"the row of {text!r} alone")


def accepts_every_kind_of_sequence(trial: Trial) -> None:
    """Tuples, arrays, columns and iterators of texts fit and transform as lists do."""
    for name, kind in SEQUENCES.items():
        if name == "Series" and importlib.util.find_spec("pandas") is None:
            continue
        rows = trial.make_stage().fit(kind(trial.texts)).transform(kind(trial.texts))
        require_same(rows, trial.rows, trial.tolerance, f"rows of texts given as {name}")


def refuses_what_is_not_texts(trial: Trial) -> None:
    """`fit` and `transform` refuse everything else with a TypeError or ValueError that names what arrived."""
    for name, (refused, cause) in not_texts().items():
        for method in (trial.make_stage().fit, trial.fitted.transform):
            message = refusal_of(cast("Callable[[object], object]", method), refused, name)
            require(
                re.search(cause, message) is not None,
                f"{method.__name__} refused {name} without naming the cause: {message!r}",
            )


def composed_and_decomposed_text_give_one_row(trial: Trial) -> None:
    """Both spellings of Hangul (NFC and NFD), fitted or transformed, give the same columns and rows."""
    decomposed = [unicodedata.normalize("NFD", text) for text in trial.texts]
    require_same(trial.fitted.transform(decomposed), trial.rows, trial.tolerance, "rows of decomposed texts")
    fitted = trial.make_stage().fit(decomposed)
    require_same(fitted.transform(decomposed), trial.rows, trial.tolerance, "rows after fitting decomposed texts")


def fit_leaves_parameters_alone(trial: Trial) -> None:
    """`fit` returns the stage itself and changes no constructor parameter."""
    stage = trial.make_stage()
    before = stage.get_params(deep=False)  # type: ignore[attr-defined]
    copies = copy.deepcopy(before)
    require(stage.fit(list(trial.texts)) is stage, "fit did not return the stage itself")
    for name, value in stage.get_params(deep=False).items():  # type: ignore[attr-defined]
        same = value is before[name] and repr(value) == repr(copies[name])
        require(same, f"fit changed the parameter {name} from {copies[name]!r} to {value!r}")


def takes_labels_it_does_not_need(trial: Trial) -> None:
    """`fit(texts, y)` works, as every scikit-learn pipeline calls it."""
    labels = [row % 2 for row in range(len(trial.texts))]
    rows = trial.make_stage().fit(list(trial.texts), labels).transform(list(trial.texts))
    require(rows.shape == trial.rows.shape, "fitting with labels gave rows of another shape")


def unfitted_says_so(trial: Trial) -> None:
    """`transform` before `fit` raises scikit-learn's NotFittedError (a stateless stage works)."""
    stage = trial.make_stage()
    if not get_tags(stage).requires_fit:
        require_same(stage.transform(list(trial.texts)), trial.rows, trial.tolerance, "rows of a stateless stage")
        return
    try:
        stage.transform(list(trial.texts))
    except NotFittedError:
        return
    raise AssertionError("transform before fit gave rows instead of a NotFittedError")


def transform_is_idempotent(trial: Trial) -> None:
    """Transforming, other texts in between, leaves the fitted stage as it was."""
    stage = trial.make_stage().fit(list(trial.texts))
    first = stage.transform(list(trial.texts))
    stage.transform(list(ODD_TEXTS.values()))
    require_same(stage.transform(list(trial.texts)), first, 0.0, "rows the second time")


def fit_transform_is_fit_then_transform(trial: Trial) -> None:
    """`fit_transform(texts)` gives what `fit(texts).transform(texts)` gives, to rounding; texts may be an iterator."""
    for name in ("list", "iterator"):
        rows = trial.make_stage().fit_transform(SEQUENCES[name](trial.texts))  # type: ignore[attr-defined]
        # scikit-learn sums a row's squares in another order in fit_transform: the last bit differs.
        require_same(rows, trial.rows, max(trial.tolerance, 1e-12), f"rows of fit_transform ({name})")


def clone_gives_the_same_stage(trial: Trial) -> None:
    """A clone is unfitted, has the same parameters and gives the same rows once fitted."""
    copied = clone(trial.fitted)
    unlike = [
        name
        for name, value in trial.fitted.get_params(deep=False).items()  # type: ignore[attr-defined]
        if repr(copied.get_params(deep=False)[name]) != repr(value)
    ]
    require(not unlike, f"the clone has other parameters: {', '.join(unlike)}")
    rows = copied.fit(list(trial.texts)).transform(list(trial.texts))
    require_same(rows, trial.rows, trial.tolerance, "rows of a fitted clone")


def names_every_column(trial: Trial) -> None:
    """`get_feature_names_out` gives one string a column, all different."""
    names = trial.fitted.get_feature_names_out()
    require(len(names) == trial.rows.shape[1], f"{trial.rows.shape[1]} columns have {len(names)} names")
    require(all(isinstance(name, str) for name in names), "a column's name is not a str")
    require(len(set(names)) == len(names), "two columns have one name")


def has_the_type_of_its_kind(trial: Trial) -> None:
    """Sparse rows are CSR of float64 or int64, dense ones two-dimensional float32 arrays."""
    rows = trial.rows
    if isinstance(rows, np.ndarray):
        require(rows.ndim == 2 and rows.dtype == np.float32, f"dense rows are {rows.ndim}-D {rows.dtype}")
        return
    require(sp.issparse(rows) and rows.format == "csr", f"rows are {type(rows).__name__}, expected CSR or an array")
    require(rows.dtype in (np.float64, np.int64), f"sparse rows are {rows.dtype}, expected float64 or int64")


def honours_set_output(trial: Trial) -> None:
    """Dense rows come as a DataFrame when asked; sparse ones are refused with scikit-learn's message."""
    stage = trial.make_stage().fit(list(trial.texts))
    stage.set_output(transform="pandas")  # type: ignore[attr-defined]
    if sp.issparse(trial.rows):
        message = refusal_of(stage.transform, list(trial.texts), "pandas output of sparse rows")
        require("pandas" in message.lower(), f"pandas output was refused without naming it: {message!r}")
    elif importlib.util.find_spec("pandas") is not None:
        frame = stage.transform(list(trial.texts))
        require(
            list(getattr(frame, "columns", [])) == list(stage.get_feature_names_out()),
            "the DataFrame's columns are not the names of the features",
        )


def holds_finite_numbers_only(trial: Trial) -> None:
    """No NaN, no infinity; the row of an empty text has cosine 0 with every row."""
    require_finite(trial.rows, "the rows of the fitted texts")
    odd = trial.fitted.transform(list(ODD_TEXTS.values()))
    require_finite(odd, "the rows of odd texts")
    cosines = cosine_similarity(trial.fitted.transform([""]), trial.rows)
    require(bool((cosines == 0).all()), f"the row of an empty text has cosine {np.abs(cosines).max()} with another")


def rows_do_not_depend_on_threads(trial: Trial) -> None:
    """One thread fits and transforms to the same rows as all of them."""
    with limit(1):
        rows = trial.make_stage().fit(list(trial.texts)).transform(list(trial.texts))
    require_same(rows, trial.rows, trial.tolerance, "rows on one thread")


def other_processes_give_the_same_rows(trial: Trial) -> None:
    """The same seed gives the same columns and rows in another process with another hash seed."""
    hash_seed = 2 if os.environ.get("PYTHONHASHSEED") == "1" else 1
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "rows.npz"
        rows, names = finish(start(trial, {"texts": list(trial.texts)}, output, hash_seed=hash_seed), output)
    require_same(rows, trial.rows, trial.tolerance, "rows in another process with another hash seed")
    require(names == column_names(trial.fitted), "another process with another hash seed names the columns otherwise")


def saved_stage_gives_the_same_rows(trial: Trial) -> None:
    """A stage saved here and loaded in a fresh process gives the same rows, bit for bit."""
    from nlp_toolkit import save

    texts = [*trial.texts, *ODD_TEXTS.values()]
    with tempfile.TemporaryDirectory() as folder:
        save(trial.fitted, Path(folder) / "stage")
        output = Path(folder) / "rows.npz"
        child = start(trial, {"texts": texts, "stage": str(Path(folder) / "stage")}, output, hash_seed=3)
        rows, names = finish(child, output)
    require_same(rows, trial.fitted.transform(texts), 0.0, "rows of the stage loaded in a fresh process")
    require(names == column_names(trial.fitted), "the loaded stage names the columns otherwise")


CONFORMANCE_CHECKS: dict[str, Callable[[Trial], None]] = {
    check.__name__: check
    for check in (
        gives_one_row_per_text_in_order,
        gives_a_row_to_odd_texts,
        fits_with_odd_texts,
        gives_a_row_to_a_long_text,
        row_does_not_depend_on_its_neighbours,
        accepts_every_kind_of_sequence,
        refuses_what_is_not_texts,
        composed_and_decomposed_text_give_one_row,
        fit_leaves_parameters_alone,
        takes_labels_it_does_not_need,
        unfitted_says_so,
        transform_is_idempotent,
        fit_transform_is_fit_then_transform,
        clone_gives_the_same_stage,
        names_every_column,
        has_the_type_of_its_kind,
        honours_set_output,
        holds_finite_numbers_only,
        rows_do_not_depend_on_threads,
        other_processes_give_the_same_rows,
        saved_stage_gives_the_same_rows,
    )
}
"""Name of a promise -> the function that holds a `Trial` to it."""
