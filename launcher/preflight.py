"""What nodes need of a machine, looked at before anything is started; each lack in words that say what to do."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

from pybernetes.launcher.containerd_config import CNI_BIN_DIR
from pybernetes.launcher.supervisor import load_modules

# Program -> Debian's package that has it.
PROGRAMS = {
    "containerd": "containerd",
    "ctr": "containerd",
    "runc": "runc",
    "iptables": "iptables",
    "iptables-restore": "iptables",
    "conntrack": "conntrack",
    "ip": "iproute2",
    "unshare": "util-linux",
    "mount": "mount",
}
CNI_PLUGINS = ("bridge", "host-local", "loopback", "portmap")


def lacks(data_dir: Path) -> list[str]:
    """Why this machine cannot have nodes; empty if it can."""
    if os.geteuid() != 0:
        return ["nodes need root (run it with sudo); --control-plane-only does not"]
    missing = sorted({package for program, package in PROGRAMS.items() if shutil.which(program) is None})
    if not all((CNI_BIN_DIR / plugin).exists() for plugin in CNI_PLUGINS):
        missing.append("containernetworking-plugins")
    found = []
    if missing:
        found.append(f"not installed: {', '.join(missing)} (apt-get install {' '.join(missing)})")
    load_modules()
    filesystems = Path("/proc/filesystems").read_text().split()
    if "overlay" not in filesystems:
        found.append("the kernel has no overlayfs")
    elif _filesystem_of(data_dir) == "overlay":
        found.append(f"{data_dir} is on an overlayfs, which holds no other: choose a --data-dir on a real file system")
    mounted = {line.split()[2] for line in Path("/proc/self/mounts").read_text().splitlines()}
    if not mounted & {"cgroup", "cgroup2"}:
        found.append("no cgroups are mounted at /sys/fs/cgroup")
    return found


def _filesystem_of(path: Path) -> str:
    """The type of the file system that a path is, or would be, on."""
    while not path.exists():
        path = path.parent
    rows = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    real = path.resolve()
    above = [row for row in rows if real.is_relative_to(row[1])]
    return max(above, key=lambda row: len(row[1]))[2] if above else ""


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this port of all addresses."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
    return True
