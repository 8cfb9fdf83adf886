"""The JavaScript client from npm, unmodified: `javascript/walk.mjs` says what is asked of it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.clients.npm import npm_project

SOURCE = Path(__file__).parent / "javascript"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the JavaScript project with its packages."""
    return npm_project(SOURCE, tmp_path_factory.mktemp("javascript"))


def test_the_javascript_client(project: Path, kubeconfig: Path) -> None:
    done = subprocess.run(
        ["node", "walk.mjs"],
        cwd=project,
        env={**os.environ, "KUBECONFIG": str(kubeconfig)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["walked"]), done.stdout + done.stderr
