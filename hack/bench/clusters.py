"""Clusters for benchmarks: brought up through ``pyctl up`` and taken down again, and what their processes use."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PYCTL = Path(sys.executable).parent / "pyctl"
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Process:
    """A process of a cluster, by what it is."""

    pid: int
    role: str

    def memory_mib(self) -> float:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


@dataclass(frozen=True)
class Cluster:
    """A cluster that runs. `ready_seconds` is what ``pyctl up`` says, `command_seconds` the whole command."""

    data_dir: Path
    kubeconfig: Path
    ready_seconds: float
    command_seconds: float

    def processes(self) -> list[Process]:
        """All processes whose command line names the data directory, and the init of each node."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue  # it ended while we looked
            if str(self.data_dir) in " ".join(words) and "shim" not in words[0] and "hack/bench" not in " ".join(words):
                found.append(Process(int(entry.name), _role(words)))
        return sorted(found, key=lambda process: process.role)


def _role(words: list[str]) -> str:
    module = next((word.rpartition(".")[2] for word in words if word.startswith("pybernetes.")), "")
    return module if module and "unshare" not in words[0] else Path(words[0]).name


@contextmanager
def cluster(name: str, *options: str) -> Iterator[Cluster]:
    """``pyctl up`` with a data directory of its own; ``pyctl down`` at the end."""
    with tempfile.TemporaryDirectory(prefix="pybernetes-bench-") as directory:
        data_dir, kubeconfig = Path(directory) / "data", Path(directory) / "kubeconfig"
        start = time.perf_counter()
        place = ["--name", name, "--data-dir", str(data_dir)]
        up = subprocess.run(
            [str(_PYCTL), "up", *place, "--kubeconfig", str(kubeconfig), *options],
            check=True,
            capture_output=True,
            text=True,
            timeout=180,
            stdin=subprocess.DEVNULL,
        )
        command_seconds = time.perf_counter() - start
        said = re.search(r"ready after ([0-9.]+) s", up.stdout + up.stderr)
        try:
            yield Cluster(data_dir, kubeconfig, float(said.group(1)) if said else command_seconds, command_seconds)
        finally:
            subprocess.run([str(_PYCTL), "down", *place], check=True, capture_output=True, timeout=120)
