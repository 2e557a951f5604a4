"""A fitted scikit-learn estimator as two files, NAME.json and NAME.safetensors, and the estimator they describe.

The JSON says class, parameters and fitted attributes; arrays in it are names of the other file. Only classes of
`estimator_table.ESTIMATORS` are written or rebuilt, and what is rebuilt passes the same checks as what is written.
"""

from collections.abc import Callable, Mapping
from inspect import signature
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import scipy.sparse as sp

from nlp_toolkit.artefact.estimator_table import ESTIMATORS, Entry, check_fitted, class_name
from nlp_toolkit.artefact.files import read_arrays, read_json, write_arrays, write_json
from nlp_toolkit.artefact.fitted_rules import UnfitError
from nlp_toolkit.compat import OF_TRAINING, neighbours_data, neighbours_search
from nlp_toolkit.constraints import check_options
from nlp_toolkit.errors import ArtefactError, UsageError
from nlp_toolkit.registry import class_at

MAX_DEPTH = 32
MAX_HEADER_BYTES = 32 * 2**20
MAX_JOBS = 1024
"""Threads an estimator may ask for: more is a mistake or an attack."""

Arrays: TypeAlias = dict[str, np.ndarray]

_TEXT_TYPES = ("str", "object")
_PLAIN_TYPES = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64")
_INFINITE = {"inf": np.inf, "-inf": -np.inf}


class _Stored:
    """The arrays of a file, each of which one attribute takes."""

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = arrays
        self.unused = set(arrays)

    def take(self, name: object) -> np.ndarray:
        """The array called `name`; `UnfitError` where there is none or another attribute has it."""
        if not isinstance(name, str) or name not in self.unused:
            raise UnfitError(f"array {name!r:.80} is missing or used twice")
        self.unused.remove(name)
        return self._arrays[name]


def describe_estimator(estimator: object) -> tuple[dict[str, Any], Arrays]:
    """The JSON and the arrays of a fitted estimator; `UsageError` says by name what could not be loaded again."""
    arrays: Arrays = {}
    name = type(estimator).__name__
    try:
        description = _describe(estimator, "", arrays)
        rebuild_estimator(description, arrays)
    except UnfitError as error:
        raise UsageError(
            f"{name} cannot be saved: {error}; use an estimator that a recipe can name, or call "
            "nlp_toolkit.register_estimator(name, class) with a class that has save_files and load_files"
        ) from error
    return description, arrays


def renewed(estimator: object) -> Any:
    """The same estimator as format 2 would give it back; `UnfitError` where format 2 could not hold it."""
    arrays: Arrays = {}
    return rebuild_estimator(_describe(estimator, "", arrays), arrays)


def rebuild_estimator(description: Any, arrays: Arrays) -> Any:
    """The estimator that `describe_estimator` described; `UnfitError` says what in it could not come from there."""
    stored = _Stored(arrays)
    estimator = _rebuild(description, stored, 0)
    if stored.unused:
        raise UnfitError(f"arrays {', '.join(sorted(stored.unused)[:3])} belong to no attribute")
    if ESTIMATORS[description["class"]].is_part:
        raise UnfitError(f"a {type(estimator).__name__} is a part of other estimators only")
    check_fitted(estimator)
    return estimator


def write_estimator(folder: Path, name: str, description: Mapping[str, Any], arrays: Arrays) -> None:
    """Write NAME.json and NAME.safetensors; equal estimators give equal bytes."""
    write_json(folder / f"{name}.json", description)
    write_arrays(folder / f"{name}.safetensors", arrays)


def read_estimator(folder: Path, name: str) -> Any:
    """Read what `write_estimator` wrote; `ArtefactError` names the file with what no fit could have given."""
    path = folder / f"{name}.json"
    description = read_json(path)
    arrays = read_arrays(folder / f"{name}.safetensors", max_header=MAX_HEADER_BYTES)
    try:
        return rebuild_estimator(description, arrays)
    except UnfitError as error:
        raise ArtefactError(f"{path}: {error}; the file is damaged or of another scikit-learn") from error


