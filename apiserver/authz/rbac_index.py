"""Roles and bindings by what they are asked for: the bindings of a subject, the rules of a role.

The index follows the cluster through `Reader.subscribe`. A binding is found by its subjects, as the user names and
groups they stand for (a service account is the user ``system:serviceaccount:<namespace>:<name>``), so that a
request looks at the bindings of its user only, however many the cluster has. Every change moves `generation`; what
was decided by an older one no longer holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pybernetes.api.object import Json, key_of, name_of, namespace_of, object_key
from pybernetes.apiserver.authn.service_account_claims import username
from pybernetes.apiserver.authz.decision import quote
from pybernetes.apiserver.authz.rules import rules_of
from pybernetes.apiserver.reader import Reader
from pybernetes.apiserver.user import User

RBAC_GROUP = "rbac.authorization.k8s.io"
CLUSTER_ROLE_BINDINGS = f"clusterrolebindings.{RBAC_GROUP}"
ROLE_BINDINGS = f"rolebindings.{RBAC_GROUP}"
CLUSTER_ROLES = f"clusterroles.{RBAC_GROUP}"
ROLES = f"roles.{RBAC_GROUP}"

SubjectKey = tuple[str, str]  # ("User" or "Group", name)


class RoleNotFound(Exception):
    """A binding names a role that is not there."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A binding as it concerns one of its subjects. `namespace` is empty for a ClusterRoleBinding."""

    order: tuple[str, int]
    namespace: str
    role_kind: str
    role_name: str
    reason: str


class RbacIndex:
    """The cluster's roles and bindings. `on_change` is called after every change."""

    def __init__(self, reader: Reader, on_change: Callable[[], None] = lambda: None):
        self._on_change = on_change
        self._cluster_roles: dict[str, tuple[Json, ...]] = {}
        self._roles: dict[str, tuple[Json, ...]] = {}
        # Grants by namespace ("" for the whole cluster) and subject, each by the binding's key.
        self._grants: dict[str, dict[SubjectKey, dict[str, Grant]]] = {}
        reader.subscribe(CLUSTER_ROLES, self._role_changed(self._cluster_roles))
        reader.subscribe(ROLES, self._role_changed(self._roles))
        reader.subscribe(CLUSTER_ROLE_BINDINGS, self._binding_changed)
        reader.subscribe(ROLE_BINDINGS, self._binding_changed)

    def grants(self, user: User, namespace: str) -> Iterator[Grant]:
        """The bindings that concern a user: those of the whole cluster first, then the namespace's, by name."""
        subjects = [("User", user.name), *(("Group", group) for group in user.groups)]
        for scope in ("", namespace) if namespace else ("",):
            by_subject = self._grants.get(scope)
            if not by_subject:
                continue
            first: dict[str, Grant] = {}
            for subject in subjects:
                for key, grant in by_subject.get(subject, {}).items():
                    if key not in first or grant.order < first[key].order:
                        first[key] = grant
            yield from sorted(first.values(), key=lambda grant: grant.order)

    def rules(self, role_kind: str, role_name: str, namespace: str) -> tuple[Json, ...]:
        """The rules of a role. Raises RoleNotFound."""
        cluster_wide = role_kind == "ClusterRole"
        rules = self._cluster_roles.get(role_name) if cluster_wide else self._roles.get(f"{namespace}/{role_name}")
        if rules is None:
            raise RoleNotFound(f"{role_kind.lower()}.{RBAC_GROUP} {quote(role_name)} not found")
        return rules

    def rules_for(self, user: User, namespace: str) -> tuple[list[Json], list[str]]:
        """All rules that hold for a user, and what could not be resolved."""
        rules: list[Json] = []
        errors: list[str] = []
        for grant in self.grants(user, namespace):
            try:
                rules += self.rules(grant.role_kind, grant.role_name, grant.namespace)
            except RoleNotFound as error:
                errors.append(str(error))
        return rules, errors

    def _role_changed(self, roles: dict[str, tuple[Json, ...]]) -> Callable[[str, Json | None, Json | None], None]:
        def changed(key: str, new: Json | None, old: Json | None) -> None:
            rules = None if new is None else tuple(rules_of(new))
            if rules is not None and roles.get(key) == rules:
                return  # a change of labels, say
            if rules is None:
                roles.pop(key, None)
            else:
                roles[key] = rules
            self._on_change()

        return changed

    def _binding_changed(self, key: str, new: Json | None, old: Json | None) -> None:
        if old is not None:
            self._remove(old)
        if new is not None:
            self._add(new)
        self._on_change()

    def _add(self, binding: Json) -> None:
        by_subject = self._grants.setdefault(namespace_of(binding), {})
        for subject, grant in grants_of(binding):
            by_subject.setdefault(subject, {}).setdefault(key_of(binding), grant)

    def _remove(self, binding: Json) -> None:
        by_subject = self._grants.get(namespace_of(binding), {})
        for subject, _ in grants_of(binding):
            of_subject = by_subject.get(subject)
            if of_subject is None:
                continue
            of_subject.pop(key_of(binding), None)
            if not of_subject:
                del by_subject[subject]
        if not by_subject:
            self._grants.pop(namespace_of(binding), None)


def grants_of(binding: Json) -> Iterable[tuple[SubjectKey, Grant]]:
    """Whom a binding concerns, in its subjects' order, with what it means for each."""
    namespace, name, role = namespace_of(binding), name_of(binding), binding.get("roleRef") or {}
    kind = "RoleBinding" if namespace else "ClusterRoleBinding"
    shown = f"{name}/{namespace}" if namespace else name
    role_kind, role_name = role.get("kind") or "", role.get("name") or ""
    for index, subject in enumerate(binding.get("subjects") or ()):
        subject_kind, subject_name = subject.get("kind") or "", subject.get("name") or ""
        described = subject_name
        key = (subject_kind, subject_name)
        if subject_kind == "ServiceAccount":
            account_namespace = subject.get("namespace") or namespace
            described = f"{subject_name}/{account_namespace}"
            key = ("User", username(account_namespace, subject_name))
        reason = (
            f"RBAC: allowed by {kind} {quote(shown)} of {role_kind} {quote(role_name)} "
            f"to {subject_kind} {quote(described)}"
        )
        order = (object_key(namespace, name), index)
        yield key, Grant(order, namespace, role_kind, role_name, reason)
