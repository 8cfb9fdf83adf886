"""NodeRestriction: the agent of a node writes what is the node's own, and in it only what is an agent's to say.

The Node authorizer judges by the path; whose object it is and what a write changes in it are seen here. So a node
that somebody has taken over can neither draw pods to itself with labels, nor touch other nodes and their pods, nor
get tokens of accounts whose pods it does not run. Requests of anyone else pass. Reasons are Kubernetes'.
"""

from __future__ import annotations

from collections.abc import Callable

from pybernetes.api.errors import not_found
from pybernetes.api.object import Json, annotations_of, labels_of, name_of, namespace_of, uid_of
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.operation import CREATE, DELETE, UPDATE, Operation
from pybernetes.apiserver.authz.decision import quote
from pybernetes.apiserver.authz.node import LEASE_NAMESPACE, node_name_of
from pybernetes.apiserver.authz.node_graph import MIRROR_POD_ANNOTATION, pod_references

_RESTRICTED_NAMESPACE = "node-restriction.kubernetes.io"
_AGENT_NAMESPACES = ("kubelet.kubernetes.io", "node.kubernetes.io")
_AGENT_LABELS = frozenset(
    (
        "kubernetes.io/hostname",
        "kubernetes.io/os",
        "kubernetes.io/arch",
        "beta.kubernetes.io/os",
        "beta.kubernetes.io/arch",
        "beta.kubernetes.io/instance-type",
        "node.kubernetes.io/instance-type",
        "node.kubernetes.io/windows-build",
        "topology.kubernetes.io/zone",
        "topology.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/region",
    )
)
_REFERENCES = {
    "serviceaccounts": "a service account",
    "secrets": "secrets",
    "configmaps": "configmaps",
    "persistentvolumeclaims": "persistentvolumeclaims",
    "resourceclaims.resource.k8s.io": "resourceclaims",
}


class NodeRestriction(AdmissionPlugin):
    def handles(self, operation: Operation) -> bool:
        return operation.resource.qualified_name in _CHECKS and operation.verb in (CREATE, UPDATE, DELETE)

    async def admit(self, operation: Operation) -> None:
        node_name = node_name_of(operation.user)
        if node_name is None:
            return
        if not node_name:
            raise operation.forbid(f"could not determine node from user {quote(operation.user.name)}")
        why = _CHECKS[operation.resource.qualified_name](operation, node_name)
        if why:
            raise operation.forbid(why)


def _spec(obj: Json | None) -> Json:
    return (obj or {}).get("spec") or {}


def _pod(operation: Operation, node_name: str) -> str:
    node, subresource, verb = quote(node_name), operation.subresource, operation.verb
    if subresource == "":
        if verb == CREATE and operation.obj is not None:
            return _new_mirror(operation, operation.obj, node_name)
        if verb == DELETE:
            own = _spec(operation.old).get("nodeName") == node_name
            return "" if own else f"node {node} can only delete pods with spec.nodeName set to itself"
        return f"unexpected operation {quote(verb)}, node {node} can only create and delete mirror pods"
    if subresource == "status":
        return _pod_status(operation, node_name)
    if subresource == "eviction":
        pod = operation.state.cache.get("pods", operation.name, operation.namespace)
        if pod is None:
            raise not_found("pods", operation.name)
        own = _spec(pod).get("nodeName") == node_name
        return "" if own else f"node {node} can only evict pods with spec.nodeName set to itself"
    return f"unexpected pod subresource {quote(subresource)}, only 'status' and 'eviction' are allowed"


def _new_mirror(operation: Operation, pod: Json, node_name: str) -> str:
    node = quote(node_name)
    if MIRROR_POD_ANNOTATION not in annotations_of(pod):
        return f"pod does not have {quote(MIRROR_POD_ANNOTATION)} annotation, node {node} can only create mirror pods"
    if _spec(pod).get("nodeName") != node_name:
        return f"node {node} can only create pods with spec.nodeName set to itself"
    return _mirror_owner(operation, pod, node_name) or _mirror_references(pod, node)


