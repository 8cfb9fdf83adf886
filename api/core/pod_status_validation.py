"""The rules on a pod's status: no start of what must not start again, no other quality of service.

Counterpart: ValidatePodStatusUpdate in pkg/apis/core/validation.
"""

from __future__ import annotations

from collections.abc import Sequence

from pybernetes.api.addresses import inclusive_range, is_dual_stack, legacy_ip, loose_ip
from pybernetes.api.core.pod_annotation_validation import validate_pod_annotations_update
from pybernetes.api.field import ErrorList
from pybernetes.api.internal_form import internal
from pybernetes.api.meta.validation import validate_immutable, validate_label_name
from pybernetes.api.names import dns_label, dns_subdomain
from pybernetes.api.object import Json

_SYSTEM_CONDITIONS = ("PodScheduled", "Ready", "Initialized")
_PARTS = {"containerStatuses": "containers", "initContainerStatuses": "initContainers"}
_EPHEMERAL = "ephemeralContainerStatuses"
_MAX_ID = 2**31 - 1
_HEALTH = ("Healthy", "Unhealthy", "Unknown")
_NOT_BACK = "may not be transitioned to non-terminated state"
_NOT_NEGATIVE = "must be a non-negative integer"


def validate_pod_status(new: Json, old: Json, errors: ErrorList) -> None:
    """What a status may say after what it said before."""
    validate_pod_annotations_update(new, old, errors)
    status, before = new.get("status") or {}, old.get("status") or {}
    spec = old.get("spec") or {}
    _validate_conditions(status.get("conditions") or (), errors)
    if (new.get("spec") or {}).get("nodeName") != spec.get("nodeName"):
        errors.forbidden("status.nodeName", "may not be changed directly")
    _validate_nomination(status, before, spec, errors)
    if (status.get("observedGeneration") or 0) < 0:
        errors.invalid("status.observedGeneration", status["observedGeneration"], _NOT_NEGATIVE)
    validate_immutable(status.get("qosClass") or "", before.get("qosClass") or "", "status.qosClass", errors)
    for part, containers in _PARTS.items():
        _validate_transitions(status, before, part, spec, spec.get(containers) or (), errors)
    _validate_ended(status, before, errors)
    _validate_claim_statuses(status, new.get("spec") or {}, errors)
    if "extendedResourceClaimStatus" in status:
        _validate_extended(status["extendedResourceClaimStatus"], new.get("spec") or {}, errors)
    _validate_addresses(status, "podIPs", "PodIP", errors)
    if status.get("hostIPs"):
        first = status["hostIPs"][0].get("ip") or ""
        if first != (status.get("hostIP") or ""):
            errors.invalid("status.hostIPs[0].ip", first, "must be equal to `hostIP`")
        _validate_addresses(status, "hostIPs", "HostIP", errors)
    for part in (*_PARTS, _EPHEMERAL):
        _validate_users(status.get(part) or (), (new.get("spec") or {}).get("os") or {}, f"status.{part}", errors)
    for part, containers in _PARTS.items():
        _validate_devices(status.get(part) or (), (new.get("spec") or {}).get(containers) or (), part, errors)
    for index, entry in enumerate(status.get(_EPHEMERAL) or ()):
        if entry.get("allocatedResourcesStatus"):
            at = f"status.{_EPHEMERAL}[{index}].allocatedResourcesStatus"
            errors.forbidden(at, "must not be specified in container status")


def _validate_conditions(conditions: Sequence[Json], errors: ErrorList) -> None:
    for index, condition in enumerate(conditions):
        at = f"status.conditions[{index}]"
        if (condition.get("observedGeneration") or 0) < 0:
            errors.invalid(f"{at}.observedGeneration", condition["observedGeneration"], _NOT_NEGATIVE)
        if condition.get("type") not in _SYSTEM_CONDITIONS:
            validate_label_name(condition.get("type") or "", f"{at}.Type", errors)


def _validate_nomination(status: Json, before: Json, spec: Json, errors: ErrorList) -> None:
    nominated, at = status.get("nominatedNodeName"), "status.nominatedNodeName"
    if nominated and nominated != before.get("nominatedNodeName"):
        errors.each_invalid(at, nominated, dns_subdomain(nominated))
        if spec.get("nodeName"):
            errors.forbidden(at, "may not be set on pods that are already bound to a node")


