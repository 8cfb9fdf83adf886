"""A cluster as its user has it: started by ``pyctl up``, driven by pyctl or kubectl, ended by ``pyctl down``."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pybernetes.launcher.plan import Plan, read_plan
from pybernetes.launcher.processes import Process, children, identify
from pybernetes.launcher.supervisor import SUPERVISOR, read_processes

ROOT = Path(__file__).parents[2]
MANIFESTS = ROOT / "manifests"
PYCTL = [sys.executable, "-m", "pybernetes.pyctl"]
POLL_SECONDS = 0.1
Answer = TypeVar("Answer")


def require(*programs: str, root: bool = True) -> None:
    """Fail with the names of what is missing; a test that needs it is never skipped silently."""
    missing = [program for program in programs if shutil.which(program) is None]
    assert not missing, f"this test needs {', '.join(missing)}: hack/system-packages tests"
    assert not root or os.geteuid() == 0, "this test needs root"


def until(what: str, ask: Callable[[], Answer], seconds: float = 60.0) -> Answer:
    """Ask until the answer is true; the answer. Fails with `what` and the last answer after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s; last answer: {answer!r}"
        time.sleep(POLL_SECONDS)


def run_to_end(
    command: list[str], text: str = "", *, seconds: float = 60.0, check: bool = True, env: dict[str, str] | None = None
) -> str:
    """What a command prints. Its complaint is in the failure."""
    done = subprocess.run(
        command,
        input=text,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        env={**os.environ, **(env or {})},
    )
    shown = f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
    assert not check or done.returncode == 0, shown
    return done.stdout if check else done.stdout + done.stderr


class Cluster:
    """A running cluster. `kubeconfig` is its own, with one context."""

    def __init__(self, plan: Plan, kubeconfig: Path):
        self.plan = plan
        self.kubeconfig = kubeconfig

    def command(self, tool: str, *arguments: str, **options: Any) -> str:
        """What `pyctl` or `kubectl` prints for these arguments."""
        program = PYCTL if tool == "pyctl" else [tool]
        return run_to_end([*program, "--kubeconfig", str(self.kubeconfig), *arguments], **options)

    def pyctl(self, *arguments: str, **options: Any) -> str:
        return self.command("pyctl", *arguments, **options)

    def get(self, *arguments: str) -> Any:
        """Objects as JSON values."""
        return json.loads(self.pyctl("get", *arguments, "--output", "json"))

    def items(self, *arguments: str) -> list[Any]:
        return list(self.get(*arguments)["items"])

    def apply(self, *objects: Any, namespace: str = "default") -> None:
        """Have the API take these objects (JSON values) over."""
        content = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
        self.pyctl("apply", "--namespace", namespace, "--filename", "-", text=content)

    def until_ready(self, selector: str, count: int, *, namespace: str = "default", seconds: float = 60.0) -> set[str]:
        """Wait until just so many pods have these labels and all are ready; their names."""

        def names() -> set[str]:
            pods = self.items("pods", "--namespace", namespace, "--selector", selector)
            return {pod["metadata"]["name"] for pod in pods if is_ready(pod)} if len(pods) == count else set()

        return until(f"{count} pods {selector} ready", lambda: len(names()) == count and names(), seconds) or set()

    def processes(self) -> dict[str, Process]:
        return read_processes(self.plan.directory)

    def family(self) -> set[Process]:
        """All processes of the cluster: the supervisor's and their children's children."""
        found: set[Process] = set()
        waiting = [process.pid for process in self.processes().values()]
        while waiting:
            pid = waiting.pop()
            process = identify(pid)
            if process is not None and process not in found:
                found.add(process)
                waiting += children(pid)
        return found

    def in_node(self, number: int, *command: str) -> str:
        """What a command prints that runs in a node's namespaces."""
        node = self.processes()[self.plan.node(number).name]
        (init,) = children(node.pid)
        return run_to_end(["nsenter", "--target", str(init), "--mount", "--net", "--pid", "--uts", "--ipc", *command])

    def node_processes(self, number: int) -> dict[str, Process]:
        """What a node's init keeps running, by a word of its command line."""
        node = self.processes()[self.plan.node(number).name]
        (init,) = children(node.pid)
        found: dict[str, Process] = {}
        for pid in children(init):
            line = Path(f"/proc/{pid}/cmdline").read_bytes().decode()
            for word in ("containerd-shim", "pybernetes.kubelet", "node_network", "containerd"):
                if word in line:
                    process = identify(pid)
                    if process is not None:
                        found.setdefault(word, process)
                    break
        return found

    def down(self) -> str:
        return run_to_end([*PYCTL, "down", "--name", self.plan.name])


