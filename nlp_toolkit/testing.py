"""The conformance suite: the promises every stage keeps, to run over a stage of your own.

    from nlp_toolkit.testing import check_stage

    def test_my_stage() -> None:
        check_stage(MyVectorizer)

or one test a promise, where a stage breaks some of them on purpose:

    @pytest.mark.parametrize("promise", CONFORMANCE_CHECKS)
    def test_my_stage_keeps(promise: str) -> None:
        CONFORMANCE_CHECKS[promise](TRIAL)          # TRIAL = Trial(MyVectorizer)

A broken promise is an `AssertionError` that says what differed.
"""

import copy
import importlib
import importlib.util
import inspect
import json
import os
import re
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import cast

import numpy as np
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.utils import get_tags

from nlp_toolkit.errors import UsageError
from nlp_toolkit.protocols import Matrix, Vectorizer
from nlp_toolkit.threads import limit

_SENTENCES = (
    "서울은 한국의 수도이고 사람이 많다",
    "오늘 날씨가 맑아서 서울을 걸었다",
    "이 책은 재미있고 그림도 예쁘다",
    "책 한 권을 다 읽고 잠을 잤다",
    "영화가 지루해서 중간에 나왔다",
    "맛있는 커피를 마시며 영화를 봤다",
    "The weather in Seoul is clear today",
    "A good book and a cup of coffee",
    "The film was boring and far too long",
    "People walk in the city when it is warm",
    "Seoul 에서 coffee 한 잔과 book 한 권",
    "He read the book twice and liked it",
)
FIT_TEXTS = _SENTENCES * 3
"""What stages are fitted on unless told otherwise: Korean, English and mixed sentences, each word at least thrice."""

ODD_TEXTS = {
    "empty": "",
    "white space": " \t\r\n\u3000",
    "emoji only": "😀👍🏽🇰🇷",
    "stop words only": "the of and is",
    "unknown words": "qwzx vbnk 뷁뚧",
    "one character": "책",
    "punctuation": "?!... ---",
    "lone jamo": "ㅋㅋㅋㅠㅠ",
    "control characters": "책\x00book\x1b",
    "lone surrogate": "book\ud800책",
    "a long word": "책" * 3_000,
}


@dataclass(frozen=True)
class Trial:
    """A stage on trial: `make_stage` gives it anew, unfitted, with any seed already set.

    `make_stage` is a class or function at the top level of a module, or a `functools.partial` of one
    with JSON-able keywords, so that other processes can make the stage too. `tolerance` is how far
    numbers may differ where rows are computed together (0.0: same bits). `long_text_bytes` is the
    size of the long text.
    """

    make_stage: Callable[[], Vectorizer]
    texts: Sequence[str] = FIT_TEXTS
    tolerance: float = 0.0
    long_text_bytes: int = 10_000_000

    @cached_property
    def fitted(self) -> Vectorizer:
        """One fitted stage for the checks that leave it as it is."""
        return self.make_stage().fit(list(self.texts))

    @cached_property
    def rows(self) -> Matrix:
        """Rows of the fitted texts."""
        return self.fitted.transform(list(self.texts))


def check_stage(
    make_stage: Callable[[], Vectorizer],
    *,
    texts: Sequence[str] = FIT_TEXTS,
    tolerance: float = 0.0,
    long_text_bytes: int = 10_000_000,
    known_broken: Mapping[str, str] | None = None,
) -> None:
    """Hold a stage to every promise of `CONFORMANCE_CHECKS`; parameters are those of `Trial`.

    `known_broken` maps names of promises to the reason why this stage breaks them; such a promise
    that is kept after all is an error too, so that the list stays true.
    """
    trial = Trial(make_stage, texts, tolerance, long_text_bytes)
    broken = known_broken or {}
    unknown = sorted(set(broken) - set(CONFORMANCE_CHECKS))
    if unknown:
        raise UsageError(f"unknown promise {unknown[0]!r}; known: {', '.join(CONFORMANCE_CHECKS)}")
    for name, check in CONFORMANCE_CHECKS.items():
        if name not in broken:
            check(trial)
        elif _is_kept(check, trial):
            raise AssertionError(f"the promise {name!r} is said to be broken ({broken[name]}), but it is kept")


