"""`create rolebinding NAME --role|--clusterrole`."""

from __future__ import annotations

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.generating import CREATE_FLAGS, create_named, one_name
from pybernetes.pyctl.rbac_rules import RBAC, SUBJECT_FLAGS, subjects
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    name = one_name(session, "create rolebinding")
    role, cluster_role = session.values.text("role"), session.values.text("clusterrole")
    if bool(role) == bool(cluster_role):
        raise Failure("exactly one of clusterrole or role must be specified")
    reference = {"apiGroup": RBAC, "kind": "Role" if role else "ClusterRole", "name": role or cluster_role}
    obj = {
        "apiVersion": f"{RBAC}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": name},
        "roleRef": reference,
        "subjects": subjects(session),
    }
    return create_named(session, obj, "rolebinding")


COMMAND = Command(
    "create rolebinding NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] "
    "[--serviceaccount=namespace:serviceaccountname]",
    "Create a role binding for a particular role or cluster role",
    run,
    (
        Flag("role", help="Role this RoleBinding should reference"),
        Flag("clusterrole", help="ClusterRole this RoleBinding should reference"),
        *SUBJECT_FLAGS,
        *CREATE_FLAGS,
    ),
)
