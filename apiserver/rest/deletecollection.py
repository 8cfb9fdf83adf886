"""Deletecollection: every object of a collection that the selectors match, one after the other."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from pybernetes.api.errors import APIError, is_not_found
from pybernetes.apiserver.cache.entry import Entry
from pybernetes.apiserver.http import Response
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.delete import delete_object
from pybernetes.apiserver.rest.delete_options import read_options
from pybernetes.apiserver.rest.forms import included_object, many
from pybernetes.apiserver.rest.list import list_metadata, page_of
from pybernetes.apiserver.rest.list_options import list_options

_AT_ONCE = 16


async def deletecollection(context: Context) -> Response:
    """Delete what the query selects; the answer is the list of it. Raises 400, and the first failure of a delete."""
    options = replace(read_options(context), of_collection=True)
    page = await page_of(context, list_options(context))
    entries = page.entries
    limit = asyncio.Semaphore(_AT_ONCE)

    async def one(entry: Entry) -> None:
        info = replace(context.info, namespace=entry.namespace, name=entry.name)
        async with limit:
            try:
                await delete_object(replace(context, info=info), options)
            except APIError as error:
                if not is_not_found(error):
                    raise

    results = await asyncio.gather(*(one(entry) for entry in entries), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    wanted, include = context.wanted, included_object(context.request, context.wanted)
    return many(context.cache, entries, list_metadata(page), wanted, context.state.now(), include)
