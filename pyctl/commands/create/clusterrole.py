"""`create clusterrole NAME`: from resources, from paths, or gathered from other roles by label."""

from __future__ import annotations

from typing import Any

from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.generating import CREATE_FLAGS, create_named, one_name, pairs
from pybernetes.pyctl.rbac_rules import RBAC, RULE_FLAGS, rules
from pybernetes.pyctl.session import Session

Json = dict[str, Any]


def run(session: Session) -> int:
    values = session.values
    name = one_name(session, "create clusterrole")
    obj: Json = {"apiVersion": f"{RBAC}/v1", "kind": "ClusterRole", "metadata": {"name": name}}
    if values.items("aggregation-rule"):
        labels = dict(pairs(values.items("aggregation-rule"), "aggregation rule"))
        obj["aggregationRule"] = {"clusterRoleSelectors": [{"matchLabels": labels}]}
        obj["rules"] = []
    elif values.items("non-resource-url"):
        if not values.items("verb"):
            raise Failure("at least one verb must be specified")
        obj["rules"] = [{"nonResourceURLs": values.items("non-resource-url"), "verbs": values.items("verb")}]
        if values.items("resource"):
            obj["rules"] = [*rules(session), *obj["rules"]]
    else:
        obj["rules"] = rules(session)
    return create_named(session, obj, "clusterrole")


COMMAND = Command(
    "create clusterrole NAME --verb=verb --resource=resource.group [--resource-name=resourcename]",
    "Create a cluster role",
    run,
    (
        *RULE_FLAGS,
        Flag("non-resource-url", "slice", (), help="A partial url that user should have access to."),
        Flag("aggregation-rule", "slice", (), help="A label of the cluster roles to gather rules from: key=value"),
        *CREATE_FLAGS,
    ),
)
