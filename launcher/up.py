"""``pyctl up``: start a cluster and return when it is ready; it runs on in the background.

    wishes + what is remembered -> Plan (slot, port) -> cluster.json -> supervisor, detached -> wait -> kubeconfig

A cluster that runs already is left as it is; one that has crashed in part is completed, one that was stopped is
started with what it had.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pybernetes.launcher import registry
from pybernetes.launcher.plan import DEFAULT_NAME, MAX_NODES, Plan, check_name, read_plan, write_plan
from pybernetes.launcher.processes import Process, identify
from pybernetes.launcher.supervisor import SUPERVISOR, read_processes
from pybernetes.launcher.wishes import UpError, Wishes, plan_for, slots_in_use, unlike

# Half a second here without nodes, some seconds with them; a slow or busy machine gets plenty.
READY_TIMEOUT_SECONDS = 120.0
# Where none is built yet, 60 MB of packages have to come first.
IMAGES_TIMEOUT_SECONDS = 600.0
_POLL_SECONDS = 0.02
_STAY_POLL_SECONDS = 1.0
# A control plane that was started this often without getting ready will not: its log says why.
_MAX_STARTS = 5
_LOG_LINES = 15


def bring_up(wishes: Wishes, say: Callable[[str], None]) -> Plan:
    """Start the cluster, wait until it is ready, and make it the kubeconfig's current context. Raises UpError."""
    begun = datetime.now(UTC)
    supervisor: subprocess.Popen[bytes] | None = None
    with registry.locked():
        before = _known(wishes)
        running = before is not None and _supervisor(before) is not None
        plan = before if running and before is not None else _prepare(wishes, before)
        if before is not None and all(node.name in _living(before) for node in plan.nodes):
            begun = datetime.fromtimestamp(0, UTC)  # whatever these nodes have said, they have said in this life
        if running:
            say(f"cluster {plan.name} is running already{unlike(wishes, plan)}")
        else:
            supervisor = start_supervisor(plan)
    try:
        wait_ready(plan, begun, say, lambda: supervisor is None or supervisor.poll() is None)
        if supervisor is not None:
            _wait_recorded(plan, supervisor)
    except UpError as error:
        if _supervisor(plan) is None:
            raise
        raise UpError(f"{error}\nIt goes on trying: pyctl down --name {plan.name} ends it") from None
    merge_context(plan)
    if not running:
        say(f"cluster {plan.name} is ready after {seconds_since_start():.2f} s")
    if wishes.wait_for_images and plan.nodes:
        wait_for_images(plan, say)
    say(f"context {plan.context} in {plan.kubeconfig_out}, API at {plan.server}")
    return plan


def _wait_recorded(plan: Plan, supervisor: subprocess.Popen[bytes]) -> None:
    """Until the supervisor has written itself down: what runs on is ready sooner than it. Raises UpError."""
    deadline = time.monotonic() + READY_TIMEOUT_SECONDS
    while (recorded := _supervisor(plan)) is None or recorded.pid != supervisor.pid:
        if supervisor.poll() is not None or time.monotonic() > deadline:
            raise UpError(f"the supervisor does not stay up{_last_words(plan)}")
        time.sleep(_POLL_SECONDS)


def _known(wishes: Wishes) -> Plan | None:
    """The cluster of this name, if there is or was one."""
    check_name(wishes.name)
    listed = registry.data_dir_of(wishes.name)
    if listed is not None and wishes.data_dir is not None and listed != wishes.data_dir.absolute():
        plan = read_plan(listed)
        if plan is not None:
            raise UpError(f"there is a cluster {wishes.name} already, in {listed}: pyctl down --name {wishes.name}")
    directory = wishes.data_dir or listed or registry.default_data_dir(wishes.name)
    plan = read_plan(directory)
    if plan is not None and plan.name != wishes.name:
        raise UpError(f"{directory} belongs to the cluster {plan.name}")
    return plan


