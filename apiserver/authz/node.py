"""The Node authorizer: what the agent of a node may do.

An agent is a user ``system:node:<name>`` in the group system:nodes. It reads what the pods bound to its node use,
keeps its own Node, lease and CSINode, makes tokens for its pods' service accounts, and otherwise has the rules of
the role system:node. What it may write *into* the objects it may touch is the NodeRestriction admission's matter.

A request from anyone else is none of its business: no opinion. The reasons are Kubernetes'.
"""

from __future__ import annotations

from collections.abc import Callable

from pybernetes.api.selectors import SelectorError, parse_field_selector
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.authz.decision import NO_OPINION, Decision, RuleList, quote
from pybernetes.apiserver.authz.node_graph import ATTACHMENTS, CLAIMS, SLICES, NodeGraph
from pybernetes.apiserver.authz.rules import covers
from pybernetes.apiserver.bootstrap.roles import NODE_RULES
from pybernetes.apiserver.reader import Reader
from pybernetes.apiserver.user import NODES_GROUP, User

USER_PREFIX = "system:node:"
LEASE_NAMESPACE = "kube-node-lease"

_ALLOWED = Decision(allowed=True)
_OWN_OBJECT_VERBS = frozenset(("get", "create", "update", "patch", "delete"))

_Check = Callable[["NodeAuthorizer", str, Attributes], Decision]


def node_name_of(user: User) -> str | None:
    """The node whose agent the user is, or None for other users. Empty for an agent that names no node."""
    if user.name.startswith(USER_PREFIX) and NODES_GROUP in user.groups:
        return user.name[len(USER_PREFIX) :]
    return None


