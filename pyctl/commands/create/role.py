"""`create role NAME --verb --resource`."""

from __future__ import annotations

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.generating import CREATE_FLAGS, create_named, one_name
from pybernetes.pyctl.rbac_rules import RBAC, RULE_FLAGS, rules
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    name = one_name(session, "create role")
    obj = {"apiVersion": f"{RBAC}/v1", "kind": "Role", "metadata": {"name": name}, "rules": rules(session)}
    return create_named(session, obj, "role")


COMMAND = Command(
    "create role NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename]",
    "Create a role with single rule",
    run,
    (*RULE_FLAGS, *CREATE_FLAGS),
)
