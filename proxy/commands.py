"""Running a program of the machine: text in, text out, bounded in time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program ended. 127 stands for one that is not installed, 124 for one that took too long."""

    code: int
    output: str
    errors: str

    @property
    def missing(self) -> bool:
        return self.code == 127


class Commands:
    """Runs programs, each behind `prefix` (``ip netns exec NAME``, for a node that is a network namespace)."""

    def __init__(self, prefix: tuple[str, ...] = (), *, timeout_seconds: float = 60.0):
        self._prefix = prefix
        self._timeout_seconds = timeout_seconds

    async def run(self, *arguments: str, text: str | None = None) -> Outcome:
        """Run to the end. Never raises for what the program does; killed when it takes too long or we are cancelled."""
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *self._prefix,
                *arguments,
                stdin=asyncio.subprocess.DEVNULL if text is None else pipe,
                stdout=pipe,
                stderr=pipe,
            )
        except FileNotFoundError:
            return Outcome(127, "", f"{arguments[0]}: not installed")
        try:
            async with asyncio.timeout(self._timeout_seconds):
                output, errors = await process.communicate(None if text is None else text.encode())
        except TimeoutError:
            return Outcome(124, "", f"{arguments[0]}: took longer than {self._timeout_seconds:.0f} seconds")
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return Outcome(process.returncode or 0, output.decode(errors="replace"), errors.decode(errors="replace"))
