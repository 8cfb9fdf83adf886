"""`describe node`, with the pods on it and what they ask for."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from pybernetes.api.duration import age
from pybernetes.api.object import name_of, namespace_of
from pybernetes.api.quantity import format_quantity, milli, parse_quantity
from pybernetes.pyctl.describing.document import (
    NONE,
    Text,
    moment,
    now,
    write_annotations,
    write_events,
    write_labels,
)

Json = dict[str, Any]
ROLE_PREFIX, ROLE_LABEL = "node-role.kubernetes.io/", "kubernetes.io/role"
CONDITION_TITLES = ("Type", "Status", "LastHeartbeatTime", "LastTransitionTime", "Reason", "Message")
STANDARD = ("cpu", "memory", "ephemeral-storage")
INFO = (
    ("Machine ID", "machineID"),
    ("System UUID", "systemUUID"),
    ("Boot ID", "bootID"),
    ("Kernel Version", "kernelVersion"),
    ("OS Image", "osImage"),
    ("Operating System", "operatingSystem"),
    ("Architecture", "architecture"),
    ("Container Runtime Version", "containerRuntimeVersion"),
    ("Kubelet Version", "kubeletVersion"),
    ("Kube-Proxy Version", "kubeProxyVersion"),
)


def roles_of(node: Json) -> str:
    """The roles in a node's labels."""
    found = set()
    for key, value in (node["metadata"].get("labels") or {}).items():
        if key.startswith(ROLE_PREFIX) and key != ROLE_PREFIX:
            found.add(key.removeprefix(ROLE_PREFIX))
        elif key == ROLE_LABEL and value:
            found.add(value)
    return ",".join(sorted(found)) or NONE


def describe_node(node: Json, events: list[Json] | None, pods: list[Json], lease: Json | None) -> str:
    """A node; `pods` are those on it that have not ended."""
    text, spec, status = Text(), node.get("spec") or {}, node.get("status") or {}
    text.line(0, "Name:", name_of(node))
    text.line(0, "Roles:", roles_of(node))
    write_labels(text, node)
    write_annotations(text, node)
    text.line(0, "CreationTimestamp:", moment(node["metadata"].get("creationTimestamp")))
    _write_taints(text, spec.get("taints") or [])
    text.line(0, "Unschedulable:", str(bool(spec.get("unschedulable"))).lower())
    _write_lease(text, name_of(node), lease)
    _write_conditions(text, status.get("conditions") or [])
    text.line(0, "Addresses:")
    for address in status.get("addresses") or ():
        text.line(1, f"{address['type']}:", address["address"])
    for title, field in (("Capacity:", "capacity"), ("Allocatable:", "allocatable")):
        if status.get(field):
            text.line(0, title)
            for name in sorted(status[field]):
                text.line(1, f"{name}:", status[field][name])
    text.line(0, "System Info:")
    for title, field in INFO:
        text.line(1, f"{title}:", (status.get("nodeInfo") or {}).get(field, ""))
    if spec.get("podCIDR"):
        text.line(0, "PodCIDR:", spec["podCIDR"])
    if spec.get("podCIDRs"):
        text.line(0, "PodCIDRs:", ",".join(spec["podCIDRs"]))
    if spec.get("providerID"):
        text.line(0, "ProviderID:", spec["providerID"])
    _write_pods(text, pods, status.get("allocatable") or status.get("capacity") or {})
    write_events(text, events)
    return str(text)


def _write_taints(text: Text, taints: list[Json]) -> None:
    if not taints:
        text.line(0, "Taints:", NONE)
    for index, one in enumerate(taints):
        value = f"={one['value']}" if one.get("value") else ""
        text.line(0, "Taints:" if not index else "", f"{one['key']}{value}:{one['effect']}")


