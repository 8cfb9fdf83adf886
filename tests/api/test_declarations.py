"""Every declared kind compiles and is an ordinary pydantic type.

That it is also what Kubernetes has is told by tests/apiserver/openapi/test_reference.py.
"""

from __future__ import annotations

import json

import pytest
from pydantic import TypeAdapter

from pybernetes.api.definition import definition_of
from pybernetes.api.resources import RESOURCES, Resource


def _id(resource: Resource) -> str:
    return f"{resource.api_version}/{resource.kind}"


@pytest.mark.parametrize("resource", RESOURCES, ids=_id)
def test_every_kind_decodes_its_minimum(resource: Resource) -> None:
    definition = definition_of(resource)
    sent = {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": {"name": "a"}}
    decoded, unknown = definition.decoder.decode(sent)
    definition.set_defaults(decoded)
    assert unknown == []
    assert (decoded["apiVersion"], decoded["kind"]) == (resource.api_version, resource.kind)
    assert decoded["metadata"]["name"] == "a"
    again, unknown = definition.decoder.decode(json.loads(json.dumps(decoded)))
    definition.set_defaults(again)
    assert (again, unknown) == (decoded, [])


@pytest.mark.parametrize("resource", RESOURCES, ids=_id)
def test_every_declaration_is_an_ordinary_pydantic_type(resource: Resource) -> None:
    shape = definition_of(resource).shape
    assert shape is not None
    TypeAdapter(shape).rebuild(raise_errors=True)


@pytest.mark.parametrize("resource", RESOURCES, ids=_id)
def test_every_kind_has_a_column_with_its_name(resource: Resource) -> None:
    columns = definition_of(resource).columns
    assert any(column.format == "name" for column in columns)
