"""A watch in the background, read until it has said enough."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any


def watched_lines(pyctl: Callable[..., Any], watch: list[str], change: list[str], count: int) -> list[str]:
    """Start `watch`, make a change once the first lines are there, and give the first `count` lines."""
    defaults = {
        name: cell.cell_contents for name, cell in zip(pyctl.__code__.co_freevars, pyctl.__closure__, strict=True)
    }
    command = [sys.executable, "-m", "pybernetes.pyctl", "-n", defaults["namespace"], *watch]
    environment = {**os.environ, "KUBECONFIG": str(defaults["kubeconfig"])}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            lines = [process.stdout.readline() for _ in range(count - 1)]
            assert pyctl(*change).code == 0
            return [*lines, process.stdout.readline()]
        finally:
            process.terminate()