class NodeAuthorizer:
    """An `Authorizer` for the agents of nodes."""

    def __init__(self, reader: Reader):
        self.graph = NodeGraph(reader)

    def authorize(self, attributes: Attributes) -> Decision:
        user = attributes.user
        node_name = node_name_of(user)
        if node_name is None:
            return NO_OPINION
        if not node_name:
            return _because(f"unknown node for user {quote(user.name)}")
        if attributes.resource:
            check = _CHECKS.get((attributes.group, attributes.resource))
            if check is not None:
                return check(self, node_name, attributes)
        for rule in NODE_RULES:
            if covers(rule, attributes):
                return _ALLOWED
        return NO_OPINION

    def rules_for(self, user: User, namespace: str) -> RuleList:
        if node_name_of(user) is None:
            return RuleList()
        return RuleList(incomplete=True, errors=("node authorizer does not support user rule resolution",))

    def _related(self, node_name: str, attributes: Attributes, resource: str) -> Decision:
        if not attributes.name:
            return _because("No Object name found")
        if self.graph.uses(node_name, resource, attributes.namespace, attributes.name):
            return _ALLOWED
        return _because(f"no relationship found between node '{node_name}' and this object")

    def _read_in_namespace(self, node_name: str, attributes: Attributes) -> Decision:
        if attributes.verb not in ("get", "list", "watch"):
            return _because("can only read resources of this type")
        if attributes.subresource:
            return _because("cannot read subresource")
        if not attributes.namespace:
            return _because("can only read namespaced object of this type")
        return self._related(node_name, attributes, attributes.resource)

    def _get(self, node_name: str, attributes: Attributes) -> Decision:
        if attributes.verb != "get":
            return _because("can only get individual resources of this type")
        if attributes.subresource:
            return _because("cannot get subresource")
        return self._related(node_name, attributes, _QUALIFIED.get(attributes.resource, attributes.resource))

    def _claim(self, node_name: str, attributes: Attributes) -> Decision:
        if attributes.subresource != "status":
            return self._get(node_name, attributes)
        if attributes.verb not in ("update", "patch"):
            return _because("can only get/update/patch this type")
        return self._related(node_name, attributes, attributes.resource)

    def _service_account(self, node_name: str, attributes: Attributes) -> Decision:
        if attributes.verb != "create" or not attributes.name:
            return _because("can only create tokens for individual service accounts")
        if attributes.subresource != "token":
            return _because("can only create token subresource of serviceaccount")
        return self._related(node_name, attributes, attributes.resource)

    def _lease(self, node_name: str, attributes: Attributes) -> Decision:
        if attributes.verb not in _OWN_OBJECT_VERBS:
            return _because("can only get, create, update, patch, or delete a node lease")
        if attributes.namespace != LEASE_NAMESPACE:
            return _because(f'can only access leases in the "{LEASE_NAMESPACE}" system namespace')
        if attributes.verb != "create" and attributes.name != node_name:
            return _because("can only access node lease with the same name as the requesting node")
        return _ALLOWED

    def _csi_node(self, node_name: str, attributes: Attributes) -> Decision:
        if attributes.verb not in _OWN_OBJECT_VERBS:
            return _because("can only get, create, update, patch, or delete a CSINode")
        if attributes.subresource:
            return _because("cannot authorize CSINode subresources")
        if attributes.verb != "create" and attributes.name != node_name:
            return _because("can only access CSINode with the same name as the requesting node")
        return _ALLOWED

    def _resource_slice(self, node_name: str, attributes: Attributes) -> Decision:
        if attributes.subresource:
            return _because("cannot authorize ResourceSlice subresources")
        if attributes.verb == "create":
            return _ALLOWED  # NodeRestriction sees whose it is; here its content is not known
        if attributes.verb in ("get", "update", "patch", "delete"):
            return self._related(node_name, attributes, SLICES)
        if attributes.verb in ("list", "watch", "deletecollection"):
            if _selects(attributes, "spec.nodeName", node_name):
                return _ALLOWED
            return _because("can only list/watch/deletecollection resourceslices with nodeName field selector")
        return _because(
            "only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, "
            "delete, deletecollection"
        )

    def _node(self, node_name: str, attributes: Attributes) -> Decision:
        verb, name = attributes.verb, attributes.name
        if attributes.subresource == "status":
            return _ALLOWED if verb in ("update", "patch") else NO_OPINION
        if attributes.subresource:
            return NO_OPINION
        if verb in ("create", "update", "patch"):
            return _ALLOWED  # its own only: NodeRestriction
        if verb not in ("get", "list", "watch"):
            return NO_OPINION
        if name == node_name:
            return _ALLOWED
        if not name:
            return _because(f"node '{node_name}' cannot read all nodes, only its own Node object")
        return _because(f"node '{node_name}' cannot read '{name}', only its own Node object")

    def _pod(self, node_name: str, attributes: Attributes) -> Decision:
        verb, subresource = attributes.verb, attributes.subresource
        if subresource == "status":
            return _ALLOWED if verb in ("update", "patch") else NO_OPINION
        if subresource == "eviction":
            return _ALLOWED if verb == "create" else NO_OPINION
        if subresource:
            return NO_OPINION
        if verb == "get":
            return self._get(node_name, attributes)
        if verb in ("create", "delete"):
            return _ALLOWED  # mirror pods and its own: NodeRestriction
        if verb not in ("list", "watch"):
            return NO_OPINION
        if _selects(attributes, "spec.nodeName", node_name):
            return _ALLOWED
        if attributes.name:
            return self._related(node_name, attributes, "pods")
        return _because("can only list/watch pods with spec.nodeName field selector")


_CHECKS: dict[tuple[str, str], _Check] = {
    ("", "secrets"): NodeAuthorizer._read_in_namespace,
    ("", "configmaps"): NodeAuthorizer._read_in_namespace,
    ("", "persistentvolumeclaims"): NodeAuthorizer._claim,
    ("", "persistentvolumes"): NodeAuthorizer._get,
    ("resource.k8s.io", "resourceclaims"): NodeAuthorizer._get,
    ("storage.k8s.io", "volumeattachments"): NodeAuthorizer._get,
    ("", "serviceaccounts"): NodeAuthorizer._service_account,
    ("coordination.k8s.io", "leases"): NodeAuthorizer._lease,
    ("storage.k8s.io", "csinodes"): NodeAuthorizer._csi_node,
    ("resource.k8s.io", "resourceslices"): NodeAuthorizer._resource_slice,
    ("", "nodes"): NodeAuthorizer._node,
    ("", "pods"): NodeAuthorizer._pod,
}

_QUALIFIED = {"resourceclaims": CLAIMS, "volumeattachments": ATTACHMENTS}


def _selects(attributes: Attributes, field: str, value: str) -> bool:
    """Whether the request is for objects with this value of the field only."""
    if not attributes.field_selector:
        return False
    try:
        requirements = parse_field_selector(attributes.field_selector)
    except SelectorError:
        return False
    return any(one.field == field and one.value == value and one.equal for one in requirements)


def _because(reason: str) -> Decision:
    return Decision(allowed=False, reason=reason)
