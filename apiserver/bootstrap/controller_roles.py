"""A ClusterRole for each control loop: ``system:controller:<name>``, with what that loop needs and no more.

Each is bound to the service account of the loop's name in kube-system, for a controller manager that acts as those
accounts. For one that acts as itself (as ours does) there is one role more, with the rules of all.
"""

from __future__ import annotations

from pybernetes.api.object import Json
from pybernetes.apiserver.bootstrap.policy_rule import READ, cluster_role, events_rule, rule

PREFIX = "system:controller:"

_CONTROL_REVISIONS = rule("create delete get list patch update watch", "apps", "controllerrevisions")
_CONTROL_PODS = rule("create delete list patch watch", "core", "pods")
_ALL_SIGNERS = (
    "kubernetes.io/kube-apiserver-client kubernetes.io/kube-apiserver-client-kubelet kubernetes.io/kubelet-serving "
    "kubernetes.io/legacy-unknown"
)

_WORKLOADS: dict[str, list[Json]] = {
    "cronjob-controller": [
        rule("get list update watch", "batch", "cronjobs"),
        rule("create delete get list patch update watch", "batch", "jobs"),
        rule("update", "batch", "cronjobs/status"),
        rule("update", "batch", "cronjobs/finalizers"),
        rule("delete list watch", "core", "pods"),
        events_rule(),
    ],
    "daemon-set-controller": [
        rule(READ, "apps extensions", "daemonsets"),
        rule("update", "apps extensions", "daemonsets/status"),
        rule("update", "apps extensions", "daemonsets/finalizers"),
        rule("list watch", "core", "nodes"),
        _CONTROL_PODS,
        rule("create", "core", "pods/binding"),
        _CONTROL_REVISIONS,
        events_rule(),
    ],
    "deployment-controller": [
        rule("get list update watch", "apps extensions", "deployments"),
        rule("update", "apps extensions", "deployments/status"),
        rule("update", "apps extensions", "deployments/finalizers"),
        rule("create delete get list patch update watch", "apps extensions", "replicasets"),
        rule("get list update watch", "core", "pods"),
        events_rule(),
    ],
    "disruption-controller": [
        rule(READ, "apps extensions", "deployments"),
        rule(READ, "apps extensions", "replicasets"),
        rule(READ, "core", "replicationcontrollers"),
        rule(READ, "policy", "poddisruptionbudgets"),
        rule(READ, "apps", "statefulsets"),
        rule("update", "policy", "poddisruptionbudgets/status"),
        rule("patch update", "core", "pods/status"),
        rule("get", "*", "*/scale"),
        events_rule(),
    ],
    "horizontal-pod-autoscaler": [
        rule(READ, "autoscaling", "horizontalpodautoscalers"),
        rule("update", "autoscaling", "horizontalpodautoscalers/status"),
        rule("get update", "*", "*/scale"),
        rule("list watch", "core", "pods"),
        rule("list watch", "metrics.k8s.io", "pods"),
        rule(READ, "custom.metrics.k8s.io", "*"),
        rule(READ, "external.metrics.k8s.io", "*"),
        events_rule(),
    ],
    "job-controller": [
        rule("get list patch update watch", "batch", "jobs"),
        rule("update", "batch", "jobs/status"),
        rule("update", "batch", "jobs/finalizers"),
        _CONTROL_PODS,
        events_rule(),
    ],
    "pod-garbage-collector": [
        rule("delete list watch", "core", "pods"),
        rule(READ, "core", "nodes"),
        rule("patch", "core", "pods/status"),
    ],
    "replicaset-controller": [
        rule("get list update watch", "apps extensions", "replicasets"),
        rule("update", "apps extensions", "replicasets/status"),
        rule("update", "apps extensions", "replicasets/finalizers"),
        _CONTROL_PODS,
        events_rule(),
    ],
    "replication-controller": [
        rule("get list update watch", "core", "replicationcontrollers"),
        rule("update", "core", "replicationcontrollers/status"),
        rule("update", "core", "replicationcontrollers/finalizers"),
        _CONTROL_PODS,
        events_rule(),
    ],
    "statefulset-controller": [
        rule("list watch", "core", "pods"),
        rule(READ, "apps", "statefulsets"),
        rule("update", "apps", "statefulsets/status"),
        rule("update", "apps", "statefulsets/finalizers"),
        rule("create delete get patch update", "core", "pods"),
        _CONTROL_REVISIONS,
        rule("create get list watch", "core", "persistentvolumeclaims"),
        rule("delete update", "core", "persistentvolumeclaims"),
        rule("update", "core", "pods/finalizers"),
        events_rule(),
    ],
    "ttl-after-finished-controller": [
        rule("delete get list watch", "batch", "jobs"),
        events_rule(),
    ],
}

