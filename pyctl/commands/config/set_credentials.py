"""`config set-credentials NAME`: change or add a user."""

from __future__ import annotations

import base64
from pathlib import Path

from pybernetes.pyctl import kubeconfig
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.kubeconfig_editing import content, one_argument, put
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    values = session.values
    name = one_argument(session, "set-credentials")
    if values.text("token") and values.text("username"):
        raise Failure("you cannot specify more than one authentication method at the same time: [--token --username]")
    user = kubeconfig.find(content(session), "users", name) or {}
    for flag in ("token", "username", "password"):
        if values.given(flag):
            user[flag] = values.text(flag)
    for flag in ("client-certificate", "client-key"):
        if values.given(flag):
            user.pop(flag, None)
            user.pop(f"{flag}-data", None)
            path = Path(values.text(flag))
            if values.on("embed-certs"):
                user[f"{flag}-data"] = base64.b64encode(path.read_bytes()).decode()
            else:
                user[flag] = str(path.absolute())
    put(session, "users", name, user)
    session.write(f'User "{name}" set.')
    return 0


COMMAND = Command(
    "config set-credentials NAME [--client-certificate=path] [--client-key=path] [--token=bearer_token]",
    "Set a user entry in kubeconfig",
    run,
    (
        Flag("embed-certs", "bool", False, help="Put the certificate and the key into the file"),
        Flag("username", help="User name for basic authentication"),
        Flag("password", help="Password for basic authentication"),
    ),
)
