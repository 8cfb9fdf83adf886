"""The clusters of this machine, as far as we may see: who has which slot, which port, which data directory.

    /run/pybernetes/<name>.json -> data directory -> its cluster.json

A cluster is listed from `up` to `down`, also when it has crashed in between. Without root, the list is the user's
own: such clusters have no networks that could meet. It goes with a reboot; data directories remember the rest.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pybernetes.launcher.plan import Plan, read_plan, write_json


def directory() -> Path:
    """Where the list is kept."""
    if os.geteuid() == 0:
        return Path("/run/pybernetes")
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return Path(runtime) / "pybernetes" if runtime and Path(runtime).is_dir() else _data_home() / ".run"


def default_data_dir(name: str) -> Path:
    return Path("/var/lib/pybernetes") / name if os.geteuid() == 0 else _data_home() / name


def default_cache_dir() -> Path:
    """Where all clusters keep images that were built and packages that were fetched."""
    if os.geteuid() == 0:
        return Path("/var/cache/pybernetes")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pybernetes"


def _data_home() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "pybernetes"


@contextmanager
def locked() -> Iterator[None]:
    """Nobody else changes the list meanwhile."""
    directory().mkdir(parents=True, exist_ok=True, mode=0o700)
    with (directory() / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def data_dir_of(name: str) -> Path | None:
    """The data directory of a listed cluster."""
    try:
        return Path(json.loads((directory() / f"{name}.json").read_text())["dataDir"])
    except FileNotFoundError:
        return None


def clusters() -> list[Plan]:
    """The listed clusters whose data directory is still there."""
    names = sorted(file.stem for file in directory().glob("*.json"))
    found = (read_plan(data_dir) for name in names if (data_dir := data_dir_of(name)) is not None)
    return [plan for plan in found if plan is not None]


def add(plan: Plan) -> None:
    write_json(directory() / f"{plan.name}.json", {"dataDir": plan.data_dir})


def remove(name: str) -> None:
    (directory() / f"{name}.json").unlink(missing_ok=True)
