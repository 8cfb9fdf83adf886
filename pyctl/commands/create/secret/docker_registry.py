"""`create secret docker-registry NAME`: what image pulls need to log in."""

from __future__ import annotations

import base64
import json

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.generating import CREATE_FLAGS, create_named, one_name
from pybernetes.pyctl.key_values import from_file
from pybernetes.pyctl.session import Session

DEFAULT_SERVER = "https://index.docker.io/v1/"


def run(session: Session) -> int:
    name = one_name(session, "create secret docker-registry")
    obj = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name},
        "type": "kubernetes.io/dockerconfigjson",
        "data": {".dockerconfigjson": base64.b64encode(_content(session)).decode()},
    }
    return create_named(session, obj, "secret")


def _content(session: Session) -> bytes:
    values = session.values
    if values.items("from-file"):
        return from_file(values.items("from-file")[0])[0][1]
    user, password = values.text("docker-username"), values.text("docker-password")
    missing = [f"docker-{part}" for part, value in (("username", user), ("password", password)) if not value]
    if missing:
        raise Failure(
            "either --from-file or the combination of --docker-username, --docker-password and --docker-server is "
            "required"
        )
    entry = {"username": user, "password": password}
    if values.text("docker-email"):
        entry["email"] = values.text("docker-email")
    entry["auth"] = base64.b64encode(f"{user}:{password}".encode()).decode()
    return json.dumps({"auths": {values.text("docker-server"): entry}}, separators=(",", ":")).encode()


COMMAND = Command(
    "create secret docker-registry NAME --docker-username=user --docker-password=password --docker-email=email",
    "Create a secret for use with a Docker registry",
    run,
    (
        Flag("docker-username", help="Username for Docker registry authentication"),
        Flag("docker-password", help="Password for Docker registry authentication"),
        Flag("docker-email", help="Email for Docker registry"),
        Flag("docker-server", default=DEFAULT_SERVER, help="Server location for Docker registry"),
        Flag("from-file", "slice", (), help="A Docker config file to take"),
        *CREATE_FLAGS,
    ),
)
