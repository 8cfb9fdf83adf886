"""What `create role`, `create clusterrole` and the bindings are made of."""

from __future__ import annotations

from typing import Any

from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.session import Session

Json = dict[str, Any]
RBAC = "rbac.authorization.k8s.io"
RULE_FLAGS = (
    Flag("verb", "slice", (), help="Verb that applies to the resources contained in the rule"),
    Flag("resource", "slice", (), help="Resource that the rule applies to: pods, deployments.apps, pods/log"),
    Flag("resource-name", "array", (), help="Name of an object that the rule is for, repeat this flag for several"),
)
SUBJECT_FLAGS = (
    Flag("user", "array", (), help="Usernames to bind to the role"),
    Flag("group", "array", (), help="Groups to bind to the role"),
    Flag("serviceaccount", "array", (), help="Service accounts to bind to the role, in the format namespace:name"),
)


def rules(session: Session) -> list[Json]:
    """The rules that the flags describe, one an API group. Raises `Failure`."""
    values = session.values
    verbs = list(dict.fromkeys(values.items("verb")))
    if "*" in verbs:
        verbs = ["*"]
    if not verbs:
        raise Failure("at least one verb must be specified")
    if not values.items("resource"):
        raise Failure("at least one resource must be specified")
    by_group: dict[str, list[str]] = {}
    for text in values.items("resource"):
        name, slash, subresource = text.partition("/")
        if name == "*":
            group, plural = "", "*"
        else:
            resource = session.names.resolve(name)
            group, plural = resource.group, resource.plural
        full = plural + slash + subresource
        if full not in by_group.setdefault(group, []):
            by_group[group].append(full)
    made = []
    for group, resources in sorted(by_group.items()):
        rule: Json = {"apiGroups": [group], "resources": resources, "verbs": verbs}
        if values.items("resource-name"):
            rule["resourceNames"] = values.items("resource-name")
        made.append(rule)
    return made


def subjects(session: Session) -> list[Json]:
    """Who the binding is for. Raises `Failure`."""
    values = session.values
    made: list[Json] = [{"kind": "User", "apiGroup": RBAC, "name": name} for name in values.items("user")]
    made += [{"kind": "Group", "apiGroup": RBAC, "name": name} for name in values.items("group")]
    for text in values.items("serviceaccount"):
        namespace, colon, name = text.partition(":")
        if not colon or not namespace or not name or ":" in name:
            raise Failure("serviceaccount must be <namespace>:<name>")
        made.append({"kind": "ServiceAccount", "name": name, "namespace": namespace})
    return made
