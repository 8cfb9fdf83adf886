"""AlwaysPullImages: a node asks the registry for every image, so nobody runs one that only others may pull.

Volumes that are images are pulled too. An update that brings no new image keeps what the pod says.
"""

from __future__ import annotations

from collections.abc import Iterator

from pybernetes.api.object import Json
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.operation import CREATE, UPDATE, Operation

_ALWAYS = "Always"
_KINDS = ("initContainers", "containers", "ephemeralContainers")


class AlwaysPullImages(AdmissionPlugin):
    def handles(self, operation: Operation) -> bool:
        return operation.is_for("pods", CREATE, UPDATE)

    async def admit(self, operation: Operation) -> None:
        for _, owner, field in _pulls(operation):
            owner[field] = _ALWAYS

    async def validate(self, operation: Operation) -> None:
        for path, owner, field in _pulls(operation):
            if owner.get(field) != _ALWAYS:
                found = f'{path}.{field}: Unsupported value: "{owner.get(field) or ""}"'
                raise operation.forbid(f'{found}: supported values: "{_ALWAYS}"')


def _pulls(operation: Operation) -> Iterator[tuple[str, Json, str]]:
    """(path, part of the pod, field) of everything that says when an image is pulled."""
    assert operation.obj is not None, "a create or update has an object"
    spec = operation.obj["spec"]
    if operation.old is not None and images_of(spec) <= images_of(operation.old["spec"]):
        return
    for kind in _KINDS:
        for index, container in enumerate(spec.get(kind) or ()):
            yield f"spec.{kind}[{index}]", container, "imagePullPolicy"
    for index, volume in enumerate(spec.get("volumes") or ()):
        if volume.get("image"):
            yield f"spec.volumes[{index}].image", volume["image"], "pullPolicy"


def images_of(spec: Json) -> set[str]:
    return {container.get("image") or "" for kind in _KINDS for container in spec.get(kind) or ()}
