"""Approves the client certificates of kubelets, for whoever may have them.

Whose request it is is known: the API server writes it. So the question is asked of it: may this user create
``certificatesigningrequests/selfnodeclient`` (a node that renews its own) or ``…/nodeclient`` (a new node with its
bootstrap token)? Counterpart: pkg/controller/certificates/approver.
"""

from __future__ import annotations

import logging

from cryptography import x509

from pybernetes.api.object import Json, deep_copy, name_of
from pybernetes.client.reconciler import run_workers
from pybernetes.controllers.certificates.requests import (
    RESOURCE,
    common_name,
    conditions,
    has_condition,
    is_kubelet_client,
    parse,
)
from pybernetes.controllers.context import Context, wait_synced

log = logging.getLogger(__name__)

_NAME = "certificatesigningrequest-approving-controller"
_MESSAGES = {
    "selfnodeclient": "Auto approving self kubelet client certificate after SubjectAccessReview.",
    "nodeclient": "Auto approving kubelet client certificate after SubjectAccessReview.",
}


def permissions(request: Json, asked: x509.CertificateSigningRequest) -> list[str]:
    """The subresources of which one must be allowed to the requester; none where this is not our matter."""
    if not is_kubelet_client(request, asked):
        return []
    own = request["spec"].get("username") == common_name(asked)
    return ["selfnodeclient", "nodeclient"] if own else ["nodeclient"]


def access_review(request: Json, subresource: str) -> Json:
    """The question whether the requester has a permission."""
    spec = request["spec"]
    asked: Json = {
        "user": spec.get("username") or "",
        "resourceAttributes": {
            "group": "certificates.k8s.io",
            "resource": "certificatesigningrequests",
            "subresource": subresource,
            "verb": "create",
        },
    }
    asked |= {field: spec[field] for field in ("uid", "groups", "extra") if spec.get(field)}
    return {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "metadata": {}, "spec": asked}


class ApprovingController:
    """Keys are names of requests."""

    def __init__(self, context: Context):
        self._client = context.client
        self._queue = context.queue("csrapproving")
        self._requests = context.informers.informer(RESOURCE)
        self._requests.add_handler(self._changed, lambda new, old: self._changed(new))

    def _changed(self, request: Json) -> None:
        self._queue.add(name_of(request))

    async def run(self) -> None:
        await wait_synced(self._requests)
        await run_workers(_NAME, self._queue, self.reconcile)

    async def reconcile(self, key: str) -> float | None:
        """Approve a kubelet's request if its maker may have it."""
        request = self._requests.get(key)
        if request is None or (request.get("status") or {}).get("certificate"):
            return None
        if has_condition(request, "Approved") or has_condition(request, "Denied"):
            return None
        wanted = permissions(request, parse(request))
        for subresource in wanted:
            if await self._is_allowed(request, subresource):
                await self._approve(request, _MESSAGES[subresource])
                return None
        if wanted:
            log.info("a kubelet's certificate is not approved: its requester may not", extra={"name": key})
        return None

    async def _is_allowed(self, request: Json, subresource: str) -> bool:
        answered = await self._client.create(
            "subjectaccessreviews.authorization.k8s.io", access_review(request, subresource)
        )
        return bool((answered.get("status") or {}).get("allowed"))

    async def _approve(self, request: Json, message: str) -> None:
        approved = {"type": "Approved", "status": "True", "reason": "AutoApproved", "message": message}
        new = deep_copy(request)
        new["status"] = {**(new.get("status") or {}), "conditions": [*conditions(new), approved]}
        await self._client.update(RESOURCE, new, subresource="approval")


def approving(context: Context) -> ApprovingController:
    return ApprovingController(context)