def _validate_transitions(
    status: Json, before: Json, part: str, spec: Json, containers: Sequence[Json], errors: ErrorList
) -> None:
    """What has ended stays so, unless its container is to start again after such an end."""
    if not before.get(part) or _restarts_all(spec):
        return
    by_name = {container.get("name"): container for container in reversed(containers)}
    running = _not_terminated(status.get(part) or ())
    for index, entry in enumerate(before[part]):
        ended, name = (entry.get("state") or {}).get("terminated"), entry.get("name")
        if ended is None or name not in running:
            continue
        if name not in by_name or not _should_restart(by_name[name], spec, ended.get("exitCode") or 0):
            errors.forbidden(f"status.{part}[{index}].state", _NOT_BACK)


def _validate_ended(status: Json, before: Json, errors: ErrorList) -> None:
    """Ephemeral containers never start again."""
    running = _not_terminated(status.get(_EPHEMERAL) or ())
    for index, entry in enumerate(before.get(_EPHEMERAL) or ()):
        if (entry.get("state") or {}).get("terminated") is not None and entry.get("name") in running:
            errors.forbidden(f"status.{_EPHEMERAL}[{index}].state", _NOT_BACK)


def _not_terminated(entries: Sequence[Json]) -> set[str | None]:
    return {entry.get("name") for entry in entries if (entry.get("state") or {}).get("terminated") is None}


def _restarts_all(spec: Json) -> bool:
    """Whether the end of some container may start all of them again."""
    return any(
        rule.get("action") == "RestartAllContainers"
        for containers in _PARTS.values()
        for container in spec.get(containers) or ()
        for rule in container.get("restartPolicyRules") or ()
    )


def _should_restart(container: Json, spec: Json, exit_code: int) -> bool:
    """By the container's rules, else by its policy, else by that of the pod (ContainerShouldRestart)."""
    policy = container.get("restartPolicy")
    if policy is not None:
        for rule in container.get("restartPolicyRules") or ():
            codes = rule.get("exitCodes") or {}
            among = exit_code in (codes.get("values") or ())
            if "exitCodes" in rule and among == (codes.get("operator") == "In"):
                return True
    policy = policy or spec.get("restartPolicy") or "Always"
    return policy == "Always" or (policy == "OnFailure" and exit_code != 0)


def _validate_claim_statuses(status: Json, spec: Json, errors: ErrorList) -> None:
    known = {claim.get("name") for claim in spec.get("resourceClaims") or ()}
    seen = set()
    for index, entry in enumerate(status.get("resourceClaimStatuses") or ()):
        name, at = entry.get("name") or "", f"status.resourceClaimStatuses[{index}].name"
        if name not in known:
            errors.invalid(at, name, "must match the name of an entry in `spec.resourceClaims`")
        if name in seen:
            errors.duplicate(at, name)
        seen.add(name)
        if entry.get("resourceClaimName") is not None:
            errors.each_invalid(at, entry["resourceClaimName"], dns_subdomain(entry["resourceClaimName"]))


def _validate_extended(claim: Json, spec: Json, errors: ErrorList) -> None:
    """The claim that was made for resources which containers ask for by name."""
    path, mappings = "status.extendedResourceClaimStatus", claim.get("requestMappings") or ()
    containers = {one.get("name"): one for part in ("initContainers", "containers") for one in spec.get(part) or ()}
    if not mappings:
        errors.required(f"{path}.requestMappings", "at least one request mapping is required")
    seen = set()
    for index, mapping in enumerate(mappings):
        at, names = f"{path}.requestMappings[{index}]", ("containerName", "resourceName", "requestName")
        name, resource, request = key = tuple(mapping.get(field) or "" for field in names)
        if name not in containers:
            detail = "must match the name of an entry in spec.initContainers.name or spec.containers.name"
            errors.invalid(f"{at}.containerName", name, detail)
        elif resource not in ((containers[name].get("resources") or {}).get("requests") or ()):
            errors.invalid(f"{at}.resourceName", resource, _NOT_REQUESTED)
        errors.each_invalid(f"{path}.requestName", request, dns_label(request))
        if key in seen:
            for field, value in zip(names, key, strict=True):
                errors.duplicate(f"{at}.{field}", value)
        seen.add(key)
    made = claim.get("resourceClaimName") or ""
    if made:
        errors.each_invalid(f"{path}.resourceClaimName", made, dns_subdomain(made))
    else:
        errors.required(f"{path}.resourceClaimName")


