"""Changes to the files of a model, an index or an encoder, each right for its kind of file, and signing them again."""

import json
import sqlite3
import struct
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from nlp_toolkit.artefact.manifest import file_entry
from nlp_toolkit.errors import ArtefactError
from nlp_toolkit.search.stages import saved_checksum

Change = Callable[[bytes, Random], bytes]

ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 7, 0.5, -0.5, 1e308, 2**31, 2**63, 10**30, "", "x", "auto", "../../x",
    "/etc/passwd", "가", "\ud800", "a\0b", [], [1], ["a"], [[1, 2], [3]], {}, {"a": 1},
    {"__type__": "tuple", "items": [1]},
    {"__type__": "callable", "name": "os.system"},
    {"float": "inf"}, {"number": 1, "type": "int8"}, {"tuple": []}, {"tuple": [1, 1]}, {"mapping": [["a", 1]]},
    {"labels": ["a"], "type": "str"}, {"labels": ["bad", "good"], "type": "object"}, {"array": "coef_"},
    {"class": "sklearn.svm.LinearSVC", "parameters": {}, "fitted": {}},
    {"estimator": {"class": "sklearn.dummy.DummyClassifier", "parameters": {}, "fitted": {}}},
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside a JSON value."""
    found = [path]
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        found += places(each, (*path, key))
    return found


def change_json(value: Any, random: Random) -> Any:
    """One value replaced, removed, renamed, repeated, nested, grown, or changed for another of the same file."""
    paths = [path for path in places(value) if path]
    if not paths:
        return random.choice(ODD)
    *outer, key = random.choice(paths)
    container = value
    for each in outer:
        container = container[each]
    old = container[key]
    how = random.randrange(7)
    if how == 0:
        del container[key]
    elif how == 1 and isinstance(container, dict):
        container[f"{key}{random.choice(['', '_', 'x'])}"] = container.pop(key)
    elif how == 2 and isinstance(container, list):
        container.insert(key, old)
    elif how == 3:
        container[key] = random.choice([[old], {"a": old}, {str(key): old}])
    elif how == 4 and isinstance(old, int | float) and not isinstance(old, bool):
        container[key] = random.choice([old + 1, old - 1, -old, old * 2, old * 10**6, float(old), str(old)])
    elif how == 5:
        other = random.choice(paths)
        found = value
        with suppress(KeyError, IndexError, TypeError):
            for each in other:
                found = found[each]
        container[key] = json.loads(json.dumps(found))
    else:
        container[key] = random.choice(ODD)
    return value


def _json(content: bytes, random: Random) -> bytes:
    how = random.randrange(12)
    if how == 0:
        return b'{"a": ' * 100_000
    if how == 1:  # a key twice
        lines = content.split(b"\n")
        at = random.randrange(len(lines))
        return b"\n".join([*lines[: at + 1], *lines[at:]])
    if how == 2:
        return content.replace(b"1", random.choice([b"NaN", b"1e999", b"-Infinity", b"1" * 5000]), 1)
    return json.dumps(change_json(json.loads(content), random)).encode()


def _arrays(content: bytes, random: Random) -> bytes:
    """A safetensors file with another header, other values, or fewer."""
    length = int.from_bytes(content[:8], "little")
    header, body = json.loads(content[8 : 8 + length]), bytearray(content[8 + length :])
    how = random.randrange(6)
    if how == 0:
        header = change_json(header, random)
    elif how == 1:
        name = random.choice([each for each in header if each != "__metadata__"])
        header[name]["shape"] = random.choice([[*header[name]["shape"], 1], header[name]["shape"][::-1], [2**40], []])
    elif how == 2:
        name = random.choice([each for each in header if each != "__metadata__"])
        header[name]["dtype"] = random.choice(
            ["F32", "F64", "I64", "U64", "I32", "F16", "BF16", "BOOL", "I8", "F8_E5M2"]
        )
    elif how == 3:
        name = random.choice([each for each in header if each != "__metadata__"])
        begin, end = header[name]["data_offsets"]
        of_type = {
            name: [struct.pack(code, number) for number in (np.nan, np.inf, -1.0, 0.0, -0.0, 1e-40, largest)]
            for name, code, largest in (("F32", "<f", 3.4e38), ("F64", "<d", 1.7e308))
        }
        piece = random.choice(of_type.get(header[name]["dtype"], (b"\xff" * 8, b"\0" * 8, b"\x7f" * 8)))
        at = begin + len(piece) * random.randrange(max(1, (end - begin) // len(piece)))
        body[at : at + len(piece)] = piece[: max(0, end - at)]
    elif how == 4:
        name = random.choice([each for each in header if each != "__metadata__"])
        entry = header.pop(name)
        header[random.choice(["x", "weight", name.upper()])] = entry
    else:
        for _ in range(random.randrange(1, 20)):
            if body:
                body[random.randrange(len(body))] = random.randrange(256)
    raw = json.dumps(header).encode()
    raw += b" " * (-len(raw) % 8)
    return len(raw).to_bytes(8, "little") + raw + bytes(body)


def _text(content: bytes, random: Random) -> bytes:
    lines = content.split(b"\n")
    at = random.randrange(len(lines))
    odd = [b"\xff\xfe", b"\xed\xa0\x80", b"\\", b"\\ud800", b"\0", b"a" * 100_000, "\u202e가".encode(), b"\\n", b"\r"]
    how = random.randrange(5)
    if how == 0:
        lines.insert(at, random.choice(odd))
    elif how == 1:
        del lines[at]
    elif how == 2:
        lines.insert(random.randrange(len(lines)), lines[at])
    elif how == 3:
        lines[at] += random.choice(odd)
    else:
        lines[at] = random.choice(odd)
    return b"\n".join(lines)


def _pages(content: bytes, random: Random) -> bytes:
    """Bytes of SQLite pages changed, mostly those that say where things are."""
    changed = bytearray(content)
    page = random.randrange(max(1, len(changed) // 4096)) * 4096
    for _ in range(random.choice([1, 1, 4, 64])):
        at = min(len(changed) - 1, page + random.choice([random.randrange(4096), random.randrange(120)]))
        changed[at] = random.randrange(256)
    if random.randrange(8) == 0:
        other = random.randrange(max(1, len(changed) // 4096)) * 4096
        changed[page : page + 4096] = content[other : other + 4096]
    return bytes(changed)


def _flip(content: bytes, random: Random) -> bytes:
    changed = bytearray(content)
    for _ in range(random.choice([1, 1, 2, 50])):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


_OF_KIND: Mapping[str, Change] = {
    ".json": _json, ".safetensors": _arrays, ".txt": _text, ".md": _text, ".sqlite": _pages,
}  # fmt: skip
_OF_ANY: tuple[Change, ...] = (
    _flip,
    lambda content, random: content[: random.randrange(len(content))],
    lambda content, random: b"",
    lambda content, random: content + random.choice([b"\0", b"x" * 1000, content]),
)


def mutate(root: Path, random: Random) -> str:
    """Change one file below `root`, sign again what holds checksums, and return the file's name."""
    files = [path for path in sorted(root.rglob("*")) if path.is_file()]
    # A manifest is one of many files but says more than others.
    path = random.choice([*files, *(each for each in files if each.suffix in {".json", ".sqlite"})])
    name = path.relative_to(root).as_posix()
    _change_file(path, random)
    sign_all(root)
    return name


