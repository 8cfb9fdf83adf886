"""PodNodeSelector: pods go to the nodes of their namespace.

The namespace's annotation says which, or else the configuration:

    podNodeSelectorPluginConfig:
      clusterDefaultNodeSelector: env=prod      for namespaces without the annotation
      shop: env=prod,team=shop                  all that pods of this namespace may ask for
"""

from __future__ import annotations

from pybernetes.api.errors import failure
from pybernetes.api.object import Json, annotations_of
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.matching import find_namespace
from pybernetes.apiserver.admission.operation import CREATE, Operation

_ANNOTATION = "scheduler.alpha.kubernetes.io/node-selector"
_DEFAULT = "clusterDefaultNodeSelector"


class PodNodeSelector(AdmissionPlugin):
    def __init__(self, configuration: Json | None = None):
        self._selectors: Json = (configuration or {}).get("podNodeSelectorPluginConfig") or {}

    def handles(self, operation: Operation) -> bool:
        return operation.is_for("pods", CREATE)

    async def admit(self, operation: Operation) -> None:
        assert operation.obj is not None, "a create has an object"
        spec = operation.obj["spec"]
        await self.validate(operation)
        merged = {**await self._of_namespace(operation), **(spec.get("nodeSelector") or {})}
        if merged:
            spec["nodeSelector"] = merged
            await self.validate(operation)

    async def validate(self, operation: Operation) -> None:
        assert operation.obj is not None, "a create has an object"
        wanted = operation.obj["spec"].get("nodeSelector") or {}
        of_namespace = await self._of_namespace(operation)
        if any(wanted.get(key, value) != value for key, value in of_namespace.items()):
            raise operation.forbid("pod node label selector conflicts with its namespace node label selector")
        allowed = labels_of_text(self._selectors.get(operation.namespace) or "")
        if allowed and any(allowed.get(key) != value for key, value in wanted.items()):
            raise operation.forbid("pod node label selector labels conflict with its namespace whitelist")

    async def _of_namespace(self, operation: Operation) -> dict[str, str]:
        annotations = annotations_of(await find_namespace(operation))
        return labels_of_text(annotations.get(_ANNOTATION, self._selectors.get(_DEFAULT) or ""))


def labels_of_text(text: str) -> dict[str, str]:
    """``a=b,c=d`` as labels. Raises 500 for what is neither."""
    labels = {}
    for part in filter(None, text.split(",")):
        key, equals, value = part.partition("=")
        if not equals or "=" in value:
            raise failure(500, "", f"invalid selector: {part}")
        labels[key.strip()] = value.strip()
    return labels
