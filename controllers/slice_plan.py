"""Which endpoint slices to create, update and delete, so that they hold the endpoints they should. Pure.

Slices are changed as little as can be, since every proxy on every node receives each one that changes: an endpoint
stays in the slice that it is in; new ones go first into slices that change anyway, then into the fullest one that
still has room for all of them, then into new slices. A slice that would be created takes over one that would be
deleted. Used for endpoints made from pods and for those mirrored from Endpoints.

Counterpart: k8s.io/endpointslice (reconciler.reconcileByPortMapping).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pybernetes.api.object import Json
from pybernetes.controllers.endpoint_pods import TRIGGER_TIME
from pybernetes.controllers.status_writer import same_value

SERVICE_NAME = "kubernetes.io/service-name"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"

PortsKey = tuple[tuple[Any, ...], ...]


@dataclass
class Wanted:
    """The endpoints that share ports: they can stand in one slice."""

    ports: list[Json]
    endpoints: list[Json] = field(default_factory=list)


@dataclass(frozen=True)
class SliceFrame:
    """What all slices of one service and address family have alike."""

    namespace: str
    generate_name: str
    address_type: str
    labels: Mapping[str, str]
    owner: Json
    annotations: Mapping[str, str] = field(default_factory=dict)
    trigger_time: str = ""


@dataclass
class SlicePlan:
    """What to write. Updates keep name and resourceVersion of what they replace."""

    create: list[Json] = field(default_factory=list)
    update: list[Json] = field(default_factory=list)
    delete: list[Json] = field(default_factory=list)

    def __iadd__(self, other: SlicePlan) -> SlicePlan:
        self.create += other.create
        self.update += other.update
        self.delete += other.delete
        return self


@dataclass
class _Filling:
    """A slice while it is being filled; `slice` is None for one to be created."""

    slice: Json | None
    ports: list[Json]
    endpoints: list[Json]
    changed: bool


def ports_key(ports: Sequence[Json]) -> PortsKey:
    """Equal for the same ports in any order."""
    fields = ("name", "port", "protocol", "appProtocol")
    return tuple(sorted(tuple(str(port.get(name) or "") for name in fields) for port in ports))


def _endpoint_key(endpoint: Json) -> tuple[Any, ...]:
    target = endpoint.get("targetRef") or {}
    identity = (target.get("namespace"), target.get("name"), endpoint.get("hostname"))
    return (*identity, *sorted(endpoint.get("addresses") or ()))


def plan_slices(frame: SliceFrame, wanted: Sequence[Wanted], existing: Sequence[Json], limit: int) -> SlicePlan:
    """The plan for one service and address family. `limit`: how many endpoints a slice holds."""
    groups = {ports_key(group.ports): group for group in wanted}
    by_ports: dict[PortsKey, list[Json]] = {}
    for slice in existing:
        by_ports.setdefault(ports_key(slice.get("ports") or ()), []).append(slice)
    fillings: list[_Filling] = []
    emptied: list[Json] = []
    for key in dict.fromkeys([*groups, *by_ports]):
        filled, empty = _fill(groups.get(key) or Wanted([]), by_ports.get(key, []), limit)
        fillings += filled
        emptied += empty
    if not fillings:
        fillings.append(_placeholder(emptied))
    return _write_down(frame, fillings, emptied)


def _fill(group: Wanted, existing: Sequence[Json], limit: int) -> tuple[list[_Filling], list[Json]]:
    """The slices of one set of ports with their endpoints, and those that nothing is left of."""
    missing = {_endpoint_key(endpoint): endpoint for endpoint in group.endpoints}
    fillings, emptied = [], []
    for slice in existing:
        kept, changed = [], False
        for endpoint in slice.get("endpoints") or ():
            new = missing.pop(_endpoint_key(endpoint), None)
            changed = changed or new is None or not same_value(new, endpoint)
            if new is not None:
                kept.append(new)
        if kept:
            fillings.append(_Filling(slice, slice.get("ports") or [], kept, changed))
        else:
            emptied.append(slice)
    rest = list(missing.values())
    for filling in fillings:
        if filling.changed:
            room = max(0, limit - len(filling.endpoints))
            filling.endpoints += rest[:room]
            rest = rest[room:]
    while rest:
        target = _fullest_with_room(fillings, len(rest), limit)
        if target is None:
            target = _Filling(None, group.ports, [], changed=True)
            fillings.append(target)
        room = limit - len(target.endpoints)
        target.endpoints += rest[:room]
        target.changed = True
        rest = rest[room:]
    return fillings, emptied


def _fullest_with_room(fillings: Sequence[_Filling], count: int, limit: int) -> _Filling | None:
    """Of the unchanged slices that could take all, the one that will be fullest."""
    fitting = [f for f in fillings if not f.changed and len(f.endpoints) + count <= limit]
    return max(fitting, key=lambda filling: len(filling.endpoints), default=None)


def _placeholder(emptied: list[Json]) -> _Filling:
    """A service without endpoints has one empty slice, so that "none" can be told from "not known yet"."""
    for index, slice in enumerate(emptied):
        if not slice.get("ports") and not slice.get("endpoints"):
            del emptied[index]
            return _Filling(slice, [], [], changed=False)
    return _Filling(None, [], [], changed=True)


def _write_down(frame: SliceFrame, fillings: Sequence[_Filling], emptied: Sequence[Json]) -> SlicePlan:
    plan, spare = SlicePlan(), list(emptied)
    for filling in fillings:
        base = filling.slice
        if base is None and spare:
            base = spare.pop(0)
            filling.changed = True
        slice = _build(frame, filling, base)
        if base is None:
            plan.create.append(slice)
        elif filling.changed or not _same_frame(slice, base):
            plan.update.append(slice)
    plan.delete = spare
    return plan


def _build(frame: SliceFrame, filling: _Filling, base: Json | None) -> Json:
    annotations = dict(frame.annotations)
    if frame.trigger_time:
        annotations[TRIGGER_TIME] = frame.trigger_time
    metadata: Json = dict(base["metadata"]) if base else {"generateName": frame.generate_name}
    metadata["namespace"] = frame.namespace
    metadata["labels"] = dict(frame.labels)
    metadata["ownerReferences"] = [frame.owner]
    metadata.pop("annotations", None)
    if annotations:
        metadata["annotations"] = annotations
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": metadata,
        "addressType": frame.address_type,
        "ports": filling.ports,
        "endpoints": filling.endpoints,
    }


def _same_frame(one: Json, other: Json) -> bool:
    """Whether two slices differ in nothing but endpoints and the time that caused them."""

    def framed(slice: Json) -> Json:
        metadata = slice["metadata"]
        annotations = {k: v for k, v in (metadata.get("annotations") or {}).items() if k != TRIGGER_TIME}
        return {"labels": metadata.get("labels"), "owners": metadata.get("ownerReferences"), "notes": annotations}

    return same_value(framed(one), framed(other))