_NOT_REQUESTED = (
    "must match the extended resource name of an entry in spec.initContainers.resources.requests or "
    "spec.containers.resources.requests"
)


def _validate_addresses(status: Json, part: str, shape: str, errors: ErrorList) -> None:
    entries = status.get(part) or []
    addresses = [entry.get("ip") or "" for entry in entries]
    for index, address in enumerate(addresses):
        errors.new_invalid(f"status.{part}[{index}]", address, legacy_ip(address), f"status.{part}[{index}].ip")
    if len(addresses) < 2:
        return
    broken = next((index for index, address in enumerate(addresses) if loose_ip(address)), None)
    if broken is not None:
        why = f"invalid IP[{broken}]: {addresses[broken]}"
        errors.internal(f"status.{part}", f"failed to check for dual stack with error:{why}")
    if broken is not None or len(addresses) > 2 or not is_dual_stack(addresses):
        shown = internal(entries, f"core.pod_status.{shape}")
        errors.invalid(f"status.{part}", shown, "may specify no more than one IP for each IP family")


def _validate_users(entries: Sequence[Json], os: Json, path: str, errors: ErrorList) -> None:
    """Who the processes of a container run as, on Linux."""
    for index, entry in enumerate(entries):
        user, at = (entry.get("user") or {}).get("linux"), f"{path}[{index}].user.linux"
        if user is None:
            continue
        if os.get("name") == "windows":
            errors.forbidden(at, "cannot be set for a windows pod")
            continue
        groups = [
            (f"supplementalGroups[{place}]", group) for place, group in enumerate(user.get("supplementalGroups") or ())
        ]
        for field, number in (("uid", user.get("uid") or 0), ("gid", user.get("gid") or 0), *groups):
            if not 0 <= number <= _MAX_ID:
                errors.invalid(f"{at}.{field}", number, inclusive_range(0, _MAX_ID))


def _validate_devices(entries: Sequence[Json], containers: Sequence[Json], part: str, errors: ErrorList) -> None:
    """How the devices are that a container was given: each is one that it asked for."""
    by_name = {container.get("name"): container for container in reversed(containers)}
    for index, entry in enumerate(entries):
        for place, allocated in enumerate(entry.get("allocatedResourcesStatus") or ()):
            at = f"status.{part}[{index}].allocatedResourcesStatus[{place}]"
            container, name = by_name.get(entry.get("name")), allocated.get("name") or ""
            if container is not None and name not in _asked_for(container, name):
                errors.invalid(f"{at}.name", name, _NOT_CLAIMED if name.startswith("claim:") else _NOT_ASKED_FOR)
            seen = set()
            for number, device in enumerate(allocated.get("resources") or ()):
                if device.get("health") not in _HEALTH:
                    errors.not_supported(f"{at}.resources[{number}].health", device.get("health") or "", _HEALTH)
                if device.get("resourceID") in seen:
                    errors.duplicate(f"{at}.resources[{number}].resourceID", device.get("resourceID") or "")
                seen.add(device.get("resourceID"))


_NOT_ASKED_FOR = "must match one of the container's resource requests"
_NOT_CLAIMED = (
    "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or "
    "'claim:<claimName>' if request is empty"
)


def _asked_for(container: Json, name: str) -> Sequence[str]:
    resources = container.get("resources") or {}
    if not name.startswith("claim:"):
        return list(resources.get("requests") or ())
    claims = ((claim.get("name") or "", claim.get("request")) for claim in resources.get("claims") or ())
    return [f"claim:{claim}/{request}" if request else f"claim:{claim}" for claim, request in claims]
