"""What /livez, /readyz and /healthz ask of a server, under the names and in the order that kube-apiserver's have.

Counterpart: the health checks and post-start hooks of kube-apiserver.
"""

from __future__ import annotations

from collections.abc import Mapping

from pybernetes.component.health_checks import Check

# What kube-apiserver calls the work that has to be done before a server is of use. Ours is done in two steps: what
# only reads is done once the caches are loaded, the rest once the objects are there that every cluster has.
_READING = (
    "start-apiserver-admission-initializer",
    "generic-apiserver-start-informers",
    "priority-and-fairness-config-consumer",
    "priority-and-fairness-filter",
    "storage-object-count-tracker-hook",
    "start-apiextensions-informers",
    "start-apiextensions-controllers",
    "crd-informer-synced",
)
_WRITING = (
    "start-system-namespaces-controller",
    "start-cluster-authentication-info-controller",
    "start-kube-apiserver-identity-lease-controller",
    "start-kube-apiserver-identity-lease-garbage-collector",
    "storage-readiness",
    "start-legacy-token-tracking-controller",
    "start-service-ip-repair-controllers",
    "rbac/bootstrap-roles",
    "scheduling/bootstrap-system-priority-classes",
    "priority-and-fairness-config-producer",
    "bootstrap-controller",
    "start-kubernetes-service-cidr-controller",
    "aggregator-reload-proxy-client-cert",
    "start-kube-aggregator-informers",
    "apiservice-status-local-available-controller",
    "apiservice-status-remote-available-controller",
    "apiservice-registration-controller",
    "apiservice-discovery-controller",
    "kube-apiserver-autoregistration",
)
_LAST = ("apiservice-openapi-controller", "apiservice-openapiv3-controller")


class Readiness:
    """How far a server has come."""

    def __init__(self) -> None:
        self.loaded = self.bootstrapped = self.leaving = False

    async def check_loaded(self) -> None:
        if not self.loaded:
            raise RuntimeError("not finished")

    async def check_bootstrapped(self) -> None:
        if not self.bootstrapped:
            raise RuntimeError("not finished")

    async def check_informers(self) -> None:
        if not self.loaded:
            raise RuntimeError("the caches are not loaded yet")

    async def check_staying(self) -> None:
        if self.leaving:
            raise RuntimeError("process is shutting down")


def health_checks(
    readiness: Readiness, *, store: Check, registered: Check, further: Mapping[str, Check] | None = None
) -> Mapping[str, Mapping[str, Check]]:
    """The checks of each endpoint.

    `store` is the store's own; `registered` asks whether our group versions are; `further` stand behind the store's.
    """
    first: dict[str, Check] = {"ping": _always_well, "log": _always_well, "etcd": store}
    ready: dict[str, Check] = {"etcd-readiness": store, "informer-sync": readiness.check_informers}
    rest: dict[str, Check] = {
        **_hooks(_READING, readiness.check_loaded),
        **_hooks(_WRITING, readiness.check_bootstrapped),
        "autoregister-completion": registered,
        **_hooks(_LAST, readiness.check_bootstrapped),
    }
    live = {**first, **(further or {}), **rest}
    return {
        "healthz": live,
        "livez": live,
        "readyz": {**first, **(further or {}), **ready, **rest, "shutdown": readiness.check_staying},
    }


def _hooks(names: tuple[str, ...], check: Check) -> dict[str, Check]:
    return {f"poststarthook/{name}": check for name in names}


async def _always_well() -> None:
    """Answering at all is the check."""
