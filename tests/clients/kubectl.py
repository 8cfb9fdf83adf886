"""Scripts for stock kubectls: lines of a command and what it must print, run one after the other in a namespace."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

_SECONDS = 30
_numbers = itertools.count()


class Line(NamedTuple):
    """A command, what it must print (a regular expression, found anywhere), its exit code and its input.

    In the command ``~`` stands for a space within a word, in both ``OURS`` for the namespace. `since` is the first
    minor version that knows the command.
    """

    command: str
    prints: str
    code: int = 0
    stdin: str = ""
    since: int = 0


def kubectls() -> list[Path]:
    """The kubectl on PATH, and those of other versions beside it (kubectl.1.27)."""
    found = shutil.which("kubectl")
    if found is None:
        return []
    beside = sorted(Path(found).resolve().parent.glob("kubectl.1.*"))
    return beside or [Path(found)]


class Script:
    """Commands of one kubectl in a namespace of its own, run in a directory of its own; `home` has its caches."""

    def __init__(self, binary: Path, home: Path, directory: Path, kubeconfig: Path):
        self._binary, self._directory = binary, directory
        own = directory / "kubeconfig"
        own.write_bytes(kubeconfig.read_bytes())
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(home), "KUBECONFIG": str(own)}
        self.namespace = f"{binary.name.replace('.', '-')}-{next(_numbers)}"

    def minor_version(self) -> int:
        """28 of 1.28."""
        command = [str(self._binary), "version", "--client", "--output", "json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=True)
        return int(json.loads(done.stdout)["clientVersion"]["minor"].rstrip("+"))

    def file(self, name: str, text: str) -> None:
        """A file for commands to read; they find it by its name."""
        path = self._directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def editor(self, *expressions: str) -> None:
        """What the commands that call an editor do to the text: expressions of sed."""
        path = self._directory / "editor"
        path.write_text("#!/bin/sh\nsed -i " + " ".join(f"-e '{one}'" for one in expressions) + ' "$1"\n')
        path.chmod(0o755)
        self.environment["KUBE_EDITOR"] = str(path)

    def run(self, *lines: Line) -> None:
        version = self.minor_version() if any(line.since for line in lines) else 0
        for line in lines:
            if version >= line.since:
                self.said(line)

    def said(self, line: Line) -> str:
        """What one line prints, which is checked as well."""
        done = subprocess.run(
            self.command(line.command),
            input=line.stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.environment,
            cwd=self._directory,
            timeout=_SECONDS,
            check=False,
        )
        said = f"kubectl {line.command}: exit code {done.returncode}\n{done.stdout}"
        assert done.returncode == line.code, said
        expected = line.prints.replace("OURS", self.namespace)
        assert re.search(expected, done.stdout, re.MULTILINE), f"{said}\nexpected: {expected}"
        return done.stdout

    def start(self, command: str) -> subprocess.Popen[str]:
        """A command that goes on; whoever starts it ends it."""
        return subprocess.Popen(
            self.command(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.environment,
            cwd=self._directory,
        )

    def command(self, command: str) -> list[str]:
        words = command.replace("OURS", self.namespace).split()
        return [str(self._binary), *(word.replace("~", " ") for word in words)]
