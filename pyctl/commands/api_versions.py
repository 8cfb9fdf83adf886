"""`api-versions`: every group and version that the server has."""

from __future__ import annotations

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    found = session.connection.json("GET", "/api").get("versions") or []
    for group in session.connection.json("GET", "/apis").get("groups") or ():
        found += [version["groupVersion"] for version in group["versions"]]
    for version in sorted(found):
        session.write(version)
    return 0


COMMAND = Command("api-versions", 'Print the supported API versions on the server, in the form of "group/version"', run)