def _change_file(path: Path, random: Random) -> None:
    content = path.read_bytes()
    if path.name == "manifest.json":
        _change_manifest(path, random)
    elif random.randrange(25) == 0:
        path.unlink()
    elif content:
        special = _OF_KIND.get(path.suffix, _flip)
        change = random.choice(_OF_ANY) if random.randrange(4) == 0 else special
        try:
            path.write_bytes(change(content, random))
        except (ValueError, KeyError, IndexError, TypeError):  # a file that is no such file by now
            path.write_bytes(_flip(content, random))


def _change_manifest(path: Path, random: Random) -> None:
    """Change what a manifest says, mostly beside its list of files, which is made again."""
    content = json.loads(path.read_bytes())
    del content["digest"]
    files = content.pop("files") if random.randrange(8) else {}
    changed = change_json(content, random)
    if isinstance(changed, dict):
        _write_manifest(path, {**changed, "files": {**files, **changed.get("files", {})}} if files else changed)
    else:
        path.write_text(json.dumps(changed))


def _write_manifest(path: Path, content: dict[str, Any]) -> None:
    import hashlib

    plain = {name: value for name, value in content.items() if name != "digest"}
    canonical = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    path.write_text(json.dumps({**plain, "digest": hashlib.sha256(canonical.encode()).hexdigest()}))


def sign_all(root: Path) -> None:
    """Make every manifest below `root` fit its files again, the innermost first; also what an index says of stages."""
    for manifest in sorted(root.rglob("manifest.json"), key=lambda path: -len(path.parts)):
        with suppress(ArtefactError, KeyError, TypeError, ValueError, AttributeError, OSError, sqlite3.Error):
            _sign(manifest)


def _sign(path: Path) -> None:
    content = json.loads(path.read_bytes())
    home = path.parent
    is_index = str(content["kind"]).endswith("index")
    folder = home if is_index else home / content["generation"]
    if is_index:
        _say_checksums(content, home)
    files = {
        file.relative_to(folder).as_posix(): file_entry(file)
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file != path
    }
    content["files"] = {name: {"size": entry.size, "sha256": entry.sha256} for name, entry in files.items()}
    _write_manifest(path, content)


def _say_checksums(content: dict[str, Any], home: Path) -> None:
    """What an index and its segments say of the stage their rows were made with."""
    parts = content["hybrid"]["halves"] if "hybrid" in content else [content["index"]]
    for part in parts:
        checksum = saved_checksum(home / part["stage"]["folder"])
        if checksum == part["stage"]["checksum"]:
            continue
        part["stage"]["checksum"] = checksum
        for segment in part["segments"]:
            with closing(sqlite3.connect(home / segment["folder"] / "documents.sqlite")) as table, table:
                table.execute("UPDATE segment SET stage = ?", (checksum,))
