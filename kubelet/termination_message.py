"""What a container left to say when it ended: the file it wrote, or the end of its log.

Counterpart: getTerminationMessage, with its limits.
"""

from __future__ import annotations

from pathlib import Path

from pybernetes.kubelet.logs.cri_format import last_lines
from pybernetes.kubelet.pod_spec import DEFAULT_TERMINATION_MESSAGE_PATH
from pybernetes.kubelet.runtime.labels import Remembered
from pybernetes.kubelet.runtime.types import ContainerStatus

MESSAGE_BYTES = 4096
LOG_BYTES, LOG_LINES = 2048, 80
FALLBACK = "FallbackToLogsOnError"


def termination_message(status: ContainerStatus, remembered: Remembered) -> str:
    """The message of a container that has ended; the runtime's own when there is no other."""
    if status.finished_at_ns == 0 and not status.message:
        return ""
    text = _from_file(status, remembered)
    failed = status.exit_code != 0
    if not text and failed and remembered.termination_message_policy == FALLBACK and status.log_path:
        text = last_lines(Path(status.log_path), LOG_LINES, LOG_BYTES)
    if not text:
        return status.message
    if not status.message:
        return text
    return f"{status.message}: {text}"


def _from_file(status: ContainerStatus, remembered: Remembered) -> str:
    path = remembered.termination_message_path or DEFAULT_TERMINATION_MESSAGE_PATH
    for mount in status.mounts:
        if mount.container_path == path:
            return _read(Path(mount.host_path))
    return ""


def _read(file: Path) -> str:
    """The file's last bytes: a message is longer at its beginning than one wants to read."""
    try:
        with file.open("rb") as handle:
            size = handle.seek(0, 2)
            handle.seek(max(0, size - MESSAGE_BYTES))
            return handle.read(MESSAGE_BYTES).decode(errors="replace")
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"Error on reading termination log {file}: {error.strerror}"
