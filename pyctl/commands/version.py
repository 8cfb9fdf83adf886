"""`version`: ours, and the server's."""

from __future__ import annotations

import sys
from typing import Any

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import OUTPUT
from pybernetes.pyctl.session import Session

Json = dict[str, Any]
KUBERNETES = "v1.36.0"
OURS = f"{KUBERNETES}+pybernetes"


def client_version() -> Json:
    """Ours, in the server's form."""
    return {
        "major": "1",
        "minor": "36",
        "gitVersion": OURS,
        "platform": f"{sys.platform}/python{sys.version_info.major}.{sys.version_info.minor}",
    }


def run(session: Session) -> int:
    values = session.values
    if values.text("output") not in ("", "yaml", "json"):
        raise Failure("--output must be 'yaml' or 'json'")
    client, server = client_version(), None
    failed: Failure | None = None
    if not values.on("client"):
        try:
            server = session.connection.json("GET", "/version")
        except Failure as error:
            failed = error
    if values.text("output"):
        _write_document(session, {"clientVersion": client, **({"serverVersion": server} if server else {})})
    else:
        session.write(f"Client Version: {client['gitVersion']}")
        if server:
            session.write(f"Server Version: {server['gitVersion']}")
    if failed is not None:
        raise failed
    return 0


def _write_document(session: Session, document: Json) -> None:
    if session.values.text("output") == "json":
        from pybernetes.pyctl.output.json_text import pretty

        session.write(pretty(document).replace("    ", "  "))
    else:
        from pybernetes.pyctl.output.yaml_text import document as yaml_document

        session.write(yaml_document(document).rstrip("\n"))


COMMAND = Command(
    "version [--client] [-o yaml|json]",
    "Print the client and server version information",
    run,
    (OUTPUT, Flag("client", "bool", False, help="If true, shows client version only (no server required).")),
)
