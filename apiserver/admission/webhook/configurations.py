"""The webhooks of all configurations of one kind, in the order in which they are asked: by configuration, as listed.

Which webhooks a kind of request (resource, version, subresource, verb) can concern, and what they say, is worked out
when such a request comes first, and forgotten when anything changes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from pybernetes.api.object import Json, name_of
from pybernetes.api.resources import Resource
from pybernetes.apiserver.admission.matching import Criteria, versions_of, webhook_criteria
from pybernetes.apiserver.admission.operation import Operation
from pybernetes.apiserver.admission.rules import is_configuration
from pybernetes.apiserver.admission.webhook.review import review_version
from pybernetes.apiserver.cache.watch_cache import WatchCache
from pybernetes.apiserver.webhooks.target import Target, target_of

log = logging.getLogger(__name__)

_DEFAULT_TIMEOUT_SECONDS = 10
_WITHOUT_EFFECTS = ("None", "NoneOnDryRun")


@dataclass(frozen=True, slots=True)
class Webhook:
    """One webhook. `key` tells it from all others, also from one of the same name in its configuration.

    `target` is the reason why there is none, where a clientConfig leads nowhere.
    """

    key: str
    configuration: str
    name: str
    target: Target | str
    criteria: Criteria
    conditions: tuple[Json, ...]
    version: str
    timeout_seconds: int
    fails_open: bool
    can_run_dry: bool
    reinvocable: bool


def webhooks_of(configuration: Json) -> list[Webhook]:
    """The webhooks of a configuration, as listed."""
    seen: dict[str, int] = {}
    found = []
    for webhook in configuration.get("webhooks") or ():
        name = webhook["name"]
        number = seen[name] = seen.get(name, -1) + 1
        found.append(_webhook(webhook, name_of(configuration), number))
    return found


def _webhook(webhook: Json, configuration: str, number: int) -> Webhook:
    target: Target | str
    try:
        target = target_of(webhook.get("clientConfig") or {})
    except ValueError as error:
        target = str(error)
    return Webhook(
        f"{configuration}/{webhook['name']}/{number}",
        configuration,
        webhook["name"],
        target,
        webhook_criteria(webhook),
        tuple(webhook.get("matchConditions") or ()),
        review_version(webhook.get("admissionReviewVersions") or []),
        int(webhook.get("timeoutSeconds") or _DEFAULT_TIMEOUT_SECONDS),
        webhook.get("failurePolicy") == "Ignore",
        webhook.get("sideEffects") in _WITHOUT_EFFECTS,
        webhook.get("reinvocationPolicy") == "IfNeeded",
    )


Concerned = tuple[tuple[Webhook, Resource], ...]


class Configurations:
    """Follows the configurations of one kind. `changed` is called when the answers of `concerned` may be others."""

    def __init__(self, cache: WatchCache, resource: str, changed: Callable[[], None]):
        self._cache = cache
        self._changed = changed
        self._by_name: dict[str, Json] = {}
        self._concerned: dict[tuple[str, str, str, str], Concerned] = {}
        cache.subscribe(resource, self._on_change)

    def _on_change(self, key: str, new: Json | None, old: Json | None) -> None:
        if new is None:
            self._by_name.pop(key, None)
        else:
            self._by_name[key] = new
        self._changed()

    def reconsider(self) -> None:
        self._concerned.clear()

    def concerned(self, operation: Operation) -> Concerned:
        """The webhooks whose rules a request meets, and the version of its resource that each wants to see."""
        resource = operation.resource
        key = (resource.qualified_name, resource.version, operation.subresource, operation.verb)
        found = self._concerned.get(key)
        if found is None:
            found = self._concerned[key] = self._work_out(operation)
        return found

    def _work_out(self, operation: Operation) -> Concerned:
        if not self._by_name or is_configuration(operation.resource):
            return ()
        versions = versions_of(self._cache, operation.resource)
        found = []
        for configuration in sorted(self._by_name):
            for webhook in webhooks_of(self._by_name[configuration]):
                resource = webhook.criteria.resource_for(operation.verb, versions, operation.subresource, "")
                if resource is not None:
                    found.append((webhook, resource))
        return tuple(found)
