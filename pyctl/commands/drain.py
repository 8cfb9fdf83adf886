"""`drain`: no new pods on these nodes, and those that are there evicted, in keeping with their budgets."""

from __future__ import annotations

import time
from typing import Any

from pybernetes.api.errors import APIError, is_not_found
from pybernetes.api.object import is_deleting, key_of, name_of, namespace_of, uid_of
from pybernetes.api.resources import resource
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.deleting import delete, wait_until_gone
from pybernetes.pyctl.draining import Plan, Rules, plan
from pybernetes.pyctl.failures import Failure, raise_all
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import TIMEOUT
from pybernetes.pyctl.node_changes import NODE_FLAGS, nodes, set_unschedulable
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import Found, Target, list_objects

Json = dict[str, Any]
RETRY_SECONDS = 5.0  # what kubectl waits when a disruption budget holds an eviction back
FLAGS = (
    *NODE_FLAGS,
    TIMEOUT,
    Flag("force", "bool", False, help="Go on even if there are pods that declare no controller."),
    Flag("ignore-daemonsets", "bool", False, help="Leave pods of daemon sets alone."),
    Flag("delete-emptydir-data", "bool", False, help="Go on even if there are pods using emptyDir."),
    Flag("grace-period", "int", -1, help="Seconds that each pod has to end; -1 leaves it to the pod."),
    Flag("disable-eviction", "bool", False, help="Delete instead of evicting: budgets are not asked."),
    Flag("pod-selector", help="Label selector to filter pods on the node"),
    Flag("skip-wait-for-delete-timeout", "int", 0, help="Do not wait for pods deleted longer ago than these seconds."),
)


def run(session: Session) -> int:
    errors: list[Exception] = []
    chosen = nodes(session, errors, "drain")
    raise_all(errors)
    for node in chosen:
        set_unschedulable(session, node, True)
    for node in chosen:
        try:
            _drain(session, node)
        except (APIError, Failure) as error:
            errors.append(error)
            session.complain(
                f'error: unable to drain node "{node.target.name}" due to error: {error}, continuing command...'
            )
            session.complain(f"There are pending nodes to be drained:\n {node.target.name}")
    raise_all(errors)
    return 0


def _drain(session: Session, node: Found) -> None:
    values = session.values
    query = [("fieldSelector", f"spec.nodeName={node.target.name}")]
    if values.text("pod-selector"):
        query.append(("labelSelector", values.text("pod-selector")))
    pods = list_objects(session, Target(resource("pods"), ""), query)
    rules = Rules(values.on("force"), values.on("ignore-daemonsets"), values.on("delete-emptydir-data"))
    decided = plan(pods, rules)
    if decided.forbidden:
        raise Failure(_forbidden_text(decided), prefix="")
    if decided.warnings:
        session.warn("; ".join(decided.warnings))
    deadline = time.monotonic() + values.seconds("timeout") if values.seconds("timeout") else None
    remaining = list(decided.evict)
    for pod in remaining:
        session.write(
            f"evicting pod {key_of(pod)}" if not values.on("disable-eviction") else f"deleting pod {key_of(pod)}"
        )
    if session.dry_run != "client":
        _evict_all(session, remaining, deadline)
    session.write(session.done(f"node/{node.target.name} drained"))


def _forbidden_text(decided: Plan) -> str:
    reasons: dict[str, list[str]] = {}
    for pod, why in decided.forbidden:
        reasons.setdefault(why, []).append(key_of(pod))
    said = [f"{why}: {', '.join(names)}" for why, names in reasons.items()]
    return said[0] if len(said) == 1 else f"[{', '.join(said)}]"


def _evict_all(session: Session, pods: list[Json], deadline: float | None) -> None:
    waiting = list(pods)
    while waiting:
        held_back = []
        for pod in waiting:
            if not _evict(session, pod):
                held_back.append(pod)
        if held_back and deadline is not None and time.monotonic() + RETRY_SECONDS > deadline:
            raise Failure(f"global timeout reached: {session.values.text('timeout')}s")
        if held_back:
            time.sleep(RETRY_SECONDS)
        waiting = held_back
    if session.dry_run == "server":
        return
    for pod in pods:
        left = max(0.1, deadline - time.monotonic()) if deadline is not None else 0
        wait_until_gone(session, resource("pods"), namespace_of(pod), name_of(pod), uid_of(pod), timeout_seconds=left)
        session.write(f"pod/{name_of(pod)} {'deleted' if session.values.on('disable-eviction') else 'evicted'}")


def _evict(session: Session, pod: Json) -> bool:
    """Ask for one eviction; False when a budget holds it back. Raises `APIError`."""
    grace = session.values.number("grace-period")
    namespace, name = namespace_of(pod), name_of(pod)
    if is_deleting(pod):
        return True
    try:
        if session.values.on("disable-eviction"):
            dry_run = session.dry_run == "server"
            delete(session, resource("pods"), namespace, name, grace_seconds=grace, dry_run=dry_run)
            return True
        options: Json = {"preconditions": {"uid": uid_of(pod)}}
        if grace >= 0:
            options["gracePeriodSeconds"] = grace
        if session.dry_run == "server":
            options["dryRun"] = ["All"]
        body = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": name, "namespace": namespace},
            "deleteOptions": options,
        }
        session.connection.json("POST", resource("pods").path(namespace, name, "eviction"), body=body)
    except APIError as error:
        if is_not_found(error):
            return True
        if error.code == 429:
            session.complain(
                f'error when evicting pods/"{name}" -n "{namespace}" (will retry after 5s): {error.message}'
            )
            return False
        raise
    return True


COMMAND = Command("drain NODE", "Drain node in preparation for maintenance", run, FLAGS)
