"""An object always has metadata: nobody owns it as a whole, only the fields in it."""

from __future__ import annotations

import pytest

from pybernetes.api.apply.extract import Extractor
from pybernetes.api.definition import definition_of
from pybernetes.api.resources import RESOURCES, Resource


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda each: f"{each.qualified_name}.{each.version}")
def test_the_creator_owns_what_is_in_the_metadata(resource: Resource) -> None:
    made = {"metadata": {"name": "x", "labels": {"a": "b"}}}
    owned = Extractor(definition_of(resource).tree).created(made)
    assert owned["f:metadata"]["f:labels"] == {".": {}, "f:a": {}}
    assert "." not in owned["f:metadata"]