def _write_lease(text: Text, node: str, lease: Json | None) -> None:
    if lease is None:
        text.line(0, "Lease:", f'Failed to get lease: leases.coordination.k8s.io "{node}" not found')
        return
    text.line(0, "Lease:")
    spec = lease.get("spec") or {}
    text.line(1, "HolderIdentity:", spec.get("holderIdentity") or "<unset>")
    text.line(1, "AcquireTime:", moment(spec.get("acquireTime")))
    text.line(1, "RenewTime:", moment(spec.get("renewTime")))


def _write_conditions(text: Text, conditions: list[Json]) -> None:
    if not conditions:
        return
    text.line(0, "Conditions:")
    rows = [CONDITION_TITLES, tuple("-" * len(title) for title in CONDITION_TITLES)]
    for one in conditions:
        moments = (moment(one.get("lastHeartbeatTime")), moment(one.get("lastTransitionTime")))
        rows.append((one["type"], one["status"], *moments, one.get("reason", ""), one.get("message", "")))
    for kind, status, *cells, message in rows:
        text.line(1, f"{kind} ", status, *(f"{cell} " for cell in cells), message)


def pod_amount(pod: Json, field: str, name: str) -> Fraction:
    """What a pod asks for or is limited to: the sum of its containers, or more when an init container needs more."""
    spec = pod.get("spec") or {}

    def of(container: Json) -> Fraction:
        said = ((container.get("resources") or {}).get(field) or {}).get(name)
        return parse_quantity(str(said)) if said is not None else Fraction(0)

    lasting = [one for one in spec.get("initContainers") or () if one.get("restartPolicy") == "Always"]
    starting = [one for one in spec.get("initContainers") or () if one.get("restartPolicy") != "Always"]
    running = sum((of(one) for one in [*(spec.get("containers") or ()), *lasting]), Fraction(0))
    first = max((of(one) for one in starting), default=Fraction(0))
    overhead = (spec.get("overhead") or {}).get(name)
    return max(running, first) + (parse_quantity(str(overhead)) if overhead is not None else 0)


def _shown(amount: Fraction, name: str) -> str:
    if name == "cpu":
        thousandths = milli(str(float(amount))) if amount else 0
        return f"{thousandths}m" if thousandths % 1000 else str(thousandths // 1000)
    return format_quantity(amount, "1Mi") if amount else "0"


def _percent(amount: Fraction, total: Any) -> str:
    whole = parse_quantity(str(total)) if total is not None else Fraction(0)
    return f"{int(amount * 100 / whole) if whole else 0}%"


def _write_pods(text: Text, pods: list[Json], allocatable: Json) -> None:
    text.line(0, "Non-terminated Pods:", f"({len(pods)} in total)")
    text.line(1, "Namespace", "Name", "", "CPU Requests", "CPU Limits", "Memory Requests", "Memory Limits", "Age")
    text.line(1, "---------", "----", "", "------------", "----------", "---------------", "-------------", "---")
    for pod in pods:
        cells = []
        for name in ("cpu", "memory"):
            for field in ("requests", "limits"):
                amount = pod_amount(pod, field, name)
                cells.append(f"{_shown(amount, name)} ({_percent(amount, allocatable.get(name))})")
        text.line(1, namespace_of(pod), name_of(pod), "", *cells, age(pod, now()))
    text.line(0, "Allocated resources:")
    text.line(1, "(Total limits may be over 100 percent, i.e., overcommitted.)")
    text.line(1, "Resource", "Requests", "Limits")
    text.line(1, "--------", "--------", "------")
    for name in (*STANDARD, *sorted(one for one in allocatable if one not in (*STANDARD, "pods"))):
        totals = [sum((pod_amount(pod, field, name) for pod in pods), Fraction(0)) for field in ("requests", "limits")]
        if name in STANDARD or name.startswith("hugepages-"):
            cells = [f"{_shown(total, name)} ({_percent(total, allocatable.get(name))})" for total in totals]
        else:
            cells = [_shown(total, name) for total in totals]
        text.line(1, name, *cells)
