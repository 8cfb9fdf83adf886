"""The few flags of `up` and `down`: ``--name value``, ``--name=value``, ``--switch``. argparse takes 10 ms to load."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class Arguments:
    """What a command line says. Raises ValueError for flags that are unknown or lack their value."""

    def __init__(self, argv: Sequence[str], *, values: Sequence[str], switches: Sequence[str]):
        self._values: dict[str, str] = {}
        self._switches: set[str] = set()
        rest = ["--help" if word == "-h" else word for word in argv]
        while rest:
            word = rest.pop(0)
            name, equals, value = word.removeprefix("--").partition("=")
            if not word.startswith("--") or name not in (*values, *switches):
                raise ValueError(f"unknown argument {word!r}: --help lists what there is")
            if name in switches:
                if equals and value not in ("true", "false"):
                    raise ValueError(f"--{name}={value}: is neither true nor false")
                if value != "false":
                    self._switches.add(name)
            elif equals:
                self._values[name] = value
            elif rest:
                self._values[name] = rest.pop(0)
            else:
                raise ValueError(f"--{name} needs a value")

    def on(self, name: str) -> bool:
        return name in self._switches

    def text(self, name: str) -> str | None:
        return self._values.get(name)

    def path(self, name: str) -> Path | None:
        return Path(self._values[name]).expanduser() if self._values.get(name) else None

    def number(self, name: str) -> int | None:
        """Raises ValueError."""
        text = self._values.get(name)
        if text is None:
            return None
        if not text.isdigit():
            raise ValueError(f"--{name} {text}: is not a number")
        return int(text)
