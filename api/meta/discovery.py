"""What the API says of itself: groups, versions and resources. The shapes on the wire."""

from __future__ import annotations

from typing import Annotated, Required

from typing_extensions import TypedDict

from pybernetes.api.schema.marks import Atomic


class ServerAddressByClientCIDR(TypedDict, total=False):
    """The address by which clients of one network reach the server."""

    clientCIDR: Required[str]
    "The network of the clients, as a prefix."
    serverAddress: Required[str]
    "The server's address for them: a name or an address, with a port if it is not the usual one."


class APIVersions(TypedDict, total=False):
    """The versions of the core group."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    serverAddressByClientCIDRs: Required[Annotated[list[ServerAddressByClientCIDR], Atomic()]]
    "Where the server is, for each network."
    versions: Required[Annotated[list[str], Atomic()]]
    "What is served of it, the preferred one first."


class GroupVersionForDiscovery(TypedDict, total=False):
    """One version of a group."""

    groupVersion: Required[str]
    "The group and the version, with a slash between them."
    version: Required[str]
    "The version alone."


class APIGroup(TypedDict, total=False):
    """An API group and its versions."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    kind: str
    "The name of the kind of object."
    name: Required[str]
    "The group."
    preferredVersion: GroupVersionForDiscovery
    "The version that clients should use if they know several."
    serverAddressByClientCIDRs: Annotated[list[ServerAddressByClientCIDR], Atomic()]
    "Where the server is, for each network."
    versions: Required[Annotated[list[GroupVersionForDiscovery], Atomic()]]
    "All versions that are served."


class APIGroupList(TypedDict, total=False):
    """The API groups that are served."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    groups: Required[Annotated[list[APIGroup], Atomic()]]
    "What is served, in the order in which clients should prefer it."
    kind: str
    "The name of the kind of object."


class APIResource(TypedDict, total=False):
    """A resource, or a subresource, and what can be done with it."""

    categories: Annotated[list[str], Atomic()]
    "Names for several resources at a time, such as all."
    group: str
    "The group of its kind, where that is not the group of the list."
    kind: Required[str]
    "The kind of its objects."
    name: Required[str]
    "The name that stands in paths: the plural, for a subresource with a slash and the part."
    namespaced: Required[bool]
    "Whether its objects are in namespaces."
    shortNames: Annotated[list[str], Atomic()]
    "Shorter names for people."
    singularName: Required[str]
    "The name of a single one."
    storageVersionHash: str
    "Tells whether the version that objects are stored in has changed. Otherwise without meaning."
    verbs: Required[list[str]]
    "What can be done with it."
    version: str
    "The version of its kind, where that is not the version of the list."


class APIResourceList(TypedDict, total=False):
    """The resources of one version of a group."""

    apiVersion: str
    "The group and version of the API that the object is written in."
    groupVersion: Required[str]
    "The group and version that the resources belong to."
    kind: str
    "The name of the kind of object."
    resources: Required[Annotated[list[APIResource], Atomic()]]
    "The resources and their subresources."
