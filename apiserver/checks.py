"""What /livez, /readyz and /healthz ask of a server, under the names that kube-apiserver's checks have.

Counterpart: apiserver/pkg/server/healthz and the post-start hooks of kube-apiserver.
"""

from __future__ import annotations

from collections.abc import Mapping

from pybernetes.component.serving import Check

# What kube-apiserver's checks call the work that has to be done before a server is of use.
_START_HOOKS = (
    "start-apiserver-admission-initializer",
    "generic-apiserver-start-informers",
    "priority-and-fairness-config-producer",
    "crd-informer-synced",
    "start-system-namespaces-controller",
    "start-service-ip-repair-controllers",
    "rbac/bootstrap-roles",
    "scheduling/bootstrap-system-priority-classes",
    "bootstrap-controller",
)


class Readiness:
    """How far a server has come."""

    def __init__(self) -> None:
        self.loaded = self.bootstrapped = self.leaving = False

    async def check_loaded(self) -> None:
        if not self.loaded:
            raise RuntimeError("the caches are not loaded yet")

    async def check_bootstrapped(self) -> None:
        if not self.bootstrapped:
            raise RuntimeError("not finished")

    async def check_staying(self) -> None:
        if self.leaving:
            raise RuntimeError("process is shutting down")


def live_checks(readiness: Readiness, store: Check) -> Mapping[str, Check]:
    """What says that the process is of use at all. `store` is the check of the store."""
    hooks = (f"poststarthook/{name}" for name in _START_HOOKS)
    return {
        "ping": _always_well,
        "log": _always_well,
        "etcd": store,
        **dict.fromkeys(hooks, readiness.check_bootstrapped),
    }


def ready_checks(readiness: Readiness, registered: Check) -> Mapping[str, Check]:
    """What says besides that requests may come. `registered`: whether our own group versions are."""
    return {
        "informer-sync": readiness.check_loaded,
        "autoregister-completion": registered,
        "shutdown": readiness.check_staying,
    }


async def _always_well() -> None:
    """Answering at all is the check."""
