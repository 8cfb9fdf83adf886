"""PodSecurity: pods stay within the level of the Pod Security Standards that their namespace's labels name.

    pod-security.kubernetes.io/enforce: restricted      pods outside it are refused
    pod-security.kubernetes.io/warn: restricted         pods, and templates of pods, outside it make a warning

Whoever tightens a namespace is told which of its pods would not be let in any more. There is no audit log, so the
label ``audit`` is checked and otherwise without effect.
"""

from __future__ import annotations

from collections.abc import Mapping

from pybernetes.api.errors import invalid
from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json, labels_of, name_of
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.operation import CREATE, UPDATE, Operation
from pybernetes.apiserver.admission.pod_security_levels import Policy, findings, policies_of, told, wrong_labels

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
_MOST_PODS = 3000  # looked at when a namespace gets stricter


class PodSecurity(AdmissionPlugin):
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
            _check_namespace(operation, obj)
            return
        namespace = operation.state.cache.get("namespaces", operation.namespace)
        policies = policies_of(labels_of(namespace)) if namespace is not None else policies_of({})
        if resource == "pods":
            if operation.old is not None and not may_matter(obj, operation.old):
                return
            found = findings(policies.enforce, obj["metadata"], obj["spec"])
            if found:
                raise operation.forbid(f'violates PodSecurity "{policies.enforce}": {told(found)}')
            _warn(operation, policies.warn, obj)
            return
        template = template_of(obj, _TEMPLATES[resource])
        if template is not None:
            _warn(operation, policies.warn, template)


def _warn(operation: Operation, policy: Policy, pod: Json) -> None:
    found = findings(policy, pod.get("metadata") or {}, pod["spec"])
    if found:
        operation.warnings.append(f'would violate PodSecurity "{policy}": {told(found)}')


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


def _check_namespace(operation: Operation, namespace: Json) -> None:
    """The labels mean something; and if they are stricter than before, a warning of the pods that they shut out."""
    labels = labels_of(namespace)
    before = labels_of(operation.old) if operation.old is not None else {}
    errors = ErrorList()
    for label, wrong in wrong_labels(labels):
        if labels[label] != before.get(label):
            errors.invalid(f"metadata.labels[{label}]", labels[label], wrong)
    if errors:
        raise invalid("Namespace", name_of(namespace), errors.causes)
    policy, old = policies_of(labels).enforce, policies_of(before).enforce
    if operation.old is None or policy == old or (policy.minor == old.minor and not policy.is_stricter_than(old)):
        return
    pods = list(operation.state.cache.list("pods", name_of(namespace)))[:_MOST_PODS]
    operation.warnings.extend(shut_out(policy, name_of(namespace), pods))


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
