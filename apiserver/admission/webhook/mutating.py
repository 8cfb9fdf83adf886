"""MutatingAdmissionWebhook: webhooks that may change the object, each seeing what those before it did.

What a webhook makes of the object is brought into the kind's shape again, with defaults, before the next one sees it.
"""

from __future__ import annotations

import time

import orjson

from pybernetes.api.errors import APIError, internal_error
from pybernetes.api.object import Json, deep_copy
from pybernetes.api.patch.errors import PatchError
from pybernetes.api.patch.json_patch import apply_json_patch
from pybernetes.api.resources import Resource
from pybernetes.apiserver.admission.matching import in_version
from pybernetes.apiserver.admission.operation import Operation
from pybernetes.apiserver.admission.reinvocation import Reinvocation, reinvocation_of
from pybernetes.apiserver.admission.shaping import replace_object, shaped
from pybernetes.apiserver.admission.webhook.calling import Unanswered, ask, fail_open_or_closed
from pybernetes.apiserver.admission.webhook.configurations import Webhook
from pybernetes.apiserver.admission.webhook.plugin import WebhookPlugin
from pybernetes.apiserver.admission.webhook.review import JSON_PATCH, Verdict

_MUTATION = "mutation.webhook.admission.k8s.io"
_PATCH = "patch.webhook.admission.k8s.io"


class MutatingAdmissionWebhook(WebhookPlugin):
    resource, step = "mutatingwebhookconfigurations", "admit"

    async def admit(self, operation: Operation) -> None:
        memory = reinvocation_of(operation, self.name)
        memory.start(operation)
        async for index, webhook, resource in self.relevant(operation):
            if memory.may_call(operation, webhook.key):
                await self._call(webhook, operation, resource, memory, index)
        memory.end(operation)

    async def _call(
        self, webhook: Webhook, operation: Operation, resource: Resource, memory: Reinvocation, index: int
    ) -> None:
        place = f"round_{int(operation.again)}_index_{index}"
        changed, start = False, time.perf_counter()
        try:
            verdict = await ask(self.client, webhook, operation, resource, mutating=True)
            changed = await _apply(webhook, verdict, operation, resource)
        except Unanswered as why:
            self.count(webhook, operation, start, why)
            fail_open_or_closed(webhook, why, operation, self.step, f"failed-open.{_MUTATION}/{place}")
        except APIError as error:
            self.count(webhook, operation, start, error)
            raise
        else:
            self.count(webhook, operation, start)
            _annotate(webhook, verdict, operation, place, changed)
        if changed:
            memory.object_changed()
            operation.reinvoke = True
        if webhook.reinvocable:
            memory.called.add(webhook.key)


def _annotate(webhook: Webhook, verdict: Verdict, operation: Operation, place: str, changed: bool) -> None:
    said: Json = {"configuration": webhook.configuration, "webhook": webhook.name}
    operation.annotate(f"{_MUTATION}/{place}", orjson.dumps({**said, "mutated": changed}).decode())
    if changed:
        patch = {**said, "patch": orjson.loads(verdict.patch), "patchType": JSON_PATCH}
        operation.annotate(f"{_PATCH}/{place}", orjson.dumps(patch).decode())


async def _apply(webhook: Webhook, verdict: Verdict, operation: Operation, resource: Resource) -> bool:
    """Change the object as the webhook wants; whether that made a difference. Raises `Unanswered`, 500."""
    if not verdict.patch:
        return False
    try:
        patch = orjson.loads(verdict.patch)
    except orjson.JSONDecodeError as error:
        raise Unanswered(f"received undecodable patch in webhook response: {error}") from None
    if not isinstance(patch, list):
        raise Unanswered(
            "received undecodable patch in webhook response: json: cannot unmarshal object into Go value of type "
            "jsonpatch.Patch"
        )
    if not patch:
        return False
    if operation.obj is None:
        raise internal_error(
            f'admission webhook "{webhook.name}" attempted to modify the object, which is not supported for this '
            "operation"
        )
    if verdict.patch_type != JSON_PATCH:
        raise Unanswered(f'unsupported patch type "{verdict.patch_type}"')
    cache = operation.state.cache
    shown = await in_version(cache, operation.obj, operation.resource, resource)
    try:
        patched = apply_json_patch(deep_copy(shown), patch)
    except PatchError as error:
        raise internal_error(str(error)) from None
    return await replace_object(operation, shaped(operation, patched, resource), resource)
