"""The other core kinds: a minimal one with all defaults, and every rule as a row."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from pybernetes.api.object import Json

INVALID, REQUIRED, DUPLICATE = "FieldValueInvalid", "FieldValueRequired", "FieldValueDuplicate"
FORBIDDEN, NOT_FOUND, UNSUPPORTED = "FieldValueForbidden", "FieldValueNotFound", "FieldValueNotSupported"
TOO_LONG, TOO_MANY = "FieldValueTooLong", "FieldValueTooMany"

_META = {"name": "a", "namespace": "default"}
_TEMPLATE = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "c", "image": "x:1"}]}}
_TEMPLATE_DEFAULTED = {
    "metadata": {"labels": {"app": "a"}},
    "spec": {
        "containers": [
            {
                "name": "c",
                "image": "x:1",
                "imagePullPolicy": "IfNotPresent",
                "resources": {},
                "terminationMessagePath": "/dev/termination-log",
                "terminationMessagePolicy": "File",
            }
        ],
        "dnsPolicy": "ClusterFirst",
        "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
        "securityContext": {},
        "terminationGracePeriodSeconds": 30,
    },
}
_SELECTOR = {"matchLabels": {"app": "a"}}
_SUBJECT = {"kind": "User", "name": "u"}
_ROLE_REF = {"kind": "ClusterRole", "name": "r"}
RBAC = "rbac.authorization.k8s.io"


_UNCOUNTED = {"status": {"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0}}


def test_leases_are_not_coordinated(server: Any) -> None:
    spec = {"holderIdentity": "h", "strategy": "OldestEmulationVersion", "preferredHolder": "p"}
    made, causes = server.create("leases.coordination.k8s.io", {"metadata": _META, "spec": spec})
    assert (made["spec"], causes) == ({"holderIdentity": "h"}, [])


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


MINIMA: dict[str, Json] = {
    "namespaces": {"metadata": {"name": "a"}},
    "nodes": {"metadata": {"name": "a"}},
    "services": {"metadata": _META, "spec": {"ports": [{"port": 80}]}},
    "endpoints": {"metadata": _META, "subsets": [{"addresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 80}]}]},
    "endpointslices.discovery.k8s.io": {
        "metadata": _META,
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["10.0.0.1"]}],
        "ports": [{"port": 80}],
    },
    "configmaps": {"metadata": _META, "data": {"k": "v"}},
    "secrets": {"metadata": _META, "data": {"a": encoded("1")}, "stringData": {"k": "v"}},
    "serviceaccounts": {"metadata": _META},
    "events": {"metadata": _META, "involvedObject": {"kind": "Pod", "name": "p", "namespace": "default"}},
    "replicationcontrollers": {"metadata": _META, "spec": {"template": _TEMPLATE}},
    "replicasets.apps": {"metadata": _META, "spec": {"selector": _SELECTOR, "template": _TEMPLATE}},
    "deployments.apps": {"metadata": _META, "spec": {"selector": _SELECTOR, "template": _TEMPLATE}},
    "podtemplates": {"metadata": _META, "template": _TEMPLATE},
    "leases.coordination.k8s.io": {"metadata": _META, "spec": {"holderIdentity": "h"}},
    "roles.rbac.authorization.k8s.io": {"metadata": _META},
    "clusterroles.rbac.authorization.k8s.io": {"metadata": {"name": "a"}},
    "rolebindings.rbac.authorization.k8s.io": {"metadata": _META, "roleRef": _ROLE_REF, "subjects": [_SUBJECT]},
    "clusterrolebindings.rbac.authorization.k8s.io": {"metadata": {"name": "a"}, "roleRef": _ROLE_REF},
    "priorityclasses.scheduling.k8s.io": {"metadata": {"name": "a"}},
    "limitranges": {"metadata": _META, "spec": {"limits": [{"type": "Container", "max": {"cpu": "2"}}]}},
    "resourcequotas": {"metadata": _META, "spec": {"hard": {"pods": "5"}}},
}

DEFAULTED: dict[str, Json] = {
    "namespaces": {
        "metadata": {"name": "a", "labels": {"kubernetes.io/metadata.name": "a"}},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    },
    "services": {
        "metadata": _META,
        "spec": {
            "internalTrafficPolicy": "Cluster",
            "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}],
            "sessionAffinity": "None",
            "type": "ClusterIP",
        },
        "status": {"loadBalancer": {}},
    },
    "endpoints": {
        "metadata": _META,
        "subsets": [{"addresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 80, "protocol": "TCP"}]}],
    },
    "endpointslices.discovery.k8s.io": {
        "metadata": _META,
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {}}],
        "ports": [{"name": "", "port": 80, "protocol": "TCP"}],
    },
    "configmaps": {"metadata": _META, "data": {"k": "v"}},
    "secrets": {"metadata": _META, "data": {"a": encoded("1"), "k": encoded("v")}, "type": "Opaque"},
    "serviceaccounts": {"metadata": _META},
    "events": {
        "metadata": _META,
        "involvedObject": {"kind": "Pod", "name": "p", "namespace": "default"},
        "eventTime": None,
        "firstTimestamp": None,
        "lastTimestamp": None,
        "reportingComponent": "",
        "reportingInstance": "",
        "source": {},
    },
    "replicationcontrollers": {
        "metadata": {**_META, "labels": {"app": "a"}},
        "spec": {"replicas": 1, "selector": {"app": "a"}, "template": _TEMPLATE_DEFAULTED},
        "status": {"replicas": 0},
    },
    "replicasets.apps": {
        "metadata": _META,
        "spec": {"replicas": 1, "selector": _SELECTOR, "template": _TEMPLATE_DEFAULTED},
        "status": {"replicas": 0},
    },
    "deployments.apps": {
        "metadata": _META,
        "spec": {
            "progressDeadlineSeconds": 600,
            "replicas": 1,
            "revisionHistoryLimit": 10,
            "selector": _SELECTOR,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "template": _TEMPLATE_DEFAULTED,
        },
        "status": {},
    },
    "podtemplates": {"metadata": _META, "template": _TEMPLATE_DEFAULTED},
    "leases.coordination.k8s.io": {"metadata": _META, "spec": {"holderIdentity": "h"}},
    "roles.rbac.authorization.k8s.io": {"metadata": _META, "rules": None},
    "clusterroles.rbac.authorization.k8s.io": {"metadata": {"name": "a"}, "rules": None},
    "rolebindings.rbac.authorization.k8s.io": {
        "metadata": _META,
        "roleRef": {"apiGroup": RBAC, **_ROLE_REF},
        "subjects": [{"apiGroup": RBAC, **_SUBJECT}],
    },
    "clusterrolebindings.rbac.authorization.k8s.io": {
        "metadata": {"name": "a"},
        "roleRef": {"apiGroup": RBAC, **_ROLE_REF},
    },
    "priorityclasses.scheduling.k8s.io": {
        "metadata": {"name": "a"},
        "preemptionPolicy": "PreemptLowerPriority",
        "value": 0,
    },
    "limitranges": {
        "metadata": _META,
        "spec": {
            "limits": [
                {"type": "Container", "max": {"cpu": "2"}, "default": {"cpu": "2"}, "defaultRequest": {"cpu": "2"}}
            ]
        },
    },
    "resourcequotas": {"metadata": _META, "spec": {"hard": {"pods": "5"}}, "status": {}},
}


@pytest.mark.parametrize("kind", MINIMA)
def test_a_minimal_one_is_valid_and_gets_its_defaults(server: Any, kind: str) -> None:
    created, causes = server.create(kind, MINIMA[kind])
    assert causes == []
    if kind in DEFAULTED:
        assert created == DEFAULTED[kind]
    again = server.decode(kind, created)
    assert again == created


RULES: list[tuple[str, str, Any, str, str, str]] = [
    # namespaces, nodes
    ("namespaces", "metadata/name", "a.b", "metadata.name", INVALID, 'Invalid value: "a.b": must not contain dots'),
    ("namespaces", "metadata/namespace", "x", "metadata.namespace", FORBIDDEN, "Forbidden: not allowed on this type"),
    ("nodes", "spec/taints", [{"key": "a"}], "metadata.taints[0].effect", REQUIRED, "Required value"),
    (
        "nodes",
        "spec/taints",
        [{"key": "a", "effect": "X"}],
        "metadata.taints[0].effect",
        UNSUPPORTED,
        'Unsupported value: "X": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ),
    (
        "nodes",
        "spec/podCIDR",
        "10.0.0.0",
        "spec.podCIDRs[0]",
        INVALID,
        'Invalid value: "10.0.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ),
    (
        "nodes",
        "status/capacity",
        {"cpu": "-1"},
        "status.capacity.cpu",
        INVALID,
        'Invalid value: "-1": must be greater than or equal to 0',
    ),
    # services
    ("services", "spec/ports", [], "spec.ports", REQUIRED, "Required value"),
    (
        "services",
        "spec/ports",
        [{"port": 0}],
        "spec.ports[0].port",
        INVALID,
        "Invalid value: 0: must be between 1 and 65535, inclusive",
    ),
    ("services", "spec/ports", [{"port": 1}, {"port": 2}], "spec.ports[0].name", REQUIRED, "Required value"),
    (
        "services",
        "spec/ports",
        [{"port": 1, "name": "a"}, {"port": 2, "name": "a"}],
        "spec.ports[1].name",
        DUPLICATE,
        'Duplicate value: "a"',
    ),
    (
        "services",
        "spec/ports",
        [{"port": 1, "nodePort": 30000}],
        "spec.ports[0].nodePort",
        FORBIDDEN,
        "Forbidden: may not be used when `type` is 'ClusterIP'",
    ),
    (
        "services",
        "spec/type",
        "Nope",
        "spec.type",
        UNSUPPORTED,
        'Unsupported value: "Nope": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ),
    ("services", "spec/type", "ExternalName", "spec.externalName", REQUIRED, "Required value"),
    (
        "services",
        "spec/clusterIP",
        "nope",
        "spec.clusterIPs[0]",
        INVALID,
        'Invalid value: "nope": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ),
    (
        "services",
        "spec/externalIPs",
        ["127.0.0.1"],
        "spec.externalIPs[0]",
        INVALID,
        'Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ),
    (
        "services",
        "spec/externalTrafficPolicy",
        "Local",
        "spec.externalTrafficPolicy",
        INVALID,
        'Invalid value: "Local": may only be set for externally-accessible services',
    ),
    (
        "services",
        "spec/loadBalancerSourceRanges",
        ["10.0.0.0/8"],
        "spec.LoadBalancerSourceRanges",
        FORBIDDEN,
        "Forbidden: may only be used when `type` is 'LoadBalancer'",
    ),
    (
        "services",
        "spec/sessionAffinity",
        "Maybe",
        "spec.sessionAffinity",
        UNSUPPORTED,
        'Unsupported value: "Maybe": supported values: "ClientIP", "None"',
    ),
    (
        "services",
        "spec/ipFamilies",
        ["IPv5"],
        "spec.ipFamilies[0]",
        UNSUPPORTED,
        'Unsupported value: "IPv5": supported values: "IPv4", "IPv6"',
    ),
    (
        "services",
        "spec/trafficDistribution",
        "Far",
        "spec.trafficDistribution",
        UNSUPPORTED,
        'Unsupported value: "Far": supported values: "PreferClose", "PreferSameZone", "PreferSameNode"',
    ),
    # endpoints, slices
    (
        "endpoints",
        "subsets",
        [{}],
        "subsets[0]",
        REQUIRED,
        "Required value: must specify `addresses` or `notReadyAddresses`",
    ),
    (
        "endpoints",
        "subsets/0/addresses/0/ip",
        "169.254.0.1",
        "subsets[0].addresses[0].ip",
        INVALID,
        'Invalid value: "169.254.0.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
    ),
    ("endpointslices.discovery.k8s.io", "addressType", ..., "addressType", REQUIRED, "Required value"),
    (
        "endpointslices.discovery.k8s.io",
        "addressType",
        "X",
        "addressType",
        UNSUPPORTED,
        'Unsupported value: "X": supported values: "FQDN", "IPv4", "IPv6"',
    ),
    (
        "endpointslices.discovery.k8s.io",
        "endpoints/0/addresses",
        [],
        "endpoints[0].addresses",
        REQUIRED,
        "Required value: must contain at least 1 address",
    ),
    (
        "endpointslices.discovery.k8s.io",
        "endpoints/0/addresses",
        ["fd00::1"],
        "endpoints[0].addresses[0]",
        INVALID,
        'Invalid value: "fd00::1": must be a valid IPv4 address',
    ),
    (
        "endpointslices.discovery.k8s.io",
        "endpoints",
        [{"addresses": ["10.0.0.1"]}] * 1001,
        "endpoints",
        TOO_MANY,
        "Too many: 1001: must have at most 1000 items",
    ),
    (
        "endpointslices.discovery.k8s.io",
        "ports",
        [{"port": 1}, {"port": 2}],
        "ports[1].name",
        DUPLICATE,
        'Duplicate value: ""',
    ),
    # config maps, secrets
    (
        "configmaps",
        "data",
        {"a b": "c"},
        "data[a b]",
        INVALID,
        "Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. "
        "'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    ),
    (
        "configmaps",
        "binaryData",
        {"k": encoded("v")},
        "data[k]",
        INVALID,
        'Invalid value: "k": duplicate of key present in binaryData',
    ),
    (
        "configmaps",
        "data",
        {"k": "x" * (2**20 + 1)},
        "",
        TOO_LONG,
        "Too long: may not be more than 1048576 bytes",
    ),
    (
        "secrets",
        "data",
        {"big": encoded("x" * (2**20 + 1))},
        "data",
        TOO_LONG,
        "Too long: may not be more than 1048576 bytes",
    ),
    ("secrets", "type", "kubernetes.io/tls", "data[tls.crt]", REQUIRED, "Required value"),
    ("secrets", "type", "kubernetes.io/basic-auth", "data[username]", REQUIRED, "Required value"),
    ("secrets", "type", "kubernetes.io/ssh-auth", "data[ssh-privatekey]", REQUIRED, "Required value"),
    ("secrets", "type", "kubernetes.io/dockerconfigjson", "data[.dockerconfigjson]", REQUIRED, "Required value"),
    (
        "secrets",
        "type",
        "kubernetes.io/service-account-token",
        "metadata.annotations[kubernetes.io/service-account.name]",
        REQUIRED,
        "Required value",
    ),
    # controllers of pods
    (
        "replicationcontrollers",
        "spec/replicas",
        -1,
        "spec.replicas",
        INVALID,
        "Invalid value: -1: must be greater than or equal to 0",
    ),
    ("replicationcontrollers", "spec/template", ..., "spec.template", REQUIRED, "Required value"),
    (
        "replicationcontrollers",
        "spec/selector",
        {"app": "b"},
        "spec.template.metadata.labels",
        INVALID,
        'Invalid value: {"app":"a"}: `selector` does not match template `labels`',
    ),
    (
        "replicationcontrollers",
        "spec/template/spec/restartPolicy",
        "Never",
        "spec.template.spec.restartPolicy",
        UNSUPPORTED,
        'Unsupported value: "Never": supported values: "Always"',
    ),
    ("replicasets.apps", "spec/selector", ..., "spec.selector", REQUIRED, "Required value"),
    (
        "replicasets.apps",
        "spec/selector",
        {},
        "spec.selector",
        INVALID,
        "Invalid value: {}: empty selector is invalid for deployment",
    ),
    (
        "replicasets.apps",
        "spec/template/spec/activeDeadlineSeconds",
        5,
        "spec.template.spec.activeDeadlineSeconds",
        FORBIDDEN,
        "Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported",
    ),
    (
        "deployments.apps",
        "spec/selector",
        {"matchExpressions": [{"key": "a", "operator": "X"}]},
        "spec.selector.matchExpressions[0].operator",
        INVALID,
        'Invalid value: "X": not a valid selector operator',
    ),
    (
        "deployments.apps",
        "spec/strategy",
        {"type": "Recreate", "rollingUpdate": {}},
        "spec.strategy.rollingUpdate",
        FORBIDDEN,
        "Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ),
    (
        "deployments.apps",
        "spec/strategy",
        {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}},
        "spec.strategy.rollingUpdate.maxUnavailable",
        INVALID,
        "Invalid value: 0: may not be 0 when `maxSurge` is 0",
    ),
    (
        "deployments.apps",
        "spec/strategy",
        {"rollingUpdate": {"maxUnavailable": "101%"}},
        "spec.strategy.rollingUpdate.maxUnavailable",
        INVALID,
        'Invalid value: "101%": must not be greater than 100%',
    ),
    (
        "deployments.apps",
        "spec/progressDeadlineSeconds",
        0,
        "spec.progressDeadlineSeconds",
        INVALID,
        "Invalid value: 0: must be greater than minReadySeconds",
    ),
    (
        "deployments.apps",
        "spec/template/spec/ephemeralContainers",
        [{"name": "e", "image": "x"}],
        "spec.template.spec.ephemeralContainers",
        FORBIDDEN,
        "Forbidden: ephemeral containers not allowed in pod template",
    ),
    # leases, priority classes
    (
        "leases.coordination.k8s.io",
        "spec/leaseDurationSeconds",
        0,
        "spec.leaseDurationSeconds",
        INVALID,
        "Invalid value: 0: must be greater than 0",
    ),
    (
        "priorityclasses.scheduling.k8s.io",
        "value",
        2_000_000_000,
        "value",
        FORBIDDEN,
        "Forbidden: maximum allowed value of a user defined priority is 1000000000",
    ),
    (
        "priorityclasses.scheduling.k8s.io",
        "preemptionPolicy",
        "X",
        "preemptionPolicy",
        UNSUPPORTED,
        'Unsupported value: "X": supported values: "PreemptLowerPriority", "Never"',
    ),
    # rbac
    (
        "roles.rbac.authorization.k8s.io",
        "rules",
        [{"verbs": [], "apiGroups": [""], "resources": ["pods"]}],
        "rules[0].verbs",
        REQUIRED,
        "Required value: verbs must contain at least one value",
    ),
    (
        "roles.rbac.authorization.k8s.io",
        "rules",
        [{"verbs": ["get"], "nonResourceURLs": ["/x"]}],
        "rules[0].nonResourceURLs",
        INVALID,
        'Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs',
    ),
    (
        "clusterroles.rbac.authorization.k8s.io",
        "rules",
        [{"verbs": ["get"], "resources": ["pods"]}],
        "rules[0].apiGroups",
        REQUIRED,
        "Required value: resource rules must supply at least one api group",
    ),
    (
        "clusterroles.rbac.authorization.k8s.io",
        "aggregationRule",
        {},
        "aggregationRule.clusterRoleSelectors",
        REQUIRED,
        "Required value: at least one clusterRoleSelector required if aggregationRule is non-nil",
    ),
    (
        "clusterrolebindings.rbac.authorization.k8s.io",
        "roleRef/kind",
        "Role",
        "roleRef.kind",
        UNSUPPORTED,
        'Unsupported value: "Role": supported values: "ClusterRole"',
    ),
    ("rolebindings.rbac.authorization.k8s.io", "roleRef/name", "", "roleRef.name", REQUIRED, "Required value"),
    (
        "rolebindings.rbac.authorization.k8s.io",
        "subjects",
        [{"kind": "Robot", "name": "r"}],
        "subjects[0].kind",
        UNSUPPORTED,
        'Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
    ),
    (
        "clusterrolebindings.rbac.authorization.k8s.io",
        "subjects",
        [{"kind": "ServiceAccount", "name": "s"}],
        "subjects[0].namespace",
        REQUIRED,
        "Required value",
    ),
    # limit ranges, quotas
    (
        "limitranges",
        "spec/limits",
        [{"type": "Container", "min": {"cpu": "2"}, "max": {"cpu": "1"}}],
        "spec.limits[0].min[cpu]",
        INVALID,
        'Invalid value: "2": min value 2 is greater than max value 1',
    ),
    (
        "limitranges",
        "spec/limits",
        [{"type": "Pod", "default": {"cpu": "1"}}],
        "spec.limits[0].default",
        FORBIDDEN,
        "Forbidden: may not be specified when `type` is 'Pod'",
    ),
    (
        "limitranges",
        "spec/limits",
        [{"type": "X"}],
        "spec.limits[0].type",
        INVALID,
        'Invalid value: "X": must be a standard limit type or fully qualified',
    ),
    (
        "resourcequotas",
        "spec/hard",
        {"storage": "1"},
        "spec.hard[storage]",
        INVALID,
        'Invalid value: "storage": must be a standard resource for quota',
    ),
    (
        "resourcequotas",
        "spec/hard",
        {"pods": "500m"},
        "spec.hard[pods]",
        INVALID,
        'Invalid value: "500m": must be an integer',
    ),
    (
        "resourcequotas",
        "spec/scopes",
        ["BestEffort", "NotBestEffort"],
        "spec.scopes",
        INVALID,
        'Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes',
    ),
    # events
    (
        "events",
        "involvedObject/namespace",
        "other",
        "involvedObject.namespace",
        INVALID,
        'Invalid value: "other": does not match event.namespace',
    ),
    ("events", "eventTime", "2026-01-01T00:00:00.000000Z", "reportingComponent", REQUIRED, "Required value"),
]


@pytest.mark.parametrize(
    ("kind", "path", "value", "field", "reason", "message"),
    RULES,
    ids=[f"{rule[0]}-{rule[1]}-{index}" for index, rule in enumerate(RULES)],
)
def test_rules(
    server: Any, changed: Any, kind: str, path: str, value: Any, field: str, reason: str, message: str
) -> None:
    _, causes = server.create(kind, changed(MINIMA[kind], path, value))
    assert (field, reason, message) in causes


FIXED: list[tuple[str, str, Any, str, str, str]] = [
    (
        "replicasets.apps",
        "spec/selector",
        {"matchLabels": {"app": "a", "b": "c"}},
        "spec.selector",
        INVALID,
        'Invalid value: {"matchLabels":{"app":"a","b":"c"}}: field is immutable',
    ),
    (
        "deployments.apps",
        "spec/selector",
        {"matchLabels": {"app": "b"}},
        "spec.selector",
        INVALID,
        'Invalid value: {"matchLabels":{"app":"b"}}: field is immutable',
    ),
    ("secrets", "type", "other", "type", INVALID, 'Invalid value: "other": field is immutable'),
    (
        "endpointslices.discovery.k8s.io",
        "addressType",
        "IPv6",
        "addressType",
        INVALID,
        'Invalid value: "IPv6": field is immutable',
    ),
    (
        "priorityclasses.scheduling.k8s.io",
        "value",
        5,
        "value",
        FORBIDDEN,
        "Forbidden: may not be changed in an update.",
    ),
    (
        "priorityclasses.scheduling.k8s.io",
        "preemptionPolicy",
        "Never",
        "preemptionPolicy",
        INVALID,
        'Invalid value: "Never": field is immutable',
    ),
    (
        "rolebindings.rbac.authorization.k8s.io",
        "roleRef",
        {"apiGroup": RBAC, "kind": "Role", "name": "other"},
        "roleRef",
        INVALID,
        f'Invalid value: {{"APIGroup":"{RBAC}","Kind":"Role","Name":"other"}}: cannot change roleRef',
    ),
    (
        "resourcequotas",
        "spec/scopes",
        ["BestEffort"],
        "spec.scopes",
        INVALID,
        'Invalid value: ["BestEffort"]: field is immutable',
    ),
]


@pytest.mark.parametrize(("kind", "path", "value", "field", "reason", "message"), FIXED)
def test_what_may_not_change(
    server: Any, changed: Any, kind: str, path: str, value: Any, field: str, reason: str, message: str
) -> None:
    created, _ = server.create(kind, MINIMA[kind])
    assert (field, reason, message) in server.update(kind, created, changed(created, path, value))


@pytest.mark.parametrize("kind", MINIMA)
def test_nothing_changed_is_valid(server: Any, kind: str) -> None:
    created, _ = server.create(kind, MINIMA[kind])
    assert server.update(kind, created, created) == []


@pytest.mark.parametrize("kind", ["configmaps", "secrets"])
def test_immutable_ones_stay(server: Any, changed: Any, kind: str) -> None:
    created, _ = server.create(kind, changed(MINIMA[kind], "immutable", True))
    detail = "Forbidden: field is immutable when `immutable` is set"
    other = encoded("w") if kind == "secrets" else "w"
    assert server.update(kind, created, changed(created, "data/k", other)) == [("data", FORBIDDEN, detail)]
    assert server.update(kind, created, changed(created, "immutable", ...)) == [("immutable", FORBIDDEN, detail)]


@pytest.mark.parametrize(
    ("field", "value", "other", "message"),
    [
        ("podCIDR", "10.0.0.0/24", "10.0.1.0/24", 'node updates may not change podCIDR except from "" to valid'),
        ("providerID", "a://b", "a://c", 'node updates may not change providerID except from "" to valid'),
    ],
)
def test_what_a_node_was_given_stays(
    server: Any, changed: Any, field: str, value: str, other: str, message: str
) -> None:
    bare, _ = server.create("nodes", MINIMA["nodes"])
    given = changed(bare, f"spec/{field}", value)
    assert server.update("nodes", bare, given) == []
    given = server.decode("nodes", given)
    shown = "podCIDRs" if field == "podCIDR" else field
    changes = changed(changed(given, f"spec/{field}", other), "spec/podCIDRs", [other] if field == "podCIDR" else [])
    assert (f"spec.{shown}", FORBIDDEN, f"Forbidden: {message}") in server.update("nodes", given, changes)


def test_namespace_phase_follows_deletion(server: Any, changed: Any) -> None:
    created, _ = server.create("namespaces", MINIMA["namespaces"])
    causes = server.update("namespaces", created, changed(created, "status/phase", "Terminating"), status=True)
    message = "Invalid value: \"Terminating\": may only be 'Active' if `deletionTimestamp` is empty"
    assert causes == [("status.Phase", INVALID, message)]


@pytest.mark.parametrize(
    ("status", "field", "message"),
    [
        ({"replicas": -1}, "status.replicas", "Invalid value: -1: must be greater than or equal to 0"),
        (
            {"replicas": 1, "readyReplicas": 2},
            "status.readyReplicas",
            "Invalid value: 2: cannot be greater than status.replicas",
        ),
        (
            {"replicas": 2, "readyReplicas": 1, "availableReplicas": 2},
            "status.availableReplicas",
            "Invalid value: 2: cannot be greater than readyReplicas",
        ),
    ],
)
@pytest.mark.parametrize("kind", ["replicationcontrollers", "replicasets.apps", "deployments.apps"])
def test_replica_counts(server: Any, changed: Any, kind: str, status: Json, field: str, message: str) -> None:
    created, _ = server.create(kind, MINIMA[kind])
    causes = server.update(kind, created, changed(created, "status", status), status=True)
    assert (field, INVALID, message) in causes


@pytest.mark.parametrize(
    ("resource", "sent", "kept"),
    [
        ("limitranges", {"spec": {"limits": []}}, {"spec": {"limits": None}}),
        ("csinodes.storage.k8s.io", {"spec": {"drivers": []}}, {"spec": {"drivers": None}}),
        (
            "csinodes.storage.k8s.io",
            {"spec": {"drivers": [{"name": "d", "nodeID": "n", "topologyKeys": []}]}},
            {"spec": {"drivers": [{"name": "d", "nodeID": "n", "topologyKeys": None}]}},
        ),
        ("poddisruptionbudgets.policy", {"spec": {"maxUnavailable": 1}, "status": {"currentHealthy": 0}}, _UNCOUNTED),
        (
            "serviceaccounts",
            {"secrets": [{"name": "s", "kind": "Secret", "namespace": "default"}]},
            {"secrets": [{"name": "s"}]},
        ),
    ],
)
def test_what_is_written_though_nothing_is_said(server: Any, resource: str, sent: Json, kept: Json) -> None:
    metadata = {"name": "a"} if resource.startswith("csinodes") else _META
    made, causes = server.create(resource, {"metadata": metadata, **sent})
    assert causes == []
    assert {field: made[field] for field in kept} == kept
