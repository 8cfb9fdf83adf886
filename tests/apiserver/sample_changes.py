"""What is told apart by kind when an object changes: a status for it, another spec, and who minds the generation."""

from __future__ import annotations

from pybernetes.api.object import Json

_TIME = "2026-01-01T00:00:00Z"
_CONDITION = {"type": "Seen", "status": "True", "reason": "Looked", "message": "", "lastTransitionTime": _TIME}

# By qualified name: what its controller may say in the status of a minimal object.
STATUSES: dict[str, Json] = {
    "namespaces": {"conditions": [{"type": "NamespaceContentRemaining", "status": "False"}]},
    "nodes": {"conditions": [{"type": "Ready", "status": "True"}]},
    "persistentvolumeclaims": {"conditions": [{"type": "Resizing", "status": "True"}]},
    "persistentvolumes": {"message": "waits"},
    "pods": {"message": "starts"},
    "replicationcontrollers": {"replicas": 2},
    "resourcequotas": {"hard": {"pods": "5"}, "used": {"pods": "2"}},
    "services": {"conditions": [_CONDITION]},
    "daemonsets.apps": {
        "currentNumberScheduled": 1,
        "desiredNumberScheduled": 1,
        "numberMisscheduled": 0,
        "numberReady": 1,
    },
    "deployments.apps": {"replicas": 2},
    "replicasets.apps": {"replicas": 2},
    "statefulsets.apps": {"replicas": 2},
    "horizontalpodautoscalers.autoscaling": {"currentReplicas": 2, "desiredReplicas": 3},
    "cronjobs.batch": {"lastScheduleTime": _TIME},
    "jobs.batch": {"active": 1, "startTime": _TIME},
    "certificatesigningrequests.certificates.k8s.io": {
        "conditions": [{"type": "Failed", "status": "True", "reason": "Refused", "message": "no"}]
    },
    "ingresses.networking.k8s.io": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}},
    "servicecidrs.networking.k8s.io": {"conditions": [_CONDITION]},
    "poddisruptionbudgets.policy": {
        "currentHealthy": 1,
        "desiredHealthy": 1,
        "disruptionsAllowed": 0,
        "expectedPods": 1,
    },
    "flowschemas.flowcontrol.apiserver.k8s.io": {"conditions": [{"type": "Dangling", "status": "True"}]},
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": {"conditions": [{"type": "Seen", "status": "True"}]},
    "resourceclaims.resource.k8s.io": {
        "allocation": {"devices": {"results": [{"request": "r", "driver": "example.com", "pool": "p", "device": "d"}]}}
    },
    "volumeattachments.storage.k8s.io": {"attached": True},
}

# A new object of these has the status that it was sent with.
KEEPS_STATUS_OF_CREATE = ("nodes", "servicecidrs.networking.k8s.io")
# An update of these takes a status as well.
TAKES_STATUS_OF_UPDATE = ("servicecidrs.networking.k8s.io",)
# A write to the status changes labels of these, and of no other.
STATUS_CHANGES_LABELS = frozenset(
    (
        "certificatesigningrequests.certificates.k8s.io",
        "cronjobs.batch",
        "daemonsets.apps",
        "horizontalpodautoscalers.autoscaling",
        "ingresses.networking.k8s.io",
        "jobs.batch",
        "namespaces",
        "nodes",
        "persistentvolumeclaims",
        "persistentvolumes",
        "poddisruptionbudgets.policy",
        "pods",
        "replicasets.apps",
        "replicationcontrollers",
        "resourcequotas",
        "services",
        "statefulsets.apps",
    )
)

_MORE_LABELS = {"template": {"metadata": {"labels": {"more": "yes"}}}}
_SUSPENDED: Json = {"spec": {"suspend": True}}
_SCALED: Json = {"spec": {"replicas": 4}}
_OTHER_PARAMETERS: Json = {"spec": {"paramRef": {"name": "p", "parameterNotFoundAction": "Allow"}}}
_WEBHOOK: Json = {
    "name": "one.example.com",
    "admissionReviewVersions": ["v1"],
    "clientConfig": {"url": "https://192.0.2.1/"},
    "sideEffects": "None",
    "failurePolicy": "Ignore",
}

