"""`create ingress NAME --rule=host/path=service:port[,tls[=secret]]`."""

from __future__ import annotations

import re
from typing import Any

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.generating import CREATE_FLAGS, create_named, one_name, pairs
from pybernetes.pyctl.session import Session

Json = dict[str, Any]
_RULE = re.compile(r"^(?P<host>[\w*\-.]*)(?P<path>/[^=]*)=(?P<backend>[\w-]+:[\w-]+)(?P<tls>,tls(?:=[\w.-]*)?)?$")


def run(session: Session) -> int:
    values = session.values
    name = one_name(session, "create ingress")
    if not values.items("rule") and not values.text("default-backend"):
        raise Failure(
            "not enough information provided: every ingress has to either specify a default-backend (which "
            "catches all traffic) or a list of rules (which catch specific paths)"
        )
    spec: Json = {}
    if values.text("class"):
        spec["ingressClassName"] = values.text("class")
    if values.text("default-backend"):
        spec["defaultBackend"] = backend(values.text("default-backend"))
    spec.update(rules(values.items("rule")))
    metadata: Json = {"name": name}
    if values.items("annotation"):
        metadata["annotations"] = dict(pairs(values.items("annotation"), "annotation"))
    obj = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": spec}
    return create_named(session, obj, "ingress")


def backend(text: str) -> Json:
    """A service and port of ``service:port``."""
    service, _, port = text.partition(":")
    return {"service": {"name": service, "port": {"number": int(port)} if port.isdigit() else {"name": port}}}


def rules(texts: list[str]) -> Json:
    """The rules and TLS entries of the flags. Raises `Failure`."""
    by_host: dict[str, list[Json]] = {}
    tls: list[Json] = []
    for text in texts:
        found = _RULE.match(text)
        if not found:
            raise Failure(f"rule {text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]")
        path, kind = found["path"], "Exact"
        if path.endswith("*"):
            path, kind = path[:-1] or "/", "Prefix"
        entry = {"path": path, "pathType": kind, "backend": backend(found["backend"])}
        by_host.setdefault(found["host"], []).append(entry)
        if found["tls"]:
            secret = found["tls"].partition("=")[2]
            one = {
                **({"hosts": [found["host"]]} if found["host"] else {}),
                **({"secretName": secret} if secret else {}),
            }
            if one not in tls:
                tls.append(one)
    made: Json = {}
    if by_host:
        made["rules"] = [
            {**({"host": host} if host else {}), "http": {"paths": paths}} for host, paths in by_host.items()
        ]
    if tls:
        made["tls"] = tls
    return made


COMMAND = Command(
    "create ingress NAME --rule=host/path=service:port[,tls[=secret]]",
    "Create an ingress with the specified name",
    run,
    (
        Flag("rule", "array", (), help="Rule in format host/path=service:port[,tls=secretname]; /path* is a prefix"),
        Flag("class", help="Ingress Class to be used"),
        Flag("default-backend", help="Default service for backend, in format of svcname:port"),
        Flag("annotation", "array", (), help="Annotation to insert in the ingress object: annotation=value"),
        *CREATE_FLAGS,
    ),
)
