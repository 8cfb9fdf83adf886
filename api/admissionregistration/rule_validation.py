"""The rules on the parts that webhooks and admission policies share. Counterpart: pkg/apis/admissionregistration."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from pybernetes.api.addresses import port_number
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.validation import validate_label_selector
from pybernetes.api.names import dns_label_1035, dns_subdomain, path_segment, qualified_name
from pybernetes.api.object import Json

OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
FAILURE_POLICIES = ("Fail", "Ignore")
MATCH_POLICIES = ("Equivalent", "Exact")
REINVOCATION_POLICIES = ("IfNeeded", "Never")
_SCOPES = ("*", "Cluster", "Namespaced")
_MOST_CONDITIONS = 64
_URL_FORM = "; desired format: https://host[/path]"
_IDENTIFIER = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*")
_WORDS = "true false null in as break const continue else for function if import let loop package namespace return"
_RESERVED = frozenset((*_WORDS.split(" "), "var", "void", "while"))


def set_match_defaults(match: Json) -> None:
    """What a policy or a webhook matches that does not say so: everything, by any version."""
    for name in ("namespaceSelector", "objectSelector"):
        if match.get(name) is None:
            match[name] = {}
    if match.get("matchPolicy") is None:
        match["matchPolicy"] = "Equivalent"


def set_rule_defaults(rules: Sequence[Json]) -> None:
    for rule in rules:
        if rule.get("scope") is None:
            rule["scope"] = "*"


def validate_rule(rule: Json, path: str, errors: ErrorList) -> None:
    """Operations, and the resources that they are on."""
    operations = rule.get("operations") or []
    if not operations:
        errors.required(f"{path}.operations")
    if len(operations) > 1 and "*" in operations:
        detail = "if '*' is present, must not specify other operations"
        errors.invalid(f"{path}.operations", operations, detail)
    for index, operation in enumerate(operations):
        if operation not in OPERATIONS:
            errors.not_supported(f"{path}.operations[{index}]", operation, OPERATIONS)
    for field, what in (("apiGroups", "API groups"), ("apiVersions", "API versions")):
        values = rule.get(field) or []
        if not values:
            errors.required(f"{path}.{field}")
        if len(values) > 1 and "*" in values:
            errors.invalid(f"{path}.{field}", values, f"if '*' is present, must not specify other {what}")
    for index, version in enumerate(rule.get("apiVersions") or ()):
        if not version:
            errors.required(f"{path}.apiVersions[{index}]")
    _validate_resources(rule.get("resources") or [], f"{path}.resources", errors)
    scope = rule.get("scope")
    if scope is not None and scope not in _SCOPES:
        errors.not_supported(f"{path}.scope", scope, _SCOPES)


def _validate_resources(resources: list[str], path: str, errors: ErrorList) -> None:
    """A star stands for what is then not named beside it."""
    if not resources:
        errors.required(path)
    whole, parts = set(), set()  # of x/* the x, of */x the x
    plain = False
    for index, text in enumerate(resources):
        at = f"{path}[{index}]"
        if not text:
            errors.required(at)
            continue
        resource, slash, part = text.partition("/")
        if not slash:
            plain = text != "*"
            continue
        if resource in whole:
            errors.invalid(at, text, f"if '{resource}/*' is present, must not specify {text}")
        if part in parts:
            errors.invalid(at, text, f"if '*/{part}' is present, must not specify {text}")
        if part == "*":
            whole.add(resource)
        if resource == "*":
            parts.add(part)
    if len(resources) > 1 and "*/*" in resources:
        errors.invalid(path, resources, "if '*/*' is present, must not specify other resources")
    if "*" in resources and plain:
        detail = "if '*' is present, must not specify other resources without subresources"
        errors.invalid(path, resources, detail)


def validate_named_rule(rule: Json, path: str, errors: ErrorList) -> None:
    """A rule that can name objects."""
    names = rule.get("resourceNames") or []
    for index, name in enumerate(names):
        errors.each_invalid(f"{path}.resourceNames[{index}]", name, path_segment(name))
        if name in names[:index]:
            errors.duplicate(f"{path}.resourceNames[{index}]", name)
    validate_rule(rule, path, errors)


def validate_choice(value: str | None, choices: Sequence[str], path: str, errors: ErrorList) -> None:
    """A value that must be given, and be one of these."""
    if value is None:
        errors.required(path)
    elif value not in choices:
        errors.not_supported(path, value, choices)


def validate_match_resources(match: Json | None, path: str, errors: ErrorList) -> None:
    """Which requests a policy is for."""
    if match is None:
        return
    validate_choice(match.get("matchPolicy"), MATCH_POLICIES, f"{path}.matchPolicy", errors)
    for name in ("namespaceSelector", "objectSelector"):
        if match.get(name) is None:
            errors.required(f"{path}.{name}")
        else:
            validate_label_selector(match[name], f"{path}.{name}", errors)
    for field in ("resourceRules", "excludeResourceRules"):
        for index, rule in enumerate(match.get(field) or ()):
            validate_named_rule(rule, f"{path}.{field}[{index}]", errors)


def validate_match_conditions(conditions: Sequence[Json], path: str, errors: ErrorList) -> None:
    """The names and the presence of expressions; what compiles is told where expressions are compiled."""
    if len(conditions) > _MOST_CONDITIONS:
        errors.too_many(path, len(conditions), _MOST_CONDITIONS)
    seen = set()
    for index, condition in enumerate(conditions):
        name = condition.get("name") or ""
        if not (condition.get("expression") or "").strip():
            errors.required(f"{path}[{index}].expression")
        if not name:
            errors.required(f"{path}[{index}].name")
            continue
        errors.each_invalid(f"{path}[{index}].name", name, qualified_name(name))
        if name in seen:
            errors.duplicate(f"{path}[{index}].name", name)
        seen.add(name)


def validate_variables(variables: Sequence[Json], path: str, errors: ErrorList) -> None:
    for index, variable in enumerate(variables):
        name = variable.get("name") or ""
        if not name.strip():
            errors.required(f"{path}[{index}].name", "name is not specified")
        elif not _IDENTIFIER.fullmatch(name) or name in _RESERVED:
            errors.invalid(f"{path}[{index}].name", name, "name is not a valid CEL identifier")
        if not (variable.get("expression") or "").strip():
            errors.required(f"{path}[{index}].expression", "expression is not specified")


def validate_param_kind(kind: Json | None, path: str, errors: ErrorList) -> None:
    """The kind of a policy's parameters."""
    if kind is None:
        return
    api_version, name = kind.get("apiVersion") or "", kind.get("kind") or ""
    if not api_version:
        errors.required(f"{path}.apiVersion")
    elif api_version.count("/") > 1:
        errors.invalid(f"{path}.apiVersion", api_version, f"unexpected GroupVersion string: {api_version}")
    else:
        group, _, version = api_version.rpartition("/")
        wrong_group, wrong_version = dns_subdomain(group) if group else [], dns_label_1035(version)
        if wrong_group:
            errors.invalid(f"{path}.apiVersion", group, ",".join(wrong_group))
        if not version:
            errors.invalid(f"{path}.apiVersion", api_version, "version must be specified")
        elif wrong_version:
            errors.invalid(f"{path}.apiVersion", version, ",".join(wrong_version))
    wrong = dns_label_1035(name.lower())
    if not name:
        errors.required(f"{path}.kind")
    elif wrong:
        detail = "may have mixed case, but should otherwise match: " + ",".join(wrong)
        errors.invalid(f"{path}.kind", name, detail)