def _describe(estimator: Any, place: str, arrays: Arrays) -> dict[str, Any]:
    """Class, parameters and fitted attributes, arrays set aside under `place`."""
    name = class_name(type(estimator))
    if name is None:
        raise _foreign(estimator, place)
    entry = ESTIMATORS[name]
    parameters = _parameters(estimator)
    known = {*entry.fitted, *entry.forgotten, *OF_TRAINING, *signature(type(estimator)).parameters}
    fitted = _training_rows(estimator) if entry.by_fit else _fitted(estimator, entry)
    unknown = [] if entry.by_fit else sorted(vars(estimator).keys() - known)
    if unknown:
        raise UnfitError(f"it has {', '.join(unknown)}, which is unknown of a {type(estimator).__name__}")
    described: dict[str, Any] = {"class": name, "parameters": {}, "fitted": {}}
    for group, values in (("parameters", parameters), ("fitted", fitted)):
        for key, value in values.items():
            described[group][key] = _encode(value, f"{place}{key}", arrays)
    return described


def _parameters(estimator: Any) -> dict[str, Any]:
    if not hasattr(estimator, "get_params"):
        return {}
    values = estimator.get_params(deep=False)
    # Parameters on their way out of scikit-learn keep this mark until they are gone.
    return {name: value for name, value in values.items() if not isinstance(value, str) or value != "deprecated"}


def _fitted(estimator: Any, entry: Entry) -> dict[str, Any]:
    """The fitted attributes by name; nothing for an estimator that was not fitted, such as a parameter."""
    return {name: getattr(estimator, name) for name in entry.fitted if hasattr(estimator, name)}


def _training_rows(estimator: Any) -> dict[str, Any]:
    """What nearest neighbours were fitted on."""
    data = neighbours_data(estimator)
    if data is None:
        return {}
    rows: dict[str, Any] = {"rows": data[0], "targets": data[1]}
    if hasattr(estimator, "classes_"):
        if not isinstance(estimator.classes_, np.ndarray):
            raise UnfitError("it has several columns of labels")
        rows["classes"] = estimator.classes_
    tree, _ = neighbours_search(estimator)
    if tree is not None:
        raise UnfitError(f"it holds a {type(tree).__name__}; set algorithm='brute'")
    return rows


