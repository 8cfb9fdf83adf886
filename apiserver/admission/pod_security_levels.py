"""The three levels of the Pod Security Standards, by version, and what a namespace's labels say of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from pybernetes.api.object import Json
from pybernetes.apiserver.admission import pod_security_baseline as baseline
from pybernetes.apiserver.admission import pod_security_restricted as restricted
from pybernetes.apiserver.admission.pod_security_subject import LATEST, Finding, Subject

PREFIX = "pod-security.kubernetes.io/"
PRIVILEGED, BASELINE, RESTRICTED = LEVELS = ("privileged", "baseline", "restricted")
_REMEMBERED_POLICIES = 256
_VERSION = re.compile(r"v1\.(0|[1-9][0-9]{0,3})")


@dataclass(frozen=True)
class Policy:
    """A level of the standards as of a minor version."""

    level: str = PRIVILEGED
    minor: int = LATEST

    def __str__(self) -> str:
        return f"{self.level}:{'latest' if self.minor == LATEST else f'v1.{self.minor}'}"

    def is_stricter_than(self, other: Policy) -> bool:
        return LEVELS.index(self.level) > LEVELS.index(other.level)


@dataclass(frozen=True)
class Policies:
    """What a namespace enforces, what it warns of, and what it notes in the audit log."""

    enforce: Policy
    warn: Policy
    audit: Policy = Policy()


@dataclass(frozen=True)
class _Check:
    find: Callable[[Subject], Finding | None]
    since: int = 0
    replaced_since: int = LATEST + 1  # in ``restricted``, by a stronger check


# Both in the order in which Kubernetes tells them: by the checks' names.
_BASELINE = (
    _Check(baseline.app_armor_profile),
    _Check(baseline.capabilities, replaced_since=22),
    _Check(baseline.host_namespaces),
    _Check(baseline.host_path_volumes, replaced_since=0),
    _Check(baseline.host_ports),
    _Check(baseline.probe_hosts, since=34),
    _Check(baseline.privileged),
    _Check(baseline.proc_mount, replaced_since=35),
    _Check(baseline.se_linux_options),
    _Check(baseline.seccomp_profile, since=19, replaced_since=19),
    _Check(baseline.sysctls),
    _Check(baseline.windows_host_process),
)
_RESTRICTED = (
    _Check(restricted.allow_privilege_escalation, since=8),
    _Check(restricted.capabilities, since=22),
    _Check(baseline.any_proc_mount, since=35),
    _Check(restricted.volumes),
    _Check(restricted.run_as_non_root),
    _Check(restricted.run_as_user, since=23),
    _Check(restricted.seccomp_must_confine, since=19),
)


def findings(policy: Policy, metadata: Json, spec: Json) -> list[Finding]:
    """Everything that keeps a pod from the level; empty if it is within."""
    if policy.level == PRIVILEGED:
        return []
    subject, minor = Subject(metadata, spec, policy.minor), policy.minor
    checks = [one for one in _BASELINE if policy.level == BASELINE or minor < one.replaced_since]
    if policy.level == RESTRICTED:
        checks += _RESTRICTED
    found = [check.find(subject) for check in checks if check.since <= minor]
    return [one for one in found if one is not None]


def told(found: list[Finding]) -> str:
    return ", ".join(f"{one.reason} ({one.detail})" for one in found)


def policies_of(labels: Mapping[str, str]) -> Policies:
    """The policies that labels ask for. A value that means nothing enforces the strictest level.

    A namespace that enforces a level and says nothing of warnings warns of the same level: whoever makes a
    Deployment is told at once that its pods will be refused.
    """
    return _policies_of(*map(labels.get, _LABELS))


_LABELS = tuple(f"{PREFIX}{mode}{what}" for mode in ("enforce", "warn", "audit") for what in ("", "-version"))


@lru_cache(_REMEMBERED_POLICIES)
def _policies_of(*values: str | None) -> Policies:
    """Of the values of `_LABELS`: each write of a pod asks, and namespaces want few different ones."""
    enforce, warn, audit = (_policy(*values[at : at + 2]) for at in (0, 2, 4))
    if values[2] is None and enforce.is_stricter_than(warn):
        warn = enforce
    return Policies(enforce, warn, audit)


def _policy(level: str | None, version: str | None) -> Policy:
    level = PRIVILEGED if level is None else level
    found = _VERSION.fullmatch("latest" if version is None else version)
    return Policy(level if level in LEVELS else RESTRICTED, int(found[1]) if found else LATEST)


def wrong_labels(labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(label, what is wrong with its value) of the labels that set policies."""
    for mode in ("enforce", "audit", "warn"):
        if labels.get(f"{PREFIX}{mode}", PRIVILEGED) not in LEVELS:
            yield f"{PREFIX}{mode}", f"must be one of {', '.join(LEVELS)}"
        version = labels.get(f"{PREFIX}{mode}-version", "latest")
        if version != "latest" and not _VERSION.fullmatch(version):
            yield f"{PREFIX}{mode}-version", 'must be "latest" or "v1.x"'
