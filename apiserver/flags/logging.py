"""How much is logged, and in which form."""

from __future__ import annotations

from dataclasses import dataclass

from pybernetes.component.flag_set import flag


@dataclass(frozen=True)
class LogOptions:
    SECTION = "Logs"

    verbosity: int = flag(0, "how much to log; 4 shows all", name="v", short="v")
    logging_format: str = flag("text", "form of log lines: text or json")

    def __post_init__(self) -> None:
        """Raises ValueError."""
        if self.logging_format not in ("text", "json"):
            raise ValueError(f'format: Invalid value: "{self.logging_format}": Unsupported log format')
