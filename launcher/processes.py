"""Processes by pid and start time, so that a pid which the kernel has given to another is never taken for ours."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Process:
    """`start` is when the kernel started it, in its own ticks since boot: field 22 of /proc/PID/stat."""

    pid: int
    start: int

    def is_alive(self) -> bool:
        """Whether it is still there and has not ended (a zombie has)."""
        return _running(self.pid) == self

    def signal(self, number: signal.Signals) -> bool:
        """Send a signal; whether there was somebody to get it."""
        if not self.is_alive():
            return False
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return False
        return True

    def wait_gone(self, seconds: float) -> bool:
        """Wait until it has ended; False if it has not in this time."""
        deadline = time.monotonic() + seconds
        while self.is_alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return True

    def end(self, grace_seconds: float) -> None:
        """SIGTERM, and SIGKILL for what is still there after the grace."""
        self.signal(signal.SIGTERM)
        if not self.wait_gone(grace_seconds):
            self.signal(signal.SIGKILL)
            self.wait_gone(grace_seconds)


def identify(pid: int) -> Process | None:
    """The process that has this pid now; None if there is none."""
    return _running(pid)


def children(pid: int) -> list[int]:
    """The pids of a process's children."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _running(pid: int) -> Process | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()  # the name before it may hold anything
    state, start = fields[0], int(fields[19])
    return None if state in "ZX" else Process(pid, start)
