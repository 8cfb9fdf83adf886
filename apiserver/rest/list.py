"""List: a collection, or one page of it.

A whole list, and the first page, come from the cache. The pages after it come from the store at the revision of
the first, so that all pages together show one state. Once the store has forgotten that revision the token is
answered with 410 and the client starts over.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

import orjson

from pybernetes.api.errors import APIError, bad_request, gone, timeout
from pybernetes.api.object import Json
from pybernetes.apiserver.cache.entry import Entry
from pybernetes.apiserver.cache.resource_cache import ResourceCache
from pybernetes.apiserver.cache.selection import Selection, selection_of
from pybernetes.apiserver.http import Response
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.forms import included_object, many
from pybernetes.apiserver.storage.interface import Compacted, FutureRevision, KeyValue

EXPIRED = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list "
    "without the continue parameter."
)
_STORE_PAGE_KEYS = 1000
_MATCHES = ("", "Exact", "NotOlderThan")


@dataclass(frozen=True, slots=True)
class Page:
    """What a list shows: entries at a revision, and where the next page starts."""

    entries: list[Entry]
    revision: int
    next_after: str = ""
    remaining: int = 0


async def list_(context: Context) -> Response:
    """The collection that the path names. Raises 400 for bad parameters, 410 for a past that is forgotten."""
    query = context.request.query
    selection = selection_of(query, context.definition)
    page = await _page(context, selection)
    metadata: Json = {"resourceVersion": str(page.revision)}
    if page.next_after:
        metadata["continue"] = _encode_token(page.revision, page.next_after)
        if page.remaining and selection.matches_all:
            metadata["remainingItemCount"] = page.remaining
    wanted = context.wanted
    include = included_object(context.request, wanted)
    return Response(200, many(context.cache, page.entries, metadata, wanted, context.state.now(), include))


async def select(context: Context, selection: Selection) -> list[Entry]:
    """All current entries of the collection that match, for verbs that work on many."""
    await context.state.cache.catch_up()
    return context.cache.select(context.info.namespace, selection)


async def _page(context: Context, selection: Selection) -> Page:
    query = context.request.query
    limit = _number(query.get("limit", "0") or "0", "limit")
    token = query.get("continue", "")
    wanted = query.get("resourceVersion", "")
    match = query.get("resourceVersionMatch", "")
    if match not in _MATCHES:
        raise bad_request(
            f'resourceVersionMatch: Unsupported value: "{match}": supported values: "Exact", "NotOlderThan"'
        )
    if match and not wanted:
        raise bad_request(
            "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"
        )
    if token:
        if wanted and wanted != "0":
            raise bad_request("specifying resource version is not allowed when using continue")
        revision, after = _decode_token(token)
        return await _from_store(context, selection, revision, after, limit)
    if match == "Exact" or (wanted not in ("", "0") and limit and not match):
        revision = _number(wanted, "resourceVersion")
        if revision != context.state.cache.revision:
            return await _from_store(context, selection, revision, "", limit)
    await _be_current(context, wanted)
    return _from_cache(context, selection, limit)


async def _be_current(context: Context, wanted: str) -> None:
    if not wanted:
        await context.state.cache.catch_up()
    elif wanted != "0":
        revision = _number(wanted, "resourceVersion")
        if revision > context.state.cache.revision:
            await context.state.cache.catch_up()
        if revision > context.state.cache.revision:
            raise too_large_version(revision, context.state.cache.revision)


def too_large_version(wanted: int, current: int) -> APIError:
    """The version asked for has not happened yet; a client that waits a second may find it."""
    error = timeout(f"Too large resource version: {wanted}, current: {current}", 1)
    error.status["details"]["causes"] = [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]
    return error


def _from_cache(context: Context, selection: Selection, limit: int) -> Page:
    cache = context.cache
    revision = context.state.cache.revision
    entries = cache.select(context.info.namespace, selection)
    if not limit or len(entries) <= limit:
        return Page(entries, revision)
    last = entries[limit - 1]
    return Page(entries[:limit], revision, _key(last), len(entries) - limit)


def _key(entry: Entry) -> str:
    return f"{entry.namespace}/{entry.name}" if entry.namespace else entry.name


async def _from_store(context: Context, selection: Selection, revision: int, after: str, limit: int) -> Page:
    """A page at an older revision, read until it is full or nothing is left."""
    cache = context.cache
    prefix = cache.key_prefix + (f"{context.info.namespace}/" if context.info.namespace else "")
    start = cache.key_prefix + after if after else ""
    entries: list[Entry] = []
    while True:
        try:
            chunk = limit + 1 - len(entries) if limit and selection.matches_all else _STORE_PAGE_KEYS
            result = await context.state.store.list(prefix, revision=revision, start_after=start, limit=chunk)
        except Compacted:
            raise expired_token(context, after) if after else gone(_too_old(revision)) from None
        except FutureRevision as error:
            raise too_large_version(revision, error.current_revision) from None
        for item in result.items:
            if limit and len(entries) == limit:
                remaining = result.remaining + 1 if selection.matches_all else 0
                return Page(entries, revision, _key(entries[-1]), remaining)
            entry = _entry(cache, item)
            if selection.matches(entry):
                entries.append(entry)
        if not result.remaining:
            return Page(entries, revision)
        start = result.items[-1].key


def _too_old(revision: int) -> str:
    return f"The resourceVersion for the provided list is too old: {revision}"


def _entry(cache: ResourceCache, item: KeyValue) -> Entry:
    return cache.entry_at(item.key.removeprefix(cache.key_prefix), item.value, item.revision)


def expired_token(context: Context, after: str) -> APIError:
    """410 with a token that goes on from the same place in the newest state, for clients that can live with that."""
    error = gone(EXPIRED)
    error.status["metadata"] = {"continue": _encode_token(-1, after)}
    return error


def _encode_token(revision: int, after: str) -> str:
    value = orjson.dumps({"v": "meta.k8s.io/v1", "rv": revision, "start": after + "\u0000"})
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _decode_token(token: str) -> tuple[int, str]:
    try:
        value = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        revision, start = value["rv"], value["start"]
        if value["v"] != "meta.k8s.io/v1" or not isinstance(revision, int) or not isinstance(start, str):
            raise ValueError("not a continue token")
    except (ValueError, KeyError, TypeError):
        raise bad_request("continue key is not valid") from None
    return max(revision, 0), start.removesuffix("\u0000")


def _number(text: str, name: str) -> int:
    if not text.isdigit():
        raise bad_request(f'invalid {name} "{text}": strconv.ParseUint: parsing "{text}": invalid syntax')
    return int(text)