def _prepare(wishes: Wishes, before: Plan | None) -> Plan:
    """Decide and write down what will run."""
    from pybernetes.launcher.preflight import lacks, port_is_free

    if wishes.nodes is not None and not 1 <= wishes.nodes <= MAX_NODES:
        raise UpError(f"--nodes {wishes.nodes}: from 1 to {MAX_NODES} are possible")
    living = {process.pid for process in _living(before).values()} if before else set()

    def is_free(port: int) -> bool:
        return bool(living and before is not None and port == before.port) or port_is_free(port)

    known = registry.clusters()
    occupied = slots_in_use() - {plan.slot for plan in known}
    plan = plan_for(wishes, before, known, is_free, default_kubeconfig(), occupied)
    if plan.node_count:
        found = lacks(plan.directory)
        if found:
            raise UpError("this machine cannot have nodes:\n  " + "\n  ".join(found))
    write_plan(plan)
    registry.add(plan)
    return plan


def default_kubeconfig() -> Path:
    """The first file of $KUBECONFIG, or ~/.kube/config."""
    named = os.environ.get("KUBECONFIG", "").split(os.pathsep)[0]
    return Path(named) if named else Path.home() / ".kube" / "config"


def _living(plan: Plan) -> dict[str, Process]:
    return {name: process for name, process in read_processes(plan.directory).items() if process.is_alive()}


def _supervisor(plan: Plan) -> Process | None:
    return _living(plan).get(SUPERVISOR)


def start_supervisor(plan: Plan) -> subprocess.Popen[bytes]:
    """Start the cluster's supervisor in a session of its own, so that it outlives us and our terminal."""
    plan.logs.mkdir(parents=True, exist_ok=True)
    path = os.environ.get("PATH", "")
    with (plan.logs / "supervisor.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "pybernetes.launcher.supervisor", plan.data_dir],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
            env={**os.environ, "PATH": f"{path}:/usr/local/sbin:/usr/sbin:/sbin"},
        )


def wait_ready(plan: Plan, since: datetime, say: Callable[[str], None], is_alive: Callable[[], bool]) -> None:
    """Until the cluster is ready; says what it waits for. Raises UpError with what the logs say.

    `is_alive`: whether its supervisor still runs.
    """
    from pybernetes.launcher import readiness

    deadline = time.monotonic() + READY_TIMEOUT_SECONDS
    api: readiness.Api | None = None
    waiting, starts = "", set()
    while True:
        if api is None and plan.kubeconfig("admin").exists():
            api = readiness.Api(plan.kubeconfig("admin"))
        what = readiness.missing(api, plan, since) if api is not None else "API server"
        if not what:
            return
        if what != waiting:
            waiting = what
            say(f"waiting for {what}")
        living = _living(plan)
        starts |= {process for name, process in living.items() if name in ("control-plane", "apiserver")}
        if time.monotonic() > deadline:
            raise UpError(f"still waiting for {what} after {READY_TIMEOUT_SECONDS:.0f} s{_last_words(plan)}")
        if not is_alive():
            raise UpError(f"the cluster has ended{_last_words(plan)}")
        if len(starts) > _MAX_STARTS:
            raise UpError(f"the control plane does not stay up{_last_words(plan)}")
        time.sleep(_POLL_SECONDS)


def wait_for_images(plan: Plan, say: Callable[[str], None]) -> None:
    """Until every node has the images that come with Pybernetes. Raises UpError with what the log says."""
    deadline = time.monotonic() + IMAGES_TIMEOUT_SECONDS
    if not plan.images_done.exists():
        say("waiting for images (built once, from Debian packages)")
    while not plan.images_done.exists():
        if time.monotonic() > deadline:
            raise UpError(f"no images after {IMAGES_TIMEOUT_SECONDS:.0f} s{_last_words(plan, ['images'])}")
        time.sleep(_POLL_SECONDS)


def _last_words(plan: Plan, names: Sequence[str] = ()) -> str:
    """The ends of the logs that say why something does not start."""
    if not names:
        names = ["supervisor", "apiserver" if plan.separate else "control-plane", *(node.name for node in plan.nodes)]
    text = ""
    for name in names:
        file = plan.logs / f"{name}.log"
        lines = file.read_text(errors="replace").splitlines()[-_LOG_LINES:] if file.exists() else []
        if lines:
            text += f"\n{file} ends:\n  " + "\n  ".join(lines)
    return text


