"""The scale subresource of custom resources: the same view as for built-in kinds, at the paths that were named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pybernetes.api.autoscaling.v1.scale import Scale
from pybernetes.api.errors import bad_request, invalid, path_not_found, unsupported_media_type
from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json, name_of
from pybernetes.api.patch.errors import PatchError
from pybernetes.api.patch.json_patch import apply_json_patch
from pybernetes.api.patch.merge_patch import apply_merge_patch
from pybernetes.api.schema.declare import struct_of
from pybernetes.api.schema.decode import Decoder
from pybernetes.apiserver.cache.entry import Entry
from pybernetes.apiserver.customresources.kind import CustomDefinition, ScalePaths
from pybernetes.apiserver.http import Response, json_response
from pybernetes.apiserver.resources.hooks import Handler
from pybernetes.apiserver.resources.scale import settle_identity
from pybernetes.apiserver.rest.apply import applied_by, changed, read_config
from pybernetes.apiserver.rest.bodies import decode_as, media_type, parse_patch, read_as
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.patch import MERGE_PATCH, refusal
from pybernetes.apiserver.rest.patched import JSON_PATCH
from pybernetes.apiserver.rest.update import View, write_update
from pybernetes.apiserver.rest.write_options import APPLY_PATCH

_decoder = Decoder(struct_of(Scale))
_KEPT_METADATA = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def value_at(obj: Json, names: tuple[str, ...]) -> Any:
    """The value at a path of names, or None."""
    value: Any = obj
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def scale_of(obj: Json, paths: ScalePaths) -> Json:
    """The Scale of an object."""
    status: Json = {"replicas": int(value_at(obj, paths.status_replicas) or 0)}
    selector = value_at(obj, paths.selector) if paths.selector else None
    if selector:
        status["selector"] = selector
    wanted = value_at(obj, paths.spec_replicas)
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {field: obj["metadata"][field] for field in _KEPT_METADATA if field in obj["metadata"]},
        "spec": {"replicas": wanted} if wanted else {},
        "status": status,
    }


def _paths(context: Context) -> ScalePaths:
    """Raises 404 for a version without the subresource."""
    definition = context.definition
    if not isinstance(definition, CustomDefinition) or definition.scale is None:
        raise path_not_found()
    return definition.scale


async def get_scale(context: Context) -> Response:
    paths = _paths(context)
    return _respond(context, await context.current(), paths)


async def update_scale(context: Context) -> Response:
    """Raises 400, 404, 409, 422."""
    paths = _paths(context)
    body = read_as(context.request, "autoscaling/v1", "Scale")
    wanted = decode_as(context.request, body, _decoder, "Scale", "v1")
    if name_of(wanted) != context.info.name:
        raise bad_request(
            f"the name of the object ({name_of(wanted)}) does not match the name on the URL ({context.info.name})"
        )
    return await _write(context, paths, lambda current: wanted)


async def patch_scale(context: Context) -> Response:
    """Raises 400, 404, 415, 422."""
    paths, kind = _paths(context), media_type(context.request)
    if kind == APPLY_PATCH:
        return await _apply(context, paths)
    if kind not in (JSON_PATCH, MERGE_PATCH):
        raise unsupported_media_type((JSON_PATCH, MERGE_PATCH, APPLY_PATCH))
    described = parse_patch(context.request)

    def patched(current: Json) -> Json:
        version = current["metadata"]["resourceVersion"]
        apply = apply_json_patch if kind == JSON_PATCH else apply_merge_patch
        try:
            result = decode_as(context.request, apply(current, described), _decoder, "Scale", "v1")
        except PatchError as error:
            raise refusal(error) from None
        if result["metadata"].get("resourceVersion") == version:
            del result["metadata"]["resourceVersion"]
        return result

    return await _write(context, paths, patched)


async def _apply(context: Context, paths: ScalePaths) -> Response:
    """All that one manager wants of a Scale is one number of the object: it is applied there. Raises 400, 404, 409."""
    scale = read_config(context, "autoscaling/v1", "Scale")
    config = {**scale, "apiVersion": context.resource.api_version, "kind": context.resource.kind}
    config.pop("status", None)
    replicas = (config.pop("spec", None) or {}).get("replicas")
    if replicas is not None:
        decode_as(context.request, {"spec": {"replicas": replicas}}, _decoder, "Scale", "v1")
        _check(context, replicas)
        _set_replicas(config, paths, replicas)
    applied = applied_by(context, config)
    on_object = replace(context, info=replace(context.info, subresource=""))

    async def change(current: Json) -> Json:
        return changed(context, applied, current)

    view = _view(paths)
    entry = await write_update(on_object, change, subresource="scale", tracked=False, view=view)
    return _respond(context, entry, paths)


def _view(paths: ScalePaths) -> View:
    def take(obj: Json, scale: Json) -> None:
        _set_replicas(obj, paths, (scale.get("spec") or {}).get("replicas", 0))

    return View(lambda obj: scale_of(obj, paths), take)


async def _write(context: Context, paths: ScalePaths, wanted_of: Callable[[Json], Json]) -> Response:
    on_object = replace(context, info=replace(context.info, subresource=""))

    async def change(current: Json) -> Json:
        wanted = wanted_of(scale_of(current, paths))
        replicas = (wanted.get("spec") or {}).get("replicas", 0)
        _check(context, replicas)
        _set_replicas(current, paths, replicas)
        current["metadata"]["resourceVersion"] = wanted["metadata"].get("resourceVersion") or ""
        settle_identity(context, current, wanted, context.resource.plural)
        return current

    view = _view(paths)
    return _respond(context, await write_update(on_object, change, subresource="scale", view=view), paths)


def _set_replicas(obj: Json, paths: ScalePaths, replicas: int) -> None:
    parent = obj
    for name in paths.spec_replicas[:-1]:
        parent = parent.setdefault(name, {})
    parent[paths.spec_replicas[-1]] = replicas


def _check(context: Context, replicas: int) -> None:
    if replicas < 0:
        errors = ErrorList()
        errors.invalid("spec.replicas", replicas, "must be greater than or equal to 0")
        raise invalid("Scale", context.info.name, errors.causes, "autoscaling")


def _respond(context: Context, entry: Entry, paths: ScalePaths) -> Response:
    return json_response(scale_of(context.cache.object(entry), paths))


HANDLERS: dict[tuple[str, str], Handler] = {
    ("get", "scale"): get_scale,
    ("update", "scale"): update_scale,
    ("patch", "scale"): patch_scale,
}
