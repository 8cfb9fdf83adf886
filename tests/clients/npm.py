"""What the npm registry has of clients."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path


def npm_project(source: Path, directory: Path) -> Path:
    """A copy of a project in `directory`, with the packages that its lock file names. None of their scripts has run."""
    missing = [program for program in ("node", "npm") if shutil.which(program) is None]
    assert not missing, f"this test needs {' and '.join(missing)}: hack/system-packages tests"
    shutil.copytree(source, directory, dirs_exist_ok=True)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    subprocess.run(command, cwd=directory, check=True, timeout=110, stdin=subprocess.DEVNULL)
    return directory
