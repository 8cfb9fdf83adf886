"""Which pod, and which of its containers, is meant: ``web-1``, ``deploy/web``, ``svc/web``, ``-c sidecar``."""

from __future__ import annotations

import time
from typing import Any

from pybernetes.api.object import annotations_of, condition_of, name_of
from pybernetes.api.resources import resource
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import Found, Target, find_one, list_objects

Json = dict[str, Any]
DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container"
POLL_SECONDS = 0.5
CONTAINER_FIELDS = ("initContainers", "containers", "ephemeralContainers")


def selector_of(obj: Json) -> str:
    """The label selector by which a controller or a service finds its pods. Raises `Failure`."""
    selector = (obj.get("spec") or {}).get("selector")
    if not selector:
        raise Failure(f'cannot find pods of {obj["kind"]} "{name_of(obj)}": it has no selector')
    if "matchLabels" in selector or "matchExpressions" in selector:
        from pybernetes.api.selectors import format_label_selector

        return format_label_selector(selector)
    return ",".join(f"{key}={value}" for key, value in sorted(selector.items()))


def pods_of(session: Session, found: Found) -> list[Json]:
    """The pods behind an object; a pod is its own."""
    if found.obj.get("kind") == "Pod":
        return [found.obj]
    target = Target(resource("pods"), found.target.namespace)
    return list_objects(session, target, [("labelSelector", selector_of(found.obj))])


def first_pod(session: Session, argument: str, *, wait_seconds: float = 0) -> Json:
    """The pod to talk to: by name, or the most active one behind ``TYPE/NAME``. Raises `APIError`, `Failure`."""
    deadline = time.monotonic() + wait_seconds
    found = find_one(session, argument)
    while True:
        pods = sorted(pods_of(session, found), key=_activity, reverse=True)
        if pods:
            return pods[0]
        if time.monotonic() >= deadline:
            raise Failure(f"no pods found for {found.label}, last error: timed out waiting for the condition")
        time.sleep(POLL_SECONDS)


def _activity(pod: Json) -> tuple[bool, int, bool, str]:
    """Bound over unbound, running over pending, ready over not, and older over newer."""
    phase = {"Running": 2, "Unknown": 1}.get((pod.get("status") or {}).get("phase", ""), 0)
    ready = (condition_of(pod, "Ready") or {}).get("status") == "True"
    return bool((pod.get("spec") or {}).get("nodeName")), phase, ready, name_of(pod)


def container_names(pod: Json) -> list[str]:
    """All containers of a pod, of every sort."""
    spec = pod.get("spec") or {}
    return [container["name"] for field in CONTAINER_FIELDS for container in spec.get(field) or ()]


def choose_container(session: Session, pod: Json, asked: str, *, quiet: bool = False) -> str:
    """The container that is meant; says on standard error when it had to choose. Raises `Failure`."""
    if asked:
        if asked not in container_names(pod):
            raise Failure(f"container {asked} not found in pod {name_of(pod)}")
        return asked
    default = annotations_of(pod).get(DEFAULT_CONTAINER)
    if default:
        if default in container_names(pod):
            return default
        session.complain(
            f'Default container name "{default}" in annotation {DEFAULT_CONTAINER} not found in pod {name_of(pod)}'
        )
    first: str = pod["spec"]["containers"][0]["name"]
    if len(container_names(pod)) > 1 and not quiet:
        spec = pod["spec"]
        names = [container["name"] for container in spec["containers"]]
        names += [f"{container['name']} (init)" for container in spec.get("initContainers") or ()]
        names += [f"{container['name']} (ephem)" for container in spec.get("ephemeralContainers") or ()]
        session.complain(f'Defaulted container "{first}" out of: {", ".join(names)}')
    return first
