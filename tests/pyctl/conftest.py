"""A real API server on SQLite for the whole run, and `pyctl` as a process of its own against it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

START_SECONDS = 30
PYCTL = (sys.executable, "-m", "pybernetes.pyctl")


class Result(NamedTuple):
    """What a call of the command line gave."""

    code: int
    out: str
    err: str


def call(
    command: tuple[str, ...], kubeconfig: Path, *arguments: str, stdin: str = "", cwd: Path | None = None
) -> Result:
    environment = {**os.environ, "KUBECONFIG": str(kubeconfig), "HOME": str(kubeconfig.parent)}
    done = subprocess.run(
        [*command, *arguments], env=environment, input=stdin, capture_output=True, text=True, timeout=60, cwd=cwd
    )
    return Result(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The kubeconfig of a server that lives as long as the tests."""
    folder = tmp_path_factory.mktemp("pyctl-server")
    path = folder / "kubeconfig"
    log = (folder / "log").open("wb")
    arguments = ["--data-dir", str(folder / "data"), "--secure-port", "0", "--kubeconfig-out", str(path)]
    server = subprocess.Popen([sys.executable, "-m", "pybernetes.apiserver", *arguments], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not path.exists() or call(PYCTL, path, "get", "--raw", "/readyz").code:
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"the API server did not start: {(folder / 'log').read_text()}")
            time.sleep(0.05)
        call(PYCTL, path, "create", "serviceaccount", "default")
        yield path
    finally:
        server.terminate()
        server.wait(START_SECONDS)
        log.close()


@pytest.fixture
def namespace(kubeconfig: Path, request: pytest.FixtureRequest) -> str:
    """A namespace of this test's own, with the service account that pods need."""
    name = f"t{abs(hash(request.node.nodeid)) % 10**9}"
    assert call(PYCTL, kubeconfig, "create", "namespace", name).code == 0
    assert call(PYCTL, kubeconfig, "-n", name, "create", "serviceaccount", "default").code == 0
    return name


@pytest.fixture
def pyctl(kubeconfig: Path, namespace: str, tmp_path: Path) -> Callable[..., Result]:
    """Call pyctl in the test's namespace and folder."""

    def run(*arguments: str, stdin: str = "") -> Result:
        return call(PYCTL, kubeconfig, "-n", namespace, *arguments, stdin=stdin, cwd=tmp_path)

    return run
