"""Deployments and replica sets: defaults, every rule as a row, what may not change, statuses."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.object import Json

INVALID, REQUIRED, FORBIDDEN = "FieldValueInvalid", "FieldValueRequired", "FieldValueForbidden"
UNSUPPORTED = "FieldValueNotSupported"
DEPLOYMENTS, REPLICA_SETS = "deployments.apps", "replicasets.apps"
_TEMPLATE: Json = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "c", "image": "x:1"}]}}
_NOT_NEGATIVE = "Invalid value: -1: must be greater than or equal to 0"
_VALUE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
_NO_MATCH = '{"app":"a"}: `selector` does not match template `labels`'
Causes = list[tuple[str, str, str]]


def workload(**spec: Any) -> Json:
    base = {"selector": {"matchLabels": {"app": "a"}}, "template": _TEMPLATE}
    return {"metadata": {"name": "a", "namespace": "d"}, "spec": {**base, **spec}}


def rolling(**steps: Any) -> Json:
    return {"strategy": {"type": "RollingUpdate", "rollingUpdate": steps}}


def pod(**fields: Any) -> Json:
    return {"template": {**_TEMPLATE, "spec": {**_TEMPLATE["spec"], **fields}}}


def test_a_minimal_deployment(server: Any) -> None:
    created, causes = server.create(DEPLOYMENTS, workload())
    assert causes == []
    spec = created["spec"]
    assert spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"},
    }
    assert (spec["replicas"], spec["revisionHistoryLimit"], spec["progressDeadlineSeconds"]) == (1, 10, 600)
    assert spec["template"]["spec"]["dnsPolicy"] == "ClusterFirst"
    assert created["status"] == {}


def test_a_minimal_replica_set(server: Any) -> None:
    created, causes = server.create(REPLICA_SETS, workload())
    assert causes == []
    assert created["spec"]["replicas"] == 1


_OF_BOTH: list[tuple[Json, Causes]] = [
    ({"replicas": -1}, [("spec.replicas", INVALID, _NOT_NEGATIVE)]),
    ({"minReadySeconds": -1}, [("spec.minReadySeconds", INVALID, _NOT_NEGATIVE)]),
    (
        {"selector": None},
        [
            ("spec.selector", REQUIRED, "Required value"),
            ("spec.template.metadata.labels", INVALID, f"Invalid value: {_NO_MATCH}"),
        ],
    ),
    (
        {"selector": {}},
        [("spec.selector", INVALID, "Invalid value: {}: empty selector is invalid for deployment")],
    ),
    (
        {"selector": {"matchLabels": {"app": "b"}}},
        [("spec.template.metadata.labels", INVALID, f"Invalid value: {_NO_MATCH}")],
    ),
    (
        {"selector": {"matchLabels": {"app": "a b"}}, **pod(restartPolicy="Never")},
        [
            ("spec.selector.matchLabels", INVALID, f'Invalid value: "a b": {_VALUE}'),
            ("spec.selector", INVALID, 'Invalid value: {"matchLabels":{"app":"a b"}}: invalid label selector'),
        ],
    ),
    (
        pod(restartPolicy="Never", activeDeadlineSeconds=5),
        [
            (
                "spec.template.spec.restartPolicy",
                UNSUPPORTED,
                'Unsupported value: "Never": supported values: "Always"',
            ),
            (
                "spec.template.spec.activeDeadlineSeconds",
                FORBIDDEN,
                "Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported",
            ),
        ],
    ),
]


@pytest.mark.parametrize("kind", [DEPLOYMENTS, REPLICA_SETS])
@pytest.mark.parametrize(("spec", "causes"), _OF_BOTH)
def test_rules_of_both(server: Any, kind: str, spec: Json, causes: Causes) -> None:
    made = workload(**spec)
    made["spec"] = {field: value for field, value in made["spec"].items() if value is not None}
    assert server.create(kind, made)[1] == causes


_STEP = "spec.strategy.rollingUpdate.maxUnavailable"


@pytest.mark.parametrize(
    ("spec", "causes"),
    [
        (
            {"minReadySeconds": -1, "replicas": -1, "revisionHistoryLimit": -1, "strategy": {"type": "X"}},
            [
                ("spec.replicas", INVALID, _NOT_NEGATIVE),
                (
                    "spec.strategy",
                    UNSUPPORTED,
                    'Unsupported value: {"Type":"X","RollingUpdate":null}: supported values: "Recreate", '
                    '"RollingUpdate"',
                ),
                ("spec.minReadySeconds", INVALID, _NOT_NEGATIVE),
                ("spec.revisionHistoryLimit", INVALID, _NOT_NEGATIVE),
            ],
        ),
        (
            {"strategy": {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}},
            [
                (
                    "spec.strategy.rollingUpdate",
                    FORBIDDEN,
                    "Forbidden: may not be specified when strategy `type` is 'Recreate'",
                )
            ],
        ),
        (
            rolling(maxSurge=0, maxUnavailable=0),
            [(_STEP, INVALID, "Invalid value: 0: may not be 0 when `maxSurge` is 0")],
        ),
        (rolling(maxUnavailable="101%"), [(_STEP, INVALID, 'Invalid value: "101%": must not be greater than 100%')]),
        (rolling(maxSurge="300%"), []),
        (rolling(maxUnavailable=-1), [(_STEP, INVALID, _NOT_NEGATIVE)]),
        (
            {"progressDeadlineSeconds": 5, "minReadySeconds": 5},
            [("spec.progressDeadlineSeconds", INVALID, "Invalid value: 5: must be greater than minReadySeconds")],
        ),
    ],
)
def test_rules_of_deployments(server: Any, spec: Json, causes: Causes) -> None:
    assert server.create(DEPLOYMENTS, workload(**spec))[1] == causes


@pytest.mark.parametrize("kind", [DEPLOYMENTS, REPLICA_SETS])
def test_the_selector_stays(server: Any, changed: Any, kind: str) -> None:
    old = server.create(kind, workload())[0]
    new = changed(old, "spec/selector/matchLabels/app", "b")
    assert server.update(kind, old, new) == [
        ("spec.template.metadata.labels", INVALID, f"Invalid value: {_NO_MATCH}"),
        ("spec.selector", INVALID, 'Invalid value: {"matchLabels":{"app":"b"}}: field is immutable'),
    ]


@pytest.mark.parametrize(
    ("kind", "before", "status", "causes"),
    [
        (
            DEPLOYMENTS,
            {"collisionCount": 2},
            {"replicas": 1, "readyReplicas": 2, "availableReplicas": 3, "collisionCount": 1},
            [
                ("status.readyReplicas", "Invalid value: 2: cannot be greater than status.replicas"),
                ("status.availableReplicas", "Invalid value: 3: cannot be greater than status.replicas"),
                ("status.availableReplicas", "Invalid value: 3: cannot be greater than readyReplicas"),
                ("status.collisionCount", "Invalid value: 1: cannot be decremented"),
            ],
        ),
        (
            REPLICA_SETS,
            {},
            {"replicas": 0, "fullyLabeledReplicas": 1, "readyReplicas": -1},
            [
                ("status.readyReplicas", _NOT_NEGATIVE),
                ("status.fullyLabeledReplicas", "Invalid value: 1: cannot be greater than status.replicas"),
                ("status.availableReplicas", "Invalid value: 0: cannot be greater than readyReplicas"),
            ],
        ),
    ],
)
def test_statuses(
    server: Any, changed: Any, kind: str, before: Json, status: Json, causes: list[tuple[str, str]]
) -> None:
    created = server.create(kind, workload())[0]
    created["status"] = before
    found = server.update(kind, created, changed(created, "status", status), status=True)
    assert found == [(field, INVALID, message) for field, message in causes]
