"""`create service nodeport NAME`."""

from __future__ import annotations

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.service_ports import SERVICE_FLAGS, create_service
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    return create_service(session, "NodePort")


COMMAND = Command(
    "create service nodeport NAME [--tcp=port:targetPort]",
    "Create a NodePort service",
    run,
    (Flag("node-port", "int", 0, help="Port used to expose the service on each node."), *SERVICE_FLAGS),
)
