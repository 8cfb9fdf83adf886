"""Running the machine's own tools, each with a time limit and its complaint in the error."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence

# These tools take milliseconds; iptables waits for its lock.
TIMEOUT_SECONDS = 20.0


class CommandError(RuntimeError):
    """A tool failed; the message has its command and what it said."""


def run(command: Sequence[str], text: str = "", *, check: bool = True) -> str:
    """Run a tool to its end; its output. Raises CommandError (unless `check` is off) and FileNotFoundError."""
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise CommandError(f"{shlex.join(command)} took more than {TIMEOUT_SECONDS:.0f} s") from error
    if check and done.returncode:
        raise CommandError(f"{shlex.join(command)}: {done.stderr.strip() or done.returncode}")
    return done.stdout


def succeeds(command: Sequence[str]) -> bool:
    """Whether a tool ends well."""
    return subprocess.run(command, capture_output=True, check=False, timeout=TIMEOUT_SECONDS).returncode == 0
