"""Shims that no container needs any more: containerd 1.6 forgets those it was just starting when it was killed.

    children of the node's init -> shims with id, age, children of their own -> strays (pure) -> SIGKILL

A shim is stray if it has no process below it, CRI has no sandbox or container of its id, and it is not so young that
CRI may still be about to write that down. CRI makes a directory for each before it starts the shim, and removes it
with the sandbox or container, so no call to containerd is needed. A containerd that is connected to such a shim notices
that it ends, and removes what the shim has left on disk.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from pybernetes.launcher.processes import Process, children, identify
from pybernetes.launcher.supervision import tell

# A sandbox takes a tenth of a second; on a machine that is short of everything, some seconds.
YOUNG_SECONDS = 10.0
_CRI = "io.containerd.grpc.v1.cri"


@dataclass(frozen=True, slots=True)
class Shim:
    """A shim process; `id` is the sandbox it was started for."""

    process: Process
    id: str
    age_seconds: float
    is_empty: bool


def strays(shims: Iterable[Shim], known: Collection[str]) -> list[Shim]:
    """The shims that nothing needs, where CRI knows of the sandboxes and containers `known`. Pure."""
    return [shim for shim in shims if shim.is_empty and shim.id not in known and shim.age_seconds > YOUNG_SECONDS]


def end_strays(init: int, containerd_root: Path) -> list[Shim]:
    """Kill the stray shims below process `init`; which they were. `containerd_root` is containerd's own "root"."""
    shims = [shim for pid in children(init) if (shim := _shim(pid)) is not None]
    found = strays(shims, _known(containerd_root)) if shims else []
    for shim in found:
        if shim.process.signal(signal.SIGKILL):
            tell(f"ended stray shim {shim.process.pid} of {shim.id}")
    return found


def _shim(pid: int) -> Shim | None:
    process = identify(pid)
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return None
    if process is None or "containerd-shim" not in words[0] or "-id" not in words:
        return None
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - process.start / os.sysconf("SC_CLK_TCK")
    return Shim(process, words[words.index("-id") + 1], age, not children(pid))


def _known(containerd_root: Path) -> set[str]:
    """The ids of all that CRI holds."""
    directories = [containerd_root / _CRI / kind for kind in ("sandboxes", "containers")]
    return {entry.name for directory in directories if directory.exists() for entry in directory.iterdir()}
