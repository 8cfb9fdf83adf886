"""The shared half of `create service`'s four commands."""

from __future__ import annotations

from typing import Any

from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.generating import CREATE_FLAGS, create_named, one_name
from pybernetes.pyctl.session import Session

Json = dict[str, Any]
TCP = Flag("tcp", "slice", (), help="Port pairs, <port>:<targetPort>, or a port that is both.")
SERVICE_FLAGS = (TCP, *CREATE_FLAGS)


def parse_port(text: str) -> tuple[int, int | str]:
    """(port, target port) of ``80:8080``, ``80:http`` or ``80``. Raises `Failure`."""
    port, colon, target = text.partition(":")
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise Failure(f'invalid port {port}: strconv.ParseInt: parsing "{port}": invalid syntax')
    if not colon:
        return int(port), int(port)
    return int(port), int(target) if target.isdigit() else target


def create_service(session: Session, kind: str, spec: Json | None = None) -> int:
    """Create a service of a type from NAME and --tcp."""
    command = f"create service {kind.lower()}"
    name = one_name(session, command)
    ports: list[Json] = []
    for text in session.values.items("tcp"):
        port, target = parse_port(text)
        entry: Json = {"name": text.replace(":", "-"), "port": port, "protocol": "TCP", "targetPort": target}
        if session.values.has("node-port") and session.values.number("node-port"):
            entry["nodePort"] = session.values.number("node-port")
        ports.append(entry)
    spec = dict(spec or {})
    if not ports and spec.get("clusterIP") != "None" and kind != "ExternalName":
        raise Failure("at least one tcp port specifier must be provided")
    labels = {"app": name}
    obj: Json = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "labels": labels},
        "spec": {**spec, **({"ports": ports} if ports else {}), "selector": labels, "type": kind},
    }
    return create_named(session, obj, f"{kind} service")
