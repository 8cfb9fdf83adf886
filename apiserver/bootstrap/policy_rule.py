"""How the bootstrap policy is written down.

A rule is ``rule("get list watch", "apps", "deployments deployments/status")``: words separated by blanks, since none
of them can hold one. The core group is ``core``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pybernetes.api.object import Json

RBAC_GROUP = "rbac.authorization.k8s.io"
RBAC_VERSION = f"{RBAC_GROUP}/v1"
BOOTSTRAP_LABELS = {"kubernetes.io/bootstrapping": "rbac-defaults"}
AUTOUPDATE = "rbac.authorization.kubernetes.io/autoupdate"
AGGREGATE_PREFIX = "rbac.authorization.k8s.io/aggregate-to-"

READ = "get list watch"
WRITE = "create delete deletecollection patch update"
READ_WRITE = "create delete deletecollection get list patch update watch"


def rule(verbs: str, groups: str, resources: str, names: str = "") -> Json:
    """A rule for resources, those called `names` only if given. Every list is in order, as Kubernetes has it."""
    made: Json = {
        "verbs": sorted(verbs.split()),
        "apiGroups": sorted("" if group == "core" else group for group in groups.split()),
        "resources": sorted(resources.split()),
    }
    if names:
        made["resourceNames"] = sorted(names.split())
    return made


def path_rule(verbs: str, paths: str) -> Json:
    """A rule for paths that are no resources."""
    return {"verbs": sorted(verbs.split()), "nonResourceURLs": sorted(paths.split())}


def events_rule() -> Json:
    """Recording what happened."""
    return rule("create patch update", "core events.k8s.io", "events")


def cluster_role(name: str, rules: Iterable[Json], *, aggregate_to: str = "", aggregates: str = "") -> Json:
    """A ClusterRole of the bootstrap policy.

    It is made part of ``aggregate_to`` (admin, edit or view), or is itself made of all that aggregate to
    ``aggregates``; then it has no rules of its own.
    """
    role = _object("ClusterRole", name, "")
    role["rules"] = list(rules)
    if aggregate_to:
        role["metadata"]["labels"][AGGREGATE_PREFIX + aggregate_to] = "true"
    if aggregates:
        selector = {"matchLabels": {AGGREGATE_PREFIX + aggregates: "true"}}
        role["aggregationRule"] = {"clusterRoleSelectors": [selector]}
    return role


def namespace_role(namespace: str, name: str, rules: Iterable[Json]) -> Json:
    """A Role of the bootstrap policy."""
    return {**_object("Role", name, namespace), "rules": list(rules)}


def user(name: str) -> Json:
    return {"kind": "User", "apiGroup": RBAC_GROUP, "name": name}


def group(name: str) -> Json:
    return {"kind": "Group", "apiGroup": RBAC_GROUP, "name": name}


def service_account(name: str, namespace: str = "kube-system") -> Json:
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}


def cluster_role_binding(name: str, *subjects: Json, role: str = "") -> Json:
    """A ClusterRoleBinding of the bootstrap policy to the role of the same name, unless `role` says another."""
    return _binding("ClusterRoleBinding", name, "", {"kind": "ClusterRole", "name": role or name}, subjects)


def role_binding(namespace: str, name: str, *subjects: Json, role: str = "") -> Json:
    """A RoleBinding of the bootstrap policy to the Role of the same name, unless `role` says another."""
    return _binding("RoleBinding", name, namespace, {"kind": "Role", "name": role or name}, subjects)


def _binding(kind: str, name: str, namespace: str, role: Mapping[str, str], subjects: Iterable[Json]) -> Json:
    role_reference = {"apiGroup": RBAC_GROUP, **role}
    return {**_object(kind, name, namespace), "subjects": list(subjects), "roleRef": role_reference}


def _object(kind: str, name: str, namespace: str) -> Json:
    metadata: Json = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    metadata |= {"labels": dict(BOOTSTRAP_LABELS), "annotations": {AUTOUPDATE: "true"}}
    return {"apiVersion": RBAC_VERSION, "kind": kind, "metadata": metadata}
