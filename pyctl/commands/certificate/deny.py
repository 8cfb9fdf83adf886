"""`certificate deny`: the request is denied, for good."""

from __future__ import annotations

from pybernetes.pyctl.approving import FLAGS, decide_on_each
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    return decide_on_each(session, "Denied", "denied", "deny")


COMMAND = Command("certificate deny (-f FILENAME | NAME)", "Deny a certificate signing request", run, FLAGS)
