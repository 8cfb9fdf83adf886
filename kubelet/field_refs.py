"""Values that a pod's spec takes from the pod itself: fieldRef and resourceFieldRef. Pure.

Counterparts: pkg/fieldpath, ExtractContainerResourceValue.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pybernetes.api.object import Json, annotations_of, labels_of, name_of, namespace_of, uid_of
from pybernetes.api.quantity import parse_quantity
from pybernetes.kubelet.pod_spec import find_container, spec_of

_SUBSCRIPT = re.compile(r"metadata\.(labels|annotations)\['(.*)'\]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """What of the node shows in pods: addresses, and what it can give away (quantities)."""

    name: str
    host_ips: Sequence[str] = ()
    allocatable: Mapping[str, str] | None = None


class FieldError(ValueError):
    """The path names nothing that a pod has."""


def field_value(pod: Json, path: str, node: NodeFacts, pod_ips: Sequence[str] = ()) -> str:
    """The value of a fieldRef as text. Raises `FieldError`."""
    subscript = _SUBSCRIPT.fullmatch(path)
    if subscript:
        kind, key = subscript.groups()
        return (labels_of(pod) if kind == "labels" else annotations_of(pod)).get(key, "")
    match path:
        case "metadata.name":
            return name_of(pod)
        case "metadata.namespace":
            return namespace_of(pod)
        case "metadata.uid":
            return uid_of(pod)
        case "metadata.labels":
            return format_map(labels_of(pod))
        case "metadata.annotations":
            return format_map(annotations_of(pod))
        case "spec.nodeName":
            return node.name
        case "spec.serviceAccountName":
            return str(spec_of(pod).get("serviceAccountName") or "default")
        case "status.hostIP":
            return node.host_ips[0] if node.host_ips else ""
        case "status.hostIPs":
            return ",".join(node.host_ips)
        case "status.podIP":
            return pod_ips[0] if pod_ips else ""
        case "status.podIPs":
            return ",".join(pod_ips)
    raise FieldError(f"unsupported fieldPath: {path}")


def format_map(values: Mapping[str, str]) -> str:
    """``key="value"`` lines in the order of keys, as files of the downward API have them."""
    return "\n".join(f'{key}="{_escaped(values[key])}"' for key in sorted(values))


def _escaped(value: str) -> str:
    """As Go's %q writes it: the characters that end or break a line are escaped."""
    table = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return "".join(table.get(character, character) for character in value)


def resource_value(pod: Json, reference: Json, node: NodeFacts, container: Json | None = None) -> str:
    """The value of a resourceFieldRef, divided by its divisor and rounded up. Raises `FieldError`.

    A limit that is not set is what the node has to give.
    """
    if reference.get("containerName"):
        found = find_container(pod, reference["containerName"])
        if found is None:
            raise FieldError(f"container {reference['containerName']} not found")
        container = found[1]
    part, _, resource = str(reference["resource"]).partition(".")
    wanted = ((container or {}).get("resources") or {}).get(part) or {}
    quantity = wanted.get(resource)
    if quantity is None and part == "limits":
        quantity = (node.allocatable or {}).get(resource)
    if part not in ("limits", "requests"):
        raise FieldError(f"unsupported container resource : {reference['resource']}")
    divisor = parse_quantity(str(reference.get("divisor") or "1")) or Fraction(1)
    amount = parse_quantity(str(quantity or "0"))
    return str(-(-amount // divisor))
