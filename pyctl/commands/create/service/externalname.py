"""`create service externalname NAME --external-name`."""

from __future__ import annotations

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.service_ports import SERVICE_FLAGS, create_service
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    name = session.values.text("external-name")
    if not name:
        raise Failure('required flag(s) "external-name" not set')
    return create_service(session, "ExternalName", {"externalName": name})


COMMAND = Command(
    "create service externalname NAME --external-name external.name",
    "Create an ExternalName service",
    run,
    (Flag("external-name", help="External name of service"), *SERVICE_FLAGS),
)
