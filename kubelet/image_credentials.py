"""Which credentials of a pod's pull secrets are for an image. Pure. Counterpart: pkg/credentialprovider.

A secret holds a docker configuration: registries (host, perhaps with a path, perhaps with ``*`` for parts of the
host) and what to say there. All that match are tried, the most specific first.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from fnmatch import fnmatchcase

import orjson

from pybernetes.api.object import Json
from pybernetes.kubelet.image_reference import DEFAULT_HOST, registry_path
from pybernetes.kubelet.runtime.types import ImageAuth

_CONFIG_JSON, _CONFIG = "kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg"
_DOCKER_HUB = frozenset(("index.docker.io", "registry-1.docker.io", "docker.io"))


def credentials_for(image: str, secrets: Iterable[Json]) -> list[ImageAuth]:
    """What to try for an image, in order; empty: ask without credentials. Secrets that make no sense are left out."""
    wanted = registry_path(image)
    found: list[tuple[str, ImageAuth]] = []
    for secret in secrets:
        for registry, entry in _registries(secret).items():
            location = _location(registry)
            if _matches(location, wanted):
                found.append((location, _auth(entry)))
    found.sort(key=lambda each: len(each[0]), reverse=True)
    return [auth for _, auth in found]


def _registries(secret: Json) -> dict[str, Json]:
    data = secret.get("data") or {}
    try:
        if secret.get("type") == _CONFIG_JSON:
            return dict(orjson.loads(base64.b64decode(data[".dockerconfigjson"])).get("auths") or {})
        if secret.get("type") == _CONFIG:
            return dict(orjson.loads(base64.b64decode(data[".dockercfg"])))
    except (KeyError, ValueError, AttributeError, TypeError):
        return {}
    return {}


def _location(registry: str) -> str:
    """``host[:port]/path`` of a registry key, without scheme and version."""
    text = registry.split("://", 1)[-1].rstrip("/")
    for version in ("/v1", "/v2"):
        text = text.removesuffix(version)
    host, slash, path = text.partition("/")
    return f"{DEFAULT_HOST if host in _DOCKER_HUB else host}{slash}{path}"


def _matches(location: str, wanted: str) -> bool:
    host, _, path = location.partition("/")
    wanted_host, _, wanted_path = wanted.partition("/")
    if host.count(".") != wanted_host.count(".") or not fnmatchcase(wanted_host, host):
        return False
    return not path or wanted_path == path or wanted_path.startswith(f"{path}/")


def _auth(entry: Json) -> ImageAuth:
    username, password = entry.get("username") or "", entry.get("password") or ""
    if entry.get("auth"):
        try:
            text = base64.b64decode(entry["auth"]).decode(errors="replace")
        except binascii.Error:
            text = ""
        if ":" in text:
            username, _, password = text.partition(":")
            password = password.rstrip("\0")
    return ImageAuth(
        username=username,
        password=password,
        identity_token=entry.get("identitytoken") or "",
        registry_token=entry.get("registrytoken") or "",
    )
