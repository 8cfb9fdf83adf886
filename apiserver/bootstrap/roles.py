"""The roles of nodes, components and everyone: ClusterRoles that stand for themselves.

`cluster_roles()` is all ClusterRoles of the bootstrap policy, those of people and of controllers included.
"""

from __future__ import annotations

from pybernetes.api.object import Json
from pybernetes.apiserver.bootstrap.controller_roles import CONTROLLER_ROLES
from pybernetes.apiserver.bootstrap.policy_rule import READ, READ_WRITE, cluster_role, events_rule, path_rule, rule
from pybernetes.apiserver.bootstrap.user_roles import USER_ROLES

NODE_RULES: tuple[Json, ...] = (
    rule("create", "authentication.k8s.io", "tokenreviews"),
    rule("create", "authorization.k8s.io", "localsubjectaccessreviews subjectaccessreviews"),
    rule(READ, "core", "services"),
    rule("create get list watch", "core", "nodes"),
    rule("patch update", "core", "nodes/status"),
    rule("patch update", "core", "nodes"),
    rule("create patch update", "core", "events"),
    rule(READ, "core", "pods"),
    rule("create delete", "core", "pods"),
    rule("patch update", "core", "pods/status"),
    rule("create", "core", "pods/eviction"),
    rule(READ, "core", "configmaps secrets"),
    rule("get", "core", "persistentvolumeclaims persistentvolumes"),
    rule("get", "core", "endpoints"),
    rule("create get list watch", "certificates.k8s.io", "certificatesigningrequests"),
    rule("create delete get patch update", "coordination.k8s.io", "leases"),
    rule("get", "storage.k8s.io", "volumeattachments"),
    rule("create", "core", "serviceaccounts/token"),
    rule("get patch update", "core", "persistentvolumeclaims/status"),
    rule(READ, "storage.k8s.io", "csidrivers"),
    rule("create delete get patch update", "storage.k8s.io", "csinodes"),
    rule(READ, "node.k8s.io", "runtimeclasses"),
    rule("get", "resource.k8s.io", "resourceclaims"),
    rule("deletecollection", "resource.k8s.io", "resourceslices"),
    rule(READ, "certificates.k8s.io", "clustertrustbundles"),
    rule("get", "core", "serviceaccounts"),
)

_PUBLIC_PATHS = "/healthz /livez /readyz /version /version/"
_SIGNERS = {
    "kube-apiserver-client-approver": "kubernetes.io/kube-apiserver-client",
    "kube-apiserver-client-kubelet-approver": "kubernetes.io/kube-apiserver-client-kubelet",
    "kubelet-serving-approver": "kubernetes.io/kubelet-serving",
    "legacy-unknown-approver": "kubernetes.io/legacy-unknown",
}

_EVERYONE_ROLES = (
    cluster_role(
        "system:discovery",
        [path_rule("get", f"/api /api/* /apis /apis/* /openapi /openapi/* {_PUBLIC_PATHS}")],
    ),
    cluster_role("system:public-info-viewer", [path_rule("get", _PUBLIC_PATHS)]),
    cluster_role(
        "system:basic-user",
        [
            rule("create", "authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews"),
            rule("create", "authentication.k8s.io", "selfsubjectreviews"),
        ],
    ),
    cluster_role(
        "system:service-account-issuer-discovery",
        [
            path_rule(
                "get",
                "/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/",
            )
        ],
    ),
    cluster_role(
        "system:monitoring",
        [
            path_rule("get", "/healthz /healthz/* /livez /livez/* /readyz /readyz/* /metrics /metrics/slis"),
            path_rule("get", "/flagz"),
            path_rule("get", "/statusz"),
        ],
    ),
)

_NODE_ROLES = (
    cluster_role("system:node", NODE_RULES),
    cluster_role(
        "system:node-bootstrapper",
        [rule("create get list watch", "certificates.k8s.io", "certificatesigningrequests")],
    ),
    cluster_role(
        "system:node-problem-detector",
        [rule("get", "core", "nodes"), rule("patch", "core", "nodes/status"), events_rule()],
    ),
    cluster_role(
        "system:node-proxier",
        [
            rule("list watch", "core", "endpoints services"),
            rule(READ, "core", "nodes"),
            events_rule(),
            rule("list watch", "networking.k8s.io", "servicecidrs"),
            rule("list watch", "discovery.k8s.io", "endpointslices"),
        ],
    ),
    cluster_role(
        "system:kubelet-api-admin",
        [
            rule(READ, "core", "nodes"),
            rule("proxy", "core", "nodes"),
            rule("*", "core", "nodes/log nodes/metrics nodes/proxy nodes/stats"),
            rule("*", "core", "nodes/configz nodes/healthz nodes/pods"),
        ],
    ),
)

