"""Keys as they stand in the path of a JSON patch: only for expressions that make patches.

Counterpart: apiserver/pkg/cel/library/jsonpatch.go.
"""

from __future__ import annotations

from pybernetes.apiserver.cel.functions import Functions, Overload, traverses
from pybernetes.apiserver.cel.types import STRING


def _escape_key(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


JSON_PATCH: Functions = {
    "jsonpatch.escapeKey": [
        Overload("string_jsonpatch_escapeKey_string", (STRING,), STRING, _escape_key, cost=traverses(0))
    ],
}
