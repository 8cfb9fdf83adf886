"""Owners of fields that admission has made unreadable are those from before."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pybernetes.api.object import Json
from pybernetes.apiserver.admission.managed_fields import keep_owners, owners_of

ENTRY: Json = {
    "manager": "m",
    "operation": "Update",
    "apiVersion": "v1",
    "fieldsType": "FieldsV1",
    "fieldsV1": {"f:data": {}},
}


def without(field: str) -> Json:
    return {name: value for name, value in ENTRY.items() if name != field}


@pytest.mark.parametrize(
    ("after", "why"),
    [
        ([ENTRY], ""),
        ([], ""),
        ([{**ENTRY, "manager": "other"}], ""),
        ([without("operation")], "operation must be `Apply` or `Update`"),
        ([without("apiVersion")], "apiVersion must not be empty"),
        ([ENTRY, without("fieldsType")], "missing fieldsType in managed fields entry 1"),
        ([{**ENTRY, "fieldsType": "FieldsV2"}], 'invalid fieldsType "FieldsV2" in managed fields entry 0'),
    ],
)
@pytest.mark.parametrize("before", [[ENTRY], None])
def test_what_is_kept(after: list[Json], why: str, before: Any) -> None:
    operation: Any = SimpleNamespace(obj={"metadata": {"managedFields": after}}, warnings=[])
    keep_owners(operation, before)
    if why:
        assert owners_of(operation) == before
        (warning,) = operation.warnings
        assert warning.startswith(".metadata.managedFields was in an invalid state after admission; ")
        assert warning.endswith(f"please fix your requests: {why}")
    else:
        assert (owners_of(operation), operation.warnings) == (after, [])
