"""Nobody grants more than they have.

Who writes a role must hold every rule in it, unless they may ``escalate`` on it; who writes a binding must hold
every rule of the role it names, unless they may ``bind`` that role. Otherwise anyone who may edit roles could make
themselves administrator. Counterpart: the policy-based storage of roles and bindings; its messages.
"""

from __future__ import annotations

from dataclasses import replace

from pybernetes.api.errors import forbidden, not_found
from pybernetes.api.object import Json, name_of
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.authz.chain import AuthorizerChain
from pybernetes.apiserver.authz.covering import compact, describe, missing_rules, quote_list
from pybernetes.apiserver.authz.decision import quote
from pybernetes.apiserver.authz.rbac_index import RBAC_GROUP, RbacIndex, RoleNotFound
from pybernetes.apiserver.user import MASTERS_GROUP

_FULL_AUTHORITY: tuple[Json, ...] = (
    {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
    {"verbs": ["*"], "nonResourceURLs": ["*"]},
)


def check_role_write(
    new: Json, old: Json | None, attributes: Attributes, authorizer: AuthorizerChain, index: RbacIndex
) -> None:
    """Refuse the write of a Role or ClusterRole that grants more than its writer has. Raises `forbidden`.

    `attributes` are those of the request (create, update or patch of roles or clusterroles); `old` is None on create.
    """
    if old is not None and _same(new, old, "rules") and _same(new, old, "aggregationRule"):
        return
    if MASTERS_GROUP in attributes.user.groups or _may(attributes, authorizer, "escalate"):
        return
    why = _excess(new.get("rules") or [], attributes, index)
    if why:
        raise forbidden(attributes.resource, name_of(new), why, RBAC_GROUP)
    if new.get("aggregationRule") and _excess(_FULL_AUTHORITY, attributes, index):
        why = "must have cluster-admin privileges to use the aggregationRule"
        raise forbidden(attributes.resource, name_of(new), why, RBAC_GROUP)


def check_binding_write(
    new: Json, old: Json | None, attributes: Attributes, authorizer: AuthorizerChain, index: RbacIndex
) -> None:
    """Refuse the write of a RoleBinding or ClusterRoleBinding to a role that its writer could not have made.

    Raises `forbidden`, or `not_found` when the role is not there and the writer may not bind it regardless.
    """
    if old is not None and _same(new, old, "roleRef") and _same(new, old, "subjects"):
        return
    role = new.get("roleRef") or {}
    kind, name = str(role.get("kind") or ""), str(role.get("name") or "")
    resource = "clusterroles" if kind == "ClusterRole" else "roles"
    bind = replace(attributes, verb="bind", group=RBAC_GROUP, resource=resource, subresource="", name=name)
    if MASTERS_GROUP in attributes.user.groups or authorizer.authorize(bind).allowed:
        return
    try:
        rules = index.rules(kind, name, attributes.namespace)
    except RoleNotFound as error:
        raise not_found(kind.lower(), name, RBAC_GROUP) from error
    why = _excess(rules, attributes, index)
    if why:
        raise forbidden(attributes.resource, name_of(new), why, RBAC_GROUP)


def _may(attributes: Attributes, authorizer: AuthorizerChain, verb: str) -> bool:
    return authorizer.authorize(replace(attributes, verb=verb, subresource="")).allowed


def _excess(wanted: list[Json] | tuple[Json, ...], attributes: Attributes, index: RbacIndex) -> str:
    """What is granted beyond what the user holds, as Kubernetes says it; empty when nothing is."""
    user = attributes.user
    held, errors = index.rules_for(user, attributes.namespace)
    missing = missing_rules(held, wanted)
    if not missing:
        return ""
    shown = "\n".join(sorted({describe(rule) for rule in compact(missing)}))
    message = (
        f"user {quote(user.name)} (groups={quote_list(user.groups)}) is attempting to grant RBAC permissions not "
        f"currently held:\n{shown}"
    )
    return f"{message}; resolution errors: [{', '.join(errors)}]" if errors else message


def _same(new: Json, old: Json, field: str) -> bool:
    return (new.get(field) or None) == (old.get(field) or None)
