"""`create token SERVICE_ACCOUNT`: a token of limited life, printed alone."""

from __future__ import annotations

from typing import Any

from pybernetes.api.errors import APIError
from pybernetes.api.resources import resource
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.generating import one_name
from pybernetes.pyctl.global_flags import PRINTING
from pybernetes.pyctl.output.printer import object_printer
from pybernetes.pyctl.session import Session

Json = dict[str, Any]


def run(session: Session) -> int:
    values = session.values
    name = one_name(session, "create token")
    spec: Json = {}
    if values.items("audience"):
        spec["audiences"] = values.items("audience")
    if values.seconds("duration"):
        spec["expirationSeconds"] = int(values.seconds("duration"))
    if values.text("bound-object-kind"):
        spec["boundObjectRef"] = {
            "kind": values.text("bound-object-kind"),
            "apiVersion": "v1",
            "name": values.text("bound-object-name"),
            **({"uid": values.text("bound-object-uid")} if values.text("bound-object-uid") else {}),
        }
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
    path = resource("serviceaccounts").path(session.namespace, name, "token")
    try:
        answer = session.connection.json("POST", path, body=request)
    except APIError as error:
        if error.reason == "NotFound":
            raise Failure(f"failed to create token: {error.message}") from error
        raise
    printer = object_printer(session)
    if printer is not None:
        session.write(printer(answer).rstrip("\n"))
        return 0
    token = (answer.get("status") or {}).get("token")
    if not token:
        raise Failure("failed to create token: no token in server response")
    session.write(token)
    return 0


COMMAND = Command(
    "create token SERVICE_ACCOUNT_NAME",
    "Request a service account token",
    run,
    (
        Flag("audience", "array", (), help="Audience of the requested token."),
        Flag("duration", "duration", 0, help="Requested lifetime of the issued token."),
        Flag("bound-object-kind", help="Kind of an object to bind the token to: Pod, Secret, Node"),
        Flag("bound-object-name", help="Name of an object to bind the token to."),
        Flag("bound-object-uid", help="UID of an object to bind the token to."),
        *PRINTING,
    ),
)
