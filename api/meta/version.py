"""Which server this is. The shape on the wire."""

from __future__ import annotations

from typing import Required

from typing_extensions import TypedDict


class Info(TypedDict, total=False):
    """The version of a server."""

    buildDate: Required[str]
    "When it was built."
    compiler: Required[str]
    "What it was compiled with."
    emulationMajor: str
    "The first number of the version that it behaves like."
    emulationMinor: str
    "The second number of the version that it behaves like."
    gitCommit: Required[str]
    "The commit that it was built from."
    gitTreeState: Required[str]
    "Whether anything was changed after that commit."
    gitVersion: Required[str]
    "The whole version."
    goVersion: Required[str]
    "The version of the language that runs it."
    major: Required[str]
    "The first number of its version."
    minCompatibilityMajor: str
    "The first number of the oldest version that it works together with."
    minCompatibilityMinor: str
    "The second number of the oldest version that it works together with."
    minor: Required[str]
    "The second number of its version."
    platform: Required[str]
    "The operating system and the machine."
