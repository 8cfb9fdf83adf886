"""`auth can-i`: may we do this? Prints yes or no, and no is exit code 1."""

from __future__ import annotations

from typing import Any

from pybernetes.api.resources import RESOURCES
from pybernetes.pyctl.command import Command
from pybernetes.pyctl.failures import Failure
from pybernetes.pyctl.flags import Flag
from pybernetes.pyctl.global_flags import ALL_NAMESPACES
from pybernetes.pyctl.naming import match
from pybernetes.pyctl.output.tables import align
from pybernetes.pyctl.session import Session

Json = dict[str, Any]
AUTHORIZATION = "/apis/authorization.k8s.io/v1"


def run(session: Session) -> int:
    values = session.values
    if values.on("list"):
        return _list(session)
    arguments = values.arguments
    if len(arguments) not in (2, 3):
        raise Failure(
            "you must specify two arguments: verb resource or verb resource/resourceName.\n"
            "See 'pyctl auth can-i -h' for help and examples."
        )
    spec = _spec(session, *arguments)
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": spec}
    status = session.connection.json("POST", f"{AUTHORIZATION}/selfsubjectaccessreviews", body=review)["status"]
    if not values.on("quiet"):
        why = f" - {status['reason']}" if status.get("reason") and not status.get("allowed") else ""
        why += f" - {status['evaluationError']}" if status.get("evaluationError") and not status.get("allowed") else ""
        session.write("yes" if status.get("allowed") else f"no{why}")
    return 0 if status.get("allowed") else 1


def _spec(session: Session, verb: str, what: str, name: str = "") -> Json:
    if what.startswith("/"):
        return {"nonResourceAttributes": {"path": what, "verb": verb}}
    kind, slash, inner = what.partition("/")
    name = inner if slash else name
    attributes: Json = {"verb": verb, "name": name, "subresource": session.values.text("subresource")}
    if kind == "*":
        attributes.update(group="*", resource="*")
        namespaced = True
    else:
        found = match(RESOURCES, kind) or match(session.names.discovered, kind)
        if found is None:
            session.warn(f"the server doesn't have a resource type '{kind}'\n")
            attributes.update(group="", resource=kind)
            namespaced = True
        else:
            attributes.update(group=found.group, resource=found.plural)
            namespaced = found.namespaced
            if not namespaced and not session.values.on("all-namespaces"):
                suffix = f" in group '{found.group}'" if found.group else ""
                session.warn(f"resource '{found.plural}' is not namespace scoped{suffix}\n")
    if namespaced and not session.values.on("all-namespaces"):
        attributes["namespace"] = session.namespace
    return {"resourceAttributes": {key: value for key, value in attributes.items() if value or key == "group"}}


def _list(session: Session) -> int:
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": session.namespace},
    }
    status = session.connection.json("POST", f"{AUTHORIZATION}/selfsubjectrulesreviews", body=review)["status"]
    rows = [] if session.values.on("no-headers") else [["Resources", "Non-Resource URLs", "Resource Names", "Verbs"]]
    for rule in status.get("resourceRules") or ():
        for plural in rule.get("resources") or ():
            for group in rule.get("apiGroups") or ("",):
                rows.append(
                    [f"{plural}.{group}" if group else plural, "[]", _go(rule.get("resourceNames")), _go(rule["verbs"])]
                )
    for rule in status.get("nonResourceRules") or ():
        rows.append(["", _go(rule.get("nonResourceURLs")), "[]", _go(rule["verbs"])])
    for line in align(rows):
        session.write(line)
    return 0


def _go(items: list[str] | None) -> str:
    return f"[{' '.join(items or ())}]"


COMMAND = Command(
    "auth can-i VERB [TYPE | TYPE/NAME | NONRESOURCEURL]",
    "Check whether an action is allowed",
    run,
    (
        ALL_NAMESPACES,
        Flag("quiet", "bool", False, short="q", help="Print nothing, the exit code tells."),
        Flag("subresource", help="SubResource such as pod/log or deployment/scale"),
        Flag("list", "bool", False, help="Print all allowed actions."),
        Flag("no-headers", "bool", False, help="Print no header line."),
    ),
)
