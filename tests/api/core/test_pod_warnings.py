"""What the author of a pod is told, as a table: what is in the pod, and the warning."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.core.pod_warnings import pod_warnings, workload_warnings
from pybernetes.api.object import Json


def container(**fields: Any) -> Json:
    return {"containers": [{"name": "c", **fields}]}


def ports(*given: Json) -> Json:
    return container(ports=[{"containerPort": 80, "protocol": "TCP", **port} for port in given])


_SELECTOR = "a null labelSelector results in matching no pod"

WARNINGS: list[tuple[Json, list[str]]] = [
    ({}, []),
    (
        {"nodeSelector": {"beta.kubernetes.io/os": "linux"}},
        ['spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead'],
    ),
    (
        {
            "affinity": {
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {
                        "nodeSelectorTerms": [{"matchExpressions": [{"key": "beta.kubernetes.io/arch"}]}]
                    }
                }
            }
        },
        [
            "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]"
            '.matchExpressions[0].key: beta.kubernetes.io/arch is deprecated since v1.14; use "kubernetes.io/arch" '
            "instead"
        ],
    ),
    (
        {"topologySpreadConstraints": [{"topologyKey": "x"}]},
        [f"spec.topologySpreadConstraints[0].labelSelector: {_SELECTOR}"],
    ),
    (
        {"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{}]}}},
        [f"spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector: {_SELECTOR}"],
    ),
    (
        {"volumes": [{"name": "v", "glusterfs": {}}]},
        ["spec.volumes[0].glusterfs: deprecated in v1.25, non-functional in v1.26+"],
    ),
    (
        {"volumes": [{"name": "v", "configMap": {"name": "m", "items": [{"path": "a"}, {"path": "a/b"}]}}]},
        ['volume "v" (ConfigMap "m"): overlapping paths: "a/b" with "a"'],
    ),
    (
        {
            "volumes": [
                {
                    "name": "v",
                    "projected": {
                        "sources": [
                            {"secret": {"name": "s", "items": [{"path": "t"}]}},
                            {"serviceAccountToken": {"path": "t"}},
                        ]
                    },
                }
            ]
        },
        ['volume "v" (Projected ServiceAccountToken): overlapping paths: "t" with "t"'],
    ),
    (
        {"volumes": [{"name": "v", "projected": {"sources": [{}]}}]},
        ['volume "v" (Projected) has no sources provided'],
    ),
    (
        {"hostAliases": [{"ip": "1.1.1.1"}, {"ip": "1.1.1.1"}]},
        ['spec.hostAliases[1].ip: duplicate ip "1.1.1.1"'],
    ),
    (
        {"imagePullSecrets": [{"name": "s"}, {"name": "s"}]},
        ['spec.imagePullSecrets[1].name: duplicate name "s"'],
    ),
    ({"imagePullSecrets": [{}]}, ['spec.imagePullSecrets[0].name: invalid empty name ""']),
    (
        container(resources={"requests": {"memory": "100m"}}),
        [
            'spec.containers[0].resources.requests[memory]: fractional byte value "100m" is invalid, '
            "must be an integer",
        ],
    ),
    (
        container(env=[{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]),
        ['spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply'],
    ),
    (container(env=[{"name": "A", "value": "1"}, {"name": "A", "value": "$(A)2"}]), []),
    (ports({}, {}), ["spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]"]),
    (
        ports({"hostPort": 1}, {}),
        ["spec.containers[0].ports[1]: overlapping port definition with spec.containers[0].ports[0]"],
    ),
    (
        ports({"hostPort": 1, "hostIP": "1.1.1.1"}, {"hostPort": 1}),
        ["spec.containers[0].ports[1]: dangerously ambiguous port definition with spec.containers[0].ports[0]"],
    ),
    (
        ports({"hostIP": "1.1.1.1"}),
        [
            "spec.containers[0].ports[0]: hostIP set without hostPort: "
            "{Name: HostPort:0 ContainerPort:80 Protocol:TCP HostIP:1.1.1.1}"
        ],
    ),
    (
        {"terminationGracePeriodSeconds": -1},
        ["spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1"],
    ),
]


@pytest.mark.parametrize(("spec", "warnings"), WARNINGS)
def test_warnings(spec: Json, warnings: list[str]) -> None:
    assert pod_warnings({"spec": spec}, None) == warnings


def test_annotations_and_templates() -> None:
    annotations = {
        "scheduler.alpha.kubernetes.io/critical-pod": "",
        "seccomp.security.alpha.kubernetes.io/pod": "x",
        "container.apparmor.security.beta.kubernetes.io/c": "unconfined",
    }
    template = {"metadata": {"annotations": annotations}, "spec": container()}
    workload = {"spec": {"template": template}}
    at = "spec.template.metadata.annotations"
    assert workload_warnings(workload, None) == [
        f'{at}[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the "priorityClassName" '
        "field instead",
        f'{at}[seccomp.security.alpha.kubernetes.io/pod]: non-functional in v1.27+; use the "seccompProfile" field '
        "instead",
        f"{at}[container.apparmor.security.beta.kubernetes.io/c]: deprecated since v1.30; use the "
        '"appArmorProfile" field instead',
    ]
    assert workload_warnings(workload, workload) == []
