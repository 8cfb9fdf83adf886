"""`auth whoami`: who the server takes us for."""

from __future__ import annotations

from typing import Any

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.global_flags import PRINTING
from pybernetes.pyctl.output.printer import object_printer
from pybernetes.pyctl.output.tables import align
from pybernetes.pyctl.session import Session

Json = dict[str, Any]


def run(session: Session) -> int:
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    answer = session.connection.json("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", body=review)
    printer = object_printer(session)
    if printer is not None:
        session.write(printer(answer).rstrip("\n"))
        return 0
    for line in align(rows((answer.get("status") or {}).get("userInfo") or {})):
        session.write(line)
    return 0


def rows(user: Json) -> list[list[str]]:
    """A line for each attribute of a user."""
    made = [["ATTRIBUTE", "VALUE"]]
    for title, field in (("Username", "username"), ("UID", "uid")):
        if user.get(field):
            made.append([title, user[field]])
    if user.get("groups"):
        made.append(["Groups", f"[{' '.join(user['groups'])}]"])
    for key, values in sorted((user.get("extra") or {}).items()):
        made.append([f"Extra: {key}", f"[{' '.join(values)}]"])
    return made


COMMAND = Command("auth whoami", "Check self subject attributes", run, PRINTING)
