"""Cluster roles made of others: the rules of all that an aggregationRule selects, so that add-ons can extend roles.

Counterpart: pkg/controller/clusterroleaggregation.
"""

from __future__ import annotations

from collections.abc import Iterable

from pybernetes.api.object import Json, labels_of, name_of
from pybernetes.api.selectors import selector_from_object
from pybernetes.client.reconciler import run_workers
from pybernetes.controllers.context import Context, wait_synced
from pybernetes.controllers.status_writer import same_value

CLUSTER_ROLES = "clusterroles.rbac.authorization.k8s.io"
_COMPONENT = "clusterrole-aggregation-controller"


def aggregated_rules(role: Json, roles: Iterable[Json]) -> list[Json]:
    """The rules that the role should have: each once, selector by selector, roles by name."""
    rules: list[Json] = []
    others = sorted((other for other in roles if name_of(other) != name_of(role)), key=name_of)
    for selector in role["aggregationRule"].get("clusterRoleSelectors") or ():
        matches = selector_from_object(selector).matches
        for other in others:
            if matches(labels_of(other)):
                rules += [rule for rule in other.get("rules") or () if rule not in rules]
    return rules


class ClusterRoleAggregationController:
    """Keys are cluster roles that have an aggregationRule."""

    def __init__(self, context: Context):
        self._client = context.client
        self._queue = context.queue("ClusterRoleAggregator")
        self._roles = context.informers.informer(CLUSTER_ROLES)
        self._roles.add_handler(self._changed, lambda new, old: self._changed(new), self._changed)

    async def run(self) -> None:
        await wait_synced(self._roles)
        await run_workers(_COMPONENT, self._queue, self.reconcile)

    def _changed(self, role: Json) -> None:
        """Any role may be part of any aggregated one."""
        for other in self._roles.items():
            if other.get("aggregationRule"):
                self._queue.add(name_of(other))

    async def reconcile(self, key: str) -> float | None:
        """Give the role the rules of those that it is made of."""
        role = self._roles.get(key)
        if role is None or not role.get("aggregationRule"):
            return None
        rules = aggregated_rules(role, self._roles.items())
        if not same_value(role.get("rules"), rules):
            await self._client.update(CLUSTER_ROLES, {**role, "rules": rules})
        return None


def cluster_role_aggregation(context: Context) -> ClusterRoleAggregationController:
    return ClusterRoleAggregationController(context)
