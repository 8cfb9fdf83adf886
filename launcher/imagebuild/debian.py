"""Debian packages as raw material: fetched, unpacked, and asked which libraries a program needs.

    package names -> closure over their libraries -> .deb files in the cache -> one unpacked tree
    a program in the tree -> the tree's own loader lists its libraries -> those files alone go into the image

Nothing is installed and no maintainer script runs. Where the machine has no package lists
(a bare container), they are fetched into the cache and used from there.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pybernetes.launcher.imagebuild.layer import File, Tree

# Where a program looks for its loader; Debian's architecture names are OCI's.
LOADERS = {"amd64": "lib64/ld-linux-x86-64.so.2", "arm64": "lib/ld-linux-aarch64.so.1"}
# A mirror that does not answer must not hold a build for ever.
APT_TIMEOUT_SECONDS = 300
_URI = re.compile(r"'(?P<uri>[^']+)' (?P<name>\S+) (?P<size>\d+)")
_NEEDED = re.compile(r"^\s*(?P<soname>\S+) => (?P<path>/\S+) \(0x", re.MULTILINE)


class PackageError(RuntimeError):
    """A package tool failed; the message has its command and what it said."""


@dataclass(frozen=True, slots=True)
class Debian:
    """The package archive, seen through a cache directory (which is made as needed)."""

    cache_dir: Path

    def architecture(self) -> str:
        """Debian's name of this machine's architecture. Raises PackageError for one we have no loader for."""
        name = _output(["dpkg", "--print-architecture"]).strip()
        if name not in LOADERS:
            raise PackageError(f"images are built on {' and '.join(LOADERS)} only, not on {name}")
        return name

    def unpack(self, packages: Sequence[str], into: Path) -> dict[str, str]:
        """Unpack packages and the libraries they depend on; the .deb file taken for each.

        Dependencies that are not libraries (package managers, shells, documentation) are left out: an image
        gets a program and what the loader needs to run it, not an operating system.
        """
        options = self._options(packages)
        wanted = self._closure(packages, options)
        debs = self._fetch(wanted, options)
        for deb in debs.values():
            _output(["dpkg-deb", "-x", str(deb), str(into)])
        return {name: deb.name for name, deb in sorted(debs.items())}

    def _options(self, packages: Sequence[str]) -> list[str]:
        """The apt options under which the packages are known; fetches package lists if it must."""
        common = ["-o", "APT::Sandbox::User="]
        if _knows(packages, common):
            return common
        private = self.cache_dir / "apt"
        (private / "lists" / "partial").mkdir(parents=True, exist_ok=True)
        (private / "cache" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
        options = [
            *common,
            "-o",
            f"Dir::State::lists={private / 'lists'}",
            "-o",
            f"Dir::Cache={private / 'cache'}",
        ]
        if not _knows(packages, options):
            # Its exit code says whether every source answered; what matters is whether ours did.
            update = subprocess.run(
                ["apt-get", *options, "update"], capture_output=True, text=True, timeout=APT_TIMEOUT_SECONDS
            )
            if not _knows(packages, options):
                raise PackageError(f"apt does not know {' '.join(packages)}: {update.stderr.strip()}")
        return options

    def _closure(self, packages: Sequence[str], options: Sequence[str]) -> list[str]:
        without = ["recommends", "suggests", "conflicts", "breaks", "replaces", "enhances"]
        text = _output(
            ["apt-cache", *options, "depends", "--recurse", *(f"--no-{kind}" for kind in without), *packages]
        )
        names = {line for line in text.splitlines() if line and line[0].isalnum() and ":" not in line}
        return sorted({*packages, *(name for name in names if name.startswith(("lib", "zlib")))})

    def _fetch(self, names: Sequence[str], options: Sequence[str]) -> dict[str, Path]:
        """The .deb file of each package, fetched unless the cache has that version in full."""
        directory = self.cache_dir / "debs"
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as empty:  # apt lists only what the current directory lacks
            listing = _output(["apt-get", *options, "download", "--print-uris", *names], Path(empty))
        sizes = {match["name"].replace(":", "%3a"): int(match["size"]) for match in _URI.finditer(listing)}
        files = {name.partition("_")[0]: directory / name for name in sizes}
        missing = [
            package for package, path in files.items() if not path.exists() or path.stat().st_size != sizes[path.name]
        ]
        for package in missing:
            files[package].unlink(missing_ok=True)
        if missing:
            _output(["apt-get", *options, "-q", "download", *missing], directory)
        return files


def program(tree: Path, architecture: str, path: str) -> Tree:
    """A program of the unpacked tree with its loader and every library it needs, at their places."""
    loader = next(tree.glob(f"lib/*/{Path(LOADERS[architecture]).name}"))
    directories = [str(each) for each in (*tree.glob("lib/*-linux-*"), *tree.glob("usr/lib/*-linux-*"))]
    listed = _output(
        [str(loader), "--inhibit-cache", "--list", "--library-path", ":".join(directories), str(tree / path)]
    )
    files = {path: File(tree / path, 0o755), LOADERS[architecture]: File(loader.resolve(), 0o755)}
    for match in _NEEDED.finditer(listed):
        found = Path(match["path"])
        if found.name == loader.name:
            continue
        if not found.is_relative_to(tree):
            raise PackageError(f"{path} needs {match['soname']}, which is in none of its packages")
        files[str(found.relative_to(tree))] = File(found.resolve(), 0o755)
    return files


def _knows(packages: Sequence[str], options: Sequence[str]) -> bool:
    """Whether the package lists offer every package."""
    text = _output(["apt-cache", *options, "policy", *packages])
    return text.count("Candidate:") == len(packages) and "Candidate: (none)" not in text


def _output(command: Sequence[str], directory: Path | None = None) -> str:
    done = subprocess.run(
        command, cwd=directory, capture_output=True, text=True, timeout=APT_TIMEOUT_SECONDS, check=False
    )
    if done.returncode != 0:
        raise PackageError(f"{shlex.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout
