"""Horizontal pod autoscalers: defaults, every rule as a row, columns, and the two versions of one object."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from pybernetes.api.autoscaling.v1.conversion import (
    BEHAVIOR,
    CONDITIONS,
    CURRENT_METRICS,
    METRICS,
    from_stored,
    to_stored,
)
from pybernetes.api.definition import definition_of
from pybernetes.api.object import Json
from pybernetes.api.resources import RESOURCES

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
INVALID, REQUIRED, FORBIDDEN = "FieldValueInvalid", "FieldValueRequired", "FieldValueForbidden"
UNSUPPORTED = "FieldValueNotSupported"
AUTOSCALERS = "horizontalpodautoscalers.autoscaling"
_META = {"name": "a", "namespace": "d"}
_TARGET = {"kind": "Deployment", "name": "web", "apiVersion": "apps/v1"}
_CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}
V1, V2 = (
    next(one for one in RESOURCES if one.qualified_name == AUTOSCALERS and one.version == version)
    for version in ("v1", "v2")
)


def autoscaler(**spec: Any) -> Json:
    return {"metadata": dict(_META), "spec": {"maxReplicas": 3, "scaleTargetRef": _TARGET, **spec}}


def metric(kind: str, **source: Any) -> Json:
    return {"metrics": [{"type": kind, f"{kind[0].lower()}{kind[1:]}": source}]}


def up(**rules: Any) -> Json:
    return {"behavior": {"scaleUp": rules}}


def causes_of(spec: Json) -> list[tuple[str, str, str]]:
    from pybernetes.api.field import ErrorList

    definition, errors = definition_of(V2), ErrorList()
    decoded, _ = definition.decoder.decode(orjson.loads(orjson.dumps(autoscaler(**spec))))
    definition.set_defaults(decoded)
    definition.validate(decoded, errors)
    return [(cause["field"], cause["reason"], cause["message"]) for cause in errors.causes]


def test_a_minimal_one() -> None:
    decoded, _ = definition_of(V2).decoder.decode(autoscaler())
    definition_of(V2).set_defaults(decoded)
    assert decoded["spec"] == {"maxReplicas": 3, "minReplicas": 1, "metrics": [_CPU], "scaleTargetRef": _TARGET}
    assert causes_of({}) == []


def test_a_behavior_is_completed() -> None:
    decoded, _ = definition_of(V2).decoder.decode(autoscaler(behavior={"scaleDown": {"stabilizationWindowSeconds": 5}}))
    definition_of(V2).set_defaults(decoded)
    assert decoded["spec"]["behavior"] == {
        "scaleUp": {
            "stabilizationWindowSeconds": 0,
            "selectPolicy": "Max",
            "policies": [
                {"type": "Pods", "value": 4, "periodSeconds": 15},
                {"type": "Percent", "value": 100, "periodSeconds": 15},
            ],
        },
        "scaleDown": {
            "stabilizationWindowSeconds": 5,
            "selectPolicy": "Max",
            "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
        },
    }


_POLICY = {"type": "Pods", "value": 1, "periodSeconds": 1}
_AT = "spec.metrics[0]"
RULES: list[tuple[Json, str, str, str]] = [
    ({"minReplicas": 0}, "spec.minReplicas", INVALID, "Invalid value: 0: must be greater than or equal to 1"),
    ({"maxReplicas": 0}, "spec.maxReplicas", INVALID, "Invalid value: 0: must be greater than 0"),
    (
        {"minReplicas": 5},
        "spec.maxReplicas",
        INVALID,
        "Invalid value: 3: must be greater than or equal to `minReplicas`",
    ),
    ({"scaleTargetRef": {"kind": "", "name": "x"}}, "spec.scaleTargetRef.kind", REQUIRED, "Required value"),
    (
        {"scaleTargetRef": {"kind": "X", "name": "a/b"}},
        "spec.scaleTargetRef.name",
        INVALID,
        "Invalid value: \"a/b\": may not contain '/'",
    ),
    (
        {"metrics": [{"type": ""}]},
        f"{_AT}.type",
        REQUIRED,
        "Required value: must specify a metric source type",
    ),
    (
        {"metrics": [{"type": "X"}]},
        f"{_AT}.type",
        UNSUPPORTED,
        'Unsupported value: "X": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
    ),
    (
        {"metrics": [{"type": "Pods"}]},
        f"{_AT}.pods",
        REQUIRED,
        "Required value: must populate information for the given metric source",
    ),
    (
        {"metrics": [{**_CPU, "pods": {"metric": {"name": "m"}, "target": {"type": "AverageValue"}}}]},
        f"{_AT}.pods",
        FORBIDDEN,
        "Forbidden: must populate the given metric source only",
    ),
    (
        metric("Resource", name="", target={"type": "Utilization"}),
        f"{_AT}.resource.name",
        REQUIRED,
        "Required value: must specify a resource name",
    ),
    (
        metric("Resource", name="cpu", target={"type": "Utilization"}),
        f"{_AT}.resource.target.averageUtilization",
        REQUIRED,
        "Required value: must set either a target raw value or a target utilization",
    ),
    (
        metric("Resource", name="cpu", target={"type": "X", "averageUtilization": 0}),
        f"{_AT}.resource.target.type",
        INVALID,
        'Invalid value: "X": must be either Utilization, Value, or AverageValue',
    ),
    (
        metric("Resource", name="cpu", target={"type": "Utilization", "averageUtilization": 0}),
        f"{_AT}.resource.target.averageUtilization",
        INVALID,
        "Invalid value: 0: must be greater than 0",
    ),
    (
        metric("ContainerResource", name="cpu", container="", target={"type": "AverageValue", "averageValue": "1"}),
        f"{_AT}.containerResource.container",
        REQUIRED,
        "Required value: must specify a container",
    ),
    (
        metric("Pods", metric={"name": ""}, target={"type": "AverageValue", "averageValue": "0"}),
        f"{_AT}.pods.metric.name",
        REQUIRED,
        "Required value: must specify a metric name",
    ),
    (
        metric("Pods", metric={"name": "m"}, target={"type": "AverageValue", "averageValue": "0"}),
        f"{_AT}.pods.target.averageValue",
        INVALID,
        'Invalid value: "0": must be positive',
    ),
    (
        metric("External", metric={"name": "m"}, target={"type": "Value", "value": "1", "averageValue": "1"}),
        f"{_AT}.external.target.value",
        FORBIDDEN,
        "Forbidden: may not set both a target value for metric and a per-pod target",
    ),
    (
        metric("Object", metric={"name": "m"}, describedObject={"kind": "X", "name": "x"}, target={"type": "Value"}),
        f"{_AT}.object.target.averageValue",
        REQUIRED,
        "Required value: must set either a target value or averageValue",
    ),
    (
        up(stabilizationWindowSeconds=3601),
        "spec.behavior.scaleUp.stabilizationWindowSeconds",
        INVALID,
        "Invalid value: 3601: must be less than or equal to 3600",
    ),
    (
        up(selectPolicy="X"),
        "spec.behavior.scaleUp.selectPolicy",
        UNSUPPORTED,
        'Unsupported value: "X": supported values: "Disabled", "Max", "Min"',
    ),
    (
        up(policies=[{**_POLICY, "periodSeconds": 1801}]),
        "spec.behavior.scaleUp.policies[0].periodSeconds",
        INVALID,
        "Invalid value: 1801: must be less than or equal to 1800",
    ),
    (
        up(policies=[{**_POLICY, "type": "X"}]),
        "spec.behavior.scaleUp.policies[0].type",
        UNSUPPORTED,
        'Unsupported value: "X": supported values: "Percent", "Pods"',
    ),
]


@pytest.mark.parametrize(("spec", "field", "reason", "message"), RULES)
def test_rules(spec: Json, field: str, reason: str, message: str) -> None:
    assert (field, reason, message) in causes_of(spec)


_PODS = metric("Pods", metric={"name": "m"}, target={"type": "AverageValue", "averageValue": "5"})["metrics"]


@pytest.mark.parametrize(
    ("metrics", "current", "cell"),
    [
        ([_CPU], [], "cpu: <unknown>/80%"),
        (
            [_CPU],
            [{"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 40}}}],
            "cpu: 40%/80%",
        ),
        (_PODS, [], "<unknown>/5"),
        (_PODS * 3, [], "<unknown>/5, <unknown>/5 + 1 more..."),
        ([], [], "<none>"),
    ],
)
def test_targets(metrics: list[Json], current: list[Json], cell: str) -> None:
    shown = autoscaler(metrics=metrics) | {"status": {"currentMetrics": current}}
    shown["metadata"]["creationTimestamp"] = "2026-01-01T11:00:00Z"
    row = [column.cell(shown, NOW) for column in definition_of(V2).columns]
    assert row == ["a", "Deployment/web", cell, "<unset>", 3, 0, "60m"]


def stored(**spec: Any) -> Json:
    made = autoscaler(minReplicas=1, **spec)
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", **made, "status": {"desiredReplicas": 0}}


def test_the_old_version_shows_the_use_of_cpu_as_a_field() -> None:
    shown = from_stored(stored(metrics=[_CPU]))
    assert (shown["apiVersion"], shown["spec"]["targetCPUUtilizationPercentage"]) == ("autoscaling/v1", 80)
    assert "annotations" not in shown["metadata"]
    assert shown["status"] == {"currentReplicas": 0, "desiredReplicas": 0}
    bare = {**shown, "spec": {"maxReplicas": 3, "scaleTargetRef": _TARGET}}
    assert to_stored(bare)["spec"]["metrics"] == [_CPU]


def test_nothing_is_lost_in_the_old_version() -> None:
    behavior = {"scaleUp": {"stabilizationWindowSeconds": 0, "selectPolicy": "Max", "policies": [_POLICY]}}
    held = stored(metrics=[_CPU, *_PODS], behavior={**behavior, "scaleDown": behavior["scaleUp"]})
    condition = {"type": "AbleToScale", "status": "True", "lastTransitionTime": None}
    measured = {"type": "Pods", "pods": {"metric": {"name": "m"}, "current": {"averageValue": "4"}}}
    held["status"] = {
        "currentReplicas": 1,
        "desiredReplicas": 2,
        "currentMetrics": [measured],
        "conditions": [condition],
    }
    held["metadata"]["annotations"] = {"mine": "yes"}
    shown = from_stored(held)
    annotations = shown["metadata"]["annotations"]
    assert annotations["mine"] == "yes"
    assert orjson.loads(annotations[METRICS]) == [
        {"type": "Pods", "pods": {"metricName": "m", "targetAverageValue": "5"}}
    ]
    assert orjson.loads(annotations[BEHAVIOR])["ScaleUp"] == {
        "StabilizationWindowSeconds": 0,
        "SelectPolicy": "Max",
        "Policies": [{"Type": "Pods", "Value": 1, "PeriodSeconds": 1}],
        "Tolerance": None,
    }
    assert orjson.loads(annotations[CONDITIONS]) == [condition]
    assert orjson.loads(annotations[CURRENT_METRICS]) == [
        {"type": "Pods", "pods": {"metricName": "m", "currentAverageValue": "4"}}
    ]
    assert to_stored(shown) == held


METRICS_OF_ALL_KINDS: list[Json] = [
    metric("Object", metric={"name": "m"}, describedObject=_TARGET, target={"type": "Value", "value": "1"}),
    metric("External", metric={"name": "m"}, target={"type": "AverageValue", "averageValue": "1"}),
    metric("Resource", name="memory", target={"type": "AverageValue", "averageValue": "1Gi"}),
    metric("ContainerResource", name="cpu", container="c", target={"type": "Utilization", "averageUtilization": 5}),
]


@pytest.mark.parametrize("spec", METRICS_OF_ALL_KINDS)
def test_each_kind_of_measure_travels(spec: Json) -> None:
    held = stored(**spec)
    assert to_stored(from_stored(held))["spec"] == held["spec"]


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"a": 1}', "null"])
def test_an_annotation_that_cannot_be_read_is_dropped(text: str) -> None:
    shown = from_stored(stored(metrics=[_CPU]))
    shown["metadata"]["annotations"] = dict.fromkeys((METRICS, CONDITIONS, CURRENT_METRICS), text)
    converted = to_stored(shown)
    assert converted["spec"]["metrics"] == [_CPU]
    assert "annotations" not in converted["metadata"]


def test_rules_of_the_old_version_name_the_fields_of_the_new() -> None:
    from pybernetes.api.field import ErrorList

    errors = ErrorList()
    definition_of(V1).validate(autoscaler(targetCPUUtilizationPercentage=0), errors)
    assert [cause["field"] for cause in errors.causes] == ["spec.metrics[0].resource.target.averageUtilization"]
