"""Who describes what: reads what belongs to an object and hands both to the page for its kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pybernetes.api.errors import APIError
from pybernetes.api.object import controller_of, name_of, namespace_of, uid_of
from pybernetes.api.resources import resource
from pybernetes.pyctl.describing import nodes, pods, services, simple, workloads
from pybernetes.pyctl.pods import selector_of
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import Found, Target, list_objects

Json = dict[str, Any]
Events = list[Json] | None


def describe(session: Session, found: Found, *, with_events: bool) -> str:
    """The text with tabs for one object."""
    events = events_of(session, found) if with_events else None
    group = found.resource.group
    page = _PAGES.get((group, found.resource.kind))
    return page(session, found.obj, events) if page is not None else simple.describe_generic(found.obj, events)


def events_of(session: Session, found: Found) -> list[Json]:
    """The events about an object; a node's are told of it by name, as its uid there is its name."""
    obj = found.obj
    selector = {"involvedObject.name": name_of(obj), "involvedObject.kind": found.resource.kind}
    if found.resource.namespaced:
        selector["involvedObject.namespace"] = namespace_of(obj)
    if found.resource.kind != "Node":
        selector["involvedObject.uid"] = uid_of(obj)
    query = ",".join(f"{field}={value}" for field, value in selector.items())
    target = Target(resource("events"), namespace_of(obj) if found.resource.namespaced else "")
    return list_objects(session, target, [("fieldSelector", query)])


def _owned(session: Session, obj: Json, kind: str) -> list[Json]:
    """The objects that match a controller's selector and belong to it."""
    if not (obj.get("spec") or {}).get("selector"):
        return []
    target = Target(resource(kind), namespace_of(obj))
    listed = list_objects(session, target, [("labelSelector", selector_of(obj))])
    return [one for one in listed if (controller_of(one) or {}).get("uid") == uid_of(obj)]


def _pod(session: Session, obj: Json, events: Events) -> str:
    return pods.describe_pod(obj, events)


def _node(session: Session, obj: Json, events: Events) -> str:
    query = [("fieldSelector", f"spec.nodeName={name_of(obj)},status.phase!=Failed,status.phase!=Succeeded")]
    on_it = list_objects(session, Target(resource("pods"), ""), query)
    lease_path = resource("leases.coordination.k8s.io").path("kube-node-lease", name_of(obj))
    try:
        lease: Json | None = session.connection.json("GET", lease_path)
    except APIError:
        lease = None
    return nodes.describe_node(obj, events, on_it, lease)


def _service(session: Session, obj: Json, events: Events) -> str:
    target = Target(resource("endpointslices.discovery.k8s.io"), namespace_of(obj))
    slices = list_objects(session, target, [("labelSelector", f"kubernetes.io/service-name={name_of(obj)}")])
    return services.describe_service(obj, events, slices)


def _deployment(session: Session, obj: Json, events: Events) -> str:
    owned = _owned(session, obj, "replicasets.apps")
    newest = max(owned, key=_revision, default=None)
    old = [one for one in owned if one is not newest]
    return workloads.describe_deployment(obj, events, old=old, new=newest)


def _revision(replica_set: Json) -> int:
    annotations = replica_set["metadata"].get("annotations") or {}
    return int(annotations.get("deployment.kubernetes.io/revision") or 0)


def _with_pods(page: Callable[[Json, Events, list[Json]], str]) -> Callable[[Session, Json, Events], str]:
    return lambda session, obj, events: page(obj, events, _owned(session, obj, "pods"))


def _namespace(session: Session, obj: Json, events: Events) -> str:
    quotas = list_objects(session, Target(resource("resourcequotas"), name_of(obj)))
    limits = list_objects(session, Target(resource("limitranges"), name_of(obj)))
    return simple.describe_namespace(obj, quotas, limits)


_PAGES: dict[tuple[str, str], Callable[[Session, Json, Events], str]] = {
    ("", "Pod"): _pod,
    ("", "Node"): _node,
    ("", "Service"): _service,
    ("", "Namespace"): _namespace,
    ("", "ConfigMap"): lambda session, obj, events: simple.describe_config_map(obj, events),
    ("", "Secret"): lambda session, obj, events: simple.describe_secret(obj),
    ("", "ReplicationController"): _with_pods(workloads.describe_replicated),
    ("apps", "ReplicaSet"): _with_pods(workloads.describe_replicated),
    ("apps", "Deployment"): _deployment,
    ("apps", "DaemonSet"): _with_pods(workloads.describe_daemon_set),
    ("apps", "StatefulSet"): _with_pods(workloads.describe_stateful_set),
    ("batch", "Job"): _with_pods(workloads.describe_job),
}
