"""`certificate approve`: the request is approved, for good."""

from __future__ import annotations

from pybernetes.pyctl.approving import FLAGS, decide_on_each
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    return decide_on_each(session, "Approved", "approved", "approve")


COMMAND = Command("certificate approve (-f FILENAME | NAME)", "Approve a certificate signing request", run, FLAGS)
