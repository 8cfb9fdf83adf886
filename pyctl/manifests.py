"""Objects out of files, folders, URLs and standard input.

A file may hold several YAML documents; each is read on its own, so that one that is broken is reported, with its
file and line, and the others still count. Scalars are read as Kubernetes reads them: no dates, no base-60 numbers.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from pybernetes.api.object import namespace_of
from pybernetes.api.resources import Resource
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.session import Session

Json = dict[str, Any]
EXTENSIONS = (".json", ".yaml", ".yml")
_SEPARATOR = re.compile(r"^---(?:[ \t].*)?$", re.MULTILINE)


class Manifest(NamedTuple):
    """One object as it was written, where it came from, and the resource that it is one of."""

    obj: Json
    source: str
    resource: Resource
    namespace: str

    @property
    def name(self) -> str:
        return str((self.obj.get("metadata") or {}).get("name") or "")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML whose scalars are text, numbers, booleans and nothing else."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":int", ":float"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int",
    re.compile(r"^[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0o?[0-7_]+|0|[1-9][0-9_]*)$"),
    list("-+0123456789"),
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(
        r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
    ),
    list("-+0123456789."),
)


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^[yYnN]$"), list("yYnN"))


def _construct_bool(loader: Any, node: Any) -> bool:
    return str(loader.construct_scalar(node)).lower() in ("y", "yes", "true", "on")


_Loader.add_constructor("tag:yaml.org,2002:bool", _construct_bool)


def _construct_int(loader: Any, node: Any) -> int:
    text = loader.construct_scalar(node).replace("_", "")
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text.lstrip("+"))
    if len(digits) > 1 and digits[0] == "0" and digits[1].isdigit():
        return sign * int(digits, 8)
    return sign * int(digits, 0)


def _construct_float(loader: Any, node: Any) -> float:
    text = loader.construct_scalar(node).lower()
    return float(text.replace(".inf", "inf").replace(".nan", "nan"))


_Loader.add_constructor("tag:yaml.org,2002:int", _construct_int)
_Loader.add_constructor("tag:yaml.org,2002:float", _construct_float)


def parse_documents(text: str, source: str) -> Iterator[Json | Exception]:
    """The objects in a text, and a failure in place of each document that cannot be read; Lists are taken apart."""
    if text.lstrip().startswith("{"):
        try:
            yield from _flatten(json.loads(text))
            return
        except ValueError:
            pass  # JSON documents after one another, or YAML in braces: the YAML parser tells
    start = 0
    for end, following in [*((m.start(), m.end()) for m in _SEPARATOR.finditer(text)), (len(text), len(text))]:
        document, first_line = text[start:end], text.count("\n", 0, start)
        start = following
        if not document.strip():
            continue
        try:
            value = yaml.load(document, Loader=_Loader)
        except yaml.YAMLError as error:
            yield Failure(f"error parsing {source}: error converting YAML to JSON: yaml: {_where(error, first_line)}")
            continue
        if value is None:
            continue
        if not isinstance(value, dict):
            kind = type(value).__name__
            yield Failure(f"error parsing {source}: line {first_line + 1}: not an object but a {kind}")
            continue
        yield from _flatten(value)


def _where(error: yaml.YAMLError, first_line: int) -> str:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "context", None) or str(error)
    return f"line {first_line + mark.line + 1}: {problem}" if mark is not None else str(problem)


def _flatten(value: Any) -> Iterator[Json]:
    if isinstance(value, dict) and str(value.get("kind", "")).endswith("List") and isinstance(value.get("items"), list):
        for item in value["items"]:
            yield from _flatten(item)
    else:
        yield value


def sources(names: Sequence[str], *, recursive: bool) -> Iterator[tuple[str, str]]:
    """(what to call it, its text) of every file that -f names. Raises `Failure`."""
    for name in names:
        if name == "-":
            yield "STDIN", sys.stdin.read()
        elif name.startswith(("http://", "https://")):
            yield name, _fetch(name)
        else:
            for path in _files(Path(name), recursive=recursive):
                yield str(path), _read(path)


def _files(path: Path, *, recursive: bool) -> list[Path]:
    if path.is_dir():
        found = path.rglob("*") if recursive else path.iterdir()
        return sorted(one for one in found if one.is_file() and one.suffix in EXTENSIONS)
    if not path.exists():
        matching = (
            sorted(Path().glob(str(path))) if not path.is_absolute() and any(c in str(path) for c in "*?[") else []
        )
        if matching:
            return matching
        raise Failure(f'the path "{path}" does not exist')
    return [path]


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"error reading {path}: {error}") from error


def _fetch(url: str) -> str:
    import urllib.error
    import urllib.request

    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            text: str = answer.read().decode()
            return text
    except (urllib.error.URLError, UnicodeDecodeError) as error:
        code = f", status code={error.code}" if isinstance(error, urllib.error.HTTPError) else ""
        raise Failure(f'unable to read URL "{url}", server reported {error}{code}') from error


def load(session: Session, *, require: bool = True) -> Iterator[Manifest | Exception]:
    """What -f and -R name, in order; a failure stands where a document could not be used. Raises `Failure`."""
    names, recursive = session.values.items("filename"), session.values.on("recursive")
    for source, text in sources(names, recursive=recursive):
        for value in parse_documents(text, source):
            yield value if isinstance(value, Exception) else identify(session, value, source)


def identify(session: Session, obj: Json, source: str) -> Manifest | Exception:
    """The object with its resource and namespace, or why it cannot be used. Fills in the namespace."""
    missing = [f"{field} not set" for field in ("apiVersion", "kind") if not obj.get(field)]
    if missing:
        said = missing[0] if len(missing) == 1 else f"[{', '.join(missing)}]"
        return Failure(
            f'error validating "{source}": error validating data: {said}; '
            "if you choose to ignore these errors, turn validation off with --validate=false"
        )
    metadata = obj.get("metadata")
    if not isinstance(metadata, dict):
        metadata = obj["metadata"] = {}
    try:
        resource = session.names.for_object(obj)
    except Failure as error:
        return Failure(
            f'resource mapping not found for name: "{metadata.get("name", "")}" namespace: '
            f'"{metadata.get("namespace", "")}" from "{source}": {error}\nensure CRDs are installed first'
        )
    namespace = ""
    if resource.namespaced:
        namespace = namespace_of(obj) or session.namespace
        if session.namespace_is_forced and namespace != session.namespace:
            return Failure(
                f'the namespace from the provided object "{namespace}" does not match the namespace '
                f"\"{session.namespace}\". You must pass '--namespace={namespace}' to perform this operation."
            )
        metadata["namespace"] = namespace
    return Manifest(obj, source, resource, namespace)
