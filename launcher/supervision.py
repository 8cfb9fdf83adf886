"""Keeping a few processes running, in as little memory as Python allows (10 MB): no asyncio, no subprocess module.

    start all -> wait for a signal -> SIGCHLD: reap, note when to start again -> ... -> SIGTERM: end all, last first

Signals are blocked and waited for, so none is lost and nothing runs inside a handler. A child that ends is started
again after FIRST_PAUSE_SECONDS, twice as long each time it does not last; a job (`once`) is started again only if it
fails. A child that was adopted, because the supervisor before this one was killed, is nobody's child of ours: whether
it lives is looked at every second.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pybernetes.launcher.processes import Process, identify

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 30.0
# One that ran this long was well: its next end counts as the first.
WELL_AFTER_SECONDS = 20.0
LOOK_SECONDS = 1.0
WANTED_POLL_SECONDS = 0.02
CHORE_SECONDS = 10.0
# A log is put aside at this size when its process starts: two files a process, at most twice that.
LOG_BYTES = 16 << 20
_SIGNALS = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, once `wanted` says that what it needs is there (asked every WANTED_POLL_SECONDS).

    `before_start` is called just before; `after_start` gets the new pid before anything else is started. `end` tells
    it to end instead of a SIGTERM to it; `grace_seconds` later it is killed.
    """

    name: str
    argv: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    once: bool = False
    grace_seconds: float = 10.0
    wanted: Callable[[], bool] | None = None
    before_start: Callable[[], None] | None = None
    after_start: Callable[[int], None] | None = None
    end: Callable[[Process], None] | None = None


@dataclass(slots=True)
class _Running:
    program: Program
    process: Process | None = None
    started: float = 0.0
    pause_seconds: float = FIRST_PAUSE_SECONDS
    due: float | None = None  # when to start it; None: it runs, or is done


class Supervisor:
    """Runs programs until told to stop. `changed` hears of every start and end: {name: process}.

    `chore` is what else there is to do, every CHORE_SECONDS.
    """

    def __init__(
        self,
        changed: Callable[[Mapping[str, Process]], None] | None = None,
        chore: Callable[[], object] | None = None,
    ):
        self._changed = changed or (lambda processes: None)
        self._chore = chore
        self._chore_due = time.monotonic() + CHORE_SECONDS
        self._children: list[_Running] = []
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)

    def add(self, program: Program, adopted: Process | None = None) -> None:
        """Have a program run from now on; `adopted` is one that runs already."""
        child = _Running(program, adopted, time.monotonic())
        child.due = None if adopted is not None else child.started
        self._children.append(child)

    def run(self) -> None:
        """Keep everything running until SIGTERM or SIGINT, then end all of it."""
        try:
            while not self._stopped():
                self._reap()
                self._start_due()
                self._do_chore()
        finally:
            self.end_all()

    def _stopped(self) -> bool:
        """Wait for a signal, or for the time of the next start; whether we are to stop."""
        due = [child.due for child in self._children if child.due is not None]
        seconds = min([LOOK_SECONDS, *(moment - time.monotonic() for moment in due)])
        received = signal.sigtimedwait(_SIGNALS, max(seconds, 0.0))
        return received is not None and received.si_signo in (signal.SIGTERM, signal.SIGINT)

    def _reap(self) -> None:
        """Take note of what has ended; also orphans, which come to us when we are pid 1."""
        ended = reap()
        for child in self._children:
            if child.process is None:
                continue
            if child.process.pid in ended:
                self._ended(child, ended[child.process.pid])
            elif not child.process.is_alive() and identify(child.process.pid) != child.process:
                self._ended(child, -1)

    def _ended(self, child: _Running, code: int) -> None:
        now = time.monotonic()
        child.process = None
        if child.program.once and code == 0:
            self._changed(self.processes())
            return
        if now - child.started > WELL_AFTER_SECONDS:
            child.pause_seconds = FIRST_PAUSE_SECONDS
        tell(f"{child.program.name} ended with {code}; again in {child.pause_seconds:.1f} s")
        child.due = now + child.pause_seconds
        child.pause_seconds = min(2 * child.pause_seconds, LONGEST_PAUSE_SECONDS)
        self._changed(self.processes())

    def _start_due(self) -> None:
        for child in self._children:
            now = time.monotonic()
            if child.due is None or child.due > now:
                continue
            if child.program.wanted is not None and not child.program.wanted():
                child.due = now + WANTED_POLL_SECONDS
                continue
            child.due = None
            self._start(child)

    def _do_chore(self) -> None:
        now = time.monotonic()
        if self._chore is None or now < self._chore_due:
            return
        self._chore_due = now + CHORE_SECONDS
        try:
            self._chore()
        except OSError as error:
            tell(f"cannot tidy up: {error}")

    def _start(self, child: _Running) -> None:
        program = child.program
        child.started = time.monotonic()
        try:
            if program.before_start is not None:
                program.before_start()
            pid = spawn(program)
        except OSError as error:
            tell(f"{program.name} cannot be started: {error}")
            self._ended(child, -1)
            return
        child.process = identify(pid) or Process(pid, 0)
        self._changed(self.processes())
        if program.after_start is not None:
            try:
                program.after_start(pid)
            except (OSError, RuntimeError) as error:
                tell(f"{program.name}: {error}")
                os.kill(pid, signal.SIGKILL)

    def processes(self) -> dict[str, Process]:
        return {child.program.name: child.process for child in self._children if child.process is not None}

    def end_all(self) -> None:
        """End everything, the last started first; each has its own grace, all at the same time."""
        running = [child for child in reversed(self._children) if child.process is not None]
        for child in running:
            assert child.process is not None
            if child.program.end is not None:
                child.program.end(child.process)
            else:
                child.process.signal(signal.SIGTERM)
        begun = time.monotonic()
        for child in running:
            assert child.process is not None
            while child.process.is_alive():
                if time.monotonic() - begun > child.program.grace_seconds:
                    child.process.signal(signal.SIGKILL)
                signal.sigtimedwait((signal.SIGCHLD,), 0.05)
                reap()
            child.process = None
        self._changed({})


def reap() -> dict[int, int]:
    """Exit codes of all children that have ended, ours or inherited, by pid."""
    ended: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        ended[pid] = os.waitstatus_to_exitcode(status)


def spawn(program: Program) -> int:
    """Start a program in a process group of its own, its output appended to its log; the pid. Raises OSError."""
    program.log.parent.mkdir(parents=True, exist_ok=True)
    if program.log.exists() and program.log.stat().st_size > LOG_BYTES:
        program.log.replace(program.log.with_suffix(".log.old"))
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(program.log), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    return os.posix_spawnp(
        program.argv[0],
        list(program.argv),
        {**os.environ, **program.environment},
        file_actions=actions,
        setpgroup=0,
        setsigmask=[],
        setsigdef=[signal.SIGPIPE, *_SIGNALS],
    )


def tell(text: str) -> None:
    """A line in our own log."""
    print(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), text, file=sys.stderr, flush=True)


def listens(address: str, port: int) -> bool:
    """Whether something takes connections there."""
    try:
        socket.create_connection((address, port), timeout=1.0).close()
    except OSError:
        return False
    return True
