"""Persistent volumes and claims: defaults, every rule as a row, what may change, columns and warnings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pybernetes.api.definition import definition_of
from pybernetes.api.object import Json
from pybernetes.api.resources import resource

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
INVALID, REQUIRED = "FieldValueInvalid", "FieldValueRequired"
FORBIDDEN, UNSUPPORTED, TOO_LONG = "FieldValueForbidden", "FieldValueNotSupported", "FieldValueTooLong"
CLAIMS, VOLUMES = "persistentvolumeclaims", "persistentvolumes"
_CREATED = "2026-01-01T11:00:00Z"


def claim(**spec: Any) -> Json:
    wanted = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, **spec}
    return {"metadata": {"name": "a", "namespace": "d", "creationTimestamp": _CREATED}, "spec": wanted}


def volume(**spec: Any) -> Json:
    held = {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}, "hostPath": {"path": "/x"}, **spec}
    return {"metadata": {"name": "a", "creationTimestamp": _CREATED}, "spec": held}


def of(**source: Any) -> Json:
    """A volume of another storage."""
    made = volume(**source)
    del made["spec"]["hostPath"]
    return made


def test_a_minimal_claim(server: Any) -> None:
    created, causes = server.create(CLAIMS, claim())
    assert causes == []
    assert created["spec"] == {**claim()["spec"], "volumeMode": "Filesystem"}
    assert created["status"] == {"phase": "Pending"}


def test_a_minimal_volume(server: Any) -> None:
    created, causes = server.create(VOLUMES, volume())
    assert causes == []
    assert created["spec"] == {
        **volume()["spec"],
        "hostPath": {"path": "/x", "type": ""},
        "persistentVolumeReclaimPolicy": "Retain",
        "volumeMode": "Filesystem",
    }


_SNAPSHOT = {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "s"}
_OTHER = {"apiGroup": "x.io", "kind": "Thing", "name": "s"}


@pytest.mark.parametrize(
    ("given", "source", "reference"),
    [
        ({"dataSource": _SNAPSHOT}, _SNAPSHOT, _SNAPSHOT),
        ({"dataSourceRef": _OTHER}, _OTHER, _OTHER),
        ({"dataSource": _OTHER}, None, None),
        ({"dataSourceRef": {**_OTHER, "namespace": "n"}}, None, None),
    ],
)
def test_both_spellings_of_the_source_agree(server: Any, given: Json, source: Json, reference: Json) -> None:
    created, causes = server.create(CLAIMS, claim(**given))
    assert causes == []
    assert (created["spec"].get("dataSource"), created["spec"].get("dataSourceRef")) == (source, reference)


_MODES = 'supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"'
CLAIM_RULES: list[tuple[Json, str, str, str]] = [
    ({"accessModes": []}, "spec.accessModes", REQUIRED, "Required value: at least 1 access mode is required"),
    ({"accessModes": ["X"]}, "spec.accessModes", UNSUPPORTED, f'Unsupported value: "X": {_MODES}'),
    (
        {"accessModes": ["ReadWriteOncePod", "ReadOnlyMany"]},
        "spec.accessModes",
        FORBIDDEN,
        "Forbidden: may not use ReadWriteOncePod with other access modes",
    ),
    ({"resources": {}}, "spec.resources[storage]", REQUIRED, "Required value"),
    (
        {"resources": {"requests": {"storage": "0"}}},
        "spec.resources[storage]",
        INVALID,
        'Invalid value: "0": must be greater than zero',
    ),
    (
        {"volumeMode": "X"},
        "spec.volumeMode",
        UNSUPPORTED,
        'Unsupported value: "X": supported values: "Block", "Filesystem"',
    ),
    (
        {"dataSourceRef": {"kind": "Thing", "name": "x"}},
        "spec.dataSourceRef",
        INVALID,
        "Invalid value: \"Thing\": must be 'PersistentVolumeClaim' when referencing the default apiGroup",
    ),
    (
        {"dataSourceRef": {"apiGroup": "x.io", "kind": "T", "name": ""}},
        "spec.dataSourceRef.name",
        REQUIRED,
        "Required value",
    ),
    (
        {"dataSource": _SNAPSHOT, "dataSourceRef": _OTHER},
        "spec",
        INVALID,
        'Invalid value: "spec.dataSource": must match dataSourceRef',
    ),
]


@pytest.mark.parametrize(("spec", "field", "reason", "message"), CLAIM_RULES)
def test_claim_rules(server: Any, spec: Json, field: str, reason: str, message: str) -> None:
    assert (field, reason, message) in server.create(CLAIMS, claim(**spec))[1]


VOLUME_RULES: list[tuple[Json, str, str, str]] = [
    (volume(accessModes=[]), "spec.accessModes", REQUIRED, "Required value"),
    (volume(capacity={}), "spec.capacity", REQUIRED, "Required value"),
    (
        volume(capacity={"cpu": "1"}),
        "spec.capacity",
        UNSUPPORTED,
        'Unsupported value: {"cpu":"1"}: supported values: "storage"',
    ),
    (
        volume(capacity={"storage": "0"}),
        "spec.capacity[storage]",
        INVALID,
        'Invalid value: "0": must be greater than zero',
    ),
    (
        volume(persistentVolumeReclaimPolicy="X"),
        "spec.persistentVolumeReclaimPolicy",
        UNSUPPORTED,
        'Unsupported value: "X": supported values: "Delete", "Recycle", "Retain"',
    ),
    (of(), "spec", REQUIRED, "Required value: must specify a volume type"),
    (
        volume(nfs={"server": "s", "path": "/p"}),
        "spec.nfs",
        FORBIDDEN,
        "Forbidden: may not specify more than 1 volume type",
    ),
    (of(local={"path": "/d"}), "spec.nodeAffinity", REQUIRED, "Required value: Local volume requires node affinity"),
    (of(local={"path": ""}), "spec.local.path", REQUIRED, "Required value"),
    (
        volume(hostPath={"path": "/"}, persistentVolumeReclaimPolicy="Recycle"),
        "spec.persistentVolumeReclaimPolicy",
        FORBIDDEN,
        "Forbidden: may not be 'recycle' for a hostPath mount of '/'",
    ),
    (of(csi={"driver": "", "volumeHandle": "h"}), "spec.csi.driver", REQUIRED, "Required value"),
    (of(csi={"driver": "d.io", "volumeHandle": ""}), "spec.csi.volumeHandle", REQUIRED, "Required value"),
    (
        of(csi={"driver": "d" * 64, "volumeHandle": "h"}),
        "spec.csi.driver",
        TOO_LONG,
        "Too long: may not be more than 63 bytes",
    ),
    (
        of(csi={"driver": "d.io", "volumeHandle": "h", "nodeExpandSecretRef": {"name": "s"}}),
        "spec.csi.nodeExpandSecretRef.namespace",
        REQUIRED,
        "Required value",
    ),
    (
        volume(volumeAttributesClassName="c"),
        "spec.csi",
        REQUIRED,
        "Required value: has to be specified when using volumeAttributesClassName",
    ),
    (
        volume(nodeAffinity={}),
        "spec.nodeAffinity.required",
        REQUIRED,
        "Required value: must specify required node constraints",
    ),
]


@pytest.mark.parametrize(("obj", "field", "reason", "message"), VOLUME_RULES)
def test_volume_rules(server: Any, obj: Json, field: str, reason: str, message: str) -> None:
    assert (field, reason, message) in server.create(VOLUMES, obj)[1]


_FIXED = (
    "Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound "
    "claims\n"
)
_BIGGER = """@@ -6,7 +6,7 @@
  "Resources": {
   "Limits": null,
   "Requests": {
-   "storage": "1Gi"
+   "storage": "2Gi"
   }
  },
  "VolumeName": "",
