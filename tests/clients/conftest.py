"""A control plane brought up by the command, for clients that know nothing of us."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.kubectl import Line, Script, kubectls

PYCTL = Path(sys.executable).parent / "pyctl"


@pytest.fixture(scope="session")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The kubeconfig of a control plane of its own, which is gone at the end."""
    directory = tmp_path_factory.mktemp("control-plane")
    place = ["--name", f"clients-{os.getpid()}", "--data-dir", str(directory / "data")]
    config = directory / "kubeconfig"
    subprocess.run(
        [str(PYCTL), "up", *place, "--control-plane-only", "--kubeconfig", str(config)],
        check=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    try:
        yield config
    finally:
        subprocess.run([str(PYCTL), "down", *place], check=True, timeout=60, stdin=subprocess.DEVNULL)


@pytest.fixture(params=kubectls(), ids=lambda path: path.name)
def script(
    request: pytest.FixtureRequest, kubeconfig: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Script]:
    """Each kubectl that is installed, in a namespace of its own."""
    home = tmp_path_factory.getbasetemp() / request.param.name
    home.mkdir(exist_ok=True)
    made = Script(request.param, home, tmp_path, kubeconfig)
    made.run(
        Line(f"create namespace {made.namespace}", "created"),
        Line(f"config set-context --current --namespace={made.namespace}", "modified"),
    )
    yield made
    made.run(Line(f"delete namespace {made.namespace} --wait=false", "deleted"))