def _mirror_owner(operation: Operation, pod: Json, node_name: str) -> str:
    """A mirror belongs to its node and to nobody else."""
    node, owners = quote(node_name), pod["metadata"].get("ownerReferences") or ()
    if len(owners) > 1:
        return f"node {node} can only create pods with a single owner reference set to itself"
    owner = owners[0] if owners else {}
    if (owner.get("apiVersion"), owner.get("kind"), owner.get("name")) != ("v1", "Node", node_name):
        return f"node {node} can only create pods with an owner reference set to itself"
    if not owner.get("controller"):
        return f"node {node} can only create pods with a controller owner reference set to itself"
    if owner.get("blockOwnerDeletion"):
        return f"node {node} must not set blockOwnerDeletion on an owner reference"
    found = operation.state.cache.get("nodes", node_name)
    if found is None:
        raise not_found("nodes", node_name)
    if owner.get("uid") != uid_of(found):
        return f"node {node_name} UID mismatch: expected {owner.get('uid')} got {uid_of(found)}"
    return ""


def _mirror_references(pod: Json, node: str) -> str:
    """A mirror refers to nothing: a node could otherwise make one to be let read any secret."""
    as_any_pod = {**pod, "metadata": {**pod["metadata"], "annotations": {}}}
    used = {resource for resource, _, _ in pod_references(as_any_pod)}
    for resource, words in _REFERENCES.items():
        if resource in used:
            return f"node {node} can not create pods that reference {words}"
    for volume in _spec(pod).get("volumes") or ():
        sources = (volume.get("projected") or {}).get("sources") or ()
        if any(source.get("clusterTrustBundle") for source in sources):
            return f"node {node} can not create pods that reference clustertrustbundles"
    return ""


def _pod_status(operation: Operation, node_name: str) -> str:
    node, old, new = quote(node_name), operation.old, operation.obj
    if operation.verb != UPDATE or old is None or new is None:
        return f"unexpected operation {quote(operation.verb)}, node {node} can only update pod status"
    if _spec(old).get("nodeName") != node_name:
        return f"node {node} can only update pod status for pods with spec.nodeName set to itself"
    if labels_of(old) != labels_of(new):
        return f"node {node} cannot update labels through pod status"
    claims = "resourceClaimStatuses"
    if (old.get("status") or {}).get(claims) != (new.get("status") or {}).get(claims):
        return f"node {node} cannot update resource claim statuses"
    return ""


def _node(operation: Operation, node_name: str) -> str:
    node, old, new = quote(node_name), operation.old, operation.obj
    requested = operation.name or name_of(new or {})
    if requested != node_name:
        return f"node {node} is not allowed to modify node {quote(requested)}"
    if new is None:
        return ""
    labels = forbidden_labels(labels_of(new), labels_of(old) if old is not None else {})
    if old is None:
        if labels:
            return f"node {node} is not allowed to set the following labels: {', '.join(labels)}"
        return ""
    if (_spec(old).get("taints") or []) != (_spec(new).get("taints") or []):
        return f"node {node} is not allowed to modify taints"
    if labels:
        return f"is not allowed to modify labels: {', '.join(labels)}"
    if (old["metadata"].get("ownerReferences") or []) != (new["metadata"].get("ownerReferences") or []):
        return f"node {node} is not allowed to modify ownerReferences"
    return ""


def forbidden_labels(new: dict[str, str], old: dict[str, str]) -> list[str]:
    """The labels that differ and that are not an agent's to set, sorted."""
    changed = {name for name in new.keys() | old.keys() if new.get(name) != old.get(name)}
    return sorted(name for name in changed if not _is_agents(name))


def _is_agents(label: str) -> bool:
    prefix, slash, _ = label.rpartition("/")
    if not slash:
        return True
    if _is_within(prefix, _RESTRICTED_NAMESPACE):
        return False
    if not (_is_within(prefix, "kubernetes.io") or _is_within(prefix, "k8s.io")):
        return True
    return label in _AGENT_LABELS or any(_is_within(prefix, one) for one in _AGENT_NAMESPACES)


def _is_within(prefix: str, domain: str) -> bool:
    return prefix == domain or prefix.endswith(f".{domain}")


def _claim(operation: Operation, node_name: str) -> str:
    """How far a resize has got, and nothing else."""
    node, old, new = quote(node_name), operation.old, operation.obj
    if operation.subresource != "status":
        return f"unexpected resource {quote(operation.resource.plural)}, may only update PVC status"
    if operation.verb != UPDATE or old is None or new is None:
        return f"unexpected operation {quote(operation.verb)}, node {node} can only update PVC status"
    if _without_progress(old) != _without_progress(new):
        return f"node {node} is not allowed to update fields other than status.capacity and status.conditions"
    return ""


