"""List: a collection, or one page of it.

A whole list, and the first page, come from the cache. The pages after it show the state at the revision of the first,
so that all pages together show one state: the cache undoes what happened since, or, where its history does not reach
that far, the store is read. Once the store has forgotten that revision the token is answered with 410 and the client
starts over.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import islice

from pybernetes.api.errors import APIError, bad_request, gone
from pybernetes.api.object import Json
from pybernetes.apiserver.cache.entry import Entry
from pybernetes.apiserver.cache.selection import Selection
from pybernetes.apiserver.http import Response
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.forms import included_object, many
from pybernetes.apiserver.rest.list_options import (
    EXACT,
    LATEST,
    ListOptions,
    decode_token,
    encode_token,
    list_options,
    parse_version,
    too_large_version,
)
from pybernetes.apiserver.rest.negotiation import PROTOBUF, Form
from pybernetes.apiserver.rest.protobuf_forms import listed
from pybernetes.apiserver.storage.interface import Compacted, FutureRevision

INCONSISTENT = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list "
    "without the continue parameter, or use the continue token in this response to retrieve the remainder of the "
    "results. Continuing with the provided token results in an inconsistent list - objects that were created, "
    "modified, or deleted between the time the first chunk was returned and now may show up in the list."
)
_TOO_OLD = "The resourceVersion for the provided list is too old."
_STORE_PAGE_KEYS = 1000


@dataclass(frozen=True, slots=True)
class Page:
    """What a list shows: entries at a revision, and where the next page starts."""

    entries: list[Entry]
    revision: int
    next_after: str = ""
    remaining: int = 0


async def list_(context: Context) -> Response:
    """The collection that the path names. Raises 400 for bad parameters, 410 for a past that is forgotten."""
    options = list_options(context)
    page = await page_of(context, options)
    wanted = context.wanted
    if wanted.media == PROTOBUF and wanted.form is Form.OBJECT:
        return await listed(context.cache, page.entries, list_metadata(page))
    include = included_object(context.request, wanted)
    return many(context.cache, page.entries, list_metadata(page), wanted, context.state.now(), include)


def list_metadata(page: Page) -> Json:
    metadata: Json = {"resourceVersion": str(page.revision)}
    if page.next_after:
        metadata["continue"] = encode_token(page.revision, page.next_after)
        if page.remaining:
            metadata["remainingItemCount"] = page.remaining
    return metadata


async def page_of(context: Context, options: ListOptions) -> Page:
    """What the options ask for. Raises 400, 410, 504."""
    selection, limit, cache = options.selection, options.limit, context.state.cache
    if options.token:
        revision, after = decode_token(options.token)
        if options.version not in ("", "0"):
            raise bad_request("specifying resource version is not allowed when using continue")
        if revision < 0:
            revision = await context.state.store.current_revision()
        return await _at(context, selection, revision, after, limit)
    if not options.version:
        await cache.catch_up()
        return await _from_cache(context, selection, limit)
    try:
        revision = parse_version(options.version)
    except ValueError as error:
        raise bad_request(f"invalid resource version: {error}") from None
    exact = options.match == EXACT or bool(limit and revision and not options.match)
    if exact and revision != cache.revision:
        return await _at(context, selection, revision, "", limit)
    await not_older_than(context, revision)
    return await _from_cache(context, selection, limit if revision else 0)  # at version 0, Kubernetes does not page


async def not_older_than(context: Context, revision: int) -> None:
    """Until the caches show a revision. Raises 504 if it has not happened yet."""
    cache = context.state.cache
    if revision > cache.revision:
        await cache.catch_up()
    if revision > cache.revision:
        raise too_large_version(revision, cache.revision)


async def _from_cache(context: Context, selection: Selection, limit: int) -> Page:
    if context.cache.converts:
        await context.cache.settled(context.info.namespace)
    revision = context.state.cache.revision
    entries = context.cache.select(context.info.namespace, selection)
    if not limit or len(entries) < limit:
        return Page(entries, revision)
    last = entries[limit - 1]
    if selection.matches_all:
        remaining = len(entries) - limit
        return Page(entries[:limit], revision, _key(last), remaining) if remaining else Page(entries, revision)
    if last is context.cache.entries(context.info.namespace)[-1]:
        return Page(entries, revision)
    return Page(entries[:limit], revision, _key(last))  # whether more of them match, the next page will tell


def _key(entry: Entry) -> str:
    return f"{entry.namespace}/{entry.name}" if entry.namespace else entry.name


async def _at(context: Context, selection: Selection, revision: int, after: str, limit: int) -> Page:
    """A page at an older revision."""
    past = None
    if context.cache.converts:
        await context.cache.settled(context.info.namespace)
    if revision <= context.state.cache.revision:
        past = context.cache.entries_at(context.info.namespace, revision)
    try:
        if past is None:
            return await _from_store(context, selection, revision, after, limit)
        await context.state.store.get(context.cache.key_prefix, revision=revision)  # is it forgotten?
    except Compacted:
        raise expired_token(after) if after else gone(_TOO_OLD) from None
    except FutureRevision as error:
        raise too_large_version(revision, error.current_revision, retry_after_seconds=0) from None
    return _from_past(past, selection, revision, after, limit)


def _from_past(past: list[Entry], selection: Selection, revision: int, after: str, limit: int) -> Page:
    start = bisect_right(past, after, key=_key) if after else 0
    if selection.matches_all:
        entries = past[start : start + limit] if limit else past[start:]
        remaining = len(past) - start - len(entries)
        return Page(entries, revision, _key(entries[-1]) if remaining else "", remaining)
    entries = []
    for entry in islice(past, start, None):
        if limit and len(entries) == limit:
            return Page(entries, revision, _key(entries[-1]))
        if selection.matches(entry):
            entries.append(entry)
    return Page(entries, revision)


async def _from_store(context: Context, selection: Selection, revision: int, after: str, limit: int) -> Page:
    """A page that is read until it is full or nothing is left. Raises Compacted, FutureRevision."""
    cache = context.cache
    prefix = cache.key_prefix + (f"{context.info.namespace}/" if context.info.namespace else "")
    start = cache.key_prefix + after if after else ""
    entries: list[Entry] = []
    while True:
        chunk = limit + 1 - len(entries) if limit and selection.matches_all else _STORE_PAGE_KEYS
        result = await context.state.store.list(prefix, revision=revision, start_after=start, limit=chunk)
        values = [item.value for item in result.items]
        if cache.converts:
            values = await cache.readable(values)
        for item, value in zip(result.items, values, strict=True):
            if limit and len(entries) == limit:
                remaining = result.remaining + 1 if selection.matches_all else 0
                return Page(entries, revision, _key(entries[-1]), remaining)
            entry = cache.entry_at(item.key.removeprefix(cache.key_prefix), value, item.revision)
            if selection.matches(entry):
                entries.append(entry)
        if not result.remaining:
            return Page(entries, revision)
        start = result.items[-1].key


def expired_token(after: str) -> APIError:
    """410 with a token that goes on from the same place in the newest state, for clients that can live with that."""
    error = gone(INCONSISTENT)
    error.status["metadata"] = {"continue": encode_token(LATEST, after)}
    return error
