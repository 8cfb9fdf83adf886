"""Signs what was approved, for the signers of kubernetes.io that a CA is given for.

A request that its signer cannot take gets the condition Failed, for good. What has a certificate is left alone.
Counterpart: pkg/controller/certificates/signer.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping
from datetime import timedelta

from pybernetes.api.object import Json, deep_copy, format_time, name_of
from pybernetes.client.reconciler import run_workers
from pybernetes.controllers.certificates.requests import (
    CLIENT,
    KUBELET_CLIENT,
    KUBELET_SERVING,
    LEGACY_UNKNOWN,
    RESOURCE,
    WrongRequest,
    check,
    conditions,
    has_condition,
    parse,
)
from pybernetes.controllers.certificates.signing import lifetime, load_signing_ca, sign
from pybernetes.controllers.context import Context, wait_synced
from pybernetes.controllers.options import Options

log = logging.getLogger(__name__)

_NAME = "certificatesigningrequest-signing-controller"


def authorities(options: Options) -> Mapping[str, tuple[str, str]]:
    """The files of each signer's CA, its certificate and its key; a signer without them signs nothing.

    One pair may be given for all signers, or one for each; Kubernetes refuses both at once.
    """
    single = (options.cluster_signing_cert_file, options.cluster_signing_key_file)
    own = {
        KUBELET_SERVING: (
            options.cluster_signing_kubelet_serving_cert_file,
            options.cluster_signing_kubelet_serving_key_file,
        ),
        KUBELET_CLIENT: (
            options.cluster_signing_kubelet_client_cert_file,
            options.cluster_signing_kubelet_client_key_file,
        ),
        CLIENT: (
            options.cluster_signing_kube_apiserver_client_cert_file,
            options.cluster_signing_kube_apiserver_client_key_file,
        ),
        LEGACY_UNKNOWN: (
            options.cluster_signing_legacy_unknown_cert_file,
            options.cluster_signing_legacy_unknown_key_file,
        ),
    }
    if all(single):
        return dict.fromkeys(own, single)
    return {signer: pair for signer, pair in own.items() if all(pair)}


class SigningController:
    """Keys are names of requests."""

    def __init__(self, context: Context):
        self._client, self._clock = context.client, context.clock
        self._authorities = authorities(context.options)
        self._longest = timedelta(seconds=context.options.cluster_signing_duration)
        self._queue = context.queue("certificate")
        self._requests = context.informers.informer(RESOURCE)
        self._requests.add_handler(self._changed, lambda new, old: self._changed(new))

    def _changed(self, request: Json) -> None:
        self._queue.add(name_of(request))

    async def run(self) -> None:
        await wait_synced(self._requests)
        await run_workers(_NAME, self._queue, self.reconcile)

    async def reconcile(self, key: str) -> float | None:
        """Put a certificate into the request's status, or say why there will be none. Raises CannotSign."""
        request = self._requests.get(key)
        if request is None or (request.get("status") or {}).get("certificate"):
            return None
        if not has_condition(request, "Approved") or has_condition(request, "Denied"):
            return None
        authority = self._authorities.get(request["spec"].get("signerName", ""))
        if authority is None or has_condition(request, "Failed"):
            return None
        await self._client.update_status(RESOURCE, {**deep_copy(request), "status": self._answer(request, authority)})
        return None

    def _answer(self, request: Json, authority: tuple[str, str]) -> Json:
        """The status with a certificate or with the condition Failed."""
        status = deep_copy(request.get("status") or {})
        asked = parse(request)
        try:
            check(request, asked)
        except WrongRequest as error:
            failed = {
                "type": "Failed",
                "status": "True",
                "reason": "SignerValidationFailure",
                "message": str(error),
                "lastUpdateTime": format_time(self._clock.now()),
            }
            return {**status, "conditions": [*conditions(request), failed]}
        spec = request["spec"]
        certificate = sign(
            asked,
            spec.get("usages") or (),
            load_signing_ca(*authority),
            good_for=lifetime(spec.get("expirationSeconds"), self._longest),
            now=self._clock.now(),
        )
        return {**status, "certificate": base64.b64encode(certificate).decode()}


def signing(context: Context) -> SigningController:
    return SigningController(context)
