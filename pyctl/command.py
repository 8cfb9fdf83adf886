"""What a command is: its words for the help, its flags, and the function that does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.session import Session


class Command(NamedTuple):
    """One command. `run` gives the exit code, or raises what `failures` can describe.

    `raw` commands get their arguments unread, because another program parses them.
    """

    usage: str
    summary: str
    run: Callable[[Session], int]
    flags: tuple[Flag, ...] = ()
    examples: str = ""
