"""`taint`: keep pods off nodes: key=value:Effect sets, key:Effect- and key- remove."""

from __future__ import annotations

from typing import Any, NamedTuple

from pybernetes.api.errors import APIError
from pybernetes.api.object import name_of
from pybernetes.api.resources import resource
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure, raise_all
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import ALL, DRY_RUN, PRINTING, SELECTOR
from pybernetes.pyctl.output.printer import report
from pybernetes.pyctl.patching import change
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.targets import Found, Target, list_objects

Json = dict[str, Any]
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


class Changes(NamedTuple):
    """Taints to set, and (key, effect) of those to remove, the effect empty for all."""

    add: list[Json]
    remove: list[tuple[str, str]]


def parse_changes(texts: list[str]) -> Changes:
    """What the arguments ask for. Raises `Failure`."""
    add: list[Json] = []
    remove: list[tuple[str, str]] = []
    for text in texts:
        if text.endswith("-"):
            key, _, effect = text[:-1].partition(":")
            remove.append((key.partition("=")[0], effect))
            continue
        pair, colon, effect = text.partition(":")
        key, _, value = pair.partition("=")
        if not colon:
            raise Failure(f"invalid taint spec: {text}")
        if effect not in EFFECTS:
            raise Failure(f"invalid taint effect: {effect}, unsupported taint effect")
        add.append({"key": key, "effect": effect, **({"value": value} if value else {})})
    return Changes(add, remove)


def changed(current: list[Json], changes: Changes, *, overwrite: bool, node: str) -> tuple[list[Json], str]:
    """(the taints afterwards, what happened: tainted, untainted, modified). Raises `Failure`."""
    taints = list(current)
    for key, effect in changes.remove:
        kept = [one for one in taints if one["key"] != key or (effect and one["effect"] != effect)]
        if len(kept) == len(taints):
            raise Failure(f'taint "{key}{":" + effect if effect else ""}" not found')
        taints = kept
    for taint in changes.add:
        same = [one for one in current if (one["key"], one["effect"]) == (taint["key"], taint["effect"])]
        if same and not overwrite:
            raise Failure(
                f"node {node} already has {taint['key']} taint(s) with same effect(s) and --overwrite is false"
            )
        taints = [one for one in taints if (one["key"], one["effect"]) != (taint["key"], taint["effect"])] + [taint]
    known = {(one["key"], one["effect"]) for one in current}
    overwritten = any((one["key"], one["effect"]) in known for one in changes.add)
    word = "modified" if changes.add and (changes.remove or overwritten) else "tainted" if changes.add else "untainted"
    return taints, word


def run(session: Session) -> int:
    values = session.values
    if not values.arguments or (values.arguments[0] not in ("node", "nodes", "no") and "/" not in values.arguments[0]):
        raise Failure(
            "invalid resource type "
            + (values.arguments[0] if values.arguments else "")
            + ", only node types are supported"
        )
    first = values.arguments[0]
    words = values.arguments[1:] if "/" not in first else [first.partition("/")[2], *values.arguments[1:]]
    names = [word for word in words if ":" not in word and "=" not in word and not word.endswith("-")]
    changes = parse_changes([word for word in words if word not in names])
    if not changes.add and not changes.remove:
        raise Failure("at least one taint update is required")
    errors: list[Exception] = []
    for node in _nodes(session, names, errors):
        try:
            _taint(session, node, changes)
        except (APIError, Failure) as error:
            errors.append(error)
    raise_all(errors)
    return 0


def _nodes(session: Session, names: list[str], errors: list[Exception]) -> list[Found]:
    values, all_nodes = session.values, Target(resource("nodes"), "")
    if not names:
        if not values.on("all") and not values.text("selector"):
            raise Failure("at least one resource name must be specified since 'all' parameter is not set")
        query = [("labelSelector", values.text("selector"))] if values.text("selector") else []
        listed = list_objects(session, all_nodes, query)
        return [Found(all_nodes._replace(name=name_of(obj)), obj) for obj in listed]
    found = []
    for name in names:
        target = all_nodes._replace(name=name)
        try:
            found.append(Found(target, session.connection.json("GET", target.path)))
        except APIError as error:
            errors.append(error)
    return found


def _taint(session: Session, node: Found, changes: Changes) -> None:
    current = (node.obj.get("spec") or {}).get("taints") or []
    taints, word = changed(current, changes, overwrite=session.values.on("overwrite"), node=node.target.name)

    def edit(obj: Json) -> None:
        spec = obj.setdefault("spec", {})
        spec["taints"] = taints
        if not taints:
            del spec["taints"]

    done, _ = change(session, node, edit, manager="kubectl-taint")
    report(session, done, f"node/{node.target.name} {word}")


COMMAND = Command(
    "taint NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N",
    "Update the taints on one or more nodes",
    run,
    (
        SELECTOR,
        ALL,
        DRY_RUN,
        *PRINTING,
        Flag("overwrite", "bool", False, help="Allow taints to be overwritten."),
    ),
)
