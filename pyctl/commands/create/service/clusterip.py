"""`create service clusterip NAME`."""

from __future__ import annotations

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.service_ports import SERVICE_FLAGS, create_service
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    address = session.values.text("clusterip")
    return create_service(session, "ClusterIP", {"clusterIP": address} if address else None)


COMMAND = Command(
    "create service clusterip NAME [--tcp=<port>:<targetPort>]",
    "Create a ClusterIP service",
    run,
    (Flag("clusterip", help="Assign your own ClusterIP or 'None' for a headless service."), *SERVICE_FLAGS),
)
