"""What may change of a pod that runs, each through a subresource of its own: more ephemeral containers, other sizes.

From what a request describes only the part is taken that its subresource is about; everything else is as it was. The
outcome is a pod that must be valid as a whole, and a change that the subresource allows.
"""

from __future__ import annotations

from collections.abc import Callable

from pybernetes.api.core.pod_conditions import is_sidecar
from pybernetes.api.core.pod_resize_validation import have_same_containers, validate_pod_resize
from pybernetes.api.core.pod_validation import validate_ephemeral_containers_update
from pybernetes.api.errors import invalid
from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json, deep_copy, name_of
from pybernetes.api.schema.constraints import check_constraints
from pybernetes.apiserver.http import Response
from pybernetes.apiserver.resources.hooks import Handler
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.described import described, is_apply
from pybernetes.apiserver.rest.metadata import bump_generation
from pybernetes.apiserver.rest.update import respond, write_update

_RESIZABLE = ("resources", "resizePolicy")

_Take = Callable[[Json, Json], None]
_Rules = Callable[[Json, Json, ErrorList], None]


async def get(context: Context) -> Response:
    return respond(context, await context.current())


async def update_ephemeral_containers(context: Context) -> Response:
    """PUT or PATCH pods/x/ephemeralcontainers: containers for debugging join a pod. Raises 400, 404, 409, 422."""
    return await _update(context, take_ephemeral_containers, validate_ephemeral_containers_update)


async def resize(context: Context) -> Response:
    """PUT or PATCH pods/x/resize: containers get other requests and limits. Raises 400, 403, 404, 409, 422."""
    return await _update(context, take_sizes, validate_pod_resize)


def take_ephemeral_containers(pod: Json, wanted: Json) -> None:
    found = (wanted.get("spec") or {}).get("ephemeralContainers")
    if found:
        pod["spec"]["ephemeralContainers"] = found
    else:
        pod["spec"].pop("ephemeralContainers", None)


def take_sizes(pod: Json, wanted: Json) -> None:
    """The resources of the pod and of the containers that go on running. Counterpart: dropNonResizeUpdates.

    Other containers than the pod has are taken too: the rules say then that they may not change.
    """
    spec = wanted.get("spec") or {}
    if not have_same_containers(spec, pod["spec"]):
        for kind in ("containers", "initContainers"):
            pod["spec"][kind] = spec.get(kind) or []
        return
    if "resources" in spec:
        pod["spec"]["resources"] = spec["resources"]
    else:
        pod["spec"].pop("resources", None)
    for kind in ("containers", "initContainers"):
        by_name = {one.get("name"): one for one in spec.get(kind) or ()}
        for container in pod["spec"].get(kind) or ():
            sized = by_name.get(container["name"])
            if sized is None or (kind == "initContainers" and not is_sidecar(container)):
                continue
            for field in _RESIZABLE:
                if field in sized:
                    container[field] = sized[field]
                else:
                    container.pop(field, None)


async def _update(context: Context, take: _Take, rules: _Rules) -> Response:
    wanted_of, applying = described(context), is_apply(context)

    async def change(pod: Json) -> Json:
        wanted = wanted_of(deep_copy(pod))
        new: Json = deep_copy(pod)
        take(new, wanted)
        if applying:
            new["metadata"]["managedFields"] = wanted["metadata"].get("managedFields") or []
        errors = ErrorList()
        check_constraints(new, context.definition.tree, errors)
        context.definition.validate(new, errors)
        rules(new, pod, errors)
        if errors:
            raise invalid("Pod", name_of(pod), errors.causes)
        bump_generation(new, pod, context.definition.spec_fields)
        new["metadata"]["resourceVersion"] = wanted["metadata"].get("resourceVersion") or ""
        return new

    return respond(context, await write_update(context, change, tracked=not applying))


HANDLERS: dict[tuple[str, str], Handler] = {
    (verb, subresource): handler
    for subresource, write in (("ephemeralcontainers", update_ephemeral_containers), ("resize", resize))
    for verb, handler in (("get", get), ("update", write), ("patch", write))
}