def validate_param_ref(reference: Json | None, path: str, errors: ErrorList) -> None:
    """The objects that parameters come from: by name, or by labels."""
    if reference is None:
        return
    name, selector, action = reference.get("name") or "", reference.get("selector"), "parameterNotFoundAction"
    exclusive = "name and selector are mutually exclusive"
    if name:
        errors.each_invalid(f"{path}.name", name, path_segment(name))
        if selector is not None:
            errors.forbidden(f"{path}.name", exclusive)
    if selector is not None:
        validate_label_selector(selector, f"{path}.selector", errors)
        if name:
            errors.forbidden(f"{path}.selector", exclusive)
    if not name and selector is None:
        errors.required(path, "one of name or selector must be specified")
    validate_choice(reference.get(action) or None, ("Deny", "Allow"), f"{path}.{action}", errors)


def validate_policy_name(spec: Json, path: str, errors: ErrorList) -> None:
    name = spec.get("policyName") or ""
    if not name:
        errors.required(f"{path}.policyName")
    else:
        errors.each_invalid(f"{path}.policyName", name, dns_subdomain(name))


def validate_url(url: str, path: str, errors: ErrorList) -> None:
    """Where a webhook is: HTTPS, a host and a path."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        errors.required(path, f"url must be a valid URL: {error}{_URL_FORM}")
        return
    user, at, host = parts.netloc.rpartition("@")
    if parts.scheme != "https":
        errors.invalid(path, parts.scheme, f"'https' is the only allowed URL scheme{_URL_FORM}")
    if not host:
        errors.invalid(path, host, f"host must be provided{_URL_FORM}")
    if at:
        errors.invalid(path, user, "user information is not permitted in the URL")
    if parts.fragment:
        errors.invalid(path, parts.fragment, "fragments are not permitted in the URL")
    if parts.query:
        errors.invalid(path, parts.query, "query parameters are not permitted in the URL")


def validate_service(service: Json, path: str, errors: ErrorList) -> None:
    """A service of the cluster. (Kubernetes takes the name for the namespace here, and says so.)"""
    if not service.get("namespace"):
        errors.required(f"{path}.name", "service name is required")
    if not service.get("name"):
        errors.required(f"{path}.namespace", "service namespace is required")
    port = service.get("port") or 0
    wrong = port_number(port)
    if wrong:
        errors.invalid(f"{path}.port", port, "port is not valid: " + ", ".join(wrong))
    _validate_url_path(service.get("path") or "", f"{path}.path", errors)


def _validate_url_path(text: str, path: str, errors: ErrorList) -> None:
    if text in ("", "/"):
        return
    if text == "//":
        errors.invalid(path, text, "segment[0] may not be empty")
        return
    if not text.startswith("/"):
        errors.invalid(path, text, "must start with a '/'")
    for index, segment in enumerate(text[1:].removesuffix("/").split("/")):
        if not segment:
            errors.invalid(path, text, f"segment[{index}] may not be empty")
            continue
        for wrong in dns_subdomain(segment):
            errors.invalid(path, text, f"segment[{index}]: {wrong}")
