"""The operations that belong to no resource: discovery, the version, logs, and the keys of tokens."""

from __future__ import annotations

from collections.abc import Iterable

from pybernetes.api.meta import discovery, version
from pybernetes.api.schema.declare import struct_of
from pybernetes.apiserver.openapi.operations import group_in_operation_id, in_operation_id
from pybernetes.apiserver.openapi.parameters import LOG_PATH
from pybernetes.apiserver.openapi.path_items import Operation, Paths
from pybernetes.apiserver.openapi.schemas import META, Schemas

_BINARY = ("application/json", "application/yaml", "application/vnd.kubernetes.protobuf")
_KEYS = ("application/jwk-set+json",)


def add_group_version(paths: Paths, schemas: Schemas, group: str, version: str) -> None:
    """The list of resources of one version of a group."""
    path = f"/apis/{group}/{version}/" if group else f"/api/{version}/"
    name = f"{group_in_operation_id(group)}{in_operation_id(version)}"
    tag = f"{group_in_operation_id(group, capital=False)}_{version}"
    types = (*_BINARY, "application/cbor")
    answer = _declare(schemas, "APIResourceList")
    said = "List the resources of this group version."
    paths.add(path, {"get": Operation(f"get{name}APIResources", said, tag, answer, consumes=types, produces=types)})


def add_group(paths: Paths, schemas: Schemas, group: str) -> None:
    """The versions of one group."""
    tag = group_in_operation_id(group, capital=False)
    _add_document(paths, schemas, f"/apis/{group}/", f"get{group_in_operation_id(group)}APIGroup", tag, "APIGroup")


def add_core_versions(paths: Paths, schemas: Schemas) -> None:
    _add_document(paths, schemas, "/api/", "getCoreAPIVersions", "core", "APIVersions")


def add_groups(paths: Paths, schemas: Schemas) -> None:
    _add_document(paths, schemas, "/apis/", "getAPIVersions", "apis", "APIGroupList")


def add_version(paths: Paths, schemas: Schemas) -> None:
    answer, types = schemas.struct(struct_of(version.Info), ""), ("application/json",)
    said = "Tell which version the server is."
    operation = Operation("getCodeVersion", said, "version", answer, consumes=types, produces=types)
    paths.add("/version/", {"get": operation})


def add_logs(paths: Paths, schemas: Schemas) -> None:
    listed = Operation("logFileListHandler", "List the logs of the server.", "logs", "", codes=())
    read = Operation("logFileHandler", "Read a log of the server.", "logs", "", (LOG_PATH,), codes=())
    paths.add("/logs/", {"get": listed})
    paths.add("/logs/{logpath}", {"get": read})


def add_issuer(paths: Paths, schemas: Schemas) -> None:
    said = "Tell where the keys of service account tokens are."
    operation = Operation(
        "getServiceAccountIssuerOpenIDConfiguration", said, "WellKnown", "string", produces=("application/json",)
    )
    paths.add("/.well-known/openid-configuration/", {"get": operation})


def add_keys(paths: Paths, schemas: Schemas) -> None:
    said = "Read the keys that service account tokens are checked with."
    operation = Operation("getServiceAccountIssuerOpenIDKeyset", said, "openid", "string", produces=_KEYS)
    paths.add("/openid/v1/jwks/", {"get": operation})


# What has a document of its own in version 3, by where that is.
ALONE = {
    ".well-known/openid-configuration": add_issuer,
    "api": add_core_versions,
    "apis": add_groups,
    "logs": add_logs,
    "openid/v1/jwks": add_keys,
    "version": add_version,
}


def add_all(paths: Paths, schemas: Schemas, group_versions: Iterable[tuple[str, str]]) -> None:
    """Everything that belongs to no resource."""
    for add in ALONE.values():
        add(paths, schemas)
    for group in {group: None for group, _ in group_versions if group}:
        add_group(paths, schemas, group)


def _add_document(paths: Paths, schemas: Schemas, path: str, id: str, tag: str, kind: str) -> None:
    said = "Tell what is served."
    answer = _declare(schemas, kind)
    paths.add(path, {"get": Operation(id, said, tag, answer, consumes=_BINARY, produces=_BINARY)})


def _declare(schemas: Schemas, kind: str) -> str:
    gvk = {"group": "", "version": "v1", "kind": kind}
    return schemas.struct(struct_of(getattr(discovery, kind)), META, gvk)
