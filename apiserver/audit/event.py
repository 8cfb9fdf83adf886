"""An audit event as a JSON value. Counterpart: audit.k8s.io/v1 Event."""

from __future__ import annotations

import ipaddress
from datetime import datetime
from typing import Any

import orjson

from pybernetes.api.object import Json
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.http import JSON_TYPE, Request
from pybernetes.apiserver.user import User

_LONGEST_AGENT = 1024
_FIELDS = (
    "kind",
    "apiVersion",
    "level",
    "auditID",
    "stage",
    "requestURI",
    "verb",
    "user",
    "impersonatedUser",
    "authenticationMetadata",
    "sourceIPs",
    "userAgent",
    "objectRef",
    "responseStatus",
    "requestObject",
    "responseObject",
    "requestReceivedTimestamp",
    "stageTimestamp",
    "annotations",
)


def micro_time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def user_info(user: User) -> Json:
    """A user as the authentication API writes it down."""
    info: Json = {"username": user.name}
    if user.uid:
        info["uid"] = user.uid
    if user.groups:
        info["groups"] = list(user.groups)
    if user.extra:
        info["extra"] = {key: list(values) for key, values in user.extra.items()}
    return info


def first_event(
    request: Request, attributes: Attributes, user: User | None, *, level: str, audit_id: str, received: datetime
) -> Json:
    """What is known of a request before it is looked at any further."""
    uri = f"{request.path}?{request.query_string}" if request.query_string else request.path
    event: Json = {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": level,
        "auditID": audit_id,
        "stage": "",
        "requestURI": uri,
        "verb": attributes.verb,
        "user": user_info(user) if user is not None else {},
    }
    if sources := _source_addresses(request):
        event["sourceIPs"] = sources
    if agent := request.headers.get("user-agent"):
        event["userAgent"] = agent if len(agent) <= _LONGEST_AGENT else f"{agent[:_LONGEST_AGENT]}...TRUNCATED"
    if attributes.resource:
        event["objectRef"] = _reference(attributes)
    event["requestReceivedTimestamp"] = micro_time(received)
    return event


def _reference(attributes: Attributes) -> Json:
    found = {
        "resource": attributes.resource,
        "namespace": attributes.namespace,
        "name": attributes.name,
        "apiGroup": attributes.group,
        "apiVersion": attributes.version,
        "subresource": attributes.subresource,
    }
    return {key: value for key, value in found.items() if value}


def _source_addresses(request: Request) -> list[str]:
    """Every address that the request came through, the first one first. What is no address is left out.

    Whoever is connected stands last, whatever the headers say, unless they end with it.
    """
    forwarded = [_address(part) for part in request.headers.get("x-forwarded-for", "").split(",")]
    found = [address for address in forwarded if address]
    real, remote = _address(request.headers.get("x-real-ip", "")), _address(request.remote)
    if real and real not in found:
        found.append(real)
    if remote and found[-1:] != [remote]:
        found.append(remote)
    return found


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        return ""


def in_order(event: Json) -> Json:
    """The event with its fields in the order of the API."""
    return {field: event[field] for field in _FIELDS if field in event}


def why_refused(request: Request) -> str:
    """What the audit log says of a request whose requester is not known."""
    tried = []
    scheme, _, rest = request.headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() in ("basic", "bearer") and rest:
        tried.append(scheme.lower())
    if request.query.get("access_token", "").strip():
        tried.append("access_token")
    if request.peer_certificate is not None:
        tried.append("x509")
    if tried:
        return f"Authentication failed, attempted: {', '.join(tried)}"
    return "Authentication failed, no credentials provided"


def object_in(body: bytes, content_type: str) -> Any:
    """The value in a body of JSON, or None."""
    if not body or content_type.split(";")[0].strip() not in (JSON_TYPE, "", *_JSON_PATCHES):
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


_JSON_PATCHES = frozenset(f"application/{kind}-patch+json" for kind in ("json", "merge", "strategic-merge"))


def name_object(event: Json, value: Any) -> None:
    """Complete the reference by what the object in the request says of itself."""
    reference, metadata = event.get("objectRef"), value.get("metadata") if isinstance(value, dict) else None
    if reference is None or not isinstance(metadata, dict):
        return
    for field in ("namespace", "name", "uid", "resourceVersion"):
        if metadata.get(field) and not reference.get(field) and isinstance(metadata[field], str):
            reference[field] = metadata[field]


def without_managed_fields(value: Any) -> Any:
    """The object, or the objects of a list, without who owns which field."""
    if not isinstance(value, dict):
        return value
    found = dict(value)
    if isinstance(found.get("metadata"), dict):
        found["metadata"] = {key: each for key, each in found["metadata"].items() if key != "managedFields"}
    if isinstance(found.get("items"), list):
        found["items"] = [without_managed_fields(each) for each in found["items"]]
    return found


def response_status(code: int, value: Any) -> Json:
    """How it ended: the code, and what a Status says besides."""
    status: Json = {"metadata": {}}
    if isinstance(value, dict) and value.get("kind") == "Status" and value.get("apiVersion") == "v1":
        for field in ("status", "message", "reason", "details"):
            if value.get(field):
                status[field] = value[field]
    status["code"] = code
    return status
