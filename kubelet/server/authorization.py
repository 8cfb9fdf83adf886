"""Whether somebody may do something on this node: asked of the API server, remembered for a while.

A request is a verb on ``nodes/<subresource>`` of this node. What has no subresource of its own is ``nodes/proxy``,
which also opens everything else. Counterpart: the kubelet's webhook authorization, NodeRequestAttributesGetter.
"""

from __future__ import annotations

from pybernetes.client.client import Client
from pybernetes.component.clock import Clock
from pybernetes.kubelet.server.authentication import User
from pybernetes.kubelet.server.remembered import Remembered

ALLOWED_SECONDS, DENIED_SECONDS = 300.0, 30.0
_MOST_ANSWERS = 1000
_VERBS = {"POST": "create", "GET": "get", "HEAD": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_SUBRESOURCES = (
    ("/stats", ("stats",)),
    ("/metrics", ("metrics",)),
    ("/logs", ("log",)),
    ("/checkpoint", ("checkpoint",)),
    ("/pods", ("pods", "proxy")),
    ("/runningpods", ("pods", "proxy")),
    ("/healthz", ("healthz", "proxy")),
    ("/configz", ("configz", "proxy")),
)


def verb_of(method: str) -> str:
    return _VERBS.get(method, "")


def subresources_of(path: str) -> tuple[str, ...]:
    """The subresources of which any opens the path."""
    for prefix, names in _SUBRESOURCES:
        if path == prefix or path.startswith(f"{prefix}/"):
            return names
    return ("proxy",)


class Authorizer:
    """Asks for one node."""

    def __init__(self, client: Client, node_name: str, clock: Clock):
        self._client = client
        self._node = node_name
        self._answers: Remembered[tuple[User, str, str], bool] = Remembered(clock, _MOST_ANSWERS)

    async def is_allowed(self, user: User, method: str, path: str) -> bool:
        """Raises `APIError`, `TransportError` when the API server cannot be asked."""
        for subresource in subresources_of(path):
            if await self._ask(user, verb_of(method), subresource):
                return True
        return False

    def denial(self, user: User, method: str, path: str) -> str:
        """What somebody is told who may not."""
        where = f"nodes, subresource({', '.join(subresources_of(path))})"
        return f"Forbidden (user={user.name}, verb={verb_of(method)}, resource={where})"

    async def _ask(self, user: User, verb: str, subresource: str) -> bool:
        key = (user, verb, subresource)
        known = self._answers.get(key)
        if known is not None:
            return known[0]
        attributes = {
            "verb": verb,
            "version": "v1",
            "resource": "nodes",
            "subresource": subresource,
            "name": self._node,
        }
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "metadata": {},
            "spec": {
                "user": user.name,
                "uid": user.uid,
                "groups": list(user.groups),
                "extra": {name: list(values) for name, values in user.extra.items()},
                "resourceAttributes": attributes,
            },
        }
        answer = await self._client.create("subjectaccessreviews.authorization.k8s.io", review)
        allowed = bool((answer.get("status") or {}).get("allowed"))
        self._answers.put(key, allowed, ALLOWED_SECONDS if allowed else DENIED_SECONDS)
        return allowed
