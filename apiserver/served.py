"""Which resources of the table this server serves."""

from __future__ import annotations

from pybernetes.api.resources import RESOURCES, Resource


def served_resources() -> tuple[Resource, ...]:
    return tuple(resource for resource in RESOURCES if resource.plural != "componentstatuses")