def is_ready(pod: Any) -> bool:
    """Whether a pod serves: its condition Ready is true, and it is not on its way out."""
    conditions = {each["type"]: each["status"] for each in pod["status"].get("conditions") or ()}
    return conditions.get("Ready") == "True" and "deletionTimestamp" not in pod["metadata"]


def ask(url: str, seconds: float = 3.0) -> tuple[int, dict[str, str], str]:
    """Status, headers (names in lower case) and body of a URL; status 0 if nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=seconds) as answer:
            return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, {}, ""
    except OSError as error:
        return 0, {}, str(error)


def served_by(url: str, times: int = 20) -> set[str]:
    """The pods that answered some requests; a request without an answer counts as "nobody"."""
    found = set()
    for _ in range(times):
        status, headers, _ = ask(url)
        found.add(headers.get("x-served-by", "?") if status == 200 else "nobody")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def launched(name: str, *flags: str, seconds: float = 150.0) -> Iterator[Cluster]:
    """A cluster with these flags of ``pyctl up``, taken down with all it has stored at the end."""
    directory = Path(tempfile.mkdtemp(prefix=f"pyb-{name}-"))
    data_dir, kubeconfig = directory / "data", directory / "kubeconfig"
    where = ["--name", name, "--data-dir", str(data_dir), "--kubeconfig", str(kubeconfig)]
    try:
        print(run_to_end([*PYCTL, "up", *where, *flags], seconds=seconds))
        plan = read_plan(data_dir)
        assert plan is not None
        yield Cluster(plan, kubeconfig)
    finally:
        down = [*PYCTL, "down", "--name", name, "--data-dir", str(data_dir), "--delete-data"]
        print(run_to_end(down, seconds=90.0, check=False))
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def running_etcd() -> Iterator[str]:
    """An etcd of its own; its URL."""
    require("etcd", root=False)
    directory = Path(tempfile.mkdtemp(prefix="pyb-etcd-"))
    client, peer = free_port(), free_port()
    url = f"http://127.0.0.1:{client}"
    command = ["etcd", "--data-dir", str(directory), "--listen-client-urls", url, "--advertise-client-urls", url]
    command += ["--listen-peer-urls", f"http://127.0.0.1:{peer}", "--log-level", "error"]
    command += ["--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}"]
    command += ["--initial-cluster", f"default=http://127.0.0.1:{peer}"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until("etcd answers", lambda: ask(f"{url}/health")[0] == 200, 20.0)
        yield url
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(directory, ignore_errors=True)


def left_of(plan: Plan) -> list[str]:
    """What there still is on this machine of a cluster."""
    links = run_to_end(["ip", "-brief", "link"]).splitlines()
    found = [f"interface {line.split()[0]}" for line in links if line.startswith(plan.bridge)]
    rules = run_to_end(["iptables-save"]).splitlines()
    found += [f"rule {line}" for line in rules if plan.chain in line or plan.bridge in line.split()]
    mounts = Path("/proc/self/mounts").read_text().splitlines()
    found += [f"mount {line.split()[1]}" for line in mounts if plan.data_dir in line]
    for hierarchy in {line.split()[1] for line in mounts if line.split()[2] in ("cgroup", "cgroup2")}:
        if Path(hierarchy + plan.cgroup).exists():
            found.append(f"cgroup {hierarchy}{plan.cgroup}")
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes().decode(errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if plan.data_dir in line:
                found.append(f"process {entry.name} {line}")
    found += [f"route {line}" for line in run_to_end(["ip", "route"]).splitlines() if f" {plan.bridge} " in f"{line} "]
    return found


__all__ = [
    "MANIFESTS",
    "ROOT",
    "SUPERVISOR",
    "Cluster",
    "ask",
    "launched",
    "left_of",
    "running_etcd",
    "served_by",
    "until",
]
