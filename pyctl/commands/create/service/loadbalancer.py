"""`create service loadbalancer NAME`."""

from __future__ import annotations

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.service_ports import SERVICE_FLAGS, create_service
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    return create_service(session, "LoadBalancer")


COMMAND = Command(
    "create service loadbalancer NAME [--tcp=port:targetPort]", "Create a LoadBalancer service", run, SERVICE_FLAGS
)
