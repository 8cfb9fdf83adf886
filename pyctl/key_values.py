"""Keys and values for config maps and secrets, out of files, folders, env files and literals."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from pathlib import Path
from typing import Any

from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.output.json_text import compact
from pybernetes.pyctl.session import Session

Json = dict[str, Any]
SOURCE_FLAGS = (
    Flag("from-file", "slice", (), help="A file, as [key=]path; or a folder, each of its files a key."),
    Flag("from-literal", "array", (), help="A key and its value: key=value"),
    Flag("from-env-file", "slice", (), help="A file of key=value lines."),
    Flag("append-hash", "bool", False, help="Append a hash of the content to the name."),
)
_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_HASH_LETTERS = str.maketrans({"0": "g", "1": "h", "3": "k", "a": "m", "e": "t"})
KEY_RULE = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  "
    "or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)


def collect(session: Session) -> tuple[dict[str, str], dict[str, str]]:
    """(texts, base64 of what is no UTF-8) of all sources. Raises `Failure`."""
    texts: dict[str, str] = {}
    binaries: dict[str, str] = {}
    for key, content in _sources(session):
        if not _KEY.fullmatch(key):
            raise Failure(f'"{key}" is not a valid key name for a ConfigMap: {KEY_RULE}')
        if key in texts or key in binaries:
            raise Failure(f'cannot add key "{key}", another key by that name already exists in Data')
        try:
            texts[key] = content.decode()
        except UnicodeDecodeError:
            binaries[key] = base64.b64encode(content).decode()
    return texts, binaries


def _sources(session: Session) -> list[tuple[str, bytes]]:
    values = session.values
    if values.items("from-env-file") and (values.items("from-file") or values.items("from-literal")):
        raise Failure("from-env-file cannot be combined with from-file or from-literal")
    found: list[tuple[str, bytes]] = []
    for source in values.items("from-file"):
        found += from_file(source)
    for literal in values.items("from-literal"):
        key, equals, value = literal.partition("=")
        if not equals or not key:
            raise Failure(f"invalid literal source {literal}, expected key=value")
        found.append((key, _unquoted(value).encode()))
    for source in values.items("from-env-file"):
        found += [(key, value.encode()) for key, value in env_pairs(_read(Path(source)).decode())]
    return found


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"" else value


def from_file(source: str) -> list[tuple[str, bytes]]:
    """The content of ``[key=]path``, or of each file of a folder. Raises `Failure`."""
    key, equals, name = source.rpartition("=")
    path = Path(name)
    if path.is_dir():
        if equals:
            raise Failure("cannot give a key name for a directory path")
        files = sorted(one for one in path.iterdir() if one.is_file() and _KEY.fullmatch(one.name))
        return [(one.name, _read(one)) for one in files]
    return [(key or path.name, _read(path))]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Failure(f"error reading {path}: {(error.strerror or str(error)).lower()}") from error


def env_pairs(text: str) -> list[tuple[str, str]]:
    """The pairs of an env file: comments and empty lines are passed over, a bare key takes our own environment's."""
    pairs = []
    for line in text.splitlines():
        stripped = line.lstrip()
        if not stripped or stripped.startswith("#"):
            continue
        key, equals, value = stripped.partition("=")
        if equals:
            pairs.append((key, value))
        elif key in os.environ:
            pairs.append((key, os.environ[key]))
    return pairs


def append_hash(obj: Json) -> None:
    """Append to the name what kubectl appends: ten letters of the content's SHA-256, without vowels and look-alikes."""
    content: Json = {field: obj[field] for field in ("binaryData", "data", "type") if field in obj}
    whole: Json = {"kind": obj["kind"], "name": obj["metadata"]["name"], **content}
    if obj["kind"] == "ConfigMap":
        whole.setdefault("data", "")
    if obj["kind"] == "Secret":
        whole.setdefault("type", "")
        whole.setdefault("data", "")
    digest = hashlib.sha256(compact(whole).encode()).hexdigest()[:10]
    obj["metadata"]["name"] += "-" + digest.translate(_HASH_LETTERS)
