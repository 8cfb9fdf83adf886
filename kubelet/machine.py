"""What this machine is and has: read from /proc, /sys and /etc. Counterpart: cAdvisor's machine info."""

from __future__ import annotations

import os
import platform
import socket
from dataclasses import dataclass
from pathlib import Path

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "ppc64le": "ppc64le", "s390x": "s390x"}


@dataclass(frozen=True, slots=True)
class Machine:
    """The facts that do not change while the machine runs."""

    cpus: int
    memory_bytes: int
    architecture: str
    kernel_version: str
    os_image: str
    machine_id: str
    system_uuid: str
    boot_id: str
    swap_bytes: int


def read_machine(root: Path = Path("/")) -> Machine:
    """Read everything; what a machine does not tell is empty."""
    memory = meminfo(root)
    return Machine(
        cpus=len(os.sched_getaffinity(0)),
        memory_bytes=memory["MemTotal"],
        architecture=_ARCHITECTURES.get(platform.machine(), platform.machine()),
        kernel_version=platform.release(),
        os_image=_os_image(root),
        machine_id=_text(root / "etc/machine-id") or _text(root / "var/lib/dbus/machine-id"),
        system_uuid=_text(root / "sys/class/dmi/id/product_uuid") or _text(root / "etc/machine-id"),
        boot_id=_text(root / "proc/sys/kernel/random/boot_id"),
        swap_bytes=memory.get("SwapTotal", 0),
    )


def meminfo(root: Path = Path("/")) -> dict[str, int]:
    """/proc/meminfo in bytes."""
    result = {}
    for line in (root / "proc/meminfo").read_text().splitlines():
        name, _, rest = line.partition(":")
        words = rest.split()
        result[name] = int(words[0]) * (1024 if len(words) > 1 else 1)
    return result


def _text(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""


def _os_image(root: Path) -> str:
    for line in _text(root / "etc/os-release").splitlines():
        name, _, value = line.partition("=")
        if name == "PRETTY_NAME":
            return value.strip('"')
    return platform.system()


@dataclass(frozen=True, slots=True)
class Disk:
    """A filesystem, in bytes and inodes."""

    capacity_bytes: int
    available_bytes: int
    inodes: int
    inodes_free: int

    @property
    def used_bytes(self) -> int:
        return self.capacity_bytes - self.available_bytes


def disk_of(path: Path) -> Disk:
    """The filesystem that a path, or the nearest directory above it that exists, is on."""
    while not path.exists():
        path = path.parent
    found = os.statvfs(path)
    return Disk(
        capacity_bytes=found.f_blocks * found.f_frsize,
        available_bytes=found.f_bavail * found.f_frsize,
        inodes=found.f_files,
        inodes_free=found.f_favail,
    )


def process_limits(root: Path = Path("/")) -> tuple[int, int]:
    """(most processes, processes now) of the whole machine."""
    most = int(_text(root / "proc/sys/kernel/pid_max") or 4_194_304)
    threads = int(_text(root / "proc/sys/kernel/threads-max") or most)
    running = _text(root / "proc/loadavg").split()[3].partition("/")[2]
    return min(most, threads), int(running)


def default_address() -> str:
    """The address that traffic to elsewhere leaves from; the loopback address where there is no way out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: it only has the kernel choose a route
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
