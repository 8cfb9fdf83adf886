"""`create clusterrolebinding NAME --clusterrole`."""

from __future__ import annotations

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.generating import CREATE_FLAGS, create_named, one_name
from pybernetes.pyctl.rbac_rules import RBAC, SUBJECT_FLAGS, subjects
from pybernetes.pyctl.session import Session


def run(session: Session) -> int:
    name = one_name(session, "create clusterrolebinding")
    cluster_role = session.values.text("clusterrole")
    if not cluster_role:
        raise Failure('required flag(s) "clusterrole" not set')
    obj = {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": cluster_role},
        "subjects": subjects(session),
    }
    return create_named(session, obj, "clusterrolebinding")


COMMAND = Command(
    "create clusterrolebinding NAME --clusterrole=NAME [--user=username] [--group=groupname] "
    "[--serviceaccount=namespace:serviceaccountname]",
    "Create a cluster role binding for a particular cluster role",
    run,
    (Flag("clusterrole", help="ClusterRole this binding should reference"), *SUBJECT_FLAGS, *CREATE_FLAGS),
)
