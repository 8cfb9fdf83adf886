"""What clients depend on in an OpenAPI v2 document, without its prose: names, types and how they hang together.

``hack/openapi-digest DOCUMENT`` makes `reference.json.gz` from a kube-apiserver's document, and the tests make the same
of ours: what the two have in common looks alike, so that a comparison is one of plain values. Only what is generally
available counts (versions v1, v2, …); shared parameters are written out; order means nothing.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from pathlib import Path
from typing import Any

REFERENCE = Path(__file__).with_name("reference.json.gz")
METHODS = ("delete", "get", "head", "options", "patch", "post", "put")
_UNSTABLE = re.compile(r"/v[0-9]+(alpha|beta)[0-9]+(/|$)")
_STABLE = re.compile(r"/apis/([^/]+)/v[0-9]+/")
_GVK = "x-kubernetes-group-version-kind"

Json = dict[str, Any]


def digest(document: Json) -> Json:
    """``{"paths": {path: {method: facts}}, "definitions": {name: facts}}`` of what is generally available."""
    stable = {found[1] for path in document["paths"] if (found := _STABLE.match(path))}
    paths = {path: item for path, item in document["paths"].items() if _kept(path, stable)}
    operations = {path: _item(item, document) for path, item in paths.items()}
    reached: set[str] = set()
    _reach(json.dumps(operations), document, reached)
    return {"paths": operations, "definitions": {name: _definition(document["definitions"][name]) for name in reached}}


def _kept(path: str, stable: set[str]) -> bool:
    group = re.fullmatch(r"/apis/([^/]+)/", path)
    return group[1] in stable if group else not _UNSTABLE.search(path)


def _reach(text: str, document: Json, reached: set[str]) -> None:
    for name in set(re.findall(r"[#]([\w.-]+)", text)) - reached:
        reached.add(name)
        _reach(json.dumps(_definition(document["definitions"][name])), document, reached)


def _item(item: Json, document: Json) -> Json:
    shared = item.get("parameters") or []
    return {method: _operation(item[method], shared, document) for method in METHODS if method in item}


def _operation(operation: Json, shared: list[Json], document: Json) -> Json:
    given = [_parameter(one, document) for one in (*shared, *(operation.get("parameters") or ()))]
    answers = {code: _type(answer.get("schema") or {}) for code, answer in operation["responses"].items()}
    return {
        "id": operation.get("operationId", ""),
        "tags": operation.get("tags") or [],
        "action": operation.get("x-kubernetes-action", ""),
        "gvk": _gvk(operation.get(_GVK)),
        "consumes": sorted(operation.get("consumes") or ()),
        "produces": sorted(operation.get("produces") or ()),
        "parameters": sorted(given),
        "answers": answers,
    }


def _parameter(parameter: Json, document: Json) -> str:
    if "$ref" in parameter:
        parameter = document["parameters"][parameter["$ref"].rpartition("/")[2]]
    kind = _type(parameter.get("schema") or parameter)
    return f"{parameter['in']} {parameter['name']} {kind}{' required' if parameter.get('required') else ''}"


def _gvk(value: Json | None) -> str:
    return f"{value.get('group', '')}/{value['version']}/{value['kind']}" if value else ""


def _type(schema: Json) -> str:
    """``string``, ``integer int32``, ``[#name]`` for a list, ``{string}`` for a map, ``#name`` for a reference."""
    if "$ref" in schema:
        return f"#{schema['$ref'].rpartition('/')[2]}"
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items') or {})}]"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"{{{_type(schema['additionalProperties'])}}}"
    return " ".join(part for part in (schema.get("type", ""), schema.get("format", "")) if part)


def _definition(schema: Json) -> Json:
    facts: Json = {"type": _type(schema)}
    if schema.get("required"):
        facts["required"] = sorted(schema["required"])
    if schema.get(_GVK):
        facts["gvk"] = sorted(_gvk(one) for one in schema[_GVK])
    if schema.get("properties"):
        facts["fields"] = {name: _field(field) for name, field in schema["properties"].items()}
    return facts | _extensions(schema)


def _field(schema: Json) -> Any:
    extensions = _extensions(schema)
    return {"type": _type(schema), **extensions} if extensions else _type(schema)


def _extensions(schema: Json) -> Json:
    return {name: value for name, value in schema.items() if name.startswith("x-kubernetes-") and name != _GVK}


def read() -> Json:
    """The digest of Kubernetes 1.36."""
    found: Json = json.loads(gzip.decompress(REFERENCE.read_bytes()))
    return found


def main(document: str) -> None:
    facts = json.dumps(digest(json.loads(Path(document).read_bytes())), sort_keys=True, separators=(",", ":"))
    REFERENCE.write_bytes(gzip.compress(facts.encode(), mtime=0))


if __name__ == "__main__":
    main(sys.argv[1])
