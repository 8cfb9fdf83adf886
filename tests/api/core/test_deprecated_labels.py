"""What is said to who selects nodes by labels, or sets fields, that have had their time."""

from __future__ import annotations

import pytest

from pybernetes.api.definition import definition_of
from pybernetes.api.object import Json
from pybernetes.api.resources import RESOURCES

ZONE, OS = "failure-domain.beta.kubernetes.io/zone", "beta.kubernetes.io/os"
ZONE_NOW = 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead'
OS_NOW = 'deprecated since v1.14; use "kubernetes.io/os" instead'
CLASS = "kubernetes.io/ingress.class"


def warnings(kind: str, obj: Json, old: Json | None = None) -> list[str]:
    (resource,) = [one for one in RESOURCES if one.kind == kind]
    return definition_of(resource).warnings(obj, old)


@pytest.mark.parametrize(
    ("kind", "obj", "expected"),
    [
        (
            "StorageClass",
            {"allowedTopologies": [{}, {"matchLabelExpressions": [{"key": "zone"}, {"key": ZONE}]}]},
            [f"allowedTopologies[1].matchLabelExpressions[1].key: {ZONE} is {ZONE_NOW}"],
        ),
        (
            "CSIStorageCapacity",
            {"nodeTopology": {"matchLabels": {OS: "linux", "a": "b"}, "matchExpressions": [{"key": ZONE}]}},
            [
                f"nodeTopology.matchExpressions[0].key: {ZONE} is {ZONE_NOW}",
                f"nodeTopology.matchLabels.{OS}: {OS_NOW}",
            ],
        ),
        ("RuntimeClass", {"scheduling": {"nodeSelector": {OS: "linux"}}}, [f"scheduling.nodeSelector: {OS_NOW}"]),
        (
            "Node",
            {"spec": {"externalID": "x", "configSource": {"configMap": {}}}},
            [
                "spec.configSource: the feature is removed",
                "spec.externalID: this field is deprecated, and is unused by Kubernetes",
            ],
        ),
        (
            "Ingress",
            {"metadata": {"annotations": {CLASS: "x"}}, "spec": {}},
            [f"annotation \"{CLASS}\" is deprecated, please use 'spec.ingressClassName' instead"],
        ),
        ("Ingress", {"metadata": {"annotations": {CLASS: "x"}}, "spec": {"ingressClassName": "x"}}, []),
        ("Node", {}, []),
    ],
)
def test_what_is_said(kind: str, obj: Json, expected: list[str]) -> None:
    assert warnings(kind, obj) == expected


def test_an_ingress_is_told_once() -> None:
    ingress: Json = {"metadata": {"annotations": {CLASS: "x"}}, "spec": {}}
    assert warnings("Ingress", ingress, ingress) == []
