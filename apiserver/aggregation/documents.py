"""What aggregated servers serve, as they tell it: for discovery and OpenAPI of this server.

Asked when an APIService changes and every minute besides. A server that does not answer keeps its place, marked as
stale. Counterparts: kube-aggregator's handler_discovery and its OpenAPI aggregators.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any

import orjson

from pybernetes.api.object import Json
from pybernetes.apiserver.aggregation.availability import AGGREGATOR
from pybernetes.apiserver.aggregation.connection import Connections, Unreachable
from pybernetes.apiserver.aggregation.remote import Remote

log = logging.getLogger(__name__)

_ASK_SECONDS = 5.0
_ACCEPT = (
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"
)


@dataclass(frozen=True)
class Description:
    """What one remote group version serves: its entry in aggregated discovery, and the hash of its OpenAPI document."""

    remote: Remote
    resources: list[Json] = field(default_factory=list)
    fresh: bool = False
    openapi_url: str = ""

    @property
    def version_entry(self) -> Json:
        freshness = "Current" if self.fresh else "Stale"
        return {"version": self.remote.version, "resources": self.resources, "freshness": freshness}


async def describe(connections: Connections, remote: Remote, before: Description | None) -> Description:
    """What the remote server says of itself, or, if it does not answer, said before."""
    known = before or Description(remote)
    if not remote.available:
        return Description(remote, known.resources, False, known.openapi_url)
    try:
        async with asyncio.timeout(_ASK_SECONDS):
            resources = await _resources(connections, remote)
            index = await _get(connections, remote, "/openapi/v3", "application/json")
    except (Unreachable, TimeoutError, orjson.JSONDecodeError) as error:
        log.warning("an aggregated server does not tell", extra={"api_service": remote.name, "error": str(error)})
        return Description(remote, known.resources, False, known.openapi_url)
    entry = ((index or {}).get("paths") or {}).get(remote.path.strip("/")) or {}
    return Description(remote, resources, True, entry.get("serverRelativeURL") or "")


async def _resources(connections: Connections, remote: Remote) -> list[Json]:
    groups = await _get(connections, remote, "/apis", _ACCEPT)
    if groups is not None and groups.get("kind") == "APIGroupDiscoveryList":
        for group in groups.get("items") or ():
            for version in group.get("versions") or ():
                if (group["metadata"].get("name"), version.get("version")) == (remote.group, remote.version):
                    return list(version.get("resources") or ())
    legacy = await _get(connections, remote, remote.path, "application/json")
    return from_legacy((legacy or {}).get("resources") or [], remote)


async def _get(connections: Connections, remote: Remote, path: str, accept: str) -> Json | None:
    headers = {"Accept": accept, "Accept-Encoding": "identity"}
    answer = await connections.request(remote, "GET", path, user=AGGREGATOR, headers=headers)
    async with answer:
        body = await answer.read()
        value: Any = orjson.loads(body) if answer.status == 200 else None
        return value if isinstance(value, dict) else None


def from_legacy(resources: list[Json], remote: Remote) -> list[Json]:
    """The entries of aggregated discovery for an APIResourceList. Pure."""
    entries: dict[str, Json] = {}
    for one in resources:
        plural, _, subresource = one["name"].partition("/")
        kind = {
            "group": one.get("group") or remote.group,
            "version": one.get("version") or remote.version,
            "kind": one.get("kind", ""),
        }
        entry = entries.setdefault(plural, {"resource": plural})
        if subresource:
            told = {"subresource": subresource, "responseKind": kind, "verbs": one.get("verbs") or []}
            entry.setdefault("subresources", []).append(told)
            continue
        entry |= {
            "responseKind": kind,
            "scope": "Namespaced" if one.get("namespaced") else "Cluster",
            "singularResource": one.get("singularName") or "",
            "verbs": one.get("verbs") or [],
        }
        entry |= {name: one[name] for name in ("shortNames", "categories") if one.get(name)}
    return list(entries.values())
