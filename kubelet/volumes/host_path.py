"""hostPath: a path of the node, after a check that it is what the pod expects."""

from __future__ import annotations

import stat
from pathlib import Path

from pybernetes.kubelet.volumes.payload import VolumeError
from pybernetes.kubelet.volumes.plugin import Context, Request, Volume


class HostPath:
    field = "hostPath"
    directory_name = "host-path"

    async def set_up(self, context: Context, request: Request) -> Volume:
        source = request.volume["hostPath"]
        path = Path(source["path"])
        check_type(path, source.get("type") or "")
        return Volume(path)


def check_type(path: Path, wanted: str) -> None:
    """Raises `VolumeError` when what is there is of another type; makes what "OrCreate" says to make."""
    match wanted:
        case "":
            return
        case "DirectoryOrCreate":
            path.mkdir(mode=0o755, parents=True, exist_ok=True)
            wanted = "Directory"
        case "FileOrCreate":
            if not path.exists():
                path.touch(mode=0o644)
            wanted = "File"
    tests = {
        "Directory": (stat.S_ISDIR, "directory"),
        "File": (stat.S_ISREG, "file"),
        "Socket": (stat.S_ISSOCK, "socket"),
        "CharDevice": (stat.S_ISCHR, "character device"),
        "BlockDevice": (stat.S_ISBLK, "block device"),
    }
    if wanted not in tests:
        raise VolumeError(f"{wanted} is an invalid volume type")
    matches, called = tests[wanted]
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        mode = 0
    if not matches(mode):
        raise VolumeError(f"hostPath type check failed: {path} is not a {called}")
