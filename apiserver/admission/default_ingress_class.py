"""DefaultIngressClass: an ingress that names no class gets the default one, if there is one."""

from __future__ import annotations

from pybernetes.api.object import annotations_of, name_of
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.operation import CREATE, Operation
from pybernetes.apiserver.admission.storage_classes import newest

CLASSES = "ingressclasses.networking.k8s.io"
_DEFAULT = "ingressclass.kubernetes.io/is-default-class"
_CLASS = "kubernetes.io/ingress.class"


class DefaultIngressClass(AdmissionPlugin):
    def handles(self, operation: Operation) -> bool:
        return operation.is_for("ingresses", CREATE, group="networking.k8s.io")

    async def admit(self, operation: Operation) -> None:
        ingress = operation.obj
        assert ingress is not None, "a create has an object"
        spec = ingress.setdefault("spec", {})
        if spec.get("ingressClassName") is not None or _CLASS in annotations_of(ingress):
            return
        classes = operation.state.cache.list(CLASSES)
        default = newest(one for one in classes if annotations_of(one).get(_DEFAULT) == "true")
        if default is not None:
            spec["ingressClassName"] = name_of(default)
