"""The rules on containers: regular, init and ephemeral.

Simple choices (protocols, policies) are declared with the fields and checked by `schema.constraints`; here is what
takes more than one value to decide. Everything is written for the case that nothing is wrong: paths are put
together only for an error.

Counterpart: the container parts of pkg/apis/core/validation.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from pybernetes.api.addresses import port_number
from pybernetes.api.core.env_validation import validate_env, validate_env_from
from pybernetes.api.core.mount_validation import validate_volume_devices, validate_volume_mounts
from pybernetes.api.core.probe_validation import validate_lifecycle, validate_probe
from pybernetes.api.core.resource_validation import validate_container_resources
from pybernetes.api.core.security_validation import validate_security_context
from pybernetes.api.field import ErrorList
from pybernetes.api.names import dns_label, port_name
from pybernetes.api.object import Json

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_NOT_FOR_EPHEMERAL = (  # in the order of Go's fields
    "ports",
    "resources",
    "resizePolicy",
    "restartPolicy",
    "restartPolicyRules",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "lifecycle",
)
_EPHEMERAL = "cannot be set for an Ephemeral Container"
_NOT_IN_INIT = "may not be set for init containers without restartPolicy=Always"
_PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_MESSAGE_POLICIES = ("File", "FallbackToLogsOnError")
_PROTOCOLS = ("SCTP", "TCP", "UDP")
_RESTART_POLICIES = ("Always", "Never", "OnFailure")
_MAX_RESTART_RULES = 20
_MAX_EXIT_CODES = 255


@lru_cache(4096)
def _wrong_label(name: str) -> tuple[str, ...]:
    return tuple(dns_label(name))


@lru_cache(1024)
def _wrong_port_name(name: str) -> tuple[str, ...]:
    return tuple(port_name(name))


class PodContext:
    """What the containers of a pod have in common."""

    __slots__ = ("claims", "grace_period_seconds", "host_users", "restart_policy", "volumes")

    def __init__(self, spec: Json, volumes: Mapping[str, Json]):
        self.volumes = volumes
        self.claims: Collection[str] = {claim.get("name", "") for claim in spec.get("resourceClaims") or ()}
        self.grace_period_seconds = spec.get("terminationGracePeriodSeconds")
        self.restart_policy = spec.get("restartPolicy") or ""
        self.host_users = spec.get("hostUsers") is not False


def validate_containers(spec: Json, pod: PodContext, path: str, errors: ErrorList) -> None:
    """All containers of a pod: names differ, host ports do not collide."""
    containers = spec.get("containers") or ()
    if not containers:
        errors.required(f"{path}.containers")
    names: set[str] = set()
    host_ports: set[str] = set()
    for index, container in enumerate(containers):
        at = f"{path}.containers[{index}]"
        _validate_common(container, pod, at, errors)
        _validate_name(container, names, at, errors)
        _validate_hooks(container, pod, at, errors)
        if "restartPolicy" in container or "restartPolicyRules" in container:
            _validate_restart_policy(container, _RESTART_POLICIES, at, errors)
    for index, container in enumerate(containers):
        if "ports" in container:
            _validate_host_ports(container, host_ports, f"{path}.containers[{index}]", errors)
    for index, container in enumerate(spec.get("initContainers") or ()):
        _validate_init(container, pod, names, f"{path}.initContainers[{index}]", errors)
    if spec.get("ephemeralContainers"):
        others = frozenset(names)
        for index, container in enumerate(spec["ephemeralContainers"]):
            at = f"{path}.ephemeralContainers[{index}]"
            _validate_ephemeral(container, pod, names, others, at, errors)


def _validate_name(container: Json, names: set[str], path: str, errors: ErrorList) -> None:
    name = container.get("name") or ""
    if name in names:
        errors.duplicate(f"{path}.name", name)
    names.add(name)


def _validate_hooks(container: Json, pod: PodContext, path: str, errors: ErrorList) -> None:
    if "lifecycle" in container:
        validate_lifecycle(container["lifecycle"], pod.grace_period_seconds, f"{path}.lifecycle", errors)
    for kind in _PROBES:
        if kind in container:
            validate_probe(container[kind], kind, f"{path}.{kind}", errors)


def _validate_init(container: Json, pod: PodContext, names: set[str], path: str, errors: ErrorList) -> None:
    _validate_common(container, pod, path, errors)
    _validate_name(container, names, path, errors)
    if "restartPolicy" in container:
        _validate_restart_policy(container, _RESTART_POLICIES, path, errors)
    elif container.get("restartPolicyRules"):
        errors.required(f"{path}.restartPolicy", "must specify restartPolicy when restart rules are used")
    if "ports" in container:
        _validate_host_ports(container, set(), path, errors)
    if container.get("restartPolicy") == "Always":
        _validate_hooks(container, pod, path, errors)
    else:
        for field in ("lifecycle", *_PROBES):
            if field in container:
                errors.forbidden(f"{path}.{field}", _NOT_IN_INIT)


def _validate_ephemeral(
    container: Json, pod: PodContext, names: set[str], others: Collection[str], path: str, errors: ErrorList
) -> None:
    _validate_common(container, pod, path, errors)
    validate_image_of_pod(container, path, errors)
    _validate_name(container, names, path, errors)
    target = container.get("targetContainerName")
    if target and target not in others:
        errors.not_found(f"{path}.targetContainerName", target)
    for field in _NOT_FOR_EPHEMERAL:
        if container.get(field) not in (None, {}, []):
            errors.forbidden(f"{path}.{field}", _EPHEMERAL)
    for index, mount in enumerate(container.get("volumeMounts") or ()):
        for field in ("subPath", "subPathExpr"):
            if mount.get(field):
                errors.forbidden(f"{path}.volumeMounts[{index}].{field}", _EPHEMERAL)


def _validate_common(container: Json, pod: PodContext, path: str, errors: ErrorList) -> None:
    """What holds for a container of any sort."""
    name, image = container.get("name") or "", container.get("image") or ""
    if not name:
        errors.required(f"{path}.name")
    elif _wrong_label(name):
        errors.each_invalid(f"{path}.name", name, _wrong_label(name))
    if not image:
        errors.required(f"{path}.image")
    _validate_choice(container, "terminationMessagePolicy", _MESSAGE_POLICIES, path, errors)
    if "ports" in container:
        _validate_ports(container["ports"], f"{path}.ports", errors)
    if "env" in container:
        validate_env(container["env"], f"{path}.env", errors)
    if "envFrom" in container:
        validate_env_from(container["envFrom"], f"{path}.envFrom", errors)
    if "volumeMounts" in container:
        validate_volume_mounts(container, pod.volumes, f"{path}.volumeMounts", errors)
    if "volumeDevices" in container:
        validate_volume_devices(container, pod.volumes, f"{path}.volumeDevices", errors)
    _validate_choice(container, "imagePullPolicy", _PULL_POLICIES, path, errors)
    if container.get("resources"):
        validate_container_resources(container["resources"], pod.claims, f"{path}.resources", errors)
    if "resizePolicy" in container:
        _validate_resize_policy(container["resizePolicy"], pod.restart_policy, f"{path}.resizePolicy", errors)
    if "securityContext" in container:
        validate_security_context(container["securityContext"], pod.host_users, f"{path}.securityContext", errors)


def validate_image_of_pod(container: Json, path: str, errors: ErrorList) -> None:
    """What is asked of images of pods, and not of templates: no space around them."""
    image = container.get("image") or ""
    if image.strip() != image:
        errors.invalid(f"{path}.image", image, "must not have leading or trailing whitespace")


def _validate_choice(holder: Json, field: str, choices: Sequence[str], path: str, errors: ErrorList) -> None:
    value = holder.get(field)
    if value in choices:
        return
    if value:
        errors.not_supported(f"{path}.{field}", value, choices)
    else:
        errors.required(f"{path}.{field}")


def _validate_ports(ports: Sequence[Json], path: str, errors: ErrorList) -> None:
    names = set()
    for index, port in enumerate(ports):
        name, number, host = port.get("name"), port.get("containerPort") or 0, port.get("hostPort") or 0
        if name:
            if _wrong_port_name(name):
                errors.each_invalid(f"{path}[{index}].name", name, _wrong_port_name(name))
            elif name in names:
                errors.duplicate(f"{path}[{index}].name", name)
            names.add(name)
        if number == 0:
            errors.required(f"{path}[{index}].containerPort")
        elif not 0 < number < 65536:
            errors.each_invalid(f"{path}[{index}].containerPort", number, port_number(number))
        if host and not 0 < host < 65536:
            errors.each_invalid(f"{path}[{index}].hostPort", host, port_number(host))
        if port.get("protocol") not in _PROTOCOLS:
            _validate_choice(port, "protocol", _PROTOCOLS, f"{path}[{index}]", errors)


def _validate_host_ports(container: Json, taken: set[str], path: str, errors: ErrorList) -> None:
    for index, port in enumerate(container["ports"]):
        number = port.get("hostPort")
        if not number:
            continue
        key = f"{port.get('protocol') or ''}/{port.get('hostIP') or ''}/{number}"
        if key in taken:
            errors.duplicate(f"{path}.ports[{index}].hostPort", key)
        taken.add(key)


def _validate_resize_policy(policies: Sequence[Json], restart_policy: str, path: str, errors: ErrorList) -> None:
    seen = set()
    for index, policy in enumerate(policies):
        resource, action = policy.get("resourceName") or "", policy.get("restartPolicy") or ""
        if resource in seen:
            errors.duplicate(f"{path}[{index}]", resource)
        seen.add(resource)
        for value, choices in ((resource, ("cpu", "memory")), (action, ("NotRequired", "RestartContainer"))):
            if not value:
                errors.required(path)
            elif value not in choices:
                errors.not_supported(path, value, choices)
        if restart_policy == "Never" and action != "NotRequired":
            errors.invalid(path, action, "must be 'NotRequired' when `restartPolicy` is 'Never'")


def _validate_restart_policy(container: Json, policies: Sequence[str], path: str, errors: ErrorList) -> None:
    policy, rules = container.get("restartPolicy"), container.get("restartPolicyRules") or ()
    if policy is not None and policy not in policies:
        errors.not_supported(f"{path}.restartPolicy", policy, policies)
    if rules and policy is None:
        errors.required(f"{path}.restartPolicy", "must specify restartPolicy when restart rules are used")
    if len(rules) > _MAX_RESTART_RULES:
        errors.too_long(f"{path}.restartPolicyRules", _MAX_RESTART_RULES)
    for index, rule in enumerate(rules):
        _validate_restart_rule(rule, f"{path}.restartPolicyRules[{index}]", errors)


def _validate_restart_rule(rule: Json, path: str, errors: ErrorList) -> None:
    if rule.get("action") not in ("Restart", "RestartAllContainers"):
        errors.not_supported(f"{path}.action", rule.get("action") or "", ("Restart",))  # the other is not told
    codes = rule.get("exitCodes")
    if codes is None:
        errors.required(f"{path}.exitCodes", "must be specified")
        return
    if codes.get("operator") not in ("In", "NotIn"):
        errors.not_supported(f"{path}.exitCodes.operator", codes.get("operator") or "", ("In", "NotIn"))
    if len(codes.get("values") or ()) > _MAX_EXIT_CODES:
        errors.too_long(f"{path}.exitCodes.values", _MAX_EXIT_CODES)