_COMPONENT_ROLES = (
    cluster_role(
        "system:kube-controller-manager",
        [
            events_rule(),
            rule("create", "coordination.k8s.io", "leases"),
            rule("get update", "coordination.k8s.io", "leases", "kube-controller-manager"),
            rule("create", "core", "secrets serviceaccounts"),
            rule("delete", "core", "secrets"),
            rule("get", "core", "configmaps namespaces secrets serviceaccounts"),
            rule("update", "core", "secrets serviceaccounts"),
            rule("create", "authentication.k8s.io", "tokenreviews"),
            rule("create", "authorization.k8s.io", "subjectaccessreviews"),
            rule("list watch", "*", "*"),
            rule("create", "core", "serviceaccounts/token"),
        ],
    ),
    cluster_role(
        "system:kube-scheduler",
        [
            events_rule(),
            rule("create", "coordination.k8s.io", "leases"),
            rule("get list update watch", "coordination.k8s.io", "leases", "kube-scheduler"),
            rule(READ_WRITE, "coordination.k8s.io", "leasecandidates"),
            rule(READ, "core", "nodes"),
            rule("delete get list watch", "core", "pods"),
            rule("create", "core", "bindings pods/binding"),
            rule("patch update", "core", "pods/status"),
            rule(READ, "core", "replicationcontrollers services"),
            rule(READ, "apps extensions", "replicasets"),
            rule(READ, "apps", "statefulsets"),
            rule(READ, "policy", "poddisruptionbudgets"),
            rule(READ, "core", "persistentvolumeclaims persistentvolumes"),
            rule("create", "authentication.k8s.io", "tokenreviews"),
            rule("create", "authorization.k8s.io", "subjectaccessreviews"),
            rule(READ, "storage.k8s.io", "csinodes"),
            rule(READ, "storage.k8s.io", "volumeattachments"),
            rule(READ, "core", "namespaces"),
            rule(READ, "storage.k8s.io", "csidrivers"),
            rule(READ, "storage.k8s.io", "csistoragecapacities"),
            rule(READ, "resource.k8s.io", "deviceclasses"),
            rule("get list patch update watch", "resource.k8s.io", "resourceclaims"),
            rule("get list patch update watch", "resource.k8s.io", "resourceclaims/status"),
            rule("patch update", "resource.k8s.io", "resourceclaims/binding"),
            rule("get list patch update watch", "core", "pods/finalizers"),
            rule(READ, "resource.k8s.io", "resourceslices"),
            rule(READ, "resource.k8s.io", "devicetaintrules"),
        ],
    ),
    cluster_role(
        "system:volume-scheduler",
        [
            rule("get list patch update watch", "core", "persistentvolumes"),
            rule(READ, "storage.k8s.io", "storageclasses"),
            rule("get list patch update watch", "core", "persistentvolumeclaims"),
        ],
    ),
    cluster_role("system:kube-dns", [rule("list watch", "core", "endpoints services")]),
    cluster_role("system:kube-aggregator", [rule(READ, "core", "endpoints services")]),
    cluster_role(
        "system:auth-delegator",
        [
            rule("create", "authentication.k8s.io", "tokenreviews"),
            rule("create", "authorization.k8s.io", "subjectaccessreviews"),
        ],
    ),
    cluster_role(
        "system:persistent-volume-provisioner",
        [
            rule("create delete get list watch", "core", "persistentvolumes"),
            rule("get list update watch", "core", "persistentvolumeclaims"),
            rule(READ, "storage.k8s.io", "storageclasses"),
            rule("watch", "core", "events"),
            events_rule(),
        ],
    ),
    # Ours: what the cluster's DNS reads, and the Service and slices it publishes itself by.
    cluster_role(
        "system:coredns",
        [
            rule(READ, "core", "endpoints namespaces pods services"),
            rule(READ, "core", "nodes"),
            rule(READ, "discovery.k8s.io", "endpointslices"),
            events_rule(),
        ],
    ),
)

_CERTIFICATE_ROLES = (
    cluster_role(
        "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
        [rule("create", "certificates.k8s.io", "certificatesigningrequests/nodeclient")],
    ),
    cluster_role(
        "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
        [rule("create", "certificates.k8s.io", "certificatesigningrequests/selfnodeclient")],
    ),
    *(
        cluster_role(f"system:certificates.k8s.io:{name}", [rule("approve", "certificates.k8s.io", "signers", signer)])
        for name, signer in _SIGNERS.items()
    ),
    cluster_role("system:cluster-trust-bundle-discovery", [rule(READ, "certificates.k8s.io", "clustertrustbundles")]),
)


def cluster_roles() -> tuple[Json, ...]:
    """All ClusterRoles of the bootstrap policy. Shared: copy before changing."""
    return (
        *USER_ROLES,
        *_EVERYONE_ROLES,
        *_NODE_ROLES,
        *_COMPONENT_ROLES,
        *_CERTIFICATE_ROLES,
        *CONTROLLER_ROLES,
    )
