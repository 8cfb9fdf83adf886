"""`expose`: a service for what already runs: its selector and its ports."""

from __future__ import annotations

from typing import Any

from pybernetes.api.object import labels_of
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure, raise_all
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.generating import CREATE_FLAGS, pairs
from pybernetes.pyctl.global_flags import FILES, SELECTOR
from pybernetes.pyctl.output.printer import report
from pybernetes.pyctl.patching import pod_spec
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import Found, find_objects, label, type_label

Json = dict[str, Any]
EXPOSABLE = ("Pod", "Service", "ReplicationController", "Deployment", "ReplicaSet")


def run(session: Session) -> int:
    if not session.values.arguments and not session.values.items("filename"):
        raise Failure("You must provide one or more resources by argument or filename.")
    selector, session.values.arguments = session.values.text("selector"), list(session.values.arguments)
    errors: list[Exception] = []
    session.values.set(SELECTOR, "", "--selector")  # here it is the service's, not a choice of objects
    for found in list(find_objects(session, errors)):
        _expose(session, found, selector)
    raise_all(errors)
    return 0


def _expose(session: Session, found: Found, selector: str) -> None:
    obj = service_of(session, found, selector)
    resource = session.names.for_object(obj)
    made = obj
    if session.dry_run != "client":
        obj["metadata"]["namespace"] = found.target.namespace
        path = resource.path(found.target.namespace)
        made = session.connection.json("POST", path, session.write_query("kubectl-expose"), obj)
    report(session, made, f"{label(resource, obj['metadata']['name'])} exposed")


def service_of(session: Session, found: Found, selector: str) -> Json:
    """The service that exposes an object. Raises `Failure`."""
    values, obj = session.values, found.obj
    if obj["kind"] not in EXPOSABLE:
        raise Failure(f"cannot expose a {obj['kind']}")
    labels = dict(pairs(selector.split(","), "selector")) if selector else selector_labels(obj)
    if not labels:
        raise Failure(
            f"couldn't retrieve selectors via --selector flag or introspection: the {type_label(found.resource)}"
            " has no labels and cannot be exposed"
        )
    spec: Json = {"ports": _ports(session, obj), "selector": labels}
    if values.text("type"):
        spec["type"] = values.text("type")
    if values.text("cluster-ip"):
        spec["clusterIP"] = values.text("cluster-ip")
    if values.text("external-ip"):
        spec["externalIPs"] = values.text("external-ip").split(",")
    if values.text("load-balancer-ip"):
        spec["loadBalancerIP"] = values.text("load-balancer-ip")
    if values.text("session-affinity"):
        spec["sessionAffinity"] = values.text("session-affinity")
    metadata: Json = {"name": values.text("name") or found.target.name[:63]}
    own = dict(pairs(values.text("labels").split(","), "label")) if values.text("labels") else labels_of(obj)
    if own:
        metadata["labels"] = own
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def selector_labels(obj: Json) -> dict[str, str]:
    """The labels by which an object's pods are found. Raises `Failure` for selectors that a service cannot have."""
    if obj["kind"] == "Pod":
        return labels_of(obj)
    selector = obj["spec"].get("selector") or {}
    if selector.get("matchExpressions"):
        raise Failure('couldn\'t convert expressions - "matchExpressions" to map-based selector format')
    found: dict[str, str] = selector.get("matchLabels", selector)
    return found


def _ports(session: Session, obj: Json) -> list[Json]:
    values = session.values
    named = [(int(port), values.text("protocol")) for port in values.text("port").split(",") if port]
    if not named:
        named = declared_ports(obj)
    if not named:
        raise Failure("couldn't find port via --port flag or introspection")
    made = []
    for index, (port, protocol) in enumerate(named):
        target = values.text("target-port")
        entry: Json = {"port": port, "protocol": protocol or "TCP"}
        entry["targetPort"] = (int(target) if target.isdigit() else target) if target else port
        if len(named) > 1:
            entry["name"] = f"port-{index + 1}"
        made.append(entry)
    return made


def declared_ports(obj: Json) -> list[tuple[int, str]]:
    """The ports that an object's containers, or a service itself, declare."""
    if obj["kind"] == "Service":
        return [(port["port"], port.get("protocol", "TCP")) for port in obj["spec"].get("ports") or ()]
    return [
        (port["containerPort"], port.get("protocol", "TCP"))
        for container in pod_spec(obj).get("containers") or ()
        for port in container.get("ports") or ()
    ]


COMMAND = Command(
    "expose (-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] "
    "[--name=name] [--type=type]",
    "Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service",
    run,
    (
        *FILES,
        *CREATE_FLAGS,
        Flag("selector", help="A label selector for this service, instead of the object's own"),
        Flag("port", help="The port that the service should serve on"),
        Flag("target-port", help="Name or number of the container's port"),
        Flag("protocol", help="The network protocol: TCP by default"),
        Flag("name", help="The name for the new service"),
        Flag("type", help="ClusterIP, NodePort, LoadBalancer, or ExternalName"),
        Flag("labels", short="l", help="Labels for the service: key=value,…"),
        Flag("cluster-ip", help="ClusterIP to be assigned, 'None' for a headless service"),
        Flag("external-ip", help="Additional external IP addresses"),
        Flag("load-balancer-ip", help="IP to assign to the LoadBalancer"),
        Flag("session-affinity", help="'None' or 'ClientIP'"),
    ),
)
