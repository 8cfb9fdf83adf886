"""What a user asks of ``pyctl up``, and the cluster that comes of it.

Wishes + what the cluster was before + the machine's other clusters -> Plan
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from pybernetes.launcher import registry
from pybernetes.launcher.plan import DEFAULT_NAME, DEFAULT_PORT, SLOTS, Plan


class UpError(RuntimeError):
    """The cluster cannot be started; the message says what is lacking."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user asked for. None: as before, or the default."""

    name: str = DEFAULT_NAME
    data_dir: Path | None = None
    kubeconfig: Path | None = None
    port: int | None = None
    nodes: int | None = None
    store: str | None = None
    control_plane_only: bool = False
    separate: bool = False
    wait_for_images: bool = False


def plan_for(
    wishes: Wishes,
    before: Plan | None,
    others: Iterable[Plan],
    is_free: Callable[[int], bool],
    default_kubeconfig: Path,
    occupied: Iterable[int] = (),
) -> Plan:
    """The cluster that fits the wishes, what it was before, and the machine's other clusters. Pure but for `is_free`.

    `occupied` are slots that somebody whom we do not know of uses. Raises UpError if there is no room.
    """
    others = [plan for plan in others if plan.name != wishes.name]
    taken = {plan.slot for plan in others} | set(occupied)
    wanted = [before.slot] if before else []
    slot = next((slot for slot in [*wanted, *range(SLOTS)] if slot not in taken), None)
    if slot is None:
        raise UpError(f"there are {SLOTS} clusters on this machine already, and there is room for no more")
    if wishes.control_plane_only:
        nodes = 0
    else:
        nodes = wishes.nodes if wishes.nodes is not None else before.node_count if before else 1
    data_dir = wishes.data_dir or (Path(before.data_dir) if before else registry.default_data_dir(wishes.name))
    if wishes.kubeconfig is not None:
        kubeconfig = wishes.kubeconfig
    else:
        kubeconfig = Path(before.kubeconfig_out) if before else default_kubeconfig
    return Plan(
        name=wishes.name,
        slot=slot,
        data_dir=str(data_dir.absolute()),
        cache_dir=before.cache_dir if before else str(registry.default_cache_dir()),
        port=_port(wishes, before, {plan.port for plan in others}, is_free),
        node_count=nodes,
        kubeconfig_out=str(kubeconfig.expanduser().absolute()),
        store=wishes.store or (before.store if before else "sqlite"),
        separate=wishes.separate,
    )


def _port(wishes: Wishes, before: Plan | None, ours: set[int], is_free: Callable[[int], bool]) -> int:
    """The port that is wished for, or the one of before, or the next that no other cluster of ours has."""
    if wishes.port is not None:
        candidates = [wishes.port]
    else:
        first = [before.port] if before else []
        candidates = [*first, *range(DEFAULT_PORT, DEFAULT_PORT + 10 * SLOTS)]
    for port in candidates:
        if port in ours and wishes.port is None:
            continue
        if is_free(port):
            return port
        raise UpError(f"port {port} is taken by another program: choose another with --port")
    raise UpError("no port is free: choose one with --port")


def unlike(wishes: Wishes, plan: Plan) -> str:
    """What a running cluster has that the user did not ask for, and how to change it."""
    found = []
    wanted = 0 if wishes.control_plane_only else wishes.nodes
    if wanted is not None and wanted != plan.node_count:
        found.append(f"{plan.node_count} nodes")
    if wishes.port is not None and wishes.port != plan.port:
        found.append(f"port {plan.port}")
    if wishes.store is not None and wishes.store != plan.store:
        found.append(f"store {plan.store}")
    return f", with {', '.join(found)}: pyctl down --name {plan.name} before it is changed" if found else ""


def slots_in_use() -> set[int]:
    """The slots whose bridge is there, whoever made it: a container on this machine's network has its own list."""
    names = (name for _, name in socket.if_nameindex())
    found = (re.fullmatch(r"pyb([0-9]+)", name) for name in names)
    return {int(match[1]) for match in found if match}
