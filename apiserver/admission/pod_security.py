"""PodSecurity: pods stay within the level of the Pod Security Standards that their namespace's labels name.

    pod-security.kubernetes.io/enforce: restricted      pods outside it are refused
    pod-security.kubernetes.io/warn: restricted         pods, and templates of pods, outside it make a warning

Whoever tightens a namespace is told which of its pods would not be let in any more. What ``audit`` would have refused
is noted in the audit log. The configuration has levels for namespaces without labels, and whom nothing is asked of:

    defaults: {enforce: baseline, enforce-version: latest, …}
    exemptions: {usernames: [], runtimeClasses: [], namespaces: [kube-system]}

Counterpart: k8s.io/pod-security-admission/admission.
"""

from __future__ import annotations

from collections.abc import Mapping

from pybernetes.api.errors import invalid
from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json, labels_of, name_of
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.operation import CREATE, UPDATE, Operation
from pybernetes.apiserver.admission.pod_security_levels import (
    PREFIX,
    Policies,
    Policy,
    findings,
    policies_of,
    told,
    wrong_labels,
)
from pybernetes.apiserver.admission.pod_security_subject import Finding

_TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "podtemplates": ("template",),
    "replicationcontrollers": ("spec", "template"),
    "replicasets.apps": ("spec", "template"),
    "deployments.apps": ("spec", "template"),
    "statefulsets.apps": ("spec", "template"),
    "daemonsets.apps": ("spec", "template"),
    "jobs.batch": ("spec", "template"),
    "cronjobs.batch": ("spec", "jobTemplate", "spec", "template"),
}
_EXEMPTIONS = ("namespaces", "usernames", "runtimeClasses")
_MOST_PODS = 3000  # looked at when a namespace gets stricter


class PodSecurity(AdmissionPlugin):
    """Raises ValueError for a configuration with levels that there are not."""

    def __init__(self, configuration: Json | None = None):
        given = configuration or {}
        self._defaults = {f"{PREFIX}{key}": str(value) for key, value in (given.get("defaults") or {}).items()}
        for label, wrong in wrong_labels(self._defaults):
            raise ValueError(f"PodSecurity: defaults.{label.removeprefix(PREFIX)}: {wrong}")
        exempt = given.get("exemptions") or {}
        self._exempt = {kind: frozenset(exempt.get(kind) or ()) for kind in _EXEMPTIONS}

    def handles(self, operation: Operation) -> bool:
        if operation.verb not in (CREATE, UPDATE):
            return False
        resource, subresource = operation.resource.qualified_name, operation.subresource
        if resource == "pods":
            return subresource == "" or (subresource == "ephemeralcontainers" and operation.verb == UPDATE)
        return subresource == "" and (resource == "namespaces" or resource in _TEMPLATES)

    async def validate(self, operation: Operation) -> None:
        obj, resource = operation.obj, operation.resource.qualified_name
        assert obj is not None, "a create or update has an object"
        if resource == "namespaces":
            self._check_namespace(operation, obj)
            return
        if operation.namespace in self._exempt["namespaces"]:
            operation.annotate(f"{PREFIX}exempt", "namespace")
            return
        if operation.user.name in self._exempt["usernames"]:
            operation.annotate(f"{PREFIX}exempt", "user")
            return
        namespace = operation.state.cache.get("namespaces", operation.namespace)
        policies = self._policies(labels_of(namespace) if namespace is not None else {})
        if resource == "pods":
            if operation.old is None or may_matter(obj, operation.old):
                self._judge(operation, policies, obj, enforce=True)
            return
        template = template_of(obj, _TEMPLATES[resource])
        if template is not None:
            self._judge(operation, policies, template, enforce=False)

    def _policies(self, labels: Mapping[str, str]) -> Policies:
        return policies_of({**self._defaults, **labels} if self._defaults else labels)

    def _judge(self, operation: Operation, policies: Policies, pod: Json, *, enforce: bool) -> None:
        """Refuse, note or warn of what is outside the policies."""
        meta, spec = pod.get("metadata") or {}, pod["spec"]
        if (spec.get("runtimeClassName") or "") in self._exempt["runtimeClasses"]:
            operation.annotate(f"{PREFIX}exempt", "runtimeClass")
            return
        if enforce:
            operation.annotate(f"{PREFIX}enforce-policy", str(policies.enforce))
            found = findings(policies.enforce, meta, spec)
            if found:
                raise operation.forbid(f'violates PodSecurity "{policies.enforce}": {told(found)}')
        found = findings(policies.audit, meta, spec)
        if found:
            operation.annotate(f"{PREFIX}audit-violations", _would_violate(policies.audit, found))
        found = findings(policies.warn, meta, spec)
        if found:
            operation.warnings.append(_would_violate(policies.warn, found))

    def _check_namespace(self, operation: Operation, namespace: Json) -> None:
        """The labels mean something; and if they are stricter than before, a warning of the pods that they shut out."""
        labels = labels_of(namespace)
        before = labels_of(operation.old) if operation.old is not None else {}
        errors = ErrorList()
        for label, wrong in wrong_labels(labels):
            if labels[label] != before.get(label):
                errors.invalid(f"metadata.labels[{label}]", labels[label], wrong)
        if errors:
            raise invalid("Namespace", name_of(namespace), errors.causes)
        policy, old = self._policies(labels).enforce, self._policies(before).enforce
        if operation.old is None or policy == old or (policy.minor == old.minor and not policy.is_stricter_than(old)):
            return
        if name_of(namespace) in self._exempt["namespaces"]:
            return
        pods = list(operation.state.cache.list("pods", name_of(namespace)))[:_MOST_PODS]
        operation.warnings.extend(shut_out(policy, name_of(namespace), pods))


def _would_violate(policy: Policy, found: list[Finding]) -> str:
    return f'would violate PodSecurity "{policy}": {told(found)}'


def template_of(obj: Json, path: tuple[str, ...]) -> Json | None:
    """The pod template within an object, if there is a whole one."""
    found: Json = obj
    for name in path:
        found = found.get(name) or {}
    return found if found.get("spec") else None


def may_matter(new: Json, old: Json) -> bool:
    """Whether an update of a pod changes something that it could do harm with: an image, or a container more."""
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        before = {one["name"]: one.get("image") for one in old["spec"].get(kind) or ()}
        after = {one["name"]: one.get("image") for one in new["spec"].get(kind) or ()}
        if before != after:
            return True
    return False


def shut_out(policy: Policy, namespace: str, pods: list[Json]) -> list[str]:
    """What to tell of the pods that are outside a policy, those with the same faults together."""
    names: dict[str, list[str]] = {}
    for pod in pods:
        reasons = ", ".join(one.reason for one in findings(policy, pod["metadata"], pod["spec"]))
        if reasons:
            names.setdefault(reasons, []).append(name_of(pod))
    lines = []
    for reasons, held in names.items():
        first, *others = sorted(held)
        more = f" (and {len(others)} other {'pod' if len(others) == 1 else 'pods'})" if others else ""
        lines.append(f"{first}{more}: {reasons}")
    if not lines:
        return []
    return [
        f'existing pods in namespace "{namespace}" violate the new PodSecurity enforce level "{policy}"',
        *sorted(lines),
    ]
