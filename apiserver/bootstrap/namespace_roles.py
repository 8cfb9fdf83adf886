"""Roles inside kube-system and kube-public: leader election, bootstrap tokens, the cluster's own configuration."""

from __future__ import annotations

from pybernetes.apiserver.bootstrap.policy_rule import READ, events_rule, namespace_role, rule

_LEASES = "create get list update watch"

NAMESPACE_ROLES = (
    namespace_role(
        "kube-public",
        "system:controller:bootstrap-signer",
        [rule(READ, "core", "configmaps"), rule("update", "core", "configmaps", "cluster-info"), events_rule()],
    ),
    namespace_role(
        "kube-system",
        "extension-apiserver-authentication-reader",
        [rule(READ, "core", "configmaps", "extension-apiserver-authentication")],
    ),
    *(
        namespace_role(
            "kube-system",
            f"system::leader-locking-{component}",
            [rule(_LEASES, "coordination.k8s.io", "leases"), rule(_LEASES, "coordination.k8s.io", "leasecandidates")],
        )
        for component in ("kube-controller-manager", "kube-scheduler")
    ),
    namespace_role("kube-system", "system:controller:bootstrap-signer", [rule(READ, "core", "secrets")]),
    namespace_role(
        "kube-system", "system:controller:cloud-provider", [rule("create get list watch", "core", "configmaps")]
    ),
    namespace_role(
        "kube-system",
        "system:controller:token-cleaner",
        [rule("delete get list watch", "core", "secrets"), events_rule()],
    ),
    # Ours: the cluster's DNS publishes itself under the Service kube-dns.
    namespace_role(
        "kube-system",
        "system:coredns",
        [
            rule("create get list patch update watch", "core", "services"),
            rule("create delete get list patch update watch", "discovery.k8s.io", "endpointslices"),
            rule("create delete get list patch update watch", "coordination.k8s.io", "leases"),
        ],
    ),
)