def _encode(value: Any, place: str, arrays: Arrays) -> Any:
    """`value` as JSON; an array goes to `arrays` by the name of its place."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, np.generic):
        return {"number": _encode(value.item(), place, arrays), "type": _type_name(value.dtype, place)}
    if isinstance(value, float) and not np.isfinite(value):
        if np.isnan(value):
            raise UnfitError(f"{place} is NaN")
        return {"float": "inf" if value > 0 else "-inf"}
    if isinstance(value, int | float):
        return value
    if isinstance(value, list | tuple):
        items = [_encode(each, f"{place}.{index}.", arrays) for index, each in enumerate(value)]
        return items if isinstance(value, list) else {"tuple": items}
    if isinstance(value, dict):
        pairs = [[_encode(key, place, arrays), _encode(each, place, arrays)] for key, each in value.items()]
        return {"mapping": pairs}
    if isinstance(value, np.ndarray):
        return _encode_array(value, place, arrays)
    if sp.issparse(value):
        return _encode_rows(value, place, arrays)
    if class_name(type(value)) is not None:
        return {"estimator": _describe(value, f"{place.rstrip('.')}.", arrays)}
    raise _foreign(value, place)


def _foreign(value: Any, place: str) -> UnfitError:
    named = value if hasattr(value, "__name__") else type(value)
    where = f" ({place.rstrip('.')})" if place else ""
    return UnfitError(f"it holds {named.__module__}.{named.__name__}{where}, which no model may contain")


def _encode_array(array: np.ndarray, place: str, arrays: Arrays) -> dict[str, Any]:
    if array.dtype.kind in "UO":
        labels = array.tolist()
        if array.ndim != 1 or not all(isinstance(label, str) for label in labels):
            raise UnfitError(f"{place} is an array of shape {array.shape} that holds other things than numbers or str")
        return {"labels": labels, "type": "str" if array.dtype.kind == "U" else "object"}
    _type_name(array.dtype, place)
    # The order in memory decides in which order a product adds up, and so its last bit.
    turned = array.ndim > 1 and array.flags.f_contiguous and not array.flags.c_contiguous
    arrays[place] = array.T if turned else array
    return {"array": place, "fortran": True} if turned else {"array": place}


def _encode_rows(rows: Any, place: str, arrays: Arrays) -> dict[str, Any]:
    if rows.format != "csr":
        raise UnfitError(f"{place} is a sparse matrix in {rows.format} form, expected csr")
    for name in ("data", "indices", "indptr"):
        _type_name(getattr(rows, name).dtype, place)
        arrays[f"{place}.{name}"] = getattr(rows, name)
    return {"csr": place, "shape": list(rows.shape), "type": "array" if isinstance(rows, sp.csr_array) else "matrix"}


def _type_name(dtype: np.dtype[Any], place: str) -> str:
    name = str(dtype.newbyteorder("="))
    if name not in _PLAIN_TYPES:
        raise UnfitError(f"{place} is of type {dtype}, expected bool, whole or floating-point numbers")
    return name


def _rebuild(description: object, stored: _Stored, depth: int) -> Any:
    """The estimator of a description, fitted or not."""
    if not isinstance(description, dict) or set(description) != {"class", "parameters", "fitted"}:
        raise UnfitError("expected class, parameters and fitted")
    name, parameters, fitted = description["class"], description["parameters"], description["fitted"]
    if not isinstance(name, str) or name not in ESTIMATORS:
        raise UnfitError(f"class {name!r:.80} is not an estimator that models hold")
    if not isinstance(parameters, dict) or not isinstance(fitted, dict):
        raise UnfitError(f"the parameters or fitted attributes of {name} are no objects")
    entry = ESTIMATORS[name]
    cls = class_at(entry.place)
    values = {key: _decode(value, stored, depth) for key, value in parameters.items()}
    found = {key: _decode(value, stored, depth) for key, value in fitted.items()}
    estimator = _constructed(cls, name, values)
    if entry.by_fit:
        return _fitted_again(estimator, name, found)
    unknown = sorted(found.keys() - entry.fitted.keys())
    if unknown:
        raise UnfitError(f"{name} has no fitted attribute {unknown[0]!r:.80}")
    for key, value in found.items():
        setattr(estimator, key, value)
    return estimator


def _constructed(cls: Any, name: str, parameters: Mapping[str, Any]) -> Any:
    """An unfitted estimator, its parameters held to scikit-learn's own constraints."""
    if not hasattr(cls, "get_params"):
        if parameters:
            raise UnfitError(f"{name} has no parameters")
        return cls.__new__(cls)
    known = signature(cls).parameters
    for key in parameters:
        if key not in known:
            raise UnfitError(f"{name} has no parameter {key!r:.80}; known: {', '.join(known)}")
    jobs = parameters.get("n_jobs")
    if jobs is not None and (not isinstance(jobs, int) or not 1 <= abs(jobs) <= MAX_JOBS):
        raise UnfitError(f"n_jobs is {jobs!r:.80}, expected a number of threads up to {MAX_JOBS}, or -1 for all")
    try:
        estimator = cls(**parameters)
        check_options(estimator)
    except (TypeError, ValueError, UsageError) as error:  # it names parameter, expected and got
        raise UnfitError(str(error)) from error
    return estimator


def _fitted_again(estimator: Any, name: str, found: Mapping[str, Any]) -> Any:
    """Nearest neighbours, fitted on the rows they were fitted on."""
    if not found:
        return estimator
    if not {"rows", "targets"} <= found.keys() <= {"rows", "targets", "classes"}:
        raise UnfitError(f"{name} is fitted on rows and targets, got {', '.join(found)}")
    rows, targets = found["rows"], found["targets"]
    if not isinstance(targets, np.ndarray) or not (sp.issparse(rows) or isinstance(rows, np.ndarray)):
        raise UnfitError(f"rows or targets of {name} are no arrays")
    if "classes" in found:
        classes = found["classes"]
        if targets.ndim != 1 or targets.dtype.kind != "i" or not isinstance(classes, np.ndarray) or classes.ndim != 1:
            raise UnfitError(f"targets of {name} are no numbers of classes")
        if not np.array_equal(np.unique(targets), np.arange(len(classes))):
            raise UnfitError(f"targets of {name} do not number its {len(classes)} classes")
        targets = classes[targets]
    try:
        fitted = estimator.fit(rows, targets)
    except (TypeError, ValueError) as error:
        raise UnfitError(f"{name} cannot be fitted on its rows: {error}") from error
    if "classes" in found and not np.array_equal(fitted.classes_, found["classes"]):
        raise UnfitError(f"classes of {name} are not sorted or not each once")
    return fitted