def gives_one_row_per_text_in_order(trial: Trial) -> None:
    """Rows follow the texts, also where these are turned round."""
    texts = list(trial.texts)
    _require(trial.rows.shape[0] == len(texts), f"{len(texts)} texts gave {trial.rows.shape[0]} rows")
    backwards = trial.fitted.transform(texts[::-1])
    _require_same(trial.rows[::-1], backwards, trial.tolerance, "rows of the texts in reverse order")


def gives_a_row_to_odd_texts(trial: Trial) -> None:
    """Empty, emoji-only, stop-word-only, unknown and dirty texts each get a row, among texts that are not odd."""
    odd = list(ODD_TEXTS.values())
    mixed = trial.fitted.transform([*odd, *trial.texts])
    _require(mixed.shape[0] == len(odd) + len(trial.texts), "texts with odd ones among them lost or gained rows")
    _require_same(mixed[len(odd) :], trial.rows, trial.tolerance, "rows that follow odd texts")
    for name, text in ODD_TEXTS.items():
        _require(trial.fitted.transform([text]).shape[0] == 1, f"no row for a text that is {name}")


def fits_with_odd_texts(trial: Trial) -> None:
    """Odd texts among those fitted do no harm."""
    texts = [*ODD_TEXTS.values(), *trial.texts]
    rows = trial.make_stage().fit(texts).transform(texts)
    _require(rows.shape[0] == len(texts), f"{len(texts)} texts, some of them odd, gave {rows.shape[0]} rows")


