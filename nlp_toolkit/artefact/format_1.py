"""Scikit-learn estimators of model format 1: skops files, read against a fixed list of what they may contain.

Only reading is left: a save writes format 2 (`estimator_files`). skops trusts much by default (every scikit-learn
estimator, every NumPy and SciPy function), so its own check comes second: before skops sees a file, each node of it is
looked up in the dictionary here, and nothing else is built. Nothing but this file imports skops.
"""

import io
import json
import warnings
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

import numpy as np

from nlp_toolkit.artefact.estimator_files import renewed
from nlp_toolkit.errors import ArtefactError

MAX_ENTRIES = 10_000
MAX_SCHEMA_BYTES = 64 * 2**20
# The values of a matrix of counts compress a thousandfold, but its column indices hardly do.
MAX_SPARSE_RATIO = 200
_PROTOCOL = 2

ESTIMATORS = frozenset(
    {
        "nlp_toolkit.estimators.multilabel.MultiLabelClassifier",
        "nlp_toolkit.estimators.reduce.Pca",
        "nlp_toolkit.estimators.reduce.Svd",
        "nlp_toolkit.estimators.reduce.Whiten",
        "nlp_toolkit.estimators.svm.LinearSvmClassifier",
        "sklearn.calibration.CalibratedClassifierCV",
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.decomposition._pca.PCA",
        "sklearn.decomposition._truncated_svd.TruncatedSVD",
        "sklearn.dummy.DummyClassifier",
        "sklearn.dummy.DummyRegressor",
        "sklearn.linear_model._base.LinearRegression",
        "sklearn.linear_model._logistic.LogisticRegression",
        "sklearn.linear_model._ridge.Ridge",
        "sklearn.linear_model._ridge.RidgeClassifier",
        "sklearn.linear_model._stochastic_gradient.SGDClassifier",
        "sklearn.linear_model._stochastic_gradient.SGDRegressor",
        "sklearn.naive_bayes.BernoulliNB",
        "sklearn.naive_bayes.ComplementNB",
        "sklearn.naive_bayes.GaussianNB",
        "sklearn.naive_bayes.MultinomialNB",
        "sklearn.neighbors._classification.KNeighborsClassifier",
        "sklearn.neighbors._regression.KNeighborsRegressor",
        "sklearn.preprocessing._data.MaxAbsScaler",
        "sklearn.preprocessing._data.Normalizer",
        "sklearn.preprocessing._data.StandardScaler",
        "sklearn.preprocessing._label.LabelBinarizer",
        "sklearn.preprocessing._label.LabelEncoder",
        "sklearn.svm._classes.LinearSVC",
        "sklearn.svm._classes.LinearSVR",
    }
)
_CSR_ENTRIES = {"data.npy", "format.npy", "indices.npy", "indptr.npy", "shape.npy"}
_NUMBERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64")
_SCALARS = frozenset(f"numpy.{name}" for name in ("bool", "str_", *_NUMBERS))
_BUILTINS = frozenset({"builtins.bool", "builtins.float", "builtins.int", "builtins.str"})

_SPARSE = frozenset({"scipy.sparse._csr.csr_matrix", "scipy.sparse._csr.csr_array"})
# Fitted SGD models keep their loss; building one takes at most a number.
_LOSSES = frozenset(
    {
        "sklearn._loss._loss.CyHalfBinomialLoss",
        "sklearn._loss._loss.CyHalfSquaredError",
        "sklearn._loss._loss.CyHuberLoss",
        "sklearn.linear_model._sgd_fast.EpsilonInsensitive",
        "sklearn.linear_model._sgd_fast.Hinge",
        "sklearn.linear_model._sgd_fast.ModifiedHuber",
        "sklearn.linear_model._sgd_fast.SquaredEpsilonInsensitive",
        "sklearn.linear_model._sgd_fast.SquaredHinge",
    }
)

# skops's name for how a node is read -> the classes such a node may be of.
_NODES: dict[str, frozenset[str]] = {
    "ObjectNode": ESTIMATORS,
    "DictNode": frozenset({"builtins.dict"}),
    "ListNode": frozenset({"builtins.list"}),
    "TupleNode": frozenset({"builtins.tuple"}),
    "JsonNode": frozenset({"builtins.str"}),
    "TypeNode": _BUILTINS | _SCALARS,
    "DTypeNode": frozenset({"numpy.dtype"}),
    "NdArrayNode": _SCALARS | {"numpy.ndarray"},
    "SparseMatrixNode": _SPARSE,
    "LossNode": _LOSSES,
}


