"""A node, its pods and a client outside, as network namespaces of this machine.

    outside 192.168.77.2 ── 192.168.77.1 node ── pod-1 10.244.1.1
                                          └───── pod-2 10.244.1.2

Each pod serves TCP and UDP on 8080: it says ``name address-of-the-client`` and then repeats what it is sent.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

NEEDED = ("ip", "iptables-restore", "conntrack")
_SERVER = """
import socket, threading, sys
name = sys.argv[1]
def tcp():
    s = socket.create_server(("", 8080), backlog=128)
    while True:
        c, a = s.accept()
        threading.Thread(target=talk, args=(c, a), daemon=True).start()
def talk(c, a):
    c.sendall(f"{name} {a[0]}\\n".encode())
    while data := c.recv(100):
        c.sendall(data)
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.bind(("", 8080))
threading.Thread(target=tcp, daemon=True).start()
print("up", flush=True)
while True:
    data, a = u.recvfrom(100)
    u.sendto(f"{name} {a[0]}".encode(), a)
"""
_CLIENT = """
import socket, sys, json, time
address, port, times, timeout = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
found = []
started = time.monotonic()
for _ in range(times):
    try:
        with socket.create_connection((address, port), timeout=timeout) as c:
            found.append(c.recv(100).decode().strip())
    except OSError as error:
        found.append(type(error).__name__)
print(json.dumps({"answers": found, "seconds": time.monotonic() - started}))
"""
_TALKER = """
import socket, sys
kind, address, port, source = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
s.settimeout(1)
if source:
    s.bind(("", source))
s.connect((address, port))
if kind == "tcp":
    s.recv(100)
print("up", flush=True)
for line in sys.stdin:
    try:
        s.send(line.encode())
        print(s.recv(100).decode().strip(), flush=True)
    except OSError as error:
        print(type(error).__name__, flush=True)
"""


_SOURCE_PORTS = itertools.count(40000)


def check_machine() -> None:
    """Fail, naming what is missing, where these tests cannot run."""
    missing = [program for program in NEEDED if shutil.which(program) is None]
    if os.geteuid() != 0:
        missing.append("root")
    assert not missing, f"tests of the kernel's rules need: {', '.join(missing)}"


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


@dataclass
class Talker:
    """A client that keeps its socket: `say` sends a line and gives the answer."""

    process: subprocess.Popen[str]

    def say(self, text: str) -> str:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()


@dataclass
class Machine:
    """The namespaces. `prefix` is what `Commands` needs to act on the node."""

    name: str
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def node(self) -> str:
        return f"{self.name}-node"

    @property
    def prefix(self) -> tuple[str, ...]:
        return ("ip", "netns", "exec", self.node)

    def build(self) -> None:
        for part in ("node", "out", "pod-1", "pod-2"):
            _ip("netns", "add", f"{self.name}-{part}")
            self.run(part, "ip", "link", "set", "lo", "up")
        self._link("out", "192.168.77.2", "192.168.77.1", "192.168.77.1/24")
        self.run("out", "ip", "route", "add", "10.96.0.0/12", "via", "192.168.77.1")
        self.run("node", "ip", "link", "add", "world", "type", "bridge")
        self.run("node", "ip", "link", "set", "world", "up")
        self.run("node", "ip", "route", "add", "default", "dev", "world")  # else a service address has no route at all
        self._link("pod-1", "10.244.1.1", "10.244.1.254", "10.244.1.254/32")
        self._link("pod-2", "10.244.1.2", "10.244.1.254", "10.244.1.254/32")
        for key in ("net.ipv4.ip_forward", "net.ipv4.conf.all.route_localnet"):
            self.run("node", "sysctl", "-qw", f"{key}=1")
        for pod in ("pod-1", "pod-2"):
            self._start(pod, _SERVER, pod)

    def _link(self, part: str, address: str, gateway: str, node_address: str) -> None:
        there, here = f"{self.name}-{part}", part
        _ip("link", "add", here, "netns", self.node, "type", "veth", "peer", "name", "eth0", "netns", there)
        self.run("node", "ip", "addr", "add", node_address, "dev", here)
        self.run("node", "ip", "link", "set", here, "up")
        self.run(part, "ip", "addr", "add", f"{address}/32", "dev", "eth0")
        self.run(part, "ip", "link", "set", "eth0", "up")
        self.run(part, "ip", "route", "add", gateway, "dev", "eth0")
        self.run(part, "ip", "route", "add", "default", "via", gateway)
        if node_address.endswith("/32"):
            self.run("node", "ip", "route", "add", f"{address}/32", "dev", here)

    def run(self, part: str, *command: str) -> str:
        full = ["ip", "netns", "exec", f"{self.name}-{part}", *command]
        done = subprocess.run(full, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{' '.join(full)}: {done.stderr}"
        return done.stdout

    def _start(self, part: str, program: str, *arguments: str) -> subprocess.Popen[str]:
        command = ["ip", "netns", "exec", f"{self.name}-{part}", sys.executable, "-SEIc", program, *arguments]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        self.processes.append(process)
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "up"
        return process

    def ask(self, part: str, address: str, port: int, *, times: int = 1, timeout: float = 2.0) -> list[str]:
        """Connect so often from a part; each answer is what the server said, or the kind of error."""
        return self.ask_timed(part, address, port, times=times, timeout=timeout)["answers"]  # type: ignore[no-any-return]

    def ask_timed(self, part: str, address: str, port: int, *, times: int, timeout: float) -> dict[str, Any]:
        text = self.run(part, sys.executable, "-SEIc", _CLIENT, address, str(port), str(times), str(timeout))
        return dict(json.loads(text))

    def talk(self, part: str, kind: str, address: str, port: int) -> Talker:
        """A client with a socket, and a source port, of its own."""
        return Talker(self._start(part, _TALKER, kind, address, str(port), str(next(_SOURCE_PORTS))))

    def tear_down(self) -> None:
        for process in self.processes:
            process.kill()
            process.communicate()
        for part in ("node", "out", "pod-1", "pod-2"):
            subprocess.run(["ip", "netns", "del", f"{self.name}-{part}"], capture_output=True, check=False)
