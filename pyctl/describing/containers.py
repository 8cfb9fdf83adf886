"""The containers of a pod, as `describe` tells of them."""

from __future__ import annotations

import math
import re
from typing import Any

from pybernetes.api.quantity import parse_quantity
from pybernetes.pyctl.describing.document import NONE, Text, moment

Json = dict[str, Any]


def write_containers(
    text: Text,
    title: str,
    containers: list[Json],
    statuses: dict[str, Json],
    *,
    inside: bool = False,
    pod: Json | None = None,
) -> None:
    """Every container; `statuses` by name, empty for a template, whose containers stand `inside` another object."""
    level = int(inside)
    if not containers:
        text.line(level, f"{title}:", NONE)
        return
    text.line(level, f"{title}:")
    for container in containers:
        text.line(1, f"{' ' * level}{container['name']}:")
        write_container(text, 2, container, statuses.get(container["name"]), pod)


def write_container(text: Text, level: int, container: Json, status: Json | None, pod: Json | None) -> None:
    """What one container is, and how it fares when a status is there."""
    if status is not None:
        text.line(level, "Container ID:", status.get("containerID", ""))
    text.line(level, "Image:", container.get("image", ""))
    if status is not None:
        text.line(level, "Image ID:", status.get("imageID", ""))
    _write_ports(text, level, container.get("ports") or [])
    for title, field in (("Command:", "command"), ("Args:", "args")):
        if container.get(field):
            text.line(level, title)
            for word in container[field]:
                for part in str(word).split("\n"):
                    text.line(level + 1, part)
    if status is not None:
        write_state(text, level, "State", status.get("state") or {})
        if status.get("lastState"):
            write_state(text, level, "Last State", status["lastState"])
        text.line(level, "Ready:", str(bool(status.get("ready"))))
        text.line(level, "Restart Count:", status.get("restartCount", 0))
    for title, field in (("Limits:", "limits"), ("Requests:", "requests")):
        amounts = (container.get("resources") or {}).get(field) or {}
        if amounts:
            text.line(level, title)
            for name in sorted(amounts):
                text.line(level + 1, f"{name}:", amounts[name])
    for title, field in (
        ("Liveness:", "livenessProbe"),
        ("Readiness:", "readinessProbe"),
        ("Startup:", "startupProbe"),
    ):
        if container.get(field):
            text.line(level, title, probe_text(container[field]))
    _write_environment(text, level, container, pod)
    _write_mounts(text, level, container)


def _write_ports(text: Text, level: int, ports: list[Json]) -> None:
    def told(field: str) -> str:
        return ", ".join(f"{port.get(field, 0)}/{port.get('protocol', 'TCP')}" for port in ports) or NONE

    plural = "s" if len(ports) > 1 else ""
    text.line(level, f"Port{plural}:", told("containerPort"))
    text.line(level, f"Host Port{plural}:", told("hostPort"))


def write_state(text: Text, level: int, title: str, state: Json) -> None:
    """Running, waiting or terminated, with what is known of it."""
    if "running" in state:
        text.line(level, f"{title}:", "Running")
        text.line(level + 1, "Started:", moment(state["running"].get("startedAt")))
    elif "terminated" in state:
        ended = state["terminated"]
        text.line(level, f"{title}:", "Terminated")
        if ended.get("reason"):
            text.line(level + 1, "Reason:", ended["reason"])
        if ended.get("message"):
            text.line(level + 1, "Message:", ended["message"])
        text.line(level + 1, "Exit Code:", ended.get("exitCode", 0))
        if ended.get("signal"):
            text.line(level + 1, "Signal:", ended["signal"])
        text.line(level + 1, "Started:", moment(ended.get("startedAt")))
        text.line(level + 1, "Finished:", moment(ended.get("finishedAt")))
    else:
        text.line(level, f"{title}:", "Waiting")
        if (state.get("waiting") or {}).get("reason"):
            text.line(level + 1, "Reason:", state["waiting"]["reason"])


