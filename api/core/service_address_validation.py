"""The rules on a service's addresses and families, what its two spellings of them have to do with each other, and which
of them stay.

Counterpart: ValidateServiceClusterIPsRelatedFields and what follows it in pkg/apis/core/validation.
"""

from __future__ import annotations

from pybernetes.api.addresses import is_dual_stack, is_ipv6, legacy_ip
from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json

HEADLESS = "None"
FIXED = "may not change once set"
_FAMILY_POLICIES = ("PreferDualStack", "RequireDualStack", "SingleStack")
_MAX_CLUSTER_IPS = 2


def is_headless(spec: Json) -> bool:
    return spec.get("clusterIPs") == [HEADLESS]


def validate_cluster_ips(spec: Json, errors: ErrorList) -> None:
    """clusterIP, clusterIPs, ipFamilies and ipFamilyPolicy agree (ValidateServiceClusterIPsRelatedFields)."""
    first, addresses = spec.get("clusterIP") or "", spec.get("clusterIPs") or []
    if first and not addresses:
        errors.required("spec.clusterIPs")
    elif first and addresses[0] != first:
        errors.invalid("spec.clusterIPs", addresses, "first value must match `clusterIP`")
    elif addresses and not first:
        errors.invalid("spec.clusterIPs", addresses, "must be empty when `clusterIP` is not specified")
    families = spec.get("ipFamilies") or []
    for index, family in enumerate(families):
        if family not in ("IPv4", "IPv6"):
            errors.not_supported(f"spec.ipFamilies[{index}]", family, ("IPv4", "IPv6"))
        if family in families[:index]:
            errors.duplicate(f"spec.ipFamilies[{index}]", family)
    policy = spec.get("ipFamilyPolicy")
    if policy is not None and policy not in _FAMILY_POLICIES:
        errors.not_supported("spec.ipFamilyPolicy", policy, _FAMILY_POLICIES)
    valid = _validate_addresses(addresses, errors)
    if len(addresses) > _MAX_CLUSTER_IPS:
        errors.invalid("spec.clusterIPs", addresses, "may only hold up to 2 values")
    if not valid:
        return
    if len(addresses) > 1 and not is_dual_stack(addresses):
        errors.invalid("spec.clusterIPs", addresses, "may specify no more than one IP for each IP family")
    for index, (address, family) in enumerate(zip(addresses, families, strict=False)):
        if address != HEADLESS and (family == "IPv6") != is_ipv6(address):
            detail = f"expected an {family} value as indicated by `ipFamilies[{index}]`"
            errors.invalid(f"spec.clusterIPs[{index}]", address, detail)


def _validate_addresses(addresses: list[str], errors: ErrorList) -> bool:
    valid = True
    for index, address in enumerate(addresses):
        if index == 0 and address == HEADLESS:
            if len(addresses) > 1:
                valid = False
                errors.invalid("spec.clusterIPs", addresses, "'None' must be the first and only value")
            continue
        count = len(errors)
        errors.new_invalid(f"spec.clusterIPs[{index}]", address, legacy_ip(address))
        valid = valid and len(errors) == count
    return valid


def validate_kept_addresses(spec: Json, before: Json, errors: ErrorList) -> None:
    """The first address stays, and the first family; a second one may come and go."""
    if not (is_headless(spec) and is_headless(before)):
        _validate_kept_addresses(spec, before, errors)
    if not is_headless(spec) and not is_headless(before):
        _validate_kept_families(spec, before, errors)


def _validate_kept_addresses(spec: Json, before: Json, errors: ErrorList) -> None:
    """Of one or two addresses the first stays, the second may be added or dropped."""
    addresses, was = spec.get("clusterIPs") or [], before.get("clusterIPs") or []
    if len(addresses) == len(was):
        for index, (address, old) in enumerate(zip(addresses, was, strict=True)):
            if address != old:
                errors.invalid(f"spec.clusterIPs[{index}]", addresses, FIXED)
    elif was and not addresses:
        errors.invalid("spec.clusterIPs[0]", None, "primary clusterIP can not be unset")
    elif was and addresses[0] != was[0]:
        errors.invalid("spec.clusterIPs[0]", addresses, FIXED)
    _validate_release(spec, addresses, was, "clusterIP", errors)


def _validate_kept_families(spec: Json, before: Json, errors: ErrorList) -> None:
    """The same of families. Some of the errors show the addresses, as in Kubernetes."""
    families, was = spec.get("ipFamilies") or [], before.get("ipFamilies") or []
    addresses, at = spec.get("clusterIPs") or None, "spec.ipFamilies[0]"
    if len(families) == len(was):
        if families != was:
            errors.invalid(at, families, FIXED)
        return
    if len(was) > len(families) and not addresses:
        errors.invalid(at, families or None, "primary ipFamily can not be unset")
    if was and families and families[0] != was[0]:
        errors.invalid(at, addresses, FIXED)
    _validate_release(spec, families, was, "ipFamily", errors)


def _validate_release(spec: Json, values: list[str], was: list[str], one: str, errors: ErrorList) -> None:
    if len(was) > len(values) == 1 and spec.get("ipFamilyPolicy") != "SingleStack":
        detail = f"must be set to 'SingleStack' when releasing the secondary {one}"
        errors.invalid("spec.ipFamilyPolicy", spec.get("ipFamilyPolicy"), detail)
