"""The defaults of webhook configurations, the rules on them, and their columns."""

from __future__ import annotations

from datetime import datetime

from pybernetes.api.admissionregistration.rule_validation import (
    FAILURE_POLICIES,
    MATCH_POLICIES,
    REINVOCATION_POLICIES,
    set_match_defaults,
    set_rule_defaults,
    validate_match_conditions,
    validate_rule,
    validate_service,
    validate_url,
)
from pybernetes.api.columns import AGE, NAME
from pybernetes.api.definition import Column
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.validation import validate_label_selector
from pybernetes.api.names import dns_label_1035, fully_qualified_name
from pybernetes.api.object import Json

_VERSIONS = ("v1", "v1beta1")
_SIDE_EFFECTS = ("None", "NoneOnDryRun")
_HTTPS = 443


def set_defaults(configuration: Json) -> None:
    """Each webhook fails closed, matches everything, and has ten seconds."""
    for webhook in configuration.get("webhooks") or ():
        webhook.setdefault("failurePolicy", "Fail")
        webhook.setdefault("timeoutSeconds", 10)
        set_match_defaults(webhook)
        set_rule_defaults(webhook.get("rules") or ())
        service = (webhook.get("clientConfig") or {}).get("service")
        if service is not None:
            service.setdefault("port", _HTTPS)


def set_mutating_defaults(configuration: Json) -> None:
    set_defaults(configuration)
    for webhook in configuration.get("webhooks") or ():
        webhook.setdefault("reinvocationPolicy", "Never")


def validate(configuration: Json, errors: ErrorList) -> None:
    """Every rule on a configuration of either kind."""
    names = set()
    for index, webhook in enumerate(configuration.get("webhooks") or ()):
        path = f"webhooks[{index}]"
        _validate_webhook(webhook, path, errors)
        _validate_versions(webhook.get("admissionReviewVersions") or [], f"{path}.admissionReviewVersions", errors)
        name = webhook.get("name") or ""
        if name and name in names:
            errors.duplicate(f"{path}.name", name)
        names.add(name)


def _validate_webhook(webhook: Json, path: str, errors: ErrorList) -> None:
    name = webhook.get("name") or ""
    if not name:
        errors.required(f"{path}.name")
    else:
        errors.each_invalid(f"{path}.name", name, fully_qualified_name(name))
    for index, rule in enumerate(webhook.get("rules") or ()):
        validate_rule(rule, f"{path}.rules[{index}]", errors)
    for field, choices in (("failurePolicy", FAILURE_POLICIES), ("matchPolicy", MATCH_POLICIES)):
        value = webhook.get(field)
        if value is not None and value not in choices:
            errors.not_supported(f"{path}.{field}", value, choices)
    effects, seconds = webhook.get("sideEffects"), webhook.get("timeoutSeconds")
    if effects is None:
        errors.required(f"{path}.sideEffects", f"must specify one of {', '.join(_SIDE_EFFECTS)}")
    elif effects not in _SIDE_EFFECTS:
        errors.not_supported(f"{path}.sideEffects", effects, _SIDE_EFFECTS)
    if seconds is not None and not 1 <= seconds <= 30:
        detail = "the timeout value must be between 1 and 30 seconds"
        errors.invalid(f"{path}.timeoutSeconds", seconds, detail)
    for field in ("namespaceSelector", "objectSelector"):
        if webhook.get(field) is not None:
            validate_label_selector(webhook[field], f"{path}.{field}", errors)
    again = webhook.get("reinvocationPolicy")
    if again is not None and again not in REINVOCATION_POLICIES:
        errors.not_supported(f"{path}.reinvocationPolicy", again, REINVOCATION_POLICIES)
    _validate_client(webhook.get("clientConfig") or {}, f"{path}.clientConfig", errors)
    validate_match_conditions(webhook.get("matchConditions") or [], f"{path}.matchConditions", errors)


def _validate_client(client: Json, path: str, errors: ErrorList) -> None:
    url, service = client.get("url"), client.get("service")
    if (url is None) == (service is None):
        errors.required(path, "exactly one of url or service is required")
    elif url is not None:
        validate_url(url, f"{path}.url", errors)
    else:
        validate_service(client["service"], f"{path}.service", errors)


def _validate_versions(versions: list[str], path: str, errors: ErrorList) -> None:
    known = ", ".join(_VERSIONS)
    if not versions:
        errors.required(path, f"must specify one of {known}")
        return
    for index, version in enumerate(versions):
        if version in versions[:index]:
            errors.invalid(f"{path}[{index}]", version, "duplicate version")
        else:
            errors.each_invalid(f"{path}[{index}]", version, dns_label_1035(version))
    if not set(versions) & set(_VERSIONS):
        errors.invalid(path, versions, f"must include at least one of {known}")


def _count(configuration: Json, now: datetime) -> int:
    return len(configuration.get("webhooks") or ())


COLUMNS = (NAME, Column("Webhooks", _count, "integer", description="How many webhooks it has."), AGE)
