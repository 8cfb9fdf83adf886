"""ImagePolicyWebhook: somebody else is asked about the images of a pod.

    imagePolicy:
      kubeConfigFile: /path        # where to ask, and as whom
      allowTTL: 50                 # seconds that a yes is kept; likewise denyTTL
      defaultAllow: true           # what holds while there is no answer

The question is an ImageReview (imagepolicy.k8s.io/v1alpha1) with the images, the namespace, and those annotations of
the pod that are meant for image policies.
"""

from __future__ import annotations

from collections import OrderedDict

import orjson

from pybernetes.api.object import Json, annotations_of, metadata
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.operation import CREATE, UPDATE, Operation
from pybernetes.apiserver.kubeconfig_webhook import KubeconfigWebhook, WebhookFailed
from pybernetes.component.clock import Clock

_API = {"apiVersion": "imagepolicy.k8s.io/v1alpha1", "kind": "ImageReview"}
_MEANT = ".image-policy.k8s.io/"
_FAILED_OPEN = "alpha.image-policy.k8s.io/failed-open"
_AUDIT = "imagepolicywebhook.image-policy.k8s.io/"
_DENIED = "image policy webhook backend denied one or more images"
_ALLOW_SECONDS, _DENY_SECONDS = 300.0, 30.0
_MOST_KEPT = 1024


class ImagePolicyWebhook(AdmissionPlugin):
    """Raises ValueError, OSError for a configuration that names no webhook."""

    calls_out = True

    def __init__(self, clock: Clock, configuration: Json | None = None):
        policy = (configuration or {}).get("imagePolicy") or {}
        if not policy.get("kubeConfigFile"):
            raise ValueError("ImagePolicyWebhook: imagePolicy.kubeConfigFile: Required value")
        self._webhook = KubeconfigWebhook(str(policy["kubeConfigFile"]), clock=clock)
        self._clock = clock
        self._kept_seconds = {
            True: float(policy.get("allowTTL") or _ALLOW_SECONDS),
            False: float(policy.get("denyTTL") or _DENY_SECONDS),
        }
        self._default_allow = bool(policy.get("defaultAllow"))
        self._known: OrderedDict[bytes, tuple[float, Json]] = OrderedDict()

    def handles(self, operation: Operation) -> bool:
        return operation.is_for("pods", CREATE, UPDATE) or operation.is_for(
            "pods", UPDATE, subresource="ephemeralcontainers"
        )

    async def validate(self, operation: Operation) -> None:
        """Raises 403."""
        assert operation.obj is not None, "a create or update has an object"
        spec = asked_of(operation.obj, operation.namespace)
        try:
            status = await self._status(spec)
        except WebhookFailed as error:
            if not self._default_allow:
                raise operation.forbid(str(error)) from None
            operation.annotate(f"{_AUDIT}failed-open", "true")
            meta = metadata(operation.obj)
            meta["annotations"] = {**annotations_of(operation.obj), _FAILED_OPEN: "true"}
            return
        for key, value in (status.get("auditAnnotations") or {}).items():
            operation.annotate(f"{_AUDIT}{key}", str(value))
        if not status.get("allowed"):
            reason = status.get("reason")
            raise operation.forbid(f"{_DENIED}: {reason}" if reason else _DENIED)

    async def _status(self, spec: Json) -> Json:
        """The webhook's answer, or what it answered before."""
        key, now = orjson.dumps(spec), self._clock.monotonic()
        until, status = self._known.get(key, (0.0, {}))
        if now >= until:
            review = await self._webhook.ask({**_API, "spec": spec, "status": {"allowed": False}})
            status = review.get("status") or {}
            self._known[key] = now + self._kept_seconds[bool(status.get("allowed"))], status
            self._known.move_to_end(key)
            if len(self._known) > _MOST_KEPT:
                self._known.popitem(last=False)
        return status


def asked_of(pod: Json, namespace: str) -> Json:
    """What a review says of a pod."""
    spec = pod["spec"]
    kinds = ("containers", "initContainers", "ephemeralContainers")
    images = [{"image": one.get("image") or ""} for kind in kinds for one in spec.get(kind) or ()]
    meant = {key: value for key, value in annotations_of(pod).items() if _MEANT in key}
    return {"containers": images, **({"annotations": meant} if meant else {}), "namespace": namespace}
