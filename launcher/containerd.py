"""One node's containerd: its configuration, how it is started, and when it is ready.

    Settings -> config_toml (pure) -> a file -> containerd process -> `Containerd`, once CRI says RuntimeReady

Each node has a containerd of its own below one directory, so that several nodes stand on one machine and
removing a node is removing a directory:

    <directory>/config.toml  containerd.log
    <directory>/root/        images and snapshots (kept)
    <directory>/state/       running tasks (on a tmpfs if the directory is; lost at reboot, as it should)
    <directory>/containerd.sock
    <directory>/certs.d/     registries that need more than HTTPS to their own name: `write_registry`

Containers outlive their containerd: each has a shim process, which a new containerd with the same directory
finds again. `Containerd.stop` therefore leaves them; `kill_shims` ends what a node that is taken down for good
has left.

Why these settings. Plugins that a Kubernetes node does not use are off, so that start-up tries and logs nothing
about devmapper, zfs, btrfs and aufs. It makes it no faster: here (two cores, containerd 1.6.20) it takes CRI calls
35 to 100 ms after it is started, with all plugins 45 ms, and holds 39 MB either way. What is slow is asking too
seldom; hence READY_POLL_SECONDS. `io.containerd.runtime.v1.linux` must stay: without it 1.6 has no task service.
Configuration version 2 is read by 1.x and migrated on the fly by 2.x.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pybernetes.component.clock import SYSTEM_CLOCK, Clock
from pybernetes.kubelet.runtime.client import Runtime
from pybernetes.kubelet.runtime.errors import RuntimeFailure
from pybernetes.launcher.containerd_config import (
    CNI_BIN_DIR,
    PAUSE_IMAGE,
    UNUSED_PLUGINS,
    Settings,
    command_line,
    config_toml,
    oom_score_limited,
)

__all__ = [
    "CNI_BIN_DIR",
    "PAUSE_IMAGE",
    "UNUSED_PLUGINS",
    "Containerd",
    "Settings",
    "command_line",
    "config_toml",
    "hosts_toml",
    "kill_shims",
    "oom_score_limited",
    "shim_pids",
    "start_containerd",
    "write_registry",
]

# Ready takes 0.1 s; a machine busy with a hundred containers to re-read after a crash needs a few seconds.
READY_TIMEOUT_SECONDS = 30.0
READY_POLL_SECONDS = 0.01
STOP_TIMEOUT_SECONDS = 10.0


def hosts_toml(server: str, mirrors: Sequence[str] = (), skip_verify: bool = False) -> str:
    """How to reach one registry (containerd's hosts.toml). Pure.

    `server` is its own URL ("https://registry-1.docker.io", "http://10.0.0.5:5000" for plain HTTP), asked last;
    `mirrors` are URLs that are asked before it, in order. `skip_verify` believes any certificate.
    """
    text = json.dumps
    lines = [f"server = {text(server)}"]
    for url in [*mirrors, server]:
        lines += ["", f"[host.{text(url)}]", '  capabilities = ["pull", "resolve"]']
        if skip_verify:
            lines.append("  skip_verify = true")
    return "\n".join(lines) + "\n"


def write_registry(
    settings: Settings, name: str, server: str, mirrors: Sequence[str] = (), skip_verify: bool = False
) -> None:
    """Say how to reach the registry that image references call `name` ("docker.io", "10.0.0.5:5000").

    Read anew at every pull: containerd need not be restarted.
    """
    directory = settings.registry_config_dir / name
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "hosts.toml").write_text(hosts_toml(server, mirrors, skip_verify))


@dataclass(frozen=True, slots=True)
class Containerd:
    """A running containerd."""

    settings: Settings
    process: asyncio.subprocess.Process

    @property
    def address(self) -> str:
        """Where CRI answers."""
        return f"unix://{self.settings.socket}"

    async def stop(self) -> None:
        """End containerd, not its containers. SIGTERM, and SIGKILL after STOP_TIMEOUT_SECONDS. Idempotent."""
        if self.process.returncode is None:
            self.process.terminate()
            try:
                await asyncio.wait_for(self.process.wait(), STOP_TIMEOUT_SECONDS)
            except TimeoutError:
                self.process.kill()
                await self.process.wait()


async def start_containerd(settings: Settings, prefix: Sequence[str] = (), clock: Clock = SYSTEM_CLOCK) -> Containerd:
    """Write the configuration, start containerd, and return once it takes CRI calls.

    Raises RuntimeError with the end of its log if it exits or is not ready in READY_TIMEOUT_SECONDS; nothing
    is left running then. Raises FileNotFoundError if containerd is not installed.
    """
    for directory in (settings.directory, settings.cni_conf_dir, settings.registry_config_dir):
        directory.mkdir(parents=True, exist_ok=True)
    settings.config_file.write_text(config_toml(settings))
    with settings.log_file.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *command_line(settings, prefix), stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
        )
    containerd = Containerd(settings, process)
    try:
        await _wait_ready(containerd, clock)
    except BaseException:
        await containerd.stop()
        raise
    return containerd


async def _wait_ready(containerd: Containerd, clock: Clock) -> None:
    """Poll CRI's Status until RuntimeReady. (NetworkReady waits for the CNI configuration, not for us.)"""
    settings = containerd.settings
    deadline = clock.monotonic() + READY_TIMEOUT_SECONDS
    last = "its socket did not appear"
    # A channel made before the socket exists would wait out its reconnect pause; so wait for the file first.
    while not settings.socket.exists() and containerd.process.returncode is None:
        if clock.monotonic() > deadline:
            break
        await clock.sleep(READY_POLL_SECONDS)
    async with Runtime(containerd.address) as runtime:
        while containerd.process.returncode is None and clock.monotonic() < deadline:
            try:
                ready = (await runtime.status()).condition("RuntimeReady")
                if ready is not None and ready.status:
                    return
                last = f"RuntimeReady is false: {ready.message if ready else 'not reported'}"
            except RuntimeFailure as error:
                last = str(error)
            await clock.sleep(READY_POLL_SECONDS)
    code = containerd.process.returncode
    what = f"exited with {code}" if code is not None else f"was not ready in {READY_TIMEOUT_SECONDS:.0f} s ({last})"
    log = "\n".join(settings.log_file.read_text(errors="replace").splitlines()[-10:])
    raise RuntimeError(f"containerd ({settings.directory}) {what}; {settings.log_file} ends:\n{log}")


def shim_pids(settings: Settings) -> list[int]:
    """The shims of this containerd's containers, by its socket on their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
        if words[0].rpartition(b"/")[2].startswith(b"containerd-shim") and _is_told(words, settings.socket):
            found.append(int(entry.name))
    return found


def _is_told(words: Sequence[bytes], socket: Path) -> bool:
    """Whether a command line names this containerd's socket (`-address <socket>`)."""
    return any(flag == b"-address" and value == os.fsencode(socket) for flag, value in itertools.pairwise(words))


def kill_shims(settings: Settings) -> list[int]:
    """Kill every shim of this containerd, for a node that is taken down; their pids.

    Containers whose shim is gone are left to their cgroups (Cgroups.kill_pod), sandboxes' network namespaces and
    mounts to whoever owns the namespaces. Removing pods over CRI first leaves nothing to do here.
    """
    pids = shim_pids(settings)
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue  # it ended while we looked
    return pids
