"""Which resources of the table this server serves."""

from __future__ import annotations

from pybernetes.api.resources import RESOURCES, Resource

# The same objects as another version or group; served when conversion between them is.
_OTHER_VERSIONS = frozenset((("events.k8s.io", "events"), ("autoscaling/v1", "horizontalpodautoscalers")))


def served_resources() -> tuple[Resource, ...]:
    return tuple(
        resource
        for resource in RESOURCES
        if (resource.group, resource.plural) not in _OTHER_VERSIONS
        and (f"{resource.group}/{resource.version}", resource.plural) not in _OTHER_VERSIONS
        and resource.plural != "componentstatuses"
    )
