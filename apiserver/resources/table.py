"""The behaviours of all resources that have any, by qualified name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pybernetes.apiserver.admission.policy import hooks as policy_hooks
from pybernetes.apiserver.customresources import definitions
from pybernetes.apiserver.resources import (
    certificate_signing_requests,
    component_statuses,
    device_selectors,
    device_taints,
    namespaces,
    persistent_volumes,
    pod_streams,
    pods,
    proxying,
    scale,
    service_accounts,
    services,
)
from pybernetes.apiserver.resources.hooks import Handler, Hooks

_ORPHANED_PODS = (
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set "
    "propagationPolicy=Orphan to suppress this warning"
)


def with_handlers(hooks: Hooks, more: Mapping[tuple[str, str], Handler]) -> Hooks:
    return replace(hooks, handlers={**hooks.handlers, **more})


def hooks_by_resource() -> dict[str, Hooks]:
    scaled = Hooks(handlers=scale.HANDLERS)
    independent = Hooks(default_propagation="")
    return {
        "pods": with_handlers(
            pods.HOOKS, pod_streams.HANDLERS | proxying.handlers(proxying.proxy_pod, "PodProxyOptions")
        ),
        "nodes": Hooks(handlers=proxying.handlers(proxying.proxy_node, "NodeProxyOptions")),
        "componentstatuses": component_statuses.HOOKS,
        "bindings": pods.BINDING_HOOKS,
        "namespaces": namespaces.HOOKS,
        "persistentvolumes": persistent_volumes.HOOKS,
        "services": with_handlers(services.HOOKS, proxying.handlers(proxying.proxy_service, "ServiceProxyOptions")),
        "replicationcontrollers": Hooks(handlers=scale.HANDLERS, default_propagation="Orphan"),
        "replicasets.apps": scaled,
        "deployments.apps": scaled,
        "statefulsets.apps": scaled,
        "certificatesigningrequests.certificates.k8s.io": certificate_signing_requests.HOOKS,
        "jobs.batch": Hooks(default_propagation="Orphan", default_propagation_warning=_ORPHANED_PODS),
        "events": independent,
        "events.events.k8s.io": independent,
        "serviceaccounts": service_accounts.HOOKS,
        "customresourcedefinitions.apiextensions.k8s.io": definitions.HOOKS,
        **policy_hooks.HOOKS,
        **device_selectors.HOOKS,
        "resourceslices.resource.k8s.io": device_taints.HOOKS,
    }
