"""Which resources the API server serves now, built in or not: what must be deleted with a namespace, what has owners.

Asked of the server rather than taken from our own table, so that custom resources and aggregated APIs count, and so
that we could stand beside another API server. A group whose server is away is reported, and the rest is used.

Counterpart: client-go's discovery.ServerPreferredResources.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from pybernetes.api.errors import APIError
from pybernetes.api.object import Json
from pybernetes.api.resources import Resource
from pybernetes.client.client import Client


@dataclass
class Discovery:
    """What was found. `failures` maps ``group/version`` to the error."""

    resources: list[Resource] = field(default_factory=list)
    failures: dict[str, APIError] = field(default_factory=dict)

    def for_kind(self, api_version: str, kind: str) -> Resource | None:
        """The resource whose objects are of a kind. A group's other versions name the same objects."""
        group = api_version.rpartition("/")[0]
        return next((r for r in self.resources if r.group == group and r.kind == kind), None)


async def discover(client: Client) -> Discovery:
    """All resources in the version that the server prefers. Raises `APIError` when nothing can be asked at all."""
    groups = await client.call("GET", "/apis")
    versions = [("", "v1")]
    versions += [(group["name"], version["version"]) for group in groups["groups"] for version in _preferred(group)]
    answers = await asyncio.gather(*(_resources_of(client, *one) for one in versions))
    found = Discovery()
    seen: set[tuple[str, str]] = set()
    for (group, version), answer in zip(versions, answers, strict=True):
        if isinstance(answer, APIError):
            found.failures[f"{group}/{version}" if group else version] = answer
            continue
        for resource in answer:
            if (resource.group, resource.plural) not in seen:
                seen.add((resource.group, resource.plural))
                found.resources.append(resource)
    return found


def _preferred(group: Json) -> list[Json]:
    """The group's versions, the preferred one first: what it does not have is taken from the others."""
    preferred = group.get("preferredVersion") or group["versions"][0]
    return [preferred, *(v for v in group["versions"] if v["groupVersion"] != preferred["groupVersion"])]


async def _resources_of(client: Client, group: str, version: str) -> list[Resource] | APIError:
    path = f"/apis/{group}/{version}" if group else f"/api/{version}"
    try:
        listed = await client.call("GET", path)
    except APIError as error:
        return error
    entries = [entry for entry in listed.get("resources") or () if "/" not in entry["name"]]
    return [
        Resource(
            group=entry.get("group") or group,
            version=entry.get("version") or version,
            plural=entry["name"],
            kind=entry["kind"],
            namespaced=bool(entry.get("namespaced")),
            verbs=tuple(entry.get("verbs") or ()),
        )
        for entry in entries
    ]
