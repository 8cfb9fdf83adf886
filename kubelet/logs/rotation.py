"""Containers' logs that have grown too large: renamed, the runtime told to open a new file, older ones compressed.

    0.log → 0.log.20260102-150405 → 0.log.20260102-150405.gz → removed

A kill in between loses nothing: a renamed log that the runtime still writes to is reopened at the next look, since
the name is missing then. Counterpart: pkg/kubelet/logs/container_log_manager.go.
"""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pybernetes.kubelet.runtime.client import Runtime

TIMESTAMP = "%Y%m%d-%H%M%S"
_COMPRESSED, _TEMPORARY = ".gz", ".tmp"


def needs_rotation(log: Path, most_bytes: int) -> bool:
    """Too large, or gone: renamed by a kubelet that was killed before it could have it reopened."""
    try:
        return log.stat().st_size > most_bytes
    except FileNotFoundError:
        return log.parent.is_dir()


def surplus(rotated: Sequence[str], keep: int) -> tuple[list[str], list[str]]:
    """(to remove, to compress) of rotated files by name. The newest stays as it is: it may still be read. Pure."""
    ordered = sorted(name for name in rotated if not name.endswith(_TEMPORARY))
    stale = [name for name in rotated if name.endswith(_TEMPORARY)]
    cut = max(0, len(ordered) - keep)
    kept = ordered[cut:]
    return ordered[:cut] + stale, [name for name in kept[:-1] if not name.endswith(_COMPRESSED)]


async def rotate(runtime: Runtime, container_id: str, log: Path, most_files: int, now: datetime) -> None:
    """Rotate one log now. Raises OSError, RuntimeFailure; the log is in its place again then."""
    rotated = log.with_name(f"{log.name}.{now.strftime(TIMESTAMP)}")
    if log.exists():
        log.rename(rotated)
    try:
        await runtime.reopen_container_log(container_id)
    except BaseException:
        if rotated.exists() and not log.exists():
            rotated.rename(log)
        raise
    names = [each.name for each in log.parent.glob(f"{log.name}.*")]
    remove, compress = surplus(names, most_files - 1)
    for name in remove:
        log.with_name(name).unlink(missing_ok=True)
    for name in compress:
        _compress(log.with_name(name))


def _compress(file: Path) -> None:
    temporary = file.with_name(file.name + _TEMPORARY)
    with file.open("rb") as source, gzip.open(temporary, "wb") as target:
        shutil.copyfileobj(source, target)
    temporary.rename(file.with_name(file.name + _COMPRESSED))
    file.unlink()
