"""The environment of a container. Pure: the config maps and secrets it names are handed in.

Order of precedence, from the weakest: services, envFrom in order, env in order. A value may refer to what was
defined before it. Counterpart: makeEnvironmentVariables.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pybernetes.api.names import env_var_name
from pybernetes.api.object import Json, namespace_of
from pybernetes.kubelet.expansion import expand
from pybernetes.kubelet.field_refs import FieldError, NodeFacts, field_value, resource_value


class ConfigError(Exception):
    """The container cannot be configured; the reason is CreateContainerConfigError."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The config maps and secrets by name that the container's environment names; a missing one is not in it."""

    config_maps: Mapping[str, Json] = field(default_factory=dict)
    secrets: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Environment:
    """Variables in order, and what was skipped because its name is unusable (source, keys)."""

    variables: tuple[tuple[str, str], ...]
    skipped: tuple[tuple[str, tuple[str, ...]], ...] = ()


def referenced(container: Json) -> Iterator[tuple[str, str]]:
    """(resource, name) of every config map and secret that the environment names."""
    for source in container.get("envFrom") or ():
        for part, resource in (("configMapRef", "configmaps"), ("secretRef", "secrets")):
            if source.get(part):
                yield resource, source[part].get("name") or ""
    for variable in container.get("env") or ():
        origin = variable.get("valueFrom") or {}
        for part, resource in (("configMapKeyRef", "configmaps"), ("secretKeyRef", "secrets")):
            if origin.get(part):
                yield resource, origin[part].get("name") or ""


def make_environment(
    pod: Json,
    container: Json,
    sources: Sources,
    services: Mapping[str, str],
    node: NodeFacts,
    pod_ips: Sequence[str],
) -> Environment:
    """Raises `ConfigError` for what is missing and not optional."""
    found: dict[str, str] = {}
    skipped = []
    for origin in container.get("envFrom") or ():
        values, name = _from_whole(pod, origin, sources)
        prefix = origin.get("prefix") or ""
        bad = tuple(sorted(key for key in values if env_var_name(prefix + key)))
        if bad:
            skipped.append((name, bad))
        found.update({prefix + key: value for key, value in values.items() if key not in bad})
    for variable in container.get("env") or ():
        value = _value(pod, container, variable, sources, found, services, node, pod_ips)
        if value is not None:
            found.pop(variable["name"], None)
            found[variable["name"]] = value
    rest = [(name, value) for name, value in services.items() if name not in found]
    return Environment((*found.items(), *rest), tuple(skipped))


def _from_whole(pod: Json, origin: Json, sources: Sources) -> tuple[dict[str, str], str]:
    """All values of a config map or secret, and what it is called in messages."""
    reference = origin.get("configMapRef") or origin.get("secretRef") or {}
    name, optional = reference.get("name") or "", bool(reference.get("optional"))
    if origin.get("configMapRef"):
        found = sources.config_maps.get(name)
        if found is None and not optional:
            raise ConfigError(f'configmap "{name}" not found')
        return dict((found or {}).get("data") or {}), f"ConfigMap {namespace_of(pod)}/{name}"
    found = sources.secrets.get(name)
    if found is None and not optional:
        raise ConfigError(f'secret "{name}" not found')
    data = (found or {}).get("data") or {}
    return {key: _text(value) for key, value in data.items()}, f"Secret {namespace_of(pod)}/{name}"


def _text(encoded: str) -> str:
    return base64.b64decode(encoded).decode(errors="surrogateescape")


def _value(
    pod: Json,
    container: Json,
    variable: Json,
    sources: Sources,
    found: Mapping[str, str],
    services: Mapping[str, str],
    node: NodeFacts,
    pod_ips: Sequence[str],
) -> str | None:
    """One variable's value; None for one that is optional and missing."""
    origin = variable.get("valueFrom") or {}
    if not origin:
        return expand(variable.get("value") or "", found, services)
    try:
        if origin.get("fieldRef"):
            return field_value(pod, origin["fieldRef"]["fieldPath"], node, pod_ips)
        if origin.get("resourceFieldRef"):
            return resource_value(pod, origin["resourceFieldRef"], node, container)
    except FieldError as error:
        raise ConfigError(str(error)) from error
    if origin.get("configMapKeyRef"):
        return _one_key(pod, origin["configMapKeyRef"], sources.config_maps, "ConfigMap")
    if origin.get("secretKeyRef"):
        value = _one_key(pod, origin["secretKeyRef"], sources.secrets, "Secret")
        return None if value is None else _text(value)
    raise ConfigError(f"env {variable['name']}: unsupported valueFrom: {', '.join(origin)}")


def _one_key(pod: Json, reference: Json, objects: Mapping[str, Json], kind: str) -> str | None:
    name, key, optional = reference.get("name") or "", reference["key"], bool(reference.get("optional"))
    found = objects.get(name)
    if found is None:
        if optional:
            return None
        raise ConfigError(f'{kind.lower()} "{name}" not found')
    value = (found.get("data") or {}).get(key)
    if value is None and not optional:
        raise ConfigError(f"couldn't find key {key} in {kind} {namespace_of(pod)}/{name}")
    return None if value is None else str(value)
