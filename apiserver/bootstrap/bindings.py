"""Who has the roles of the bootstrap policy in a new cluster."""

from __future__ import annotations

from pybernetes.api.object import Json
from pybernetes.apiserver.bootstrap.controller_roles import CONTROLLERS, CONTROLLERS_OF_ONE_USER, PREFIX
from pybernetes.apiserver.bootstrap.policy_rule import (
    cluster_role_binding,
    group,
    role_binding,
    service_account,
    user,
)

CONTROLLER_MANAGER = "system:kube-controller-manager"
SCHEDULER = "system:kube-scheduler"
PROXY = "system:kube-proxy"
DNS = "system:kube-dns"
KUBELET_CLIENT = "kube-apiserver-kubelet-client"

_AUTHENTICATED = group("system:authenticated")
_UNAUTHENTICATED = group("system:unauthenticated")

_CLUSTER_BINDINGS = (
    cluster_role_binding("cluster-admin", group("system:masters")),
    cluster_role_binding("system:monitoring", group("system:monitoring")),
    cluster_role_binding("system:discovery", _AUTHENTICATED),
    cluster_role_binding("system:basic-user", _AUTHENTICATED),
    cluster_role_binding("system:public-info-viewer", _AUTHENTICATED, _UNAUTHENTICATED),
    cluster_role_binding("system:node-proxier", user(PROXY)),
    cluster_role_binding("system:kube-controller-manager", user(CONTROLLER_MANAGER)),
    cluster_role_binding("system:kube-dns", service_account("kube-dns")),
    cluster_role_binding("system:kube-scheduler", user(SCHEDULER)),
    cluster_role_binding("system:volume-scheduler", user(SCHEDULER)),
    # Nobody: the Node authorizer gives nodes their rights. The binding is there for those who add to it.
    cluster_role_binding("system:node"),
    cluster_role_binding("system:service-account-issuer-discovery", group("system:serviceaccounts")),
    cluster_role_binding("system:cluster-trust-bundle-discovery", group("system:serviceaccounts")),
    cluster_role_binding(CONTROLLERS_OF_ONE_USER, user(CONTROLLER_MANAGER)),
    # Ours: the API server as a client of kubelets, and the cluster's DNS as a user or as a pod.
    cluster_role_binding("system:kubelet-api-admin", user(KUBELET_CLIENT)),
    cluster_role_binding("system:coredns", user(DNS), service_account("coredns")),
)

_CONTROLLER_BINDINGS = tuple(cluster_role_binding(PREFIX + name, service_account(name)) for name in CONTROLLERS)

_NAMESPACE_BINDINGS = (
    role_binding(
        "kube-public",
        "system:controller:bootstrap-signer",
        service_account("bootstrap-signer"),
    ),
    role_binding(
        "kube-system",
        "system::extension-apiserver-authentication-reader",
        user(CONTROLLER_MANAGER),
        user(SCHEDULER),
        role="extension-apiserver-authentication-reader",
    ),
    role_binding(
        "kube-system",
        "system::leader-locking-kube-controller-manager",
        user(CONTROLLER_MANAGER),
        service_account("kube-controller-manager"),
        service_account("leader-election-controller"),
    ),
    role_binding(
        "kube-system",
        "system::leader-locking-kube-scheduler",
        user(SCHEDULER),
        service_account("kube-scheduler"),
    ),
    role_binding(
        "kube-system",
        "system:controller:bootstrap-signer",
        service_account("bootstrap-signer"),
    ),
    role_binding("kube-system", "system:controller:cloud-provider", service_account("cloud-provider")),
    role_binding(
        "kube-system",
        "system:controller:token-cleaner",
        service_account("token-cleaner"),
    ),
    role_binding("kube-system", "system:coredns", user(DNS), service_account("coredns")),
)


def cluster_role_bindings() -> tuple[Json, ...]:
    """All ClusterRoleBindings of the bootstrap policy. Shared: copy before changing."""
    return (*_CLUSTER_BINDINGS, *_CONTROLLER_BINDINGS)


def role_bindings() -> tuple[Json, ...]:
    """All RoleBindings of the bootstrap policy, in kube-system and kube-public. Shared: copy before changing."""
    return _NAMESPACE_BINDINGS
