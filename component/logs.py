"""Structured log lines on standard error.

A line is a time, a level, where it comes from, a message and its facts: ``I1120 10:00:00.000000 pybernetes.x] "…"
key="ns/name"``, the form that Kubernetes' components write, or one JSON object a line. Facts are given with
``extra={...}``; a message itself never has values formatted into it, so lines can be counted and searched.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    return {key: value for key, value in vars(record).items() if key not in _STANDARD}


class TextFormatter(logging.Formatter):
    """The form of klog's structured lines."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        message = json.dumps(record.getMessage(), ensure_ascii=False)
        facts = "".join(f" {key}={json.dumps(value, default=str)}" for key, value in _facts(record).items())
        line = f"{record.levelname[0]}{moment:%m%d %H:%M:%S.%f} {record.name}] {message}{facts}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JSONFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "ts": moment.isoformat(timespec="microseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "msg": record.getMessage(),
            **_facts(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def configure(*, verbosity: int = 0, form: str = "text") -> None:
    """Send log lines to standard error. `form` is "text" or "json"; `verbosity` 4 and more shows debug lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JSONFormatter() if form == "json" else TextFormatter())
    logging.basicConfig(level=logging.DEBUG if verbosity >= 4 else logging.INFO, handlers=[handler], force=True)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
