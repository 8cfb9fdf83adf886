"""What has been found out about specs of pods: pods of one template are alike, so what holds for one holds for all.

Whether a spec is valid, and whether there is anything to warn of, follows from nothing but the spec, and a spec is
known again by its JSON. Three things that differ from pod to pod of a template are left out of that:

- ``nodeName`` and ``hostname``: each has a rule of its own that is about nothing else
- the five random letters in the name of the volume that service account admission adds: any others are as good, as
  long as they are the same wherever they stand. A byte that JSON never has stands for such a name in a key, so that
  nothing that a client writes can be taken for it.

Only good news is kept. What is wrong is looked for anew, so that errors name what this very object says.
"""

from __future__ import annotations

import re

import orjson

from pybernetes.api.object import Json

_MAX_SPECS = 512
_MAX_BYTES = 8 * 1024  # a larger spec is seldom one of many; 512 of them are 4 MB
OWN_FIELDS = ("nodeName", "hostname")
_TOKEN_PREFIX = b'"kube-api-access-'
_TOKEN_VOLUME = re.compile(rb'"kube-api-access-[a-z0-9]{5}"')
_ANY_TOKEN_VOLUME = b"\0"
_BY_POD_NAME = b'"ephemeral":'  # a claim made for such a volume has the pod's name in its own


def spec_key(spec: Json) -> bytes | None:
    """What specs have in common that are valid or not valid together; None where that cannot be said."""
    if "nodeName" in spec or "hostname" in spec:
        spec = {field: value for field, value in spec.items() if field not in OWN_FIELDS}
    try:
        key = orjson.dumps(spec)
    except TypeError:
        return None  # nested too deep
    if len(key) > _MAX_BYTES or _BY_POD_NAME in key:
        return None
    if _TOKEN_PREFIX not in key:
        return key
    names = set(_TOKEN_VOLUME.findall(key))
    return key.replace(names.pop(), _ANY_TOKEN_VOLUME) if len(names) == 1 else key


class SpecMemory:
    """The keys of specs that a check has passed, the oldest forgotten first."""

    def __init__(self) -> None:
        self._keys: dict[bytes, None] = {}

    def __contains__(self, key: bytes | None) -> bool:
        return key in self._keys

    def add(self, key: bytes) -> None:
        """Remember a spec that has passed."""
        if len(self._keys) >= _MAX_SPECS:
            del self._keys[next(iter(self._keys))]
        self._keys[key] = None
