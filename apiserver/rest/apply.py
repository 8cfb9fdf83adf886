"""Apply: all that one manager wants of an object, merged into whatever the object is now.

    configuration → checked against the shape → merged, with who owns what (`api.apply`) → defaults → update or create

What the manager applied before and leaves out now is removed, if nobody else owns it. Changing what somebody else owns
is refused with every conflict named, unless the request says ``force``. An object that is not there is created, which
needs the right to create. The configuration itself is never filled with defaults: what it does not say, its manager
does not own.

A kubectl that applied on the client's side before owns, as ``kubectl`` on this side, what its annotation says it had
applied: that is no conflict as long as the value is still the same.

Counterparts: applyPatcher of apiserver/pkg/endpoints/handlers; lastapplied managers of managedfields/internal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
import yaml

from pybernetes.api.apply import field_set
from pybernetes.api.apply import managers as ownership
from pybernetes.api.apply.compare import compare
from pybernetes.api.apply.managers import Conflicts, Managers, Owned, applier, read_entries, write_entries
from pybernetes.api.apply.merge import DuplicateItem, check_distinct
from pybernetes.api.errors import (
    OBJECT_MODIFIED,
    APIError,
    bad_request,
    conflict,
    failure,
    is_already_exists,
    is_not_found,
)
from pybernetes.api.go_json import escaped
from pybernetes.api.meta.validation import ANNOTATIONS_MAX_BYTES
from pybernetes.api.object import Json, annotations_of, deep_copy
from pybernetes.api.schema.decode import DecodeError
from pybernetes.api.schema.names import json_type
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.authz.chain import AuthorizerChain
from pybernetes.apiserver.http import Response
from pybernetes.apiserver.query import is_true
from pybernetes.apiserver.questions import answered
from pybernetes.apiserver.rest.bodies import check_type, decode_object, may_repeat_keys, validation_of
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.create import create_decoded, settle_namespace
from pybernetes.apiserver.rest.managed_fields import FIELD, claimed_part, extractor_of, manager_name, owned_part
from pybernetes.apiserver.rest.plain_yaml import go_yaml_error, load_plain
from pybernetes.apiserver.rest.update import respond, write_update

KUBECTL = "kubectl"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_TRIES = 6  # an object may come and go while it is being applied


@dataclass(frozen=True, slots=True)
class Applied:
    """What a request applies. `config` is as it was sent, apart from its name and namespace being filled in."""

    config: Json
    manager: str
    force: bool


async def apply(context: Context) -> Response:
    """Apply the configuration in the body. Raises 400, 403, 404, 409, 415, 422."""
    applied = read_applied(context)

    async def change(current: Json) -> Json:
        return changed(context, applied, current)

    for attempt in range(_TRIES):
        try:
            return respond(context, await write_update(context, change, tracked=False))
        except APIError as error:
            if not is_not_found(error) or context.info.subresource or attempt + 1 == _TRIES:
                raise
        try:
            return await _create(context, applied)
        except APIError as error:
            if not is_already_exists(error) or attempt + 1 == _TRIES:
                raise
    raise AssertionError("the last try raises")


def read_applied(context: Context) -> Applied:
    """What the request applies to an object of its resource. Raises 400, 500."""
    config = read_config(context, context.resource.api_version, context.resource.kind)
    _check_shape(context, config)
    return applied_by(context, config)


def applied_by(context: Context, config: Json) -> Applied:
    """A configuration as the request applies it. Raises 400."""
    _report_repeated(context)
    return Applied(config, manager_name(context), is_true(context.request.query, "force"))


def read_config(context: Context, api_version: str, kind: str) -> Json:
    """The configuration in the body, of this kind, for the object that the path names. Raises 400."""
    body = context.request.body
    try:
        config = orjson.loads(body)  # JSON is YAML too, and most clients send it
        if may_repeat_keys(body, config):
            _, context.request.repeated_in_yaml = load_plain(body)
    except (orjson.JSONDecodeError, yaml.YAMLError):
        try:
            config, context.request.repeated_in_yaml = load_plain(body)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise bad_request(
                f"error decoding YAML: error converting YAML to JSON: {go_yaml_error(error, body)}"
            ) from None
    if config is None:
        config = {}
    if not isinstance(config, dict):
        raise bad_request(
            "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal "
            f"{json_type(config)} into Go value of type map[string]interface {{}}"
        )
    if config.get("apiVersion") != api_version:
        raise bad_request(
            "Incorrect version specified in apply patch. "
            f"Specified patch version: {config.get('apiVersion') or ''}, expected: {api_version}"
        )
    if not config.get("kind"):
        raise bad_request("invalid object type: an applied configuration has kind set")
    check_type(config, api_version, kind)
    _settle_metadata(context, config)
    return config


def _report_repeated(context: Context) -> None:
    """Keys that the configuration gives twice warn or fail, as ``fieldValidation`` says. Raises 400."""
    request = context.request
    repeated, validation = request.repeated_in_yaml, validation_of(request)
    if repeated and validation == "Strict":
        lines = "\n".join(f"  {line}" for line in repeated)
        raise bad_request(
            f"error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n{lines}"
        )
    if validation == "Warn":
        request.warnings.extend(repeated)
    request.repeated_in_yaml = ()


def _settle_metadata(context: Context, config: Json) -> None:
    if config.get("metadata") is None:
        config["metadata"] = {}
    metadata = config["metadata"]
    if not isinstance(metadata, dict):
        raise bad_request("error decoding YAML: metadata is not an object")
    if metadata.get(FIELD) is not None:
        raise bad_request("metadata.managedFields must be nil")
    metadata.pop(FIELD, None)
    name = metadata.get("name") or context.info.name
    if name != context.info.name:
        raise bad_request(f"the name of the object ({name}) does not match the name on the URL ({context.info.name})")
    metadata["name"] = name
    settle_namespace(context, config)


def _check_shape(context: Context, config: Json) -> None:
    """The configuration has only fields that exist, of the right types, and no list item twice. Raises 500 as
    kube-apiserver does: there the error has no class.
    """
    try:
        _, unknown = context.definition.decoder.decode(config)
        problem = f".{unknown[0]}: field not declared in schema" if unknown else ""
        if not problem:
            check_distinct(config, context.definition.granular_tree)
    except (DecodeError, DuplicateItem) as error:
        problem = str(error)
    if problem:
        namespace = context.info.namespace if context.resource.namespaced else ""
        resource = context.resource
        kind = f"{resource.api_version}, Kind={resource.kind}" if resource.group else f"/v1, Kind={resource.kind}"
        raise failure(
            500, "", f"failed to create typed patch object ({namespace}/{context.info.name}; {kind}): {problem}"
        )


def changed(context: Context, applied: Applied, current: Json) -> Json:
    """The current object with the configuration applied, and who owns what of it then. Raises 400, 409."""
    metadata = current["metadata"]
    entries = metadata.get(FIELD) or []
    owners: Managers = read_entries(entries) if entries else _owners_of_untracked(context, current)
    part = owned_part(context, current, context.info.subresource)
    try:
        merged, after = _merge(context, applied, part, owners)
    except Conflicts as conflicts:
        if applied.manager != KUBECTL or not _is_own_past(context, conflicts, current, part):
            raise _refusal(conflicts) from None
        merged, after = _merge(context, Applied(applied.config, applied.manager, True), part, owners)
    new = _whole(context, applied.config, current, merged)
    if applied.manager == KUBECTL and LAST_APPLIED in annotations_of(new):
        _renew_annotation(new, applied.config)
    result = decode_object(context.request, new, context.resource, context.definition)
    written = write_entries(after)
    if written:
        result["metadata"][FIELD] = written
    return result


def _merge(context: Context, applied: Applied, live: Json, owners: Managers) -> tuple[Json, Managers]:
    subresource = context.info.subresource
    return ownership.apply(
        live,
        claimed_part(context, applied.config, subresource),
        owners,
        applier(applied.manager, subresource),
        extractor_of(context),
        api_version=context.resource.api_version,
        now=context.state.timestamp(),
        force=applied.force,
    )


def _whole(context: Context, config: Json, current: Json, merged: Json) -> Json:
    """The object again, of the part that can be owned and the rest: as it is, or as the preconditions say."""
    part = owned_part(context, current, context.info.subresource)
    rest = {name: value for name, value in current.items() if name not in part}
    kept = {name: value for name, value in current["metadata"].items() if name not in part["metadata"]}
    for name in ("resourceVersion", "uid", FIELD):
        kept.pop(name, None)
        if config["metadata"].get(name):
            kept[name] = config["metadata"][name]
    return {**rest, **merged, "metadata": {**merged.get("metadata", {}), **kept}}


def _owners_of_untracked(context: Context, current: Json) -> Managers:
    """Whatever is there when something is applied for the first time belongs to nobody in particular."""
    version = context.resource.api_version
    fields = extractor_of(context).created(claimed_part(context, current, context.info.subresource))
    if not fields:
        return {}
    manager = ownership.updater(ownership.BEFORE_FIRST_APPLY, version, context.info.subresource)
    return {manager: Owned(fields, version, context.state.timestamp())}


def _refusal(conflicts: Conflicts) -> APIError:
    causes = [
        {
            "reason": "FieldManagerConflict",
            "message": f"conflict with {ownership.manager_text(manager)}",
            "field": field_set.path_text(path),
        }
        for manager, path in conflicts.found
    ]
    return failure(409, "Conflict", str(conflicts), {"causes": causes})


def _is_own_past(context: Context, conflicts: Conflicts, current: Json, part: Json) -> bool:
    """Whether all conflicts are about what kubectl itself applied from the client's side, and that is still so."""
    try:
        applied: Any = orjson.loads(annotations_of(current).get(LAST_APPLIED, ""))
    except orjson.JSONDecodeError:
        return False
    if not isinstance(applied, dict) or not isinstance(applied.setdefault("metadata", {}), dict):
        return False
    try:
        decoded, _ = context.definition.decoder.decode(applied)
    except DecodeError:
        return False
    then = owned_part(context, decoded, context.info.subresource)
    extractor = extractor_of(context)
    since = compare(then, part, extractor)
    own = extractor.configuration(claimed_part(context, applied, context.info.subresource))
    own = field_set.difference(own, field_set.union(since.modified, since.removed))
    own = field_set.union(own, {"f:metadata": {"f:annotations": {".": {}, f"f:{LAST_APPLIED}": {}}}})
    disputed = field_set.of_paths([path for _, path in conflicts.found])
    return not field_set.difference(disputed, own)