"""
_OTHER_MODE = """@@ -1,6 +1,6 @@
 {
  "AccessModes": [
-  "ReadWriteOnce"
+  "ReadOnlyMany"
  ],
  "Selector": null,
  "Resources": {
"""


@pytest.mark.parametrize(
    ("phase", "path", "value", "message"),
    [
        ("Pending", "spec/volumeName", "v", None),
        ("Pending", "spec/storageClassName", "c", None),
        ("Pending", "spec/resources/requests/storage", "2Gi", _FIXED + _BIGGER),
        ("Bound", "spec/resources/requests/storage", "2Gi", None),
        ("Bound", "spec/volumeAttributesClassName", "c", None),
        ("Bound", "spec/accessModes", ["ReadOnlyMany"], _FIXED + _OTHER_MODE),
        ("Bound", "spec/resources/requests/storage", "512Mi", "Forbidden: field can not be less than status.capacity"),
    ],
)
def test_what_may_change_of_a_claim(
    server: Any, changed: Any, phase: str, path: str, value: Any, message: str | None
) -> None:
    created, _ = server.create(CLAIMS, claim())
    created["status"] = {"phase": phase, "capacity": {"storage": "1Gi"}}
    causes = server.update(CLAIMS, created, changed(created, path, value))
    assert [cause[2] for cause in causes] == ([message] if message else [])


def test_what_may_change_of_a_volume(server: Any, changed: Any) -> None:
    created, _ = server.create(VOLUMES, volume())
    moved = server.update(VOLUMES, created, changed(created, "spec/hostPath/path", "/y"))
    assert [cause[:2] for cause in moved] == [("spec.persistentvolumesource", FORBIDDEN)]
    block = server.update(VOLUMES, created, changed(created, "spec/volumeMode", "Block"))
    assert block == [("volumeMode", INVALID, 'Invalid value: "Block": field is immutable')]
    assert server.update(VOLUMES, created, changed(created, "spec/claimRef", {"name": "c"})) == []


@pytest.mark.parametrize(
    ("status", "field", "reason"),
    [
        ({"capacity": {"storage": "-1"}}, "status.capacity[storage]", INVALID),
        ({"allocatedResources": {"cpu": "1"}}, "status.allocatedResources", UNSUPPORTED),
        ({"allocatedResourceStatuses": {"storage": "X"}}, "status.allocatedResourceStatuses", UNSUPPORTED),
    ],
)
def test_statuses_of_claims(server: Any, changed: Any, status: Json, field: str, reason: str) -> None:
    created, _ = server.create(CLAIMS, claim())
    causes = server.update(CLAIMS, created, changed(created, "status", status), status=True)
    assert [cause[:2] for cause in causes] == [(field, reason)]


@pytest.mark.parametrize(
    ("kind", "obj", "row"),
    [
        (CLAIMS, claim(), ["a", "", "", "", "", "", "<unset>", "60m", "<unset>"]),
        (
            CLAIMS,
            claim(volumeName="v", storageClassName="c", volumeMode="Block")
            | {"status": {"phase": "Bound", "capacity": {"storage": "2Gi"}, "accessModes": ["ReadWriteOnce"]}},
            ["a", "Bound", "v", "2Gi", "RWO", "c", "<unset>", "60m", "Block"],
        ),
        (
            VOLUMES,
            volume(
                accessModes=["ReadWriteMany", "ReadWriteOnce"],
                persistentVolumeReclaimPolicy="Delete",
                claimRef={"namespace": "n", "name": "c"},
            )
            | {"status": {"phase": "Released"}},
            ["a", "1Gi", "RWO,RWX", "Delete", "Released", "n/c", "", "<unset>", "", "60m", "<unset>"],
        ),
    ],
)
def test_columns(kind: str, obj: Json, row: list[Any]) -> None:
    assert [column.cell(obj, NOW) for column in definition_of(resource(kind)).columns] == row


def test_warnings() -> None:
    beta = {"metadata": {"annotations": {"volume.beta.kubernetes.io/storage-class": "x"}}}
    old = (
        'metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" '
        "attribute instead"
    )
    assert definition_of(resource(CLAIMS)).warnings({**claim(), **beta}, None) == [old]
    recycled = {**of(persistentVolumeReclaimPolicy="Recycle", rbd={}), **beta}
    assert definition_of(resource(VOLUMES)).warnings(recycled, None) == [
        old,
        "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended "
        "approach is to use dynamic provisioning.",
        "spec.rbd: deprecated in v1.28, non-functional in v1.31+",
    ]
