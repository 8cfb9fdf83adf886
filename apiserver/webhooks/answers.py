"""What an answer of a webhook means that is not 200 to 206: the text that Kubernetes' REST client has for it."""

from __future__ import annotations

from typing import Any

import orjson

_TEXTS = {
    400: "the server rejected our request for an unknown reason",
    401: "the server has asked for the client to provide credentials",
    404: "the server could not find the requested resource",
    405: "the server does not allow this method on the requested resource",
    406: "the server was unable to respond with a content type that the client supports",
    409: "the server reported a conflict",
    415: "the server was unable to respond with a content type that the client supports",
    422: "the server rejected our request due to an error in our request",
    429: "the server has received too many requests and has asked us to try again later",
    503: "the server is currently unable to handle the request",
    504: "the server was unable to return a response in the time allotted, but may still be processing the request",
}


def is_success(status: int) -> bool:
    return 200 <= status <= 206


def refusal_text(status: int, content_type: str, body: bytes) -> str:
    """Why the answer is none."""
    said = _status_message(body)
    if said:
        return said
    message = "unknown"
    if not content_type or content_type.startswith("text/"):
        message = body.decode(errors="replace").strip()
    if status == 403:
        return message
    if status in _TEXTS:
        return _TEXTS[status]
    if status >= 500:
        return f"an error on the server ({_quoted(message)}) has prevented the request from succeeding"
    return f"the server responded with the status code {status} but did not return more details"


def _status_message(body: bytes) -> str:
    """The message of a Status, if the body is one."""
    try:
        value: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    if isinstance(value, dict) and value.get("kind") == "Status" and value.get("apiVersion") == "v1":
        return str(value.get("message") or "")
    return ""


def _quoted(text: str) -> str:
    return orjson.dumps(text).decode()