def _without_progress(claim: Json) -> Json:
    metadata = {
        key: value for key, value in claim["metadata"].items() if key not in ("resourceVersion", "managedFields")
    }
    progress = ("capacity", "conditions", "allocatedResources", "allocatedResourceStatuses")
    status = {key: value for key, value in (claim.get("status") or {}).items() if key not in progress}
    return {**claim, "metadata": metadata, "status": status}


def _service_account(operation: Operation, node_name: str) -> str:
    if operation.verb != CREATE or operation.subresource != "token":
        return ""
    request = _spec(operation.obj)
    reference = request.get("boundObjectRef") or {}
    if reference.get("apiVersion") != "v1" or reference.get("kind") != "Pod" or not reference.get("name"):
        return "node requested token not bound to a pod"
    if not reference.get("uid"):
        return "node requested token with a pod binding without a uid"
    pod = operation.state.cache.get("pods", reference["name"], operation.namespace)
    if pod is None:
        raise not_found("pods", reference["name"])
    if reference["uid"] != uid_of(pod):
        return (
            f"the UID in the bound object reference ({reference['uid']}) does not match the UID in record. The object "
            "might have been deleted and then recreated"
        )
    if _spec(pod).get("nodeName") != node_name:
        return "node requested token bound to a pod scheduled on a different node"
    return _audience(operation, pod, request.get("audiences") or [])


def _audience(operation: Operation, pod: Json, audiences: list[str]) -> str:
    """The one audience asked for must be one that the pod's volumes name."""
    if len(audiences) > 1:
        return "node may only request 0 or 1 audiences"
    wanted = audiences[0] if audiences else ""
    drivers = []
    for volume in _spec(pod).get("volumes") or ():
        for source in (volume.get("projected") or {}).get("sources") or ():
            token = source.get("serviceAccountToken")
            if token is not None and (token.get("audience") or "") == wanted:
                return ""
        drivers.append(_driver_of(operation, pod, volume))
    for driver in filter(None, drivers):
        found = operation.state.cache.get("csidrivers.storage.k8s.io", driver)
        if any((one.get("audience") or "") == wanted for one in _spec(found).get("tokenRequests") or ()):
            return ""
    return (
        f"audience {quote(wanted)} not found in pod spec volume, {operation.user.name} is not authorized to request "
        "tokens for this audience"
    )


def _driver_of(operation: Operation, pod: Json, volume: Json) -> str:
    """The CSI driver behind a volume, by itself or through a claim."""
    if volume.get("csi"):
        return str(volume["csi"].get("driver") or "")
    name = (volume.get("persistentVolumeClaim") or {}).get("claimName") or ""
    if volume.get("ephemeral"):
        name = f"{name_of(pod)}-{volume['name']}"
    claim = operation.state.cache.get("persistentvolumeclaims", name, namespace_of(pod)) if name else None
    persistent = _spec(claim).get("volumeName")
    found = operation.state.cache.get("persistentvolumes", persistent) if persistent else None
    return str((_spec(found).get("csi") or {}).get("driver") or "")


def _lease(operation: Operation, node_name: str) -> str:
    if operation.namespace != LEASE_NAMESPACE:
        return f'can only access leases in the "{LEASE_NAMESPACE}" system namespace'
    if (operation.name or name_of(operation.obj or {})) != node_name:
        return "can only access node lease with the same name as the requesting node"
    return ""


def _csi_node(operation: Operation, node_name: str) -> str:
    if (operation.name or name_of(operation.obj or {})) != node_name:
        return "can only access CSINode with the same name as the requesting node"
    return ""


def _resource_slice(operation: Operation, node_name: str) -> str:
    for obj in (operation.old, operation.obj):
        if obj is not None and _spec(obj).get("nodeName") != node_name:
            return "can only create, update or delete ResourceSlices with the same NodeName as the requesting node"
    return ""


_CHECKS: dict[str, Callable[[Operation, str], str]] = {
    "pods": _pod,
    "nodes": _node,
    "persistentvolumeclaims": _claim,
    "serviceaccounts": _service_account,
    "leases.coordination.k8s.io": _lease,
    "csinodes.storage.k8s.io": _csi_node,
    "resourceslices.resource.k8s.io": _resource_slice,
}
