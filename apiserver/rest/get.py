"""Get: one object, as the bytes that the cache holds."""

from __future__ import annotations

from pybernetes.api.errors import failure
from pybernetes.apiserver.cache.entry import Entry
from pybernetes.apiserver.http import Response
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.forms import included_object, one
from pybernetes.apiserver.rest.list import not_older_than
from pybernetes.apiserver.rest.list_options import parse_version
from pybernetes.apiserver.rest.negotiation import PROTOBUF, Form
from pybernetes.apiserver.rest.protobuf_forms import in_protobuf


async def get(context: Context) -> Response:
    """The object that the path names. Raises 404.

    With a resourceVersion, the answer is not older than it; without, it is not older than any acknowledged write.
    """
    query = context.request.query
    wanted = query.get("resourceVersion") if query else None
    if wanted:
        entry = await _not_older_than(context, wanted)
    else:
        entry = await context.current()
    wanted_form = context.wanted
    if wanted_form.media == PROTOBUF and wanted_form.form is Form.OBJECT:
        return in_protobuf(context.cache, entry)
    if wanted_form.form is Form.OBJECT:
        return Response(200, context.cache.bytes_of(entry))
    include = included_object(context.request, wanted_form)
    return Response(200, one(context.cache, entry, wanted_form, context.state.now(), include))


async def _not_older_than(context: Context, wanted: str) -> Entry:
    try:
        revision = parse_version(wanted)
    except ValueError as error:
        raise failure(500, "", str(error)) from None  # an error without a class, in Kubernetes
    await not_older_than(context, revision)
    namespace = context.info.namespace if context.resource.namespaced else ""
    if context.cache.converts:
        await context.cache.settled(namespace, context.info.name)
    entry = context.cache.get(namespace, context.info.name)
    if entry is None:
        raise context.not_found()
    return entry
