"""Which resources of the table this server serves.

A kind whose whole point is that the server acts on it (webhooks, aggregation, flow control) is
served once the server does; storing it without acting would be a lie that clients cannot see.
"""

from __future__ import annotations

from pybernetes.api.resources import RESOURCES, Resource

_NOT_ACTED_ON = frozenset(
    (
        "admissionregistration.k8s.io",
        "apiregistration.k8s.io",
        "resource.k8s.io",
    )
)
# The same objects as another version or group; served when conversion between them is.
_OTHER_VERSIONS = frozenset((("events.k8s.io", "events"), ("autoscaling/v1", "horizontalpodautoscalers")))


def served_resources() -> tuple[Resource, ...]:
    return tuple(
        resource
        for resource in RESOURCES
        if resource.group not in _NOT_ACTED_ON
        and (resource.group, resource.plural) not in _OTHER_VERSIONS
        and (f"{resource.group}/{resource.version}", resource.plural) not in _OTHER_VERSIONS
        and resource.plural != "componentstatuses"
    )