def probe_text(probe: Json) -> str:
    """``http-get http://:80/ delay=0s timeout=1s period=10s #success=1 #failure=3``."""
    numbers = (
        f"delay={probe.get('initialDelaySeconds', 0)}s timeout={probe.get('timeoutSeconds', 0)}s "
        f"period={probe.get('periodSeconds', 0)}s #success={probe.get('successThreshold', 0)} "
        f"#failure={probe.get('failureThreshold', 0)}"
    )
    if "exec" in probe:
        return f"exec [{' '.join(probe['exec'].get('command') or ())}] {numbers}"
    if "httpGet" in probe:
        get = probe["httpGet"]
        path = get.get("path", "")
        url = f"{get.get('scheme', 'HTTP').lower()}://{get.get('host', '')}:{get.get('port', '')}"
        return f"http-get {url}{path if path.startswith('/') else '/' + path} {numbers}"
    if "tcpSocket" in probe:
        return f"tcp-socket {probe['tcpSocket'].get('host', '')}:{probe['tcpSocket'].get('port', '')} {numbers}"
    if "grpc" in probe:
        return f"grpc <pod>:{probe['grpc'].get('port', '')} {probe['grpc'].get('service') or ''} {numbers}"
    return f"unknown {numbers}"


def _write_environment(text: Text, level: int, container: Json, pod: Json | None) -> None:
    if container.get("envFrom"):
        text.line(level, "Environment Variables from:")
        for source in container["envFrom"]:
            field, word = ("configMapRef", "ConfigMap") if "configMapRef" in source else ("secretRef", "Secret")
            prefix = f" with prefix '{source['prefix']}'" if source.get("prefix") else ""
            reference = source.get(field) or {}
            optional = str(bool(reference.get("optional"))).lower()
            text.line(level + 1, reference.get("name", ""), f"{word}{prefix}", f"Optional: {optional}")
    if not container.get("env"):
        text.line(level, "Environment:", NONE)
        return
    text.line(level, "Environment:")
    for variable in container["env"]:
        source = variable.get("valueFrom")
        if source is None:
            for index, part in enumerate(str(variable.get("value", "")).split("\n")):
                text.line(level + 1, f"{variable['name']}:" if not index else "", part)
        else:
            text.line(level + 1, f"{variable['name']}:", _source_text(source, container, pod))


def field_value(pod: Json, path: str) -> str:
    """What a field path of the downward API leads to, empty when it is nothing."""
    indexed = re.fullmatch(r"metadata\.(labels|annotations)\['(.+)'\]", path)
    if indexed:
        return str((pod["metadata"].get(indexed[1]) or {}).get(indexed[2], ""))
    value: Any = pod
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return "" if value is None else str(value)


def resource_value(container: Json, name: str, divisor: str) -> str:
    """A container's limit or request in units of the divisor, rounded up; 0 when there is none."""
    field, _, kind = name.partition(".")
    amount = ((container.get("resources") or {}).get(field) or {}).get(kind)
    if amount is None:
        return "0"
    unit = parse_quantity(str(divisor)) or 1
    return str(math.ceil(parse_quantity(str(amount)) / unit))


def _source_text(source: Json, container: Json, pod: Json | None) -> str:
    if "fieldRef" in source:
        reference = source["fieldRef"]
        value = field_value(pod, reference["fieldPath"]) if pod is not None else ""
        return f"{value} ({reference.get('apiVersion', 'v1')}:{reference['fieldPath']})"
    if "resourceFieldRef" in source:
        name = source["resourceFieldRef"]["resource"]
        return f"{resource_value(container, name, source['resourceFieldRef'].get('divisor', '1'))} ({name})"
    field, word = ("secretKeyRef", "secret") if "secretKeyRef" in source else ("configMapKeyRef", "config map")
    reference = source.get(field) or {}
    optional = str(bool(reference.get("optional"))).lower()
    return (
        f"<set to the key '{reference.get('key', '')}' in {word} '{reference.get('name', '')}'>  Optional: {optional}"
    )


def _write_mounts(text: Text, level: int, container: Json) -> None:
    mounts = container.get("volumeMounts") or []
    if not mounts:
        text.line(level, "Mounts:", NONE)
    else:
        text.line(level, "Mounts:")
    for mount in sorted(mounts, key=lambda one: one["mountPath"]):
        flags = ["ro" if mount.get("readOnly") else "rw"]
        flags += [f'path="{mount["subPath"]}"'] if mount.get("subPath") else []
        text.line(level + 1, f"{mount['mountPath']} from {mount['name']} ({','.join(flags)})")
    if container.get("volumeDevices"):
        text.line(level, "Devices:")
        for device in container["volumeDevices"]:
            text.line(level + 1, f"{device['devicePath']} from {device['name']}")