def _renew_annotation(new: Json, config: Json) -> None:
    """Keep what client-side apply goes by in step, so that one may go back to it."""
    recorded = deep_copy(config)
    recorded["metadata"].get("annotations", {}).pop(LAST_APPLIED, None)
    text = escaped(orjson.dumps(recorded, option=orjson.OPT_SORT_KEYS)).decode() + "\n"
    if len(text.encode()) <= ANNOTATIONS_MAX_BYTES:
        annotations = {**annotations_of(new), LAST_APPLIED: text}
        new["metadata"] = {**new["metadata"], "annotations": annotations}


async def _create(context: Context, applied: Applied) -> Response:
    info, resource = context.info, context.resource
    authorizer: AuthorizerChain = context.state.extensions["authorizer"]
    create = Attributes(context.user, "create", info.group, info.version, info.resource, "", info.namespace, info.name)
    await answered(lambda: authorizer.require(create))
    given = applied.config["metadata"]
    if given.get("uid"):
        why = f"uid mismatch: the provided object specified uid {given['uid']}, and no existing object was found"
        raise conflict(resource.plural, info.name, why, resource.group)
    if given.get("resourceVersion") not in (None, "", "0"):
        raise conflict(resource.plural, info.name, OBJECT_MODIFIED, resource.group)
    _, owners = _merge(context, applied, {"metadata": {}}, {})
    obj = decode_object(context.request, applied.config, resource, context.definition)
    written = write_entries(owners)
    if written:
        obj["metadata"][FIELD] = written
    return await create_decoded(context, obj)
