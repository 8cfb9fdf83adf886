"""Storage: a minimal object of each kind with its defaults, every rule as a row, and what `get` prints."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from pybernetes.api.definition import definition_of
from pybernetes.api.object import Json
from pybernetes.api.resources import resource

INVALID, REQUIRED, DUPLICATE = "FieldValueInvalid", "FieldValueRequired", "FieldValueDuplicate"
FORBIDDEN, UNSUPPORTED, TOO_LONG = "FieldValueForbidden", "FieldValueNotSupported", "FieldValueTooLong"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
Change = Callable[[Json, str, Any], Json]

_META = {"name": "a"}
_TERM = {"matchLabelExpressions": [{"key": "zone", "values": ["a"]}]}
MINIMA: dict[str, Json] = {
    "storageclasses": {"metadata": _META, "provisioner": "example.com/d", "allowedTopologies": [_TERM]},
    "csidrivers": {"metadata": _META, "spec": {"tokenRequests": [{"audience": "a"}]}},
    "csinodes": {"metadata": _META, "spec": {"drivers": [{"name": "d.e", "nodeID": "n", "topologyKeys": ["k"]}]}},
    "csistoragecapacities": {"metadata": {"name": "a", "namespace": "default"}, "storageClassName": "c"},
    "volumeattachments": {
        "metadata": _META,
        "spec": {"attacher": "d.e", "nodeName": "n", "source": {"persistentVolumeName": "v"}},
    },
    "volumeattributesclasses": {"metadata": _META, "driverName": "d.e", "parameters": {"a": "b"}},
}


def _kind(plural: str) -> str:
    return f"{plural}.storage.k8s.io"


@pytest.mark.parametrize("plural", MINIMA)
def test_what_is_right_is_let_through(server: Any, plural: str) -> None:
    made, causes = server.create(_kind(plural), MINIMA[plural])
    assert causes == []
    assert server.update(_kind(plural), made, made) == []


def test_defaults(server: Any) -> None:
    made = server.create(_kind("storageclasses"), {"metadata": _META, "provisioner": "p"})[0]
    assert (made["reclaimPolicy"], made["volumeBindingMode"]) == ("Delete", "Immediate")
    assert server.create(_kind("csidrivers"), {"metadata": _META, "spec": {}})[0]["spec"] == {
        "attachRequired": True,
        "fsGroupPolicy": "ReadWriteOnceWithFSType",
        "podInfoOnMount": False,
        "requiresRepublish": False,
        "seLinuxMount": False,
        "storageCapacity": False,
        "volumeLifecycleModes": ["Persistent"],
    }


_SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_ONE_SOURCE = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"
_EXPRESSIONS = "allowedTopologies/0/matchLabelExpressions"
_EXPRESSION = "allowedTopologies[0].matchLabelExpressions"
_REQUIRED_VALUE = (REQUIRED, "Required value")
_LONG = "x" * (256 * 1024)
ROWS: list[tuple[str, str, Any, str, tuple[str, str]]] = [
    ("storageclasses", "provisioner", "", "provisioner", _REQUIRED_VALUE),
    ("storageclasses", "parameters", {"": "a"}, "parameters", (INVALID, 'Invalid value: "": field can not be empty.')),
    (
        "storageclasses",
        "parameters",
        {str(i): "" for i in range(513)},
        "parameters",
        (TOO_LONG, "Too long: may not be more than 512 bytes"),
    ),
    (
        "storageclasses",
        "parameters",
        {"a": _LONG},
        "parameters",
        (TOO_LONG, "Too long: may not be more than 262144 bytes"),
    ),
    (
        "storageclasses",
        "reclaimPolicy",
        "Recycle",
        "reclaimPolicy",
        (UNSUPPORTED, 'Unsupported value: "Recycle": supported values: "Delete", "Retain"'),
    ),
    (
        "storageclasses",
        "volumeBindingMode",
        "X",
        "volumeBindingMode",
        (UNSUPPORTED, 'Unsupported value: "X": supported values: "Immediate", "WaitForFirstConsumer"'),
    ),
    ("storageclasses", f"{_EXPRESSIONS}/0/values", [], f"{_EXPRESSION}[0].values", _REQUIRED_VALUE),
    (
        "storageclasses",
        f"{_EXPRESSIONS}/0/values",
        ["a", "a"],
        f"{_EXPRESSION}[0].values[1]",
        (DUPLICATE, 'Duplicate value: "a"'),
    ),
    (
        "storageclasses",
        _EXPRESSIONS,
        [{"key": "z", "values": ["a"]}, {"key": "z", "values": ["b"]}],
        f"{_EXPRESSION}[1].key",
        (DUPLICATE, 'Duplicate value: "z"'),
    ),
    (
        "storageclasses",
        "allowedTopologies",
        [_TERM, _TERM],
        "allowedTopologies[1].matchLabelExpressions",
        (DUPLICATE, 'Duplicate value: ""'),
    ),
    (
        "csidrivers",
        "spec/fsGroupPolicy",
        "X",
        "spec.fsGroupPolicy",
        (UNSUPPORTED, 'Unsupported value: "X": supported values: "File", "None", "ReadWriteOnceWithFSType"'),
    ),
    (
        "csidrivers",
        "spec/tokenRequests",
        [{"audience": "a"}, {"audience": "a"}],
        "spec.tokenRequests[1].audience",
        (DUPLICATE, 'Duplicate value: "a"'),
    ),
    (
        "csidrivers",
        "spec/tokenRequests/0/expirationSeconds",
        599,
        "spec.tokenRequests[0].expirationSeconds",
        (INVALID, "Invalid value: 599: may not specify a duration less than 10 minutes"),
    ),
    (
        "csidrivers",
        "spec/tokenRequests/0/expirationSeconds",
        2**32 + 1,
        "spec.tokenRequests[0].expirationSeconds",
        (INVALID, "Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds"),
    ),
    (
        "csidrivers",
        "spec/volumeLifecycleModes",
        ["X"],
        "spec.volumeLifecycleModes",
        (UNSUPPORTED, 'Unsupported value: "X": supported values: "Persistent", "Ephemeral"'),
    ),
    (
        "csidrivers",
        "spec/nodeAllocatableUpdatePeriodSeconds",
        9,
        "spec.nodeAllocatableUpdatePeriodSeconds",
        (INVALID, "Invalid value: 9: must be greater than or equal to 10 seconds"),
    ),
    ("csinodes", "spec/drivers/0/name", "", "spec.drivers[0].name", _REQUIRED_VALUE),
    (
        "csinodes",
        "spec/drivers/0/name",
        "a" * 64,
        "spec.drivers[0].name",
        (TOO_LONG, "Too long: may not be more than 63 bytes"),
    ),
    ("csinodes", "spec/drivers/0/nodeID", "", "spec.drivers[0].nodeID", _REQUIRED_VALUE),
    (
        "csinodes",
        "spec/drivers/0/nodeID",
        "n" * 257,
        "spec.drivers[0].nodeID",
        (INVALID, f'Invalid value: "{"n" * 257}": must be 256 characters or less'),
    ),
    (
        "csinodes",
        "spec/drivers/0/allocatable",
        {"count": -1},
        "spec.drivers[0].allocatable.count",
        (INVALID, "Invalid value: -1: must be greater than or equal to 0"),
    ),
    (
        "csinodes",
        "spec/drivers",
        [{"name": "d", "nodeID": "n"}] * 2,
        "spec.drivers[1].name",
        (DUPLICATE, 'Duplicate value: "d"'),
    ),
    ("csinodes", "spec/drivers/0/topologyKeys", [""], "spec.drivers[0]", _REQUIRED_VALUE),
    (
        "csinodes",
        "spec/drivers/0/topologyKeys",
        ["k", "k"],
        "spec.drivers[0]",
        (DUPLICATE, 'Duplicate value: "k"'),
    ),
    (
        "csistoragecapacities",
        "storageClassName",
        "A",
        "storageClassName",
        (INVALID, f'Invalid value: "A": {_SUBDOMAIN}'),
    ),
    (
        "csistoragecapacities",
        "capacity",
        "-1",
        "capacity",
        (INVALID, 'Invalid value: "-1": must be greater than or equal to 0'),
    ),
    ("volumeattachments", "spec/attacher", "", "spec.attacher", _REQUIRED_VALUE),
    (
        "volumeattachments",
        "spec/source",
        {},
        "spec.source",
        (REQUIRED, f"Required value: {_ONE_SOURCE}"),
    ),
    (
        "volumeattachments",
        "spec/source/inlineVolumeSpec",
        {"hostPath": {"path": "/"}},
        "spec.source",
        (FORBIDDEN, f"Forbidden: {_ONE_SOURCE}"),
    ),
    (
        "volumeattachments",
        "spec/source/persistentVolumeName",
        "",
        "spec.source.persistentVolumeName",
        (REQUIRED, "Required value: must specify non empty persistentVolumeName"),
    ),
    ("volumeattachments", "spec/nodeName", "A", "spec.nodeName", (INVALID, f'Invalid value: "A": {_SUBDOMAIN}')),
    ("volumeattributesclasses", "driverName", "", "driverName", _REQUIRED_VALUE),
    (
        "volumeattributesclasses",
        "parameters",
        {},
        "parameters",
        (REQUIRED, "Required value: must contain at least one key/value pair"),
    ),
]


@pytest.mark.parametrize(("plural", "path", "value", "field", "cause"), ROWS)
def test_every_rule(
    server: Any, changed: Change, plural: str, path: str, value: Any, field: str, cause: tuple[str, str]
) -> None:
    assert (field, *cause) in server.create(_kind(plural), changed(MINIMA[plural], path, value))[1]


UPDATES: list[tuple[str, str, Any, str, tuple[str, str]]] = [
    ("storageclasses", "parameters", {"a": "b"}, "parameters", (FORBIDDEN, "updates to parameters are forbidden.")),
    ("storageclasses", "provisioner", "p", "provisioner", (FORBIDDEN, "updates to provisioner are forbidden.")),
    (
        "storageclasses",
        "reclaimPolicy",
        "Retain",
        "reclaimPolicy",
        (FORBIDDEN, "updates to reclaimPolicy are forbidden."),
    ),
    (
        "storageclasses",
        "volumeBindingMode",
        "WaitForFirstConsumer",
        "volumeBindingMode",
        (INVALID, '"WaitForFirstConsumer": field is immutable'),
    ),
    ("csidrivers", "spec/attachRequired", False, "spec.attachedRequired", (INVALID, "false: field is immutable")),
    (
        "csidrivers",
        "spec/volumeLifecycleModes",
        ["Ephemeral"],
        "spec.volumeLifecycleModes",
        (INVALID, '["Ephemeral"]: field is immutable'),
    ),
    (
        "csinodes",
        "spec/drivers/0/nodeID",
        "m",
        "spec.drivers",
        (INVALID, '{"name":"d.e","nodeID":"m","topologyKeys":["k"]}: field is immutable'),
    ),
    ("csistoragecapacities", "nodeTopology", {}, "nodeTopology", (INVALID, "{}: field is immutable")),
    ("csistoragecapacities", "storageClassName", "d", "storageClassName", (INVALID, '"d": field is immutable')),
    (
        "volumeattachments",
        "spec/nodeName",
        "m",
        "spec",
        (
            INVALID,
            '{"attacher":"d.e","nodeName":"m","source":{"persistentVolumeName":"v"}}: field is immutable',
        ),
    ),
    ("volumeattributesclasses", "driverName", "x", "driverName", (FORBIDDEN, "updates to driverName are forbidden.")),
    (
        "volumeattributesclasses",
        "parameters",
        {"a": "c"},
        "parameters",
        (FORBIDDEN, "updates to parameters are forbidden."),
    ),
]


@pytest.mark.parametrize(("plural", "path", "value", "field", "cause"), UPDATES)
def test_what_cannot_change(
    server: Any, changed: Change, plural: str, path: str, value: Any, field: str, cause: tuple[str, str]
) -> None:
    old = server.create(_kind(plural), MINIMA[plural])[0]
    reason, detail = cause
    head = "Invalid value" if reason == INVALID else "Forbidden"
    assert server.update(_kind(plural), old, changed(old, path, value)) == [(field, reason, f"{head}: {detail}")]


def test_how_many_volumes_a_node_can_take_may_change(server: Any, changed: Change) -> None:
    old = server.create(_kind("csinodes"), MINIMA["csinodes"])[0]
    assert server.update(_kind("csinodes"), old, changed(old, "spec/drivers/0/allocatable", {"count": 3})) == []


_DEFAULT = {"name": "a", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}
CELLS: list[tuple[str, Json, list[Any]]] = [
    ("storageclasses", {"metadata": _DEFAULT, "provisioner": "p"}, ["a (default)", "p", "Delete", "Immediate", False]),
    (
        "csidrivers",
        {"metadata": _META, "spec": {"tokenRequests": [{"audience": "x"}], "volumeLifecycleModes": ["Persistent"]}},
        ["a", True, False, False, "x", False, "Persistent"],
    ),
    ("csidrivers", {"metadata": _META, "spec": {}}, ["a", True, False, False, "<unset>", False, "<none>"]),
    ("csinodes", MINIMA["csinodes"], ["a", 1]),
    ("csistoragecapacities", MINIMA["csistoragecapacities"], ["a", "c", "<unset>"]),
    ("volumeattachments", MINIMA["volumeattachments"], ["a", "d.e", "v", "n", False]),
    ("volumeattributesclasses", MINIMA["volumeattributesclasses"], ["a", "d.e"]),
]


@pytest.mark.parametrize(("plural", "obj", "cells"), CELLS)
def test_what_get_prints(plural: str, obj: Json, cells: list[Any]) -> None:
    columns = definition_of(resource(_kind(plural))).columns
    assert [column.cell(obj, NOW) for column in columns[: len(cells)]] == cells
