"""Syncing through the kernel: it ends, it tells what went wrong, and it is refused where it is not to be had."""

from __future__ import annotations

import asyncio
import os
import platform
from pathlib import Path

import pytest

from pybernetes.apiserver.storage.kernel_sync import KernelSync


async def synced(sync: KernelSync) -> OSError | None:
    ended: asyncio.Future[OSError | None] = asyncio.get_running_loop().create_future()
    sync.start(ended.set_result)
    return await asyncio.wait_for(ended, 10)


async def test_syncs_one_after_the_other(tmp_path: Path) -> None:
    file = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    sync = KernelSync(file)
    for content in (b"one", b"two"):
        os.write(file, content)
        assert await synced(sync) is None
    sync.close()
    os.close(file)


async def test_what_cannot_be_synced_is_refused(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    with pytest.raises(OSError, match="Invalid argument"):
        KernelSync(writer)
    os.close(reader)
    os.close(writer)


async def test_an_error_is_told(tmp_path: Path) -> None:
    """A descriptor that is used for something else meanwhile: the kernel looks at it anew for each sync."""
    file = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    sync = KernelSync(file)
    os.close(file)
    with pytest.raises(OSError, match="Bad file descriptor"):
        sync.start(lambda error: None)
    sync.close()


async def test_an_unknown_machine_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "pdp11")
    with pytest.raises(OSError, match="no asynchronous sync"):
        KernelSync(0)
