"""Which shims are stray, and that just those are ended."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pybernetes.launcher import stray_shims
from pybernetes.launcher.processes import Process
from pybernetes.launcher.stray_shims import YOUNG_SECONDS, Shim, end_strays, strays

OLD = YOUNG_SECONDS + 1


@pytest.mark.parametrize(
    ("age_seconds", "is_empty", "known", "is_stray"),
    [
        (OLD, True, (), True),
        (OLD, True, ("other",), True),
        (OLD, True, ("a",), False),
        (OLD, False, (), False),
        (YOUNG_SECONDS - 1, True, (), False),
    ],
)
def test_stray_is_what_is_empty_unknown_and_not_young(
    age_seconds: float, is_empty: bool, known: tuple[str, ...], is_stray: bool
) -> None:
    shim = Shim(Process(1, 1), "a", age_seconds, is_empty)
    assert strays([shim], known) == ([shim] if is_stray else [])


@contextmanager
def pretending(shim_id: str, program: str = "containerd-shim-runc-v2") -> Iterator[subprocess.Popen[bytes]]:
    """A process that looks like a shim, and is a child of ours."""
    process = subprocess.Popen(
        [program, "-c", "import time; time.sleep(60)", "-id", shim_id], executable=sys.executable
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_only_strays_are_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stray_shims, "YOUNG_SECONDS", -1.0)
    (tmp_path / "io.containerd.grpc.v1.cri" / "sandboxes" / "held").mkdir(parents=True)
    with pretending("held") as held, pretending("lost") as lost, pretending("lost", "sleeper") as other:
        assert [shim.id for shim in end_strays(os.getpid(), tmp_path)] == ["lost"]
        assert lost.wait(10) == -9
        assert held.poll() is None
        assert other.poll() is None