_VOLUMES: dict[str, list[Json]] = {
    "attachdetach-controller": [
        rule("list watch", "core", "persistentvolumeclaims persistentvolumes"),
        rule(READ, "core", "nodes"),
        rule("patch update", "core", "nodes/status"),
        rule("list watch", "core", "pods"),
        events_rule(),
        rule("create delete get list watch", "storage.k8s.io", "volumeattachments"),
        rule(READ, "storage.k8s.io", "csidrivers"),
        rule(READ, "storage.k8s.io", "csinodes"),
    ],
    "ephemeral-volume-controller": [
        rule(READ, "core", "pods"),
        rule("update", "core", "pods/finalizers"),
        rule("create get list watch", "core", "persistentvolumeclaims"),
        events_rule(),
    ],
    "expand-controller": [
        rule("get list patch update watch", "core", "persistentvolumes"),
        rule("patch update", "core", "persistentvolumeclaims/status"),
        rule(READ, "core", "persistentvolumeclaims"),
        events_rule(),
    ],
    "persistent-volume-binder": [
        rule("create delete get list update watch", "core", "persistentvolumes"),
        rule("update", "core", "persistentvolumes/status"),
        rule("get list update watch", "core", "persistentvolumeclaims"),
        rule("update", "core", "persistentvolumeclaims/status"),
        rule("create delete get list watch", "core", "pods"),
        rule(READ, "storage.k8s.io", "storageclasses"),
        rule("list watch", "core", "nodes"),
        events_rule(),
        rule("watch", "core", "events"),
    ],
    "pv-protection-controller": [
        rule("get list update watch", "core", "persistentvolumes"),
        events_rule(),
    ],
    "pvc-protection-controller": [
        rule("get list update watch", "core", "persistentvolumeclaims"),
        rule("update", "core", "persistentvolumeclaims/status"),
        rule(READ, "core", "pods"),
        events_rule(),
    ],
    "selinux-warning-controller": [
        events_rule(),
        rule(READ, "core", "persistentvolumes"),
        rule(READ, "core", "persistentvolumeclaims"),
        rule(READ, "core", "pods"),
        rule(READ, "storage.k8s.io", "csidrivers"),
    ],
    "volumeattributesclass-protection-controller": [
        rule(READ, "core", "persistentvolumeclaims"),
        rule(READ, "core", "persistentvolumes"),
        rule("get list update watch", "storage.k8s.io", "volumeattributesclasses"),
        events_rule(),
    ],
    "resource-claim-controller": [
        rule(READ, "core", "pods"),
        rule("update", "core", "pods/finalizers"),
        rule("create delete get list watch", "resource.k8s.io", "resourceclaims"),
        rule("patch update", "resource.k8s.io", "resourceclaims resourceclaims/status"),
        rule("patch update", "core", "pods/status"),
        events_rule(),
        rule("patch update", "resource.k8s.io", "resourceclaims/binding"),
    ],
    "device-taint-eviction-controller": [
        rule("delete get list watch", "core", "pods"),
        rule("patch update", "core", "pods/status"),
        rule(READ, "resource.k8s.io", "resourceclaims"),
        rule(READ, "resource.k8s.io", "resourceslices"),
        rule(READ, "resource.k8s.io", "deviceclasses"),
        events_rule(),
    ],
}

