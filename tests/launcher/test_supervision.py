"""The supervisor, as a real process with real children."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pybernetes.launcher.processes import Process, children, identify
from pybernetes.launcher.supervisor import read_processes, write_processes

# Supervises what is given as JSON on its command line, and writes down who runs.
SCRIPT = """
import json, sys
from pathlib import Path
from pybernetes.launcher.supervision import Program, Supervisor
from pybernetes.launcher.supervisor import read_processes, write_processes
directory = Path(sys.argv[1])
supervisor = Supervisor(lambda processes: write_processes(directory, processes))
before = read_processes(directory)
for name, argv, once, grace in json.loads(sys.argv[2]):
    supervisor.add(Program(name, argv, directory / f"{name}.log", once=once, grace_seconds=grace), before.get(name))
supervisor.run()
"""
SLEEP = ["sleep", "1000"]


def until(ask: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not ask():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Supervised:
    def __init__(self, directory: Path):
        self.directory = directory
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, *programs: tuple[str, list[str], bool, float]) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", SCRIPT, str(self.directory), json.dumps(programs)]
        self.started.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
        return self.started[-1]

    @property
    def running(self) -> dict[str, Process]:
        return read_processes(self.directory)


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    found = Supervised(tmp_path)
    yield found
    for process in found.started:
        process.kill()
        process.wait()
    for left in found.running.values():
        left.signal(signal.SIGKILL)


def test_what_dies_is_started_again_and_all_ends_with_it(supervised: Supervised) -> None:
    supervisor = supervised.start(("a", SLEEP, False, 5), ("b", SLEEP, False, 5))
    until(lambda: len(supervised.running) == 2)
    before = supervised.running
    os.kill(before["a"].pid, signal.SIGKILL)
    until(lambda: supervised.running.get("a", before["a"]) != before["a"])
    after = supervised.running
    assert after["b"] == before["b"]
    supervisor.terminate()
    assert supervisor.wait(10) == 0
    assert not any(process.is_alive() for process in (*before.values(), *after.values()))
    assert supervised.running == {}


def test_a_job_is_done_once_it_ends_well(supervised: Supervised, tmp_path: Path) -> None:
    count = tmp_path / "count"
    script = f"echo x >> {count}; test $(wc -l < {count}) -ge 3"
    supervisor = supervised.start(("job", ["sh", "-c", script], True, 5), ("other", SLEEP, False, 5))
    until(lambda: count.exists() and count.read_text() == "x\nx\nx\n" and set(supervised.running) == {"other"})
    supervisor.terminate()
    assert supervisor.wait(10) == 0
    assert count.read_text() == "x\nx\nx\n"


def test_what_does_not_end_is_killed_after_its_grace(supervised: Supervised) -> None:
    deaf = ["sh", "-c", "trap '' TERM; while true; do sleep 0.1; done"]
    supervisor = supervised.start(("deaf", deaf, False, 0.5))
    until(lambda: "deaf" in supervised.running)
    process = supervised.running["deaf"]
    time.sleep(0.2)  # the shell sets its trap
    supervisor.terminate()
    assert supervisor.wait(10) == 0
    assert not process.is_alive()


def test_a_new_supervisor_takes_over_what_still_runs(supervised: Supervised) -> None:
    first = supervised.start(("a", SLEEP, False, 5))
    until(lambda: "a" in supervised.running)
    before = supervised.running["a"]
    first.kill()
    first.wait()
    second = supervised.start(("a", SLEEP, False, 5), ("b", SLEEP, False, 5))
    until(lambda: "b" in supervised.running)
    assert supervised.running["a"] == before
    os.kill(before.pid, signal.SIGKILL)
    until(lambda: supervised.running.get("a", before) != before)
    second.terminate()
    assert second.wait(10) == 0
    assert supervised.running == {}


def test_a_program_that_is_not_there_does_not_stop_the_others(supervised: Supervised) -> None:
    supervisor = supervised.start(("missing", ["/no/such/program"], False, 5), ("b", SLEEP, False, 5))
    until(lambda: set(supervised.running) == {"b"})
    supervisor.terminate()
    assert supervisor.wait(10) == 0


def test_children_get_signals_as_usual(supervised: Supervised, tmp_path: Path) -> None:
    supervisor = supervised.start(("a", SLEEP, False, 5))
    until(lambda: "a" in supervised.running)
    status = Path(f"/proc/{supervised.running['a'].pid}/status").read_text()
    blocked = next(line for line in status.splitlines() if line.startswith("SigBlk:"))
    assert int(blocked.split()[1], 16) == 0
    supervisor.terminate()
    supervisor.wait(10)


def test_a_pid_that_is_another_s_now_is_not_taken_for_ours(tmp_path: Path) -> None:
    own = identify(os.getpid())
    assert own is not None
    assert own.is_alive()
    other = Process(own.pid, own.start - 1)
    assert not other.is_alive()
    assert not other.signal(signal.SIGKILL)
    write_processes(tmp_path, {"own": own, "other": other})
    assert read_processes(tmp_path) == {"own": own, "other": other}


def test_a_zombie_has_ended() -> None:
    process = subprocess.Popen(["true"])
    try:
        until(lambda: identify(process.pid) is None)
        assert process.pid in children(os.getpid())
    finally:
        process.wait()
