"""The file of --authorization-config: apiserver.config.k8s.io/v1 AuthorizationConfiguration.

An ordered list of authorizers, webhooks among them any number of times. Everything is checked when the file is read
and every fault is told at once with its field; the texts are Kubernetes'.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pybernetes.api.names import dns_subdomain
from pybernetes.apiserver.authz.webhook import WebhookRules
from pybernetes.component.duration import duration_seconds

_VERSIONS = ("apiserver.config.k8s.io/v1", "apiserver.config.k8s.io/v1beta1")
_KIND = "AuthorizationConfiguration"
_TYPES = ("AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook")
WEBHOOK = "Webhook"
_MAX_FILE_BYTES = 1 << 20
_LONGEST_TIMEOUT_SECONDS = 30.0
_MAX_CONDITIONS = 64


class BadConfiguration(ValueError):
    """A file that cannot be used; the message has every fault with its field."""


@dataclass(frozen=True, slots=True)
class WebhookEntry:
    """Where a webhook is, how long it may take, and how its answers count."""

    kubeconfig: str
    timeout_seconds: float
    rules: WebhookRules


@dataclass(frozen=True, slots=True)
class AuthorizerEntry:
    """One authorizer: its type, its name, and for a webhook the rest."""

    type: str
    name: str
    webhook: WebhookEntry | None = None


def load_configuration(path: Path) -> tuple[AuthorizerEntry, ...]:
    """The authorizers, in order. Raises BadConfiguration, OSError."""
    if path.stat().st_size > _MAX_FILE_BYTES:
        raise BadConfiguration(f"{path} is larger than {_MAX_FILE_BYTES} bytes")
    return parse_configuration(path.read_bytes())


def parse_configuration(content: bytes) -> tuple[AuthorizerEntry, ...]:
    """Raises BadConfiguration."""
    try:
        found = yaml.load(content, yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise BadConfiguration(f"not YAML: {error}") from error
    if not isinstance(found, dict) or found.get("kind") != _KIND or found.get("apiVersion") not in _VERSIONS:
        raise BadConfiguration(f"expected kind {_KIND} of apiVersion {_VERSIONS[0]}")
    faults: list[str] = []
    listed = found.get("authorizers") or []
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise BadConfiguration("authorizers: expected a list of objects")
    if not listed:
        faults.append("authorizers: Required value: at least one authorization mode must be defined")
    entries = []
    types, names = set[str](), set[str]()
    for index, one in enumerate(listed):
        path = f"authorizers[{index}]"
        kind, name = str(one.get("type") or ""), str(one.get("name") or "")
        wrong = _wrong_type(kind, types, path)
        if wrong:
            faults.append(wrong)
            continue
        types.add(kind)
        faults += _wrong_name(name, names, path)
        names.add(name)
        entries.append(AuthorizerEntry(kind, name, _webhook(one, kind, path, faults)))
    if faults:
        raise BadConfiguration("; ".join(faults))
    return tuple(entries)


def _wrong_type(kind: str, seen: set[str], path: str) -> str:
    if not kind:
        return f"{path}.type: Required value"
    if kind not in _TYPES:
        supported = ", ".join(f'"{known}"' for known in _TYPES)
        return f'{path}.type: Unsupported value: "{kind}": supported values: {supported}'
    if kind in seen and kind != WEBHOOK:
        return f'{path}.type: Duplicate value: "{kind}"'
    return ""


def _wrong_name(name: str, seen: set[str], path: str) -> list[str]:
    if not name:
        return [f"{path}.name: Required value"]
    if name in seen:
        return [f'{path}.name: Duplicate value: "{name}"']
    wrong = dns_subdomain(name)
    return [f'{path}.name: Invalid value: "{name}": authorizer name is invalid: {", ".join(wrong)}'] if wrong else []


def _webhook(entry: dict[str, Any], kind: str, path: str, faults: list[str]) -> WebhookEntry | None:
    found = entry.get("webhook")
    if kind != WEBHOOK:
        if found is not None:
            faults.append(f'{path}.webhook: Invalid value: "non-null": may only be specified when type=Webhook')
        return None
    if not isinstance(found, dict):
        faults.append(f"{path}.webhook: Required value: required when type=Webhook")
        return None
    conditions = found.get("matchConditions") or []
    expressions = _expressions(conditions, path, faults)
    if conditions and not found.get("matchConditionSubjectAccessReviewVersion"):
        faults.append(
            f"{path}.matchConditionSubjectAccessReviewVersion: Required value: required if match conditions are "
            "specified"
        )
    else:
        version = "matchConditionSubjectAccessReviewVersion"
        _one_of(found, version, path, faults, "v1", needed=bool(conditions))
    allowed = _seconds(found, "authorizedTTL", path, faults)
    refused = _seconds(found, "unauthorizedTTL", path, faults)
    timeout = _seconds(found, "timeout", path, faults, longest=_LONGEST_TIMEOUT_SECONDS)
    rules = WebhookRules(
        _one_of(found, "subjectAccessReviewVersion", path, faults, "v1", "v1beta1"),
        allowed if found.get("cacheAuthorizedRequests") is not False else 0.0,
        refused if found.get("cacheUnauthorizedRequests") is not False else 0.0,
        _one_of(found, "failurePolicy", path, faults, "NoOpinion", "Deny") == "Deny",
        expressions,
    )
    return WebhookEntry(_kubeconfig(found, path, faults), timeout, rules)


def _kubeconfig(webhook: dict[str, Any], path: str, faults: list[str]) -> str:
    info = webhook.get("connectionInfo")
    info = info if isinstance(info, dict) else {}
    path = f"{path}.connectionInfo"
    if _one_of(info, "type", path, faults, "KubeConfigFile") != "KubeConfigFile":
        return ""
    file = str(info.get("kubeConfigFile") or "")
    at = f"{path}.kubeConfigFile"
    if not file:
        faults.append(f"{at}: Required value")
    elif not Path(file).is_absolute():
        faults.append(f'{at}: Invalid value: "{file}": must be an absolute path')
    elif not Path(file).is_file():
        faults.append(f'{at}: Invalid value: "{file}": must be a regular file')
    return file


def _one_of(owner: dict[str, Any], field: str, path: str, faults: list[str], *known: str, needed: bool = True) -> str:
    value = str(owner.get(field) or "")
    if not value:
        if needed:
            faults.append(f"{path}.{field}: Required value")
    elif value not in known:
        supported = ", ".join(f'"{one}"' for one in known)
        faults.append(f'{path}.{field}: Unsupported value: "{value}": supported values: {supported}')
    return value


def _seconds(owner: dict[str, Any], field: str, path: str, faults: list[str], *, longest: float = 0.0) -> float:
    given = str(owner.get(field) or "")
    try:
        seconds = duration_seconds(given.removeprefix("-")) if given else 0.0
    except ValueError:
        faults.append(f'{path}.{field}: Invalid value: "{given}": not a duration')
        return 0.0
    if not seconds:
        faults.append(f"{path}.{field}: Required value")
    elif given.startswith("-") or (longest and seconds > longest):
        bound = f" and <= {longest:.0f}s" if longest else ""
        faults.append(f'{path}.{field}: Invalid value: "{given}": must be > 0s{bound}')
    return seconds


def _expressions(conditions: Any, path: str, faults: list[str]) -> tuple[str, ...]:
    if not isinstance(conditions, list) or not all(isinstance(one, dict) for one in conditions):
        faults.append(f"{path}.matchConditions: expected a list of objects")
        return ()
    if len(conditions) > _MAX_CONDITIONS:
        faults.append(f"{path}.matchConditions: Too many: {len(conditions)}: must have at most {_MAX_CONDITIONS} items")
        return ()
    from pybernetes.apiserver.authz.match_conditions import compile_condition

    expressions: list[str] = []
    for index, condition in enumerate(conditions):
        at, text = f"{path}.matchConditions[{index}].expression", str(condition.get("expression") or "")
        if not text.strip():
            faults.append(f"{at}: Required value")
        elif text in expressions:
            faults.append(f'{at}: Duplicate value: "{text}"')
        else:
            try:
                compile_condition(text)
            except ValueError as error:
                faults.append(f'{at}: Invalid value: "{text}": {error}')
            expressions.append(text)
    return tuple(expressions)