# By qualified name: a merge patch that changes what the object asks for. All of these have a generation.
CHANGES: dict[str, Json] = {
    "pods": {"spec": {"activeDeadlineSeconds": 60}},
    "podtemplates": _MORE_LABELS,
    "replicationcontrollers": _SCALED,
    "daemonsets.apps": {"spec": _MORE_LABELS},
    "deployments.apps": _SCALED,
    "replicasets.apps": _SCALED,
    "statefulsets.apps": _SCALED,
    "cronjobs.batch": _SUSPENDED,
    "jobs.batch": _SUSPENDED,
    "endpointslices.discovery.k8s.io": {"endpoints": [{"addresses": ["10.1.1.1"]}]},
    "ingressclasses.networking.k8s.io": {
        "spec": {"parameters": {"apiGroup": "example.com", "kind": "Settings", "name": "s"}}
    },
    "ingresses.networking.k8s.io": {"spec": {"ingressClassName": "other"}},
    "networkpolicies.networking.k8s.io": {"spec": {"policyTypes": ["Egress"]}},
    "poddisruptionbudgets.policy": {"spec": {"maxUnavailable": 2}},
    "priorityclasses.scheduling.k8s.io": {"description": "for tests"},
    "csidrivers.storage.k8s.io": {"spec": {"requiresRepublish": True}},
    "mutatingadmissionpolicies.admissionregistration.k8s.io": {"spec": {"failurePolicy": "Ignore"}},
    "mutatingadmissionpolicybindings.admissionregistration.k8s.io": _OTHER_PARAMETERS,
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": {"webhooks": [_WEBHOOK]},
    "validatingadmissionpolicybindings.admissionregistration.k8s.io": _OTHER_PARAMETERS,
    "validatingwebhookconfigurations.admissionregistration.k8s.io": {"webhooks": [_WEBHOOK]},
    "flowschemas.flowcontrol.apiserver.k8s.io": {"spec": {"matchingPrecedence": 901}},
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": {"spec": {"limited": {"nominalConcurrencyShares": 7}}},
    "deviceclasses.resource.k8s.io": {"spec": {"selectors": [{"cel": {"expression": "true"}}]}},
    "resourceslices.resource.k8s.io": {"spec": {"pool": {"generation": 2}}},
}

# An update of one that is not there makes it.
CREATED_BY_UPDATE = frozenset(
    (
        "clusterrolebindings.rbac.authorization.k8s.io",
        "clusterroles.rbac.authorization.k8s.io",
        "endpoints",
        "events",
        "events.events.k8s.io",
        "leases.coordination.k8s.io",
        "limitranges",
        "rolebindings.rbac.authorization.k8s.io",
        "roles.rbac.authorization.k8s.io",
        "runtimeclasses.node.k8s.io",
        "services",
    )
)
# An update of these has to say which version it replaces.
MINDS_VERSION = frozenset(
    (
        "csidrivers.storage.k8s.io",
        "csinodes.storage.k8s.io",
        "csistoragecapacities.storage.k8s.io",
        "leases.coordination.k8s.io",
        "mutatingadmissionpolicies.admissionregistration.k8s.io",
        "mutatingadmissionpolicybindings.admissionregistration.k8s.io",
        "mutatingwebhookconfigurations.admissionregistration.k8s.io",
        "poddisruptionbudgets.policy",
        "runtimeclasses.node.k8s.io",
        "validatingadmissionpolicybindings.admissionregistration.k8s.io",
        "validatingwebhookconfigurations.admissionregistration.k8s.io",
        "volumeattachments.storage.k8s.io",
    )
)
# Nothing waits for the dependents of these.
WITHOUT_DEPENDENTS = ("events", "events.events.k8s.io")
