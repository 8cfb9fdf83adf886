"""`cluster-info`: where the control plane is, and the services that belong to the cluster."""

from __future__ import annotations

from pybernetes.api.object import labels_of, name_of, namespace_of
from pybernetes.api.resources import resource
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import Target, list_objects

CLUSTER_SERVICE = "kubernetes.io/cluster-service=true"


def run(session: Session) -> int:
    server = session.access.server.rstrip("/")
    services = list_objects(session, Target(resource("services"), "kube-system"), [("labelSelector", CLUSTER_SERVICE)])
    session.write(f"Kubernetes control plane is running at {server}")
    for service in services:
        name = labels_of(service).get("kubernetes.io/name") or name_of(service)
        ports = service["spec"].get("ports") or []
        suffix = f":{ports[0]['name']}" if ports and ports[0].get("name") else ""
        path = f"/api/v1/namespaces/{namespace_of(service)}/services/{name_of(service)}{suffix}/proxy"
        session.write(f"{name} is running at {server}{path}")
    session.write("")
    return 0


COMMAND = Command("cluster-info", "Display cluster information", run)
