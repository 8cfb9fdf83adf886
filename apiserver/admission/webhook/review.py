"""AdmissionReview: the question put to a webhook, and what an answer must be. Pure.

Counterpart: apiserver/pkg/admission/plugin/webhook/request.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any

from pybernetes.api.errors import APIError, bad_request
from pybernetes.api.object import Json
from pybernetes.api.resources import Resource
from pybernetes.apiserver.admission.matching import in_version, namespace_of_request
from pybernetes.apiserver.admission.operation import CONNECT, CREATE, DELETE, Operation
from pybernetes.apiserver.user import User

_GROUP = "admission.k8s.io"
_KIND = "AdmissionReview"
UNDERSTOOD = ("v1", "v1beta1")
JSON_PATCH = "JSONPatch"


class InvalidResponse(ValueError):
    """The answer is not what the protocol asks for; the text says how, in Kubernetes' words."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a webhook answered. `patch` is JSON, undecoded."""

    allowed: bool
    result: Json | None = None
    patch: bytes = b""
    patch_type: str = ""
    warnings: tuple[str, ...] = ()
    annotations: Json = field(default_factory=dict)


def review_version(accepted: list[str]) -> str:
    """The first version that the webhook accepts and we know, or nothing."""
    return next((version for version in accepted if version in UNDERSTOOD), "")


async def review_of(operation: Operation, resource: Resource, uid: str, version: str) -> Json:
    """The question. `resource` is the version in which the webhook wants to see the object."""
    cache, asked = operation.state.cache, operation.resource

    async def shown(obj: Json | None) -> Json | None:
        return await in_version(cache, obj, asked, resource) if obj is not None else None

    obj, old = await shown(operation.obj), await shown(operation.old)
    request = {"uid": uid, **request_of(operation, resource, obj, old), "object": obj, "oldObject": old}
    return {"kind": _KIND, "apiVersion": f"{_GROUP}/{version}", "request": request}


def request_of(operation: Operation, resource: Resource, obj: Json | None, old: Json | None) -> Json:
    """What a review says of a request besides the objects; these are as they are shown."""
    asked = operation.resource
    request: Json = {
        "kind": _kind(obj or old or {}),
        "resource": _resource(resource),
        "requestKind": _kind(operation.obj or operation.old or {}),
        "requestResource": _resource(asked),
        "operation": operation.verb,
        "userInfo": user_info(operation.user),
        "dryRun": operation.dry_run,
        "options": options_of(operation),
    }
    if operation.subresource:
        request["subResource"] = request["requestSubResource"] = operation.subresource
    if operation.name and not operation.of_collection:
        request["name"] = operation.name
    namespace = namespace_of_request(operation)
    if namespace:
        request["namespace"] = namespace
    return request


def _kind(obj: Json) -> Json:
    group, _, version = str(obj.get("apiVersion") or "").rpartition("/")
    return {"group": group, "version": version, "kind": obj.get("kind") or ""}


def _resource(resource: Resource) -> Json:
    return {"group": resource.group, "version": resource.version, "resource": resource.plural}


def user_info(user: User) -> Json:
    extra = {key: list(values) for key, values in user.extra.items()}
    info: Json = {"username": user.name, "uid": user.uid, "groups": list(user.groups), "extra": extra}
    return {name: value for name, value in info.items() if value}


def options_of(operation: Operation) -> Json | None:
    """The options of the request, as an object of their kind; a connection has none."""
    if operation.verb == CONNECT:
        return None
    if operation.verb == DELETE:
        return operation.options or {"kind": "DeleteOptions", "apiVersion": "meta.k8s.io/v1"}
    kind = "CreateOptions" if operation.verb == CREATE else "UpdateOptions"
    options: Json = {"kind": kind, "apiVersion": "meta.k8s.io/v1"}
    if operation.dry_run:
        options["dryRun"] = ["All"]
    if operation.request is not None:
        given = {name: operation.request.query.get(name) for name in ("fieldManager", "fieldValidation")}
        options |= {name: value for name, value in given.items() if value}
    return options


def verdict_of(answer: Any, uid: str, version: str, *, mutating: bool) -> Verdict:
    """What a webhook's answer says. Raises `InvalidResponse`."""
    response = answer.get("response") if isinstance(answer, dict) else None
    if not isinstance(response, dict):
        raise InvalidResponse("webhook response was absent")
    patch = _decoded(response.get("patch"))
    patch_type = response.get("patchType")
    if version == "v1":
        _check(answer, response, uid)
        _check_patch(patch, patch_type, mutating)
    elif patch:
        patch_type = JSON_PATCH
    return Verdict(
        bool(response.get("allowed")),
        response.get("status"),
        patch if mutating else b"",
        patch_type or "",
        tuple(str(text) for text in response.get("warnings") or ()),
        response.get("auditAnnotations") or {},
    )


def _check(answer: Json, response: Json, uid: str) -> None:
    if response.get("uid", "") != uid:
        raise InvalidResponse(f'expected response.uid="{uid}", got "{response.get("uid", "")}"')
    group, _, version = str(answer.get("apiVersion") or "").rpartition("/")
    kind = answer.get("kind") or ""
    if (group, version, kind) != (_GROUP, "v1", _KIND):
        raise InvalidResponse(
            f"expected webhook response of {_GROUP}/v1, Kind={_KIND}, got {group}/{version}, Kind={kind}"
        )


def _check_patch(patch: bytes, patch_type: Any, mutating: bool) -> None:
    if not mutating:
        if patch:
            raise InvalidResponse("validating webhook may not return response.patch")
        if patch_type is not None:
            raise InvalidResponse("validating webhook may not return response.patchType")
        return
    if patch and patch_type is None:
        raise InvalidResponse("webhook returned response.patch but not response.patchType")
    if not patch and patch_type is not None:
        raise InvalidResponse("webhook returned response.patchType but not response.patch")
    if patch_type == "":
        raise InvalidResponse('webhook returned invalid response.patchType of ""')


def _decoded(patch: Any) -> bytes:
    if not patch:
        return b""
    try:
        return base64.b64decode(patch, validate=True)
    except (binascii.Error, ValueError, TypeError) as error:
        raise InvalidResponse(f"webhook returned response.patch that is no base64: {error}") from None


def denial(name: str, result: Json | None) -> Json:
    """The status of a webhook that does not allow a request: its own status, made one of failure."""
    status: Json = {"kind": "Status", "apiVersion": "v1", "metadata": {}, **(result or {})}
    if int(status.get("code") or 0) < 400:
        status["code"] = 400
    if status.get("status") in (None, "", "Success"):
        status["status"] = "Failure"
    said = status.get("message") or status.get("reason")
    denied = f'admission webhook "{name}" denied the request'
    status["message"] = f"{denied}: {said}" if said else f"{denied} without explanation"
    return status


def no_dry_run(name: str) -> APIError:
    return bad_request(f'admission webhook "{name}" does not support dry run')