def load_skops(path: Path) -> object:
    """Read a skops file after checking every entry and every node; `ArtefactError` names what does not belong."""
    schema = _checked_schema(path)
    unknown = _unknown_types(schema)
    if unknown:
        raise ArtefactError(f"{path}: holds {', '.join(unknown)}, which a model may not contain; nothing was loaded")
    import skops.io
    from sklearn.exceptions import InconsistentVersionWarning
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        with warnings.catch_warnings():
            # The manifest's versions have been compared already, and told in one line.
            warnings.simplefilter("ignore", InconsistentVersionWarning)
            return renewed(skops.io.load(path, trusted=sorted(ESTIMATORS | _SPARSE)))
    except (UntrustedTypesFoundException, BadZipFile, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ArtefactError(f"{path}: cannot be read ({type(error).__name__}: {error}); the file is damaged") from error


def _unknown_types(node: object) -> list[str]:
    """Names of everything below `node` that is not in the dictionary of what may be built."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting.extend(each)
        elif isinstance(each, dict):
            waiting.extend(each.values())
            if "__loader__" in each:
                loader, name = each["__loader__"], f"{each.get('__module__')}.{each.get('__class__')}"
                if not isinstance(loader, str) or name not in _NODES.get(loader, ()):
                    found.add(name)
    return sorted(found)


def _checked_schema(path: Path) -> dict[str, object]:
    """The parsed schema.json of a skops file whose entries are of honest size."""
    try:
        with ZipFile(path) as file:
            _check_entries(path, file)
            schema = json.loads(file.read("schema.json"))
            for entry in file.infolist():
                if entry.filename.endswith(".npy"):
                    _check_array(path, file, entry)
                elif entry.filename.endswith(".npz"):
                    _check_sparse(path, file.read(entry))
    except (BadZipFile, ValueError, KeyError, RecursionError, NotImplementedError, EOFError) as error:
        raise ArtefactError(f"{path}: not a skops file ({error}); the file is damaged") from error
    if not isinstance(schema, dict) or schema.get("protocol") != _PROTOCOL:
        found = schema.get("protocol") if isinstance(schema, dict) else None
        raise ArtefactError(f"{path}: skops protocol {found!r}, expected {_PROTOCOL}; save the model again")
    return schema


def _check_entries(path: Path, file: ZipFile) -> None:
    entries = file.infolist()
    names = {entry.filename for entry in entries}
    if len(entries) > MAX_ENTRIES or len(names) != len(entries):
        raise ArtefactError(f"{path}: {len(entries)} entries, some of them twice or too many; the file is hostile")
    size = path.stat().st_size
    for entry in entries:
        if "/" in entry.filename or "\\" in entry.filename or entry.filename.startswith("."):
            raise ArtefactError(f"{path}: entry {entry.filename!r} has a path in its name; the file is hostile")
        # We store without compression, so an entry larger than the file can only be a bomb.
        if entry.compress_type != 0 or entry.file_size > size:
            raise ArtefactError(f"{path}: entry {entry.filename!r} unpacks to {entry.file_size} bytes; refused")
        if entry.filename == "schema.json" and entry.file_size > MAX_SCHEMA_BYTES:
            raise ArtefactError(f"{path}: schema.json has {entry.file_size} bytes; the file is hostile")


def _check_array(path: Path, file: ZipFile, entry: ZipInfo) -> None:
    """A .npy claims its shape before its content: compare the two, without taking the memory."""
    with file.open(entry) as stream:
        version = np.lib.format.read_magic(stream)
        read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}.get(version)
        if read is None:
            raise ArtefactError(f"{path}: entry {entry.filename!r} is of an unknown NumPy format {version}")
        shape, _, dtype = read(stream)
        if dtype.hasobject:
            raise ArtefactError(f"{path}: entry {entry.filename!r} holds pickled objects; refused")
        n_items = 1
        for length in shape:
            n_items *= length
        if min(shape, default=0) < 0 or n_items * dtype.itemsize != entry.file_size - stream.tell():
            raise ArtefactError(f"{path}: entry {entry.filename!r} is not as long as its shape {shape} says")


def _check_sparse(path: Path, content: bytes) -> None:
    """A sparse matrix is a zip in the zip: its entries are checked likewise, and every column index."""
    import scipy.sparse as sp

    with ZipFile(io.BytesIO(content)) as file:
        entries = file.infolist()
        if {entry.filename for entry in entries} - {"_is_array.npy"} != _CSR_ENTRIES or len(entries) > 6:
            raise ArtefactError(f"{path}: expected a matrix in CSR form, got {[each.filename for each in entries]}")
        unpacked = sum(entry.file_size for entry in entries)
        if unpacked > 2**20 and unpacked > MAX_SPARSE_RATIO * len(content):
            raise ArtefactError(f"{path}: a matrix of {len(content)} bytes unpacks to {unpacked}; refused")
        for entry in entries:
            _check_array(path, file, entry)
    matrix = sp.load_npz(io.BytesIO(content))
    if matrix.format != "csr":
        raise ArtefactError(f"{path}: expected a matrix in CSR form, got {matrix.format}")
    # scikit-learn's neighbour search walks these indices unchecked.
    matrix.check_format(full_check=True)
