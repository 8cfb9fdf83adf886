"""``pyctl down``: end a cluster and take all of it off the machine.

    SIGTERM to the supervisor, which ends and undoes everything -> whatever it could not, because it was killed or
    hangs, is done here -> nodes' files (images, containers, logs) go -> the kubeconfig's context goes

What the API server has stored, and the cluster's keys, stay in the data directory unless `delete_data`: the next
``pyctl up`` finds them.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from pybernetes.launcher import registry
from pybernetes.launcher.plan import DEFAULT_NAME, Plan, check_name, read_plan
from pybernetes.launcher.processes import Process
from pybernetes.launcher.supervisor import SUPERVISOR, end_node, read_processes, undo

# The supervisor gives nodes 30 s; then it has its own work to do.
_SUPERVISOR_SECONDS = 45.0
_GRACE_SECONDS = 10.0


class DownError(RuntimeError):
    """Something could not be taken away; the message says what."""


def find(name: str, data_dir: Path | None) -> Plan | None:
    """The cluster of this name, running or not. Raises ValueError for a name that none can have."""
    check_name(name)
    return read_plan(data_dir or registry.data_dir_of(name) or registry.default_data_dir(name))


def take_down(name: str, data_dir: Path | None, say: Callable[[str], None], *, delete_data: bool = False) -> bool:
    """End a cluster; False if there is none. Raises DownError for what stays behind."""
    with registry.locked():
        plan = find(name, data_dir)
        if plan is None:
            return False
        end_processes(plan)
        left = undo(plan)
        if (plan.directory / "nodes").exists():
            shutil.rmtree(plan.directory / "nodes")
        remove_context(plan)
        registry.remove(plan.name)
        if delete_data:
            shutil.rmtree(plan.directory)
    if left:
        raise DownError("still there: " + "; ".join(left))
    kept = "" if delete_data else f"; its data stays in {plan.data_dir}"
    say(f"cluster {plan.name} is down{kept}")
    return True


def end_processes(plan: Plan) -> None:
    """End all processes of a cluster: by its supervisor, or, where that fails, one by one."""
    supervisor = read_processes(plan.directory).get(SUPERVISOR)
    if supervisor is not None:
        supervisor.end(_SUPERVISOR_SECONDS)
    nodes = {node.name for node in plan.nodes}
    for name, process in read_processes(plan.directory).items():
        _end(process, is_node=name in nodes)


def _end(process: Process, is_node: bool) -> None:
    if not process.is_alive():
        return
    if is_node:
        end_node(process)
        if process.wait_gone(_GRACE_SECONDS):
            return
    process.end(_GRACE_SECONDS)


def remove_context(plan: Plan) -> None:
    from pybernetes.client.kubeconfig import remove

    remove(Path(plan.kubeconfig_out), plan.context)


USAGE = """\
End a cluster on this machine and leave nothing of it running.

Usage:
  pyctl down [flags]

Flags:
  --name NAME      name of the cluster (default: pybernetes)
  --data-dir DIR   its data directory, if it is not the default and the machine has been started anew
  --delete-data    delete what it has stored, too
"""


def main(argv: list[str]) -> int:
    """The command line; its exit code."""
    from pybernetes.launcher.arguments import Arguments

    try:
        given = Arguments(argv, values=("name", "data-dir"), switches=("delete-data", "help"))
        if given.on("help"):
            print(USAGE, end="")
            return 0
        name = given.text("name") or DEFAULT_NAME
        found = take_down(name, given.path("data-dir"), print, delete_data=given.on("delete-data"))
    except (DownError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if not found:
        print(f"there is no cluster {name}")
    return 0
