"""Scale: how many replicas, the same small object for everything that has them.

A Scale is a view: reading it looks at the object's spec and status, writing it changes ``spec.replicas`` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pybernetes.api.autoscaling.v1.scale import Scale, scale_of
from pybernetes.api.errors import bad_request, conflict, invalid, unsupported_media_type
from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json, name_of
from pybernetes.api.patch.errors import PatchError
from pybernetes.api.patch.json_patch import apply_json_patch
from pybernetes.api.patch.merge_patch import apply_merge_patch
from pybernetes.api.patch.strategic_merge import apply_strategic_merge
from pybernetes.api.schema.declare import struct_of
from pybernetes.api.schema.decode import Decoder
from pybernetes.apiserver.cache.entry import Entry
from pybernetes.apiserver.http import Response, json_response
from pybernetes.apiserver.resources.hooks import Handler
from pybernetes.apiserver.rest.apply import applied_by, changed, read_config
from pybernetes.apiserver.rest.bodies import decode_as, media_type, parse_patch, read_as
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.patch import MEDIA_TYPES, MERGE_PATCH, refusal
from pybernetes.apiserver.rest.patched import JSON_PATCH
from pybernetes.apiserver.rest.update import View, write_update
from pybernetes.apiserver.rest.write_options import APPLY_PATCH

_decoder = Decoder(struct_of(Scale))


async def get_scale(context: Context) -> Response:
    return _respond(context, await context.current())


async def update_scale(context: Context) -> Response:
    body = read_as(context.request, "autoscaling/v1", "Scale")
    wanted = decode_as(context.request, body, _decoder, "Scale", "v1")
    if name_of(wanted) != context.info.name:
        raise bad_request(
            f"the name of the object ({name_of(wanted)}) does not match the name on the URL ({context.info.name})"
        )
    return await _write(context, lambda current: wanted)


async def patch_scale(context: Context) -> Response:
    kind = media_type(context.request)
    if kind == APPLY_PATCH:
        return await _apply(context)
    if kind not in MEDIA_TYPES:
        raise unsupported_media_type((*MEDIA_TYPES, APPLY_PATCH))
    described = parse_patch(context.request)

    def patched(current: Json) -> Json:
        try:
            if kind == JSON_PATCH:
                result = apply_json_patch(current, described)
            elif kind == MERGE_PATCH:
                result = apply_merge_patch(current, described)
            else:
                result = apply_strategic_merge(current, described, _decoder.struct)
        except PatchError as error:
            raise refusal(error) from None
        return decode_as(context.request, result, _decoder, "Scale", "v1")

    return await _write(context, patched)


async def _apply(context: Context) -> Response:
    """All that one manager wants of a Scale is one number of the object: it is applied there. Raises 400, 404, 409."""
    scale = read_config(context, "autoscaling/v1", "Scale")
    config = {**scale, "apiVersion": context.resource.api_version, "kind": context.resource.kind}
    config.pop("status", None)
    replicas = (config.pop("spec", None) or {}).get("replicas")
    if replicas is not None:
        decode_as(context.request, {"spec": {"replicas": replicas}}, _decoder, "Scale", "v1")
        _check(context, replicas)
        config["spec"] = {"replicas": replicas}
    applied = applied_by(context, config)
    on_object = replace(context, info=replace(context.info, subresource=""))

    async def change(current: Json) -> Json:
        return changed(context, applied, current)

    view = View(scale_of, take_scale)
    entry = await write_update(on_object, change, subresource="scale", tracked=False, view=view)
    return _respond(context, entry)


async def _write(context: Context, wanted_of: Callable[[Json], Json]) -> Response:
    on_object = replace(context, info=replace(context.info, subresource=""))

    async def change(current: Json) -> Json:
        wanted = wanted_of(scale_of(current))
        replicas = (wanted.get("spec") or {}).get("replicas", 0)
        _check(context, replicas)
        current["spec"]["replicas"] = replicas
        current["metadata"]["resourceVersion"] = wanted["metadata"].get("resourceVersion") or ""
        settle_identity(context, current, wanted, f"{context.resource.plural}/scale")
        if context.request.method == "PATCH":
            current["metadata"]["resourceVersion"] = ""
        return current

    view = View(scale_of, take_scale)
    return _respond(context, await write_update(on_object, change, subresource="scale", view=view))


def settle_identity(context: Context, current: Json, wanted: Json, resource: str) -> None:
    """The scale is of this object, if it says of which: an update looks again when it writes. Raises 409."""
    uid, found = wanted["metadata"].get("uid") or "", current["metadata"]["uid"]
    if context.request.method == "PUT":
        current["metadata"]["uid"] = uid
    elif uid and uid != found:
        why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {found}"
        raise conflict(resource, context.info.name, why, context.resource.group)


def take_scale(obj: Json, scale: Json) -> None:
    obj["spec"]["replicas"] = (scale.get("spec") or {}).get("replicas", 0)


def _check(context: Context, replicas: int) -> None:
    if replicas < 0:
        errors = ErrorList()
        errors.invalid("spec.replicas", replicas, "must be greater than or equal to 0")
        raise invalid("Scale", context.info.name, errors.causes, "autoscaling")


def _respond(context: Context, entry: Entry) -> Response:
    return json_response(scale_of(context.cache.object(entry)))


HANDLERS: dict[tuple[str, str], Handler] = {
    ("get", "scale"): get_scale,
    ("update", "scale"): update_scale,
    ("patch", "scale"): patch_scale,
}
