"""Reading a pod's spec: its containers in their kinds, its policies, its defaults. Pure.

The API server fills in defaults, but static pods and tests come without; so every default that the kubelet depends
on is applied here when it reads, not where it is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

import orjson

from pybernetes.api.core.pod_conditions import is_sidecar
from pybernetes.api.hash import fnv32a
from pybernetes.api.object import Json, annotations_of, name_of, namespace_of, uid_of

ALWAYS, ON_FAILURE, NEVER = "Always", "OnFailure", "Never"
DEFAULT_TERMINATION_GRACE_SECONDS = 30
DEFAULT_TERMINATION_MESSAGE_PATH = "/dev/termination-log"
CONFIG_SOURCE = "kubernetes.io/config.source"
CONFIG_MIRROR = "kubernetes.io/config.mirror"
CONFIG_HASH = "kubernetes.io/config.hash"
SYSTEM_CRITICAL_PRIORITY = 2_000_000_000


class Kind(Enum):
    """Which list of the spec a container stands in."""

    INIT = "initContainers"
    APP = "containers"
    EPHEMERAL = "ephemeralContainers"

    @property
    def status_field(self) -> str:
        return {
            Kind.INIT: "initContainerStatuses",
            Kind.APP: "containerStatuses",
            Kind.EPHEMERAL: "ephemeralContainerStatuses",
        }[self]


def spec_of(pod: Json) -> Json:
    return pod.get("spec") or {}


def init_containers(pod: Json) -> list[Json]:
    return spec_of(pod).get("initContainers") or []


def app_containers(pod: Json) -> list[Json]:
    return spec_of(pod).get("containers") or []


def ephemeral_containers(pod: Json) -> list[Json]:
    return spec_of(pod).get("ephemeralContainers") or []


def all_containers(pod: Json) -> Iterator[tuple[Kind, Json]]:
    """Every container with its kind, init containers first."""
    for kind in Kind:
        for container in spec_of(pod).get(kind.value) or ():
            yield kind, container


def find_container(pod: Json, name: str) -> tuple[Kind, Json] | None:
    return next(((kind, each) for kind, each in all_containers(pod) if each["name"] == name), None)


def restart_policy(pod: Json) -> str:
    return spec_of(pod).get("restartPolicy") or ALWAYS


def container_restart_policy(pod: Json, kind: Kind, container: Json) -> str:
    """The policy in force for one container: its own, else the pod's; init containers never restart on success."""
    if kind is Kind.EPHEMERAL:
        return NEVER
    own = container.get("restartPolicy")
    if own:
        return str(own)
    policy = restart_policy(pod)
    if kind is Kind.INIT:
        return NEVER if policy == NEVER else ON_FAILURE
    return policy


def restarts_after(pod: Json, kind: Kind, container: Json, exit_code: int) -> bool:
    """Whether a container that ended with this code is started again (ContainerShouldRestart).

    The first of the container's own restartPolicyRules that matches decides, then its policy.
    """
    for rule in container.get("restartPolicyRules") or ():
        if _rule_matches(rule, exit_code):
            return True
    match container_restart_policy(pod, kind, container):
        case "Always":
            return True
        case "OnFailure":
            return exit_code != 0
        case _:
            return False


def _rule_matches(rule: Json, exit_code: int) -> bool:
    wanted = rule.get("exitCodes") or {}
    listed = exit_code in (wanted.get("values") or ())
    return rule.get("action") == "Restart" and listed == (wanted.get("operator") == "In")


def is_restartable(pod: Json, kind: Kind, container: Json) -> bool:
    """Whether there is an exit code after which the container would be started again."""
    if container.get("restartPolicyRules"):
        return True
    return container_restart_policy(pod, kind, container) != NEVER


def termination_grace_seconds(pod: Json) -> int:
    """What the pod asks for when it is stopped and nobody said otherwise."""
    value = spec_of(pod).get("terminationGracePeriodSeconds")
    return DEFAULT_TERMINATION_GRACE_SECONDS if value is None else int(value)


def deletion_grace_seconds(pod: Json) -> int | None:
    """What the deletion of the pod grants, or None while it is not being deleted."""
    metadata = pod.get("metadata") or {}
    if not metadata.get("deletionTimestamp"):
        return None
    value = metadata.get("deletionGracePeriodSeconds")
    return termination_grace_seconds(pod) if value is None else int(value)


def is_host_network(pod: Json) -> bool:
    return bool(spec_of(pod).get("hostNetwork"))


def is_static(pod: Json) -> bool:
    """The pod comes from a file of this node."""
    return annotations_of(pod).get(CONFIG_SOURCE, "api") != "api"


def is_mirror(pod: Json) -> bool:
    """The API object that shows a static pod; the file is what counts."""
    return CONFIG_MIRROR in annotations_of(pod)


def is_critical(pod: Json) -> bool:
    """The node depends on it: it is neither evicted nor turned away (IsCriticalPod)."""
    return is_static(pod) or is_mirror(pod) or int(spec_of(pod).get("priority") or 0) >= SYSTEM_CRITICAL_PRIORITY


def container_hash(container: Json) -> str:
    """What must not change while the container runs: its name and image (HashContainer)."""
    identity = {"name": container["name"], "image": container.get("image") or ""}
    return f"{fnv32a(orjson.dumps(identity, option=orjson.OPT_SORT_KEYS)):x}"


def describe(pod: Json) -> str:
    """``name_namespace(uid)``, as the kubelet's messages call a pod (format.Pod)."""
    return f"{name_of(pod)}_{namespace_of(pod)}({uid_of(pod)})"


def host_ports(pod: Json) -> set[tuple[str, str, int]]:
    """(address, protocol, port) for each port taken on the node; the address is 0.0.0.0 for all of them."""
    taken = set()
    for kind, container in all_containers(pod):
        if kind is Kind.INIT and not is_sidecar(container):
            continue
        for port in container.get("ports") or ():
            number = port.get("hostPort") or (port.get("containerPort") if is_host_network(pod) else 0)
            if number:
                taken.add((port.get("hostIP") or "0.0.0.0", port.get("protocol") or "TCP", int(number)))
    return taken
