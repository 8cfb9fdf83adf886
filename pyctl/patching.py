"""Changing live objects by patch: the road of scale, set, label, annotate, rollout and their kin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pybernetes.api.object import deep_copy
from pybernetes.api.patch.merge_patch import create_two_way_merge_patch
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import Found

Json = dict[str, Any]
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
TEMPLATE_PATHS = {
    "Pod": (),
    "ReplicationController": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}


def patch(
    session: Session, found: Found, body: Any, *, manager: str, content: str = MERGE, subresource: str = ""
) -> Json:
    """Send a patch of an object. Raises `APIError`."""
    path = found.target.path + (f"/{subresource}" if subresource else "")
    return session.connection.json("PATCH", path, session.write_query(manager), body, content=content)


def change(session: Session, found: Found, edit: Callable[[Json], None], *, manager: str) -> tuple[Json, bool]:
    """(the object after `edit` of a copy of it, whether that changed anything); sent unless it is a client dry run.

    Lists go whole in the merge patch, so the patch carries the revision that was read: another's change to them in
    between is a conflict, not lost.
    """
    wanted: Json = deep_copy(found.obj)
    edit(wanted)
    body = create_two_way_merge_patch(found.obj, wanted)
    if not body:
        return wanted, False
    if session.dry_run == "client":
        return wanted, True
    if _has_list(body):
        body.setdefault("metadata", {})["resourceVersion"] = found.obj["metadata"].get("resourceVersion")
    return patch(session, found, body, manager=manager), True


def _has_list(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_list(item) for item in value.values())
    return isinstance(value, list)


def pod_template(obj: Json) -> Json:
    """The part of an object that has a pod's metadata and spec. Raises `Failure` for kinds without one."""
    path = TEMPLATE_PATHS.get(str(obj.get("kind")))
    if path is None:
        raise Failure(f"the object is not a pod or does not have a pod template: {obj.get('kind')}")
    template = obj
    for step in path:
        template = template.setdefault(step, {})
    return template


def pod_spec(obj: Json) -> Json:
    """The pod spec inside an object. Raises `Failure` for kinds without one."""
    spec: Json = pod_template(obj).setdefault("spec", {})
    return spec