def merge_context(plan: Plan) -> None:
    """Make the cluster a context of the user's kubeconfig, and the current one."""
    from pybernetes.client.kubeconfig import merge

    content = json.loads(plan.kubeconfig("admin").read_text())
    name = plan.context
    merge(
        Path(plan.kubeconfig_out),
        {
            "clusters": [{"name": name, "cluster": content["clusters"][0]["cluster"]}],
            "users": [{"name": name, "user": content["users"][0]["user"]}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
        },
    )


def seconds_since_start() -> float:
    """How long this process has run, by the kernel's clock: includes starting Python."""
    own = identify(os.getpid())
    assert own is not None
    return time.clock_gettime(time.CLOCK_BOOTTIME) - own.start / os.sysconf("SC_CLK_TCK")


USAGE = """\
Start a cluster on this machine and return when it is ready. It runs on in the background until `pyctl down`.

Usage:
  pyctl up [flags]

Flags:
  --name NAME           name of the cluster (default: pybernetes)
  --data-dir DIR        where it keeps its data (default: /var/lib/pybernetes/NAME)
  --kubeconfig FILE     kubeconfig to add its context to (default: $KUBECONFIG or ~/.kube/config)
  --port N              port of its API server (default: 6443, or the next that is free beside other clusters)
  --nodes N             number of nodes, each in namespaces of its own (default: 1)
  --store STORE         sqlite (default), or etcd=URL[,URL...]
  --control-plane-only  no nodes: needs neither root nor a container runtime
  --separate            each component of the control plane as a process of its own
  --wait-for-images     return only when all nodes have the images that come with Pybernetes
  --foreground          stay, and take the cluster down when interrupted
"""


def main(argv: list[str]) -> int:
    """The command line; its exit code."""
    try:
        wishes, foreground = parse(argv)
        if wishes is None:
            print(USAGE, end="")
            return 0
        if foreground:
            return _stay(wishes)
        bring_up(wishes, _say)
    except (UpError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _say(text: str) -> None:
    print(text, flush=True)


def parse(argv: list[str]) -> tuple[Wishes | None, bool]:
    """What the command line wishes (None: only help), and whether to stay. Raises ValueError."""
    from pybernetes.launcher.arguments import Arguments

    given = Arguments(
        argv,
        values=("name", "data-dir", "kubeconfig", "port", "nodes", "store"),
        switches=("control-plane-only", "separate", "wait-for-images", "foreground", "help"),
    )
    if given.on("help"):
        return None, False
    wishes = Wishes(
        name=check_name(given.text("name") or DEFAULT_NAME),
        data_dir=given.path("data-dir"),
        kubeconfig=given.path("kubeconfig"),
        port=given.number("port"),
        nodes=given.number("nodes"),
        store=given.text("store"),
        control_plane_only=given.on("control-plane-only"),
        separate=given.on("separate"),
        wait_for_images=given.on("wait-for-images"),
    )
    if wishes.control_plane_only and wishes.nodes:
        raise ValueError("--control-plane-only and --nodes exclude each other")
    if wishes.store and wishes.store != "sqlite" and not wishes.store.startswith(("sqlite:", "etcd=")):
        raise ValueError(f"--store {wishes.store}: is neither sqlite nor etcd=URL[,URL...]")
    return wishes, given.on("foreground")


def _stay(wishes: Wishes) -> int:
    """Bring the cluster up and wait until it has ended, or take it down when we are told to end. Raises UpError."""
    from pybernetes.launcher.down import take_down

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        plan = bring_up(wishes, _say)
        while _supervisor(plan) is not None:
            time.sleep(_STAY_POLL_SECONDS)
    except KeyboardInterrupt:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        take_down(wishes.name, wishes.data_dir, _say)
        return 0
    raise UpError(f"the cluster has ended{_last_words(plan)}")
