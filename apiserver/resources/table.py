"""The behaviours of all resources that have any, by qualified name."""

from __future__ import annotations

from pybernetes.apiserver.resources import namespaces, pods, scale, service_accounts, services
from pybernetes.apiserver.resources.hooks import Hooks


def hooks_by_resource() -> dict[str, Hooks]:
    scaled = Hooks(handlers=scale.HANDLERS)
    returned = Hooks(returns_deleted=True)
    return {
        "pods": pods.HOOKS,
        "namespaces": namespaces.HOOKS,
        "services": services.HOOKS,
        "replicationcontrollers": Hooks(handlers=scale.HANDLERS, default_propagation="Orphan"),
        "replicasets.apps": scaled,
        "deployments.apps": scaled,
        "statefulsets.apps": scaled,
        "persistentvolumes": returned,
        "persistentvolumeclaims": returned,
        "podtemplates": returned,
        "resourcequotas": returned,
        "serviceaccounts": service_accounts.HOOKS,
    }
