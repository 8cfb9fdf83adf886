"""The checks that the level ``restricted`` adds: what a pod does not need, it does not get.

Each takes a pod and gives a `Finding` or None. Reasons and details are Kubernetes' (pod-security-admission/policy).
"""

from __future__ import annotations

from pybernetes.api.object import Json
from pybernetes.apiserver.admission.pod_security_baseline import bad_seccomp, seccomp_profile
from pybernetes.apiserver.admission.pod_security_subject import (
    Finding,
    Subject,
    containers,
    context_of,
    distinct,
    plural,
    quoted,
    setters,
)

_WINDOWS_EXEMPT_SINCE = 25
_USER_NAMESPACE_EXEMPT_SINCE = 35
_VOLUMES = frozenset(
    (
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    )
)


def _windows_exempt(pod: Subject) -> bool:
    return pod.minor >= _WINDOWS_EXEMPT_SINCE and pod.is_windows


def _user_exempt(pod: Subject) -> bool:
    return pod.minor >= _USER_NAMESPACE_EXEMPT_SINCE and pod.has_user_namespace


def allow_privilege_escalation(pod: Subject) -> Finding | None:
    names = pod.names(lambda container: context_of(container).get("allowPrivilegeEscalation") is not False)
    if not names or _windows_exempt(pod):
        return None
    detail = f"{containers(names)} must set securityContext.allowPrivilegeEscalation=false"
    return Finding("allowPrivilegeEscalation != false", detail)


def capabilities(pod: Subject) -> Finding | None:
    def of(container: Json) -> Json:
        return context_of(container).get("capabilities") or {}

    def extra(container: Json) -> list[str]:
        return [one for one in of(container).get("add") or () if one != "NET_BIND_SERVICE"]

    if _windows_exempt(pod):
        return None
    keeping = pod.names(lambda container: "ALL" not in (of(container).get("drop") or ()))
    adding = pod.names(extra)
    details = []
    if keeping:
        details.append(f'{containers(keeping)} must set securityContext.capabilities.drop=["ALL"]')
    if adding:
        found = distinct(one for container in pod.containers for one in extra(container))
        details.append(f"{containers(adding)} must not include {found} in securityContext.capabilities.add")
    return Finding("unrestricted capabilities", "; ".join(details)) if details else None


def volumes(pod: Subject) -> Finding | None:
    found = {
        volume["name"]: next((source for source in volume if source != "name"), "unknown")
        for volume in pod.spec.get("volumes") or ()
        if not _VOLUMES & volume.keys()
    }
    if not found:
        return None
    types = set(found.values())
    verb = "uses" if len(found) == 1 else "use"
    what = f"{plural('volume', len(found))} {quoted(found)} {verb}"
    detail = f"{what} {plural('restricted volume type', len(types))} {distinct(types)}"
    return Finding("restricted volume types", detail)


def run_as_non_root(pod: Subject) -> Finding | None:
    def says(holder: Json) -> bool | None:
        return context_of(holder).get("runAsNonRoot")

    if _user_exempt(pod):
        return None
    reason, refusing = "runAsNonRoot != true", pod.names(lambda container: says(container) is False)
    if refusing or says(pod.spec) is False:
        who = setters(says(pod.spec) is False, refusing)
        return Finding(reason, f"{who} must not set securityContext.runAsNonRoot=false")
    silent = pod.names(lambda container: says(container) is None)
    if not silent or says(pod.spec):
        return None
    return Finding(reason, f"pod or {containers(silent)} must set securityContext.runAsNonRoot=true")


def run_as_user(pod: Subject) -> Finding | None:
    def is_root(holder: Json) -> bool:
        return context_of(holder).get("runAsUser") == 0

    names = pod.names(is_root)
    if _user_exempt(pod) or not (names or is_root(pod.spec)):
        return None
    return Finding("runAsUser=0", f"{setters(is_root(pod.spec), names)} must not set runAsUser=0")


def seccomp_must_confine(pod: Subject) -> Finding | None:
    if _windows_exempt(pod):
        return None
    wrong = seccomp_profile(pod)
    if wrong is not None:
        return wrong
    confined = bool(pod.context.get("seccompProfile")) and not bad_seccomp(pod.spec)
    silent = pod.names(lambda container: not context_of(container).get("seccompProfile"))
    if confined or not silent:
        return None
    kinds = '"RuntimeDefault" or "Localhost"'
    detail = f"pod or {containers(silent)} must set securityContext.seccompProfile.type to {kinds}"
    return Finding("seccompProfile", detail)
