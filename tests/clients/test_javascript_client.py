"""The JavaScript client from npm, unmodified: `javascript/walk.mjs` says what is asked of it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent / "javascript"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the JavaScript project with its packages."""
    missing = [program for program in ("node", "npm") if shutil.which(program) is None]
    assert not missing, f"this test needs {' and '.join(missing)}: hack/system-packages tests"
    directory = tmp_path_factory.mktemp("javascript")
    shutil.copytree(SOURCE, directory, dirs_exist_ok=True)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    subprocess.run(command, cwd=directory, check=True, timeout=110, stdin=subprocess.DEVNULL)
    return directory


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