def gives_a_row_to_a_long_text(trial: Trial) -> None:
    """A text of 10 MB gets its row, and its neighbours keep theirs."""
    sentence = " ".join(_SENTENCES) + "\n"
    long_text = sentence * (trial.long_text_bytes // len(sentence.encode()))
    rows = trial.fitted.transform([trial.texts[0], long_text, trial.texts[1]])
    _require(rows.shape[0] == 3, f"3 texts, one of them long, gave {rows.shape[0]} rows")
    _require_same(rows[[0, 2]], trial.rows[:2], trial.tolerance, "rows beside a long text")
    _require_finite(rows, "the row of a long text")


def row_does_not_depend_on_its_neighbours(trial: Trial) -> None:
    """A text alone gives the row it gives among others, within the tolerance."""
    for row, text in enumerate(list(trial.texts)[:12]):
        alone = trial.fitted.transform([text])
        _require_same(alone, trial.rows[[row]], trial.tolerance, f"the row of {text!r} alone")


def accepts_every_kind_of_sequence(trial: Trial) -> None:
    """Tuples, arrays, columns and iterators of texts fit and transform as lists do."""
    for name, kind in _SEQUENCES.items():
        if name == "Series" and importlib.util.find_spec("pandas") is None:
            continue
        rows = trial.make_stage().fit(kind(trial.texts)).transform(kind(trial.texts))
        _require_same(rows, trial.rows, trial.tolerance, f"rows of texts given as {name}")


def refuses_what_is_not_texts(trial: Trial) -> None:
    """`fit` and `transform` refuse everything else with a TypeError or ValueError that names what arrived."""
    for name, (refused, cause) in _not_texts().items():
        for method in (trial.make_stage().fit, trial.fitted.transform):
            message = _refusal(cast("Callable[[object], object]", method), refused, name)
            _require(
                re.search(cause, message) is not None,
                f"{method.__name__} refused {name} without naming the cause: {message!r}",
            )


def composed_and_decomposed_text_give_one_row(trial: Trial) -> None:
    """Both spellings of Hangul (NFC and NFD), fitted or transformed, give the same columns and rows."""
    decomposed = [unicodedata.normalize("NFD", text) for text in trial.texts]
    _require_same(trial.fitted.transform(decomposed), trial.rows, trial.tolerance, "rows of decomposed texts")
    fitted = trial.make_stage().fit(decomposed)
    _require_same(fitted.transform(decomposed), trial.rows, trial.tolerance, "rows after fitting decomposed texts")


def fit_leaves_parameters_alone(trial: Trial) -> None:
    """`fit` returns the stage itself and changes no constructor parameter."""
    stage = trial.make_stage()
    before = stage.get_params(deep=False)  # type: ignore[attr-defined]
    copies = copy.deepcopy(before)
    _require(stage.fit(list(trial.texts)) is stage, "fit did not return the stage itself")
    for name, value in stage.get_params(deep=False).items():  # type: ignore[attr-defined]
        same = value is before[name] and repr(value) == repr(copies[name])
        _require(same, f"fit changed the parameter {name} from {copies[name]!r} to {value!r}")


def takes_labels_it_does_not_need(trial: Trial) -> None:
    """`fit(texts, y)` works, as every scikit-learn pipeline calls it."""
    labels = [row % 2 for row in range(len(trial.texts))]
    rows = trial.make_stage().fit(list(trial.texts), labels).transform(list(trial.texts))
    _require(rows.shape == trial.rows.shape, "fitting with labels gave rows of another shape")


def unfitted_says_so(trial: Trial) -> None:
    """`transform` before `fit` raises scikit-learn's NotFittedError (a stateless stage works)."""
    stage = trial.make_stage()
    if not get_tags(stage).requires_fit:
        _require_same(stage.transform(list(trial.texts)), trial.rows, trial.tolerance, "rows of a stateless stage")
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
    _require_same(stage.transform(list(trial.texts)), first, 0.0, "rows the second time")


def fit_transform_is_fit_then_transform(trial: Trial) -> None:
    """`fit_transform(texts)` gives what `fit(texts).transform(texts)` gives, to rounding."""
    rows = trial.make_stage().fit_transform(list(trial.texts))  # type: ignore[attr-defined]
    # scikit-learn sums a row's squares in another order in fit_transform: the last bit differs.
    _require_same(rows, trial.rows, max(trial.tolerance, 1e-12), "rows of fit_transform")


def clone_gives_the_same_stage(trial: Trial) -> None:
    """A clone is unfitted, has the same parameters and gives the same rows once fitted."""
    copied = clone(trial.fitted)
    unlike = [
        name
        for name, value in trial.fitted.get_params(deep=False).items()  # type: ignore[attr-defined]
        if repr(copied.get_params(deep=False)[name]) != repr(value)
    ]
    _require(not unlike, f"the clone has other parameters: {', '.join(unlike)}")
    rows = copied.fit(list(trial.texts)).transform(list(trial.texts))
    _require_same(rows, trial.rows, trial.tolerance, "rows of a fitted clone")


def names_every_column(trial: Trial) -> None:
    """`get_feature_names_out` gives one string a column, all different."""
    names = trial.fitted.get_feature_names_out()
    _require(len(names) == trial.rows.shape[1], f"{trial.rows.shape[1]} columns have {len(names)} names")
    _require(all(isinstance(name, str) for name in names), "a column's name is not a str")
    _require(len(set(names)) == len(names), "two columns have one name")


def has_the_type_of_its_kind(trial: Trial) -> None:
    """Sparse rows are CSR of float64 or int64, dense ones two-dimensional float32 arrays."""
    rows = trial.rows
    if isinstance(rows, np.ndarray):
        _require(rows.ndim == 2 and rows.dtype == np.float32, f"dense rows are {rows.ndim}-D {rows.dtype}")
        return
    _require(sp.issparse(rows) and rows.format == "csr", f"rows are {type(rows).__name__}, expected CSR or an array")
    _require(rows.dtype in (np.float64, np.int64), f"sparse rows are {rows.dtype}, expected float64 or int64")


def honours_set_output(trial: Trial) -> None:
    """Dense rows come as a DataFrame when asked; sparse ones are refused with scikit-learn's message."""
    stage = trial.make_stage().fit(list(trial.texts))
    stage.set_output(transform="pandas")  # type: ignore[attr-defined]
    if sp.issparse(trial.rows):
        message = _refusal(stage.transform, list(trial.texts), "pandas output of sparse rows")
        _require("pandas" in message.lower(), f"pandas output was refused without naming it: {message!r}")
    elif importlib.util.find_spec("pandas") is not None:
        frame = stage.transform(list(trial.texts))
        _require(
            list(getattr(frame, "columns", [])) == list(stage.get_feature_names_out()),
            "the DataFrame's columns are not the names of the features",
        )


def holds_finite_numbers_only(trial: Trial) -> None:
    """No NaN, no infinity; the row of an empty text has cosine 0 with every row."""
    _require_finite(trial.rows, "the rows of the fitted texts")
    odd = trial.fitted.transform(list(ODD_TEXTS.values()))
    _require_finite(odd, "the rows of odd texts")
    cosines = cosine_similarity(trial.fitted.transform([""]), trial.rows)
    _require(bool((cosines == 0).all()), f"the row of an empty text has cosine {np.abs(cosines).max()} with another")


def rows_do_not_depend_on_threads(trial: Trial) -> None:
    """One thread fits and transforms to the same rows as all of them."""
    with limit(1):
        rows = trial.make_stage().fit(list(trial.texts)).transform(list(trial.texts))
    _require_same(rows, trial.rows, trial.tolerance, "rows on one thread")


def other_processes_give_the_same_rows(trial: Trial) -> None:
    """The same seed gives the same columns and rows in other processes, whatever their hash seed."""
    job = {"texts": list(trial.texts)}
    with tempfile.TemporaryDirectory() as folder:
        children = {seed: _start(trial, job, Path(folder) / f"rows-{seed}.npz", hash_seed=seed) for seed in (1, 2)}
        for seed, child in children.items():
            rows, names = _finish(child, Path(folder) / f"rows-{seed}.npz")
            _require_same(rows, trial.rows, trial.tolerance, f"rows in a process with hash seed {seed}")
            _require(names == _names(trial.fitted), f"a process with hash seed {seed} names the columns otherwise")


def saved_stage_gives_the_same_rows(trial: Trial) -> None:
    """A stage saved here and loaded in a fresh process gives the same rows, bit for bit."""
    from nlp_toolkit import save

    texts = [*trial.texts, *ODD_TEXTS.values()]
    with tempfile.TemporaryDirectory() as folder:
        save(trial.fitted, Path(folder) / "stage")
        output = Path(folder) / "rows.npz"
        child = _start(trial, {"texts": texts, "stage": str(Path(folder) / "stage")}, output, hash_seed=3)
        rows, names = _finish(child, output)
    _require_same(rows, trial.fitted.transform(texts), 0.0, "rows of the stage loaded in a fresh process")
    _require(names == _names(trial.fitted), "the loaded stage names the columns otherwise")


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


def _require(kept: bool, otherwise: str) -> None:
    # Not an assert statement: this is library code and must also check under python -O.
    if not kept:
        raise AssertionError(otherwise)


def _require_same(rows: Matrix, expected: Matrix, tolerance: float, what: str) -> None:
    _require(rows.shape == expected.shape, f"{what}: shape {rows.shape}, expected {expected.shape}")
    _require(sp.issparse(rows) == sp.issparse(expected), f"{what}: sparse in one case and dense in the other")
    difference = abs(rows - expected).max() if rows.shape[0] and rows.shape[1] else 0.0
    _require(difference <= tolerance, f"{what} differ by {difference}, allowed is {tolerance}")


def _require_finite(rows: Matrix, what: str) -> None:
    values = cast("np.ndarray", rows.data if sp.issparse(rows) else rows)
    _require(bool(np.isfinite(values).all()), f"{what} hold NaN or infinity")


def _is_kept(check: Callable[[Trial], None], trial: Trial) -> bool:
    try:
        check(trial)
    except Exception:  # noqa: BLE001 - a stage may break a promise in any way
        return False
    return True


def _refusal(call: Callable[[list[str]], object], refused: object, name: str) -> str:
    try:
        call(cast("list[str]", refused))
    except (TypeError, ValueError) as error:
        return str(error)
    except Exception as error:
        raise AssertionError(f"{name}: expected a TypeError or ValueError, got {error!r}") from error
    raise AssertionError(f"{name} was accepted as texts")


def _names(stage: Vectorizer) -> list[str]:
    # Whether a stage has names at all is a promise of its own.
    return [str(name) for name in stage.get_feature_names_out()] if hasattr(stage, "get_feature_names_out") else []


class _LazyColumn:
    """A column that is read from elsewhere each time, as those of `datasets` are."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts

    def __len__(self) -> int:
        return len(self._texts)

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)


def _series(texts: Sequence[str]) -> Iterable[str]:
    import pandas

    series: Iterable[str] = pandas.Series(list(texts), index=range(100, 100 + len(texts)))
    return series


def _arrow_array(texts: Sequence[str]) -> Iterable[str]:
    import pyarrow

    array: Iterable[str] = pyarrow.array(list(texts))
    return array


def _arrow_chunks(texts: Sequence[str]) -> Iterable[str]:
    import pyarrow

    array: Iterable[str] = pyarrow.chunked_array([list(texts[:5]), list(texts[5:])])
    return array


_SEQUENCES: dict[str, Callable[[Sequence[str]], Iterable[str]]] = {
    "list": list,
    "tuple": tuple,
    "object array": lambda texts: np.array(list(texts), dtype=object),
    "string array": lambda texts: np.array(list(texts)),
    "Series": _series,
    "Arrow array": _arrow_array,
    "Arrow chunked array": _arrow_chunks,
    "lazily read column": _LazyColumn,
    "iterator": iter,
    "generator": lambda texts: (text for text in texts),
}


def _not_texts() -> dict[str, tuple[object, str]]:
    """Name -> what no stage may take for texts, and a pattern for the cause its message names."""
    refused: dict[str, tuple[object, str]] = {
        "one str": ("a text", r"\bstr"),
        "one bytes": (b"a text", r"bytes"),
        "None": (None, r"None"),
        "a number": (3, r"int|number"),
        "a dict": ({"text": "a text"}, r"dict"),
        "a two-dimensional array": (np.array([["a", "b"]], dtype=object), r"shape|dimension|2D|2-D"),
        "a list holding None": (["a text", None], r"None"),
        "a list of numbers": ([1, 2], r"int|number"),
        "an array of numbers": (np.array([1.5, 2.5]), r"float|number"),
        "a list of pairs": ([("a", "b"), ("c", "d")], r"tuple|pair"),
    }
    if importlib.util.find_spec("pandas") is not None:
        import pandas

        refused["a DataFrame"] = (pandas.DataFrame({"text": ["a text"]}), r"DataFrame|table|column")
    return refused


def _factory_as_data(make_stage: Callable[[], Vectorizer]) -> dict[str, object]:
    """What another process needs to know to make the stage."""
    function: Callable[..., Vectorizer] = make_stage
    keywords: dict[str, object] = {}
    if isinstance(make_stage, partial):
        function, keywords = make_stage.func, dict(make_stage.keywords)
    name = getattr(function, "__qualname__", "<none>")
    if "<" in name:
        raise UsageError(
            f"other processes cannot make the stage from {make_stage!r}; give a class or function at the top "
            "level of a module, or a functools.partial of one"
        )
    module = inspect.getmodule(function)
    return {"module": function.__module__, "file": getattr(module, "__file__", None), "name": name, "with": keywords}


def _start(
    trial: Trial, job: Mapping[str, object], output: Path, *, hash_seed: int
) -> tuple["subprocess.Popen[str]", str]:
    """Start a process that runs `_child` on `job`; its rows go to `output`."""
    environment = {
        **os.environ,
        "PYTHONHASHSEED": str(hash_seed),
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    child = subprocess.Popen(
        [sys.executable, "-c", "from nlp_toolkit.testing import _child; _child()"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return child, json.dumps({**job, "factory": _factory_as_data(trial.make_stage), "output": str(output)})


def _finish(started: tuple["subprocess.Popen[str]", str], output: Path) -> tuple[Matrix, list[str]]:
    child, job = started
    printed, complaints = child.communicate(job)
    _require(child.returncode == 0, f"another process failed: {complaints.strip()[-2000:]}")
    with np.load(output) as saved:
        if "indptr" in saved:
            parts = (saved["data"], saved["indices"], saved["indptr"])
            return sp.csr_matrix(parts, shape=tuple(saved["shape"])), json.loads(printed.splitlines()[-1])
        return saved["rows"], json.loads(printed.splitlines()[-1])


def _child() -> None:
    """In another process: make or load the stage, transform, save the rows, write the columns' names to stdout."""
    job = json.load(sys.stdin)
    make_stage = _factory(job["factory"])
    if "stage" in job:
        from nlp_toolkit import load

        stage = cast("Vectorizer", load(Path(job["stage"])))
    else:
        stage = make_stage().fit(job["texts"])
    rows = stage.transform(job["texts"])
    if isinstance(rows, np.ndarray):
        np.savez(job["output"], rows=rows)
    else:
        parts = {"data": rows.data, "indices": rows.indices, "indptr": rows.indptr, "shape": np.array(rows.shape)}
        np.savez(job["output"], **parts)
    sys.stdout.write("\n" + json.dumps(_names(stage)) + "\n")


def _factory(described: Mapping[str, object]) -> Callable[[], Vectorizer]:
    name = str(described["module"])
    if importlib.util.find_spec(name.partition(".")[0]) is not None and importlib.util.find_spec(name) is not None:
        found: object = importlib.import_module(name)
    else:  # a test module is seldom on the path
        spec = importlib.util.spec_from_file_location(name, str(described["file"]))
        if spec is None or spec.loader is None:
            raise UsageError(f"cannot import {name} from {described['file']} in another process")
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found = module
    for part in str(described["name"]).split("."):
        found = getattr(found, part)
    return partial(cast("Callable[..., Vectorizer]", found), **cast("dict[str, object]", described["with"]))
