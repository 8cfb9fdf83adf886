"""What cordon, uncordon, drain and taint share: choosing nodes and making them (un)schedulable."""

from __future__ import annotations

from typing import Any

from pybernetes.api.errors import APIError
from pybernetes.api.object import name_of
from pybernetes.api.resources import resource
from pybernetes.pyctl.failures import Failure, raise_all
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import DRY_RUN, SELECTOR
from pybernetes.pyctl.patching import STRATEGIC, patch
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import Found, Target, list_objects

Json = dict[str, Any]
NODE_FLAGS: tuple[Flag, ...] = (SELECTOR, DRY_RUN)


def nodes(session: Session, errors: list[Exception], command: str) -> list[Found]:
    """The nodes that the arguments or the selector name. Raises `Failure`."""
    names, selector = session.values.arguments, session.values.text("selector")
    if names and selector:
        raise Failure("error: cannot specify both a node name and a --selector option", prefix="")
    if not names and not selector:
        raise Failure(
            f"error: USAGE: {command} NODE [flags]\nSee 'pyctl {command} -h' for help and examples", prefix=""
        )
    all_nodes = Target(resource("nodes"), "")
    if selector:
        listed = list_objects(session, all_nodes, [("labelSelector", selector)])
        return [Found(all_nodes._replace(name=name_of(obj)), obj) for obj in listed]
    found = []
    for name in names:
        target = all_nodes._replace(name=name.removeprefix("node/").removeprefix("nodes/"))
        try:
            found.append(Found(target, session.connection.json("GET", target.path)))
        except APIError as error:
            errors.append(error)
    return found


def set_unschedulable(session: Session, node: Found, wanted: bool) -> None:
    """Mark one node and say so. Raises `APIError`."""
    word = "cordoned" if wanted else "uncordoned"
    if bool((node.obj.get("spec") or {}).get("unschedulable")) == wanted:
        session.write(session.done(f"node/{node.target.name} already {word}"))
        return
    if session.dry_run != "client":
        body = {"spec": {"unschedulable": True if wanted else None}}
        patch(session, node, body, manager="kubectl-cordon", content=STRATEGIC)
    session.write(session.done(f"node/{node.target.name} {word}"))


def mark_all(session: Session, command: str, wanted: bool) -> int:
    """Run `cordon` or `uncordon`."""
    errors: list[Exception] = []
    for node in nodes(session, errors, command):
        try:
            set_unschedulable(session, node, wanted)
        except APIError as error:
            errors.append(error)
    raise_all(errors)
    return 0
