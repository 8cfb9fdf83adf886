"""`set serviceaccount`: who the pods of a template are."""

from __future__ import annotations

from typing import Any

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.patching import pod_spec
from pybernetes.pyctl.session import Session
from pybernetes.pyctl.setting import SET_FLAGS, set_on_each

Json = dict[str, Any]


def run(session: Session) -> int:
    if not session.values.arguments:
        raise Failure("serviceaccount is required")
    account = session.values.arguments.pop()

    def edit(obj: Json) -> None:
        spec = pod_spec(obj)
        spec["serviceAccountName"] = account
        if "serviceAccount" in spec:
            spec["serviceAccount"] = account

    return set_on_each(session, edit, changed="serviceaccount updated")


COMMAND = Command(
    "set serviceaccount (-f FILENAME | TYPE NAME) SERVICE_ACCOUNT",
    "Update the service account of a resource",
    run,
    SET_FLAGS,
)