def _decode(value: Any, stored: _Stored, depth: int) -> Any:
    """The value that `_encode` wrote as this JSON."""
    if depth > MAX_DEPTH:
        raise UnfitError("nested too deeply")
    if isinstance(value, list):
        return [_decode(each, stored, depth + 1) for each in value]
    if not isinstance(value, dict):
        return value
    for key, decode in _DECODERS.items():
        if key in value:
            return decode(value, stored, depth + 1)
    raise UnfitError(f"unknown value with {', '.join(sorted(value))!r:.80}")


def _decode_array(value: Mapping[str, Any], stored: _Stored, depth: int) -> np.ndarray:
    array = stored.take(value["array"])
    return array.T if value.get("fortran") is True else array


def _decode_rows(value: Mapping[str, Any], stored: _Stored, depth: int) -> Any:
    place, shape, kind = value["csr"], value.get("shape"), value.get("type")
    data, indices, indptr = (stored.take(f"{place}.{name}") for name in ("data", "indices", "indptr"))
    if not isinstance(shape, list) or len(shape) != 2 or any(type(each) is not int or each < 0 for each in shape):
        raise UnfitError(f"rows {place!r:.80} have the shape {shape!r:.80}")
    if kind not in ("array", "matrix"):
        raise UnfitError(f"rows {place!r:.80} have the type {kind!r:.80}")
    try:
        rows = (sp.csr_array if kind == "array" else sp.csr_matrix)((data, indices, indptr), shape=tuple(shape))
        # The search for neighbours follows these indices unchecked.
        rows.check_format(full_check=True)
    except (ValueError, TypeError, OverflowError) as error:
        raise UnfitError(f"rows {place!r:.80} are no matrix: {error}") from error
    return rows


def _decode_labels(value: Mapping[str, Any], stored: _Stored, depth: int) -> np.ndarray:
    labels, kind = value["labels"], value.get("type")
    if not isinstance(labels, list) or not all(isinstance(each, str) for each in labels) or kind not in _TEXT_TYPES:
        raise UnfitError(f"labels of type {kind!r:.80}, expected a list of str")
    return np.array(labels, dtype=str if kind == "str" else object)


def _decode_number(value: Mapping[str, Any], stored: _Stored, depth: int) -> np.generic:
    number, kind = _decode(value["number"], stored, depth), value.get("type")
    if kind not in _PLAIN_TYPES or not isinstance(number, int | float):
        raise UnfitError(f"number {number!r:.80} of type {kind!r:.80}")
    try:
        found: np.generic = np.dtype(kind).type(number)
    except OverflowError as error:
        raise UnfitError(f"number {number!r:.80} is no {kind}") from error
    return found


def _decode_mapping(value: Mapping[str, Any], stored: _Stored, depth: int) -> dict[Any, Any]:
    pairs = value["mapping"]
    if not isinstance(pairs, list) or any(not isinstance(pair, list) or len(pair) != 2 for pair in pairs):
        raise UnfitError("a mapping that is not a list of pairs")
    decoded = [[_decode(each, stored, depth) for each in pair] for pair in pairs]
    if any(not isinstance(key, str | int | float | np.generic | None) for key, _ in decoded):
        raise UnfitError("a mapping whose keys are no labels")
    return dict(decoded)


def _decode_tuple(value: Mapping[str, Any], stored: _Stored, depth: int) -> tuple[Any, ...]:
    if not isinstance(value["tuple"], list):
        raise UnfitError("a tuple that is not a list")
    return tuple(_decode(each, stored, depth) for each in value["tuple"])


def _decode_infinite(value: Mapping[str, Any], stored: _Stored, depth: int) -> float:
    if value["float"] not in _INFINITE:
        raise UnfitError(f"a number {value['float']!r:.80}")
    return _INFINITE[value["float"]]


def _decode_estimator(value: Mapping[str, Any], stored: _Stored, depth: int) -> Any:
    return _rebuild(value["estimator"], stored, depth)


_DECODERS: Mapping[str, Callable[[Mapping[str, Any], _Stored, int], Any]] = {
    "array": _decode_array,
    "csr": _decode_rows,
    "labels": _decode_labels,
    "number": _decode_number,
    "mapping": _decode_mapping,
    "tuple": _decode_tuple,
    "float": _decode_infinite,
    "estimator": _decode_estimator,
}
