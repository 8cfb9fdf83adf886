"""Files that are either whole or absent, also after a crash, and one writer at a time.

A file is written beside its place, flushed to the disk and renamed into it, so that a reader sees the old content
or the new, never a part. What belongs together (a key and its certificate) is written key first: whoever finds a
key without its certificate knows what was interrupted and can go on from there.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

SECRET_MODE = 0o600
PUBLIC_MODE = 0o644
DIRECTORY_MODE = 0o755


def write_file(path: Path, content: bytes, *, mode: int = SECRET_MODE) -> None:
    """Replace `path` by `content` atomically, with `mode` from the first byte on. Raises OSError."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            os.fchmod(stream.fileno(), mode)
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_file(path: Path) -> bytes | None:
    """The content, or None where there is no such file."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


@contextlib.contextmanager
def directory_lock(directory: Path) -> Iterator[None]:
    """Make `directory` if need be and keep other processes from writing into it at the same time."""
    directory.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
    descriptor = os.open(directory / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, SECRET_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)  # which gives the lock back
