"""Errors as Kubernetes' `Status` objects.

The API server raises an `APIError` and its front sends the Status it holds; a client that receives a Status
raises the same type. So a controller, a test and the server speak of one thing. `reason` is what code decides
on; `message` is what people read: it names the object, the field, and what is wrong with it.

The constructors are named for the reasons of metav1.StatusReason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pybernetes.api.object import Json


class APIError(Exception):
    """A request that failed, with the Status that says why."""

    def __init__(self, status: Json):
        super().__init__(status.get("message") or status.get("reason") or "unknown error")
        self.status = status

    @property
    def code(self) -> int:
        return int(self.status.get("code") or 500)

    @property
    def reason(self) -> str:
        return str(self.status.get("reason") or "")

    @property
    def message(self) -> str:
        return str(self.status.get("message") or "")

    @property
    def causes(self) -> list[Json]:
        return list((self.status.get("details") or {}).get("causes") or ())

    @property
    def retry_after_seconds(self) -> int:
        return int((self.status.get("details") or {}).get("retryAfterSeconds") or 0)


class Denied(APIError):
    """A 403 of the authorizer. It repeats what the client sent, so browsers are told not to guess what it is."""


def failure(code: int, reason: str, message: str, details: Json | None = None) -> APIError:
    """An error from its parts."""
    status: Json = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
    }
    if not reason:
        del status["reason"]
    if details is not None:
        status["details"] = details
    status["code"] = code
    return APIError(status)


def qualified(resource: str, group: str) -> str:
    """``deployments.apps``, or the resource alone in the core group."""
    return f"{resource}.{group}" if group else resource


def _details(resource: str, group: str, name: str, **more: Any) -> Json:
    details: Json = {}
    if name:
        details["name"] = name
    if group:
        details["group"] = group
    if resource:
        details["kind"] = resource
    details.update({key: value for key, value in more.items() if value})
    return details


def not_found(resource: str, name: str, group: str = "") -> APIError:
    message = f'{qualified(resource, group)} "{name}" not found'
    return failure(404, "NotFound", message, _details(resource, group, name))


def path_not_found() -> APIError:
    """The answer for a path of an API that does not have it."""
    return failure(404, "NotFound", "the server could not find the requested resource", {})


class PlainError(APIError):
    """An error that is answered with a line of plain text, and says nothing of an API."""

    def __init__(self, status: Json, text: str):
        super().__init__(status)
        self.text = text


class PageNotFound(PlainError):
    """Nothing is served at the path at all."""

    def __init__(self) -> None:
        super().__init__(path_not_found().status, "404 page not found")


def already_exists(resource: str, name: str, group: str = "") -> APIError:
    message = f'{qualified(resource, group)} "{name}" already exists'
    return failure(409, "AlreadyExists", message, _details(resource, group, name))


def no_name_left(resource: str, name: str, group: str = "") -> APIError:
    """409: every name that was generated is taken."""
    message = (
        f'{qualified(resource, group)} "{name}" already exists, '
        "the server was not able to generate a unique name for the object"
    )
    return failure(409, "AlreadyExists", message, _details(resource, group, name, retryAfterSeconds=1))


def conflict(resource: str, name: str, why: str, group: str = "") -> APIError:
    message = f'Operation cannot be fulfilled on {qualified(resource, group)} "{name}": {why}'
    return failure(409, "Conflict", message, _details(resource, group, name))


OBJECT_MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


def bad_request(message: str) -> APIError:
    return failure(400, "BadRequest", message)


def unauthorized() -> APIError:
    return failure(401, "Unauthorized", "Unauthorized")


def forbidden(resource: str, name: str, why: str, group: str = "") -> APIError:
    """`why` is the whole explanation after ``forbidden: ``."""
    subject = f"{qualified(resource, group)} " + (f'"{name}" ' if name else "") + "is " if resource else ""
    return failure(403, "Forbidden", f"{subject}forbidden: {why}", _details(resource, group, name))


def invalid(kind: str, name: str, causes: Sequence[Json], group: str = "") -> APIError:
    """422 with every cause. `causes` are {reason, message, field} with messages such as ``Required value``."""
    parts = [f"{cause['field']}: {cause['message']}" for cause in causes]
    joined = parts[0] if len(parts) == 1 else f"[{', '.join(parts)}]" if parts else "unknown error"
    message = f'{qualified(kind, group)} "{name}" is invalid: {joined}'
    return failure(422, "Invalid", message, _details(kind, group, name, causes=list(causes)))


def gone(message: str) -> APIError:
    """410 for a resourceVersion or continue token that is too old."""
    return failure(410, "Expired", message)


def method_not_supported(resource: str, verb: str, group: str = "") -> APIError:
    """405 of a resource that does not have the verb."""
    message = f'{verb} is not supported on resources of kind "{qualified(resource, group)}"'
    return failure(405, "MethodNotAllowed", message, _details(resource, group, ""))


def method_not_allowed(
    message: str = "the server does not allow this method on the requested resource", details: Json | None = None
) -> APIError:
    return failure(405, "MethodNotAllowed", message, details or {})


def not_acceptable(accepted: Sequence[str]) -> APIError:
    message = f"only the following media types are accepted: {', '.join(accepted)}"
    return failure(406, "NotAcceptable", message)


def not_acceptable_form(message: str) -> APIError:
    """406 for a form that the answer cannot have."""
    return failure(406, "NotAcceptable", message)


def unsupported_media_type(accepted: Sequence[str]) -> APIError:
    message = "the body of the request was in an unknown format - accepted media types include: " + ", ".join(accepted)
    return failure(415, "UnsupportedMediaType", message)


def too_large(message: str) -> APIError:
    return failure(413, "RequestEntityTooLarge", message)


def too_many_requests(message: str, retry_after_seconds: int) -> APIError:
    details = {"retryAfterSeconds": retry_after_seconds} if retry_after_seconds else None
    return failure(429, "TooManyRequests", message, details)


def timeout(message: str, retry_after_seconds: int = 0) -> APIError:
    return failure(504, "Timeout", message, {"retryAfterSeconds": retry_after_seconds} if retry_after_seconds else None)


def service_unavailable(message: str) -> APIError:
    return failure(503, "ServiceUnavailable", message)


def internal_error(message: str) -> APIError:
    details = {"causes": [{"message": message}]}
    return failure(500, "InternalError", f"Internal error occurred: {message}", details)


def is_not_found(error: BaseException) -> bool:
    return isinstance(error, APIError) and error.reason == "NotFound"


def is_conflict(error: BaseException) -> bool:
    return isinstance(error, APIError) and error.reason == "Conflict"


def is_already_exists(error: BaseException) -> bool:
    return isinstance(error, APIError) and error.reason == "AlreadyExists"


def is_expired(error: BaseException) -> bool:
    """The resourceVersion or continue token is too old: list anew."""
    return isinstance(error, APIError) and error.code == 410


def aggregate(messages: Iterable[str]) -> str:
    """Several messages as one, each told once: as it is if it is the only one, else ``[a, b]``."""
    told = list(dict.fromkeys(messages))
    return told[0] if len(told) == 1 else f"[{', '.join(told)}]" if told else ""
