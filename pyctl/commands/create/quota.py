"""`create quota NAME --hard`."""

from __future__ import annotations

from typing import Any

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.generating import CREATE_FLAGS, create_named, one_name, pairs
from pybernetes.pyctl.session import Session

Json = dict[str, Any]


def run(session: Session) -> int:
    values = session.values
    spec: Json = {}
    if values.text("hard"):
        spec["hard"] = dict(pairs(values.text("hard").split(","), "resource quota"))
    if values.text("scopes"):
        spec["scopes"] = values.text("scopes").split(",")
    obj: Json = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": one_name(session, "create quota")},
        "spec": spec,
    }
    return create_named(session, obj, "quota")


COMMAND = Command(
    "create quota NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2]",
    "Create a quota with the specified name",
    run,
    (
        Flag("hard", help="A comma-delimited set of resource=quantity pairs that define a hard limit."),
        Flag("scopes", help="A comma-delimited set of quota scopes."),
        *CREATE_FLAGS,
    ),
)