_NETWORK_AND_NODES: dict[str, list[Json]] = {
    "endpoint-controller": [
        rule(READ, "core", "pods services"),
        rule("create delete get list update watch", "core", "endpoints"),
        rule("create", "core", "endpoints/restricted"),
        events_rule(),
    ],
    "endpointslice-controller": [
        rule(READ, "core", "nodes pods services"),
        rule("update", "core", "services/finalizers"),
        rule("create delete get list update watch", "discovery.k8s.io", "endpointslices"),
        events_rule(),
    ],
    "endpointslicemirroring-controller": [
        rule(READ, "core", "endpoints services"),
        rule("update", "core", "services/finalizers"),
        rule("update", "core", "endpoints/finalizers"),
        rule("create delete get list update watch", "discovery.k8s.io", "endpointslices"),
        events_rule(),
    ],
    "node-controller": [
        rule("delete get list patch update watch", "core", "nodes"),
        rule("patch update", "core", "nodes/status"),
        rule("patch update", "core", "pods/status"),
        rule("delete get list watch", "core", "pods"),
        events_rule(),
    ],
    "route-controller": [
        rule("list watch", "core", "nodes"),
        rule("patch", "core", "nodes/status"),
        events_rule(),
    ],
    "service-cidrs-controller": [
        rule("get list patch update watch", "networking.k8s.io", "servicecidrs"),
        rule("patch update", "networking.k8s.io", "servicecidrs/finalizers"),
        rule("patch update", "networking.k8s.io", "servicecidrs/status"),
        rule(READ, "networking.k8s.io", "ipaddresses"),
        events_rule(),
    ],
    "service-controller": [
        rule(READ, "core", "services"),
        rule("patch update", "core", "services/status"),
        rule("list watch", "core", "nodes"),
        events_rule(),
    ],
    "ttl-controller": [
        rule("list patch update watch", "core", "nodes"),
        events_rule(),
    ],
}

_CLUSTER: dict[str, list[Json]] = {
    "certificate-controller": [
        rule("delete get list watch", "certificates.k8s.io", "certificatesigningrequests"),
        rule(
            "update",
            "certificates.k8s.io",
            "certificatesigningrequests/approval certificatesigningrequests/status",
        ),
        rule("approve", "certificates.k8s.io", "signers", "kubernetes.io/kube-apiserver-client-kubelet"),
        rule("sign", "certificates.k8s.io", "signers", _ALL_SIGNERS),
        rule("create", "authorization.k8s.io", "subjectaccessreviews"),
        events_rule(),
    ],
    "clusterrole-aggregation-controller": [
        rule("escalate get list patch update watch", "rbac.authorization.k8s.io", "clusterroles"),
    ],
    "generic-garbage-collector": [
        rule("delete get list patch update watch", "*", "*"),
        events_rule(),
    ],
    "legacy-service-account-token-cleaner": [
        rule("get", "core", "configmaps", "kube-apiserver-legacy-service-account-token-tracking"),
        rule("delete patch", "core", "secrets"),
    ],
    "namespace-controller": [
        rule("delete get list watch", "core", "namespaces"),
        rule("update", "core", "namespaces/finalize namespaces/status"),
        rule("delete deletecollection get list watch", "*", "*"),
    ],
    "resourcequota-controller": [
        rule("list watch", "*", "*"),
        rule("update", "core", "resourcequotas/status"),
        events_rule(),
    ],
    "root-ca-cert-publisher": [
        rule("create update", "core", "configmaps"),
        events_rule(),
    ],
    "service-account-controller": [
        rule("create", "core", "serviceaccounts"),
        events_rule(),
    ],
    "validatingadmissionpolicy-status-controller": [
        rule(READ, "admissionregistration.k8s.io", "validatingadmissionpolicies"),
        rule("get patch update", "admissionregistration.k8s.io", "validatingadmissionpolicies/status"),
        events_rule(),
    ],
}

CONTROLLERS: dict[str, list[Json]] = dict(
    sorted((_WORKLOADS | _VOLUMES | _NETWORK_AND_NODES | _CLUSTER).items()),
)


def _all_rules() -> list[Json]:
    """Each rule of each loop, once."""
    found: list[Json] = []
    for rules in CONTROLLERS.values():
        found += [one for one in rules if one not in found]
    return found


CONTROLLERS_OF_ONE_USER = "pybernetes:controllers"
CONTROLLER_ROLES = (
    *(cluster_role(PREFIX + name, rules) for name, rules in CONTROLLERS.items()),
    cluster_role(CONTROLLERS_OF_ONE_USER, _all_rules()),
)
