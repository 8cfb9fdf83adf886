"""The options of a list, a watch, or a delete of a collection, read and checked once, in Kubernetes' order.

    values → 400      combinations → 422 with every cause      field labels → 400      version and continue token → 400

Counterparts: ListOptions and ValidateListOptions of apimachinery's internalversion; ValidateListOptions and
DecodeContinue of apiserver's storage.
"""

from __future__ import annotations

import base64
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from pybernetes.api.errors import APIError, bad_request, invalid, timeout
from pybernetes.api.field import ErrorList
from pybernetes.api.json_syntax import syntax_error
from pybernetes.api.schema.names import json_type
from pybernetes.apiserver.cache.selection import ALL, Selection, selection_of
from pybernetes.apiserver.query import flag, integer, is_true
from pybernetes.apiserver.rest.context import Context

EXACT, NOT_OLDER_THAN = "Exact", "NotOlderThan"
LATEST = -1  # a token of this revision goes on from its place in whatever there is then
_TOKEN_VERSION = "meta.k8s.io/v1"
_MATCH = "resourceVersionMatch"
_UINT64 = 1 << 64


@dataclass(frozen=True, slots=True)
class ListOptions:
    """`revision` is None where no version is asked for; `send_initial_events` where the request does not say."""

    selection: Selection = ALL
    watch: bool = False
    bookmarks: bool = False
    version: str = ""
    match: str = ""
    timeout_seconds: int = 0
    limit: int = 0
    token: str = ""
    send_initial_events: bool | None = None


_NONE = ListOptions()


def list_options(context: Context, *, watch: bool = False) -> ListOptions:
    """The options of a request. Raises 400, 422."""
    query = context.request.query
    if not query:
        return ListOptions(watch=True) if watch else _NONE
    options = _read(query, context, watch=watch)
    if options.match or options.send_initial_events is not None:
        _check(options)
    return options


def _read(query: Mapping[str, str], context: Context, *, watch: bool) -> ListOptions:
    seconds, limit = integer(query, "timeoutSeconds"), integer(query, "limit")
    return ListOptions(
        selection_of(query, context.definition),
        watch,
        is_true(query, "allowWatchBookmarks"),
        query.get("resourceVersion", ""),
        query.get(_MATCH, ""),
        seconds or 0,
        max(limit or 0, 0),
        query.get("continue", ""),
        flag(query, "sendInitialEvents"),
    )


def _check(options: ListOptions) -> None:
    errors = ErrorList()
    if options.watch:
        _check_watch(options, errors)
    else:
        _check_list(options, errors)
    if errors:
        raise invalid("ListOptions", "", errors.causes, "meta.k8s.io")


def _check_list(options: ListOptions, errors: ErrorList) -> None:
    match = options.match
    if match:
        if not options.version:
            errors.forbidden(_MATCH, f"{_MATCH} is forbidden unless resourceVersion is provided")
        if options.token:
            errors.forbidden(_MATCH, f"{_MATCH} is forbidden when continue is provided")
        if match not in (EXACT, NOT_OLDER_THAN):
            errors.not_supported(_MATCH, match, (EXACT, NOT_OLDER_THAN, ""))
        if match == EXACT and options.version == "0":
            errors.forbidden(_MATCH, f'{_MATCH} "exact" is forbidden for resourceVersion "0"')
    if options.send_initial_events is not None:
        errors.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list")


def _check_watch(options: ListOptions, errors: ErrorList) -> None:
    match, initial = options.match, options.send_initial_events
    if initial is not None and match != NOT_OLDER_THAN:
        errors.forbidden(_MATCH, f"sendInitialEvents requires setting {_MATCH} to {NOT_OLDER_THAN}")
    if not match:
        return
    if initial is None:
        errors.forbidden(_MATCH, f"{_MATCH} is forbidden for watch unless sendInitialEvents is provided")
    if match != NOT_OLDER_THAN:
        errors.not_supported(_MATCH, match, (NOT_OLDER_THAN,))
    if options.token:
        errors.forbidden(_MATCH, f"{_MATCH} is forbidden when continue is provided")


def parse_version(text: str) -> int:
    """The revision of a resourceVersion. Raises ValueError with the reason as Kubernetes gives it."""
    if not (text.isascii() and text.isdigit()):
        raise ValueError(
            f'resourceVersion: Invalid value: "{text}": strconv.ParseUint: parsing "{text}": invalid syntax'
        )
    revision = int(text) if len(text) < 24 else _UINT64
    if revision >= _UINT64:
        raise ValueError(
            f'resourceVersion: Invalid value: "{text}": strconv.ParseUint: parsing "{text}": value out of range'
        )
    return revision


def too_large_version(wanted: int, current: int, *, retry_after_seconds: int = 1) -> APIError:
    """The version asked for has not happened yet; a client that waits a second may find it."""
    error = timeout(f"Timeout: Too large resource version: {wanted}, current: {current}", retry_after_seconds)
    details = error.status.setdefault("details", {})
    details["causes"] = [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]
    return error


# -- continue tokens


def encode_token(revision: int, after: str) -> str:
    value = orjson.dumps({"v": _TOKEN_VERSION, "rv": revision, "start": after + "\u0000"})
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def decode_token(token: str) -> tuple[int, str]:
    """The revision (negative for the newest) and the key after which to go on. Raises 400."""
    try:
        return _decoded(token)
    except ValueError as error:
        raise bad_request(f"invalid continue token: continue key is not valid{error}") from None


def _decoded(token: str) -> tuple[int, str]:
    wrong = re.search(r"[^A-Za-z0-9_-]", token)
    if wrong is not None or len(token) % 4 == 1:
        raise ValueError(f": illegal base64 data at input byte {wrong.start() if wrong else len(token) - 1}")
    data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    try:
        value = orjson.loads(data)
    except ValueError as error:
        raise ValueError(f": {syntax_error(data) or error}") from None
    if not isinstance(value, dict):
        raise ValueError(f": json: cannot unmarshal {json_type(value)} into Go value of type storage.continueToken")
    version, revision, start = value.get("v", ""), value.get("rv", 0), value.get("start", "")
    if version != _TOKEN_VERSION:
        raise ValueError(f": server does not recognize this encoded version {version}")
    if not isinstance(revision, int) or isinstance(revision, bool) or revision == 0:
        raise ValueError(f": incorrect encoded start resourceVersion (version {_TOKEN_VERSION})")
    if not isinstance(start, str) or not start:
        raise ValueError(f": encoded start key empty (version {_TOKEN_VERSION})")
    key = start if start.startswith("/") else f"/{start}"
    if posixpath.normpath(key) != key or key.startswith("//"):
        raise ValueError(f": {start}")
    return revision, start.removeprefix("/").removesuffix("\u0000")
