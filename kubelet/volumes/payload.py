"""The files that a config map, secret or downward API volume consists of. Pure.

Counterparts: configmap.MakePayload, secret.MakePayload, projected.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pybernetes.api.object import Json
from pybernetes.kubelet.field_refs import FieldError, NodeFacts, field_value, resource_value

DEFAULT_MODE = 0o644


class VolumeError(Exception):
    """The volume cannot be set up (now); the message is shown in the FailedMount event."""


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file of a payload. `owner` is a uid where it is not root's."""

    data: bytes
    mode: int
    owner: int | None = None


Payload = dict[str, FileContent]


def config_map_data(config_map: Json) -> dict[str, bytes]:
    """Both parts of a config map."""
    text = {key: value.encode() for key, value in (config_map.get("data") or {}).items()}
    return text | {key: base64.b64decode(value) for key, value in (config_map.get("binaryData") or {}).items()}


def secret_data(secret: Json) -> dict[str, bytes]:
    return {key: base64.b64decode(value) for key, value in (secret.get("data") or {}).items()}


def select(
    data: Mapping[str, bytes], items: Sequence[Json], default_mode: int, *, optional: bool, missing: str
) -> Payload:
    """All keys, or those that `items` name at their paths.

    Raises `VolumeError` (`missing` and the key) for a key that must be there and is not.
    """
    if not items:
        return {key: FileContent(value, default_mode) for key, value in data.items()}
    payload: Payload = {}
    for item in items:
        value = data.get(item["key"])
        if value is not None:
            payload[item["path"]] = FileContent(value, mode_of(item, default_mode))
        elif not optional:
            raise VolumeError(f"{missing}: {item['key']}")
    return payload


def mode_of(item: Json, default_mode: int) -> int:
    mode = item.get("mode")
    return default_mode if mode is None else int(mode)


def default_mode(source: Json) -> int:
    mode = source.get("defaultMode")
    return DEFAULT_MODE if mode is None else int(mode)


def downward_payload(
    pod: Json, items: Sequence[Json], mode: int, node: NodeFacts, pod_ips: Sequence[str] = ()
) -> Payload:
    """Files from the pod's own fields. Raises `VolumeError`."""
    payload: Payload = {}
    for item in items:
        try:
            if item.get("fieldRef"):
                text = field_value(pod, item["fieldRef"]["fieldPath"], node, pod_ips)
            else:
                text = resource_value(pod, item["resourceFieldRef"], node)
        except FieldError as error:
            raise VolumeError(str(error)) from error
        payload[item["path"]] = FileContent(text.encode(), mode_of(item, mode))
    return payload
