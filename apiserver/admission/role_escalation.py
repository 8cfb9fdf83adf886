"""RoleEscalation: nobody grants, by a role or a binding, more than they have.

In Kubernetes this stands in the storage of the RBAC kinds; here it is one plugin, always on.
"""

from __future__ import annotations

from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.operation import CREATE, UPDATE, Operation
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.authz.chain import AuthorizerChain
from pybernetes.apiserver.authz.escalation import check_binding_write, check_role_write
from pybernetes.apiserver.questions import answered

_GROUP = "rbac.authorization.k8s.io"
_ROLES = ("roles", "clusterroles")


class RoleEscalation(AdmissionPlugin):
    name = ""

    def __init__(self, authorizer: AuthorizerChain):
        self._authorizer = authorizer

    def handles(self, operation: Operation) -> bool:
        return (
            self._authorizer.rbac is not None
            and operation.resource.group == _GROUP
            and operation.verb in (CREATE, UPDATE)
        )

    async def validate(self, operation: Operation) -> None:
        rbac, obj = self._authorizer.rbac, operation.obj
        assert rbac is not None and obj is not None, "handles has seen to it"
        attributes = Attributes(
            operation.user,
            operation.verb.lower(),
            _GROUP,
            operation.resource.version,
            operation.resource.plural,
            namespace=operation.namespace if operation.resource.namespaced else "",
            name=operation.name,
        )
        check = check_role_write if operation.resource.plural in _ROLES else check_binding_write
        await answered(lambda: check(obj, operation.old, attributes, self._authorizer, rbac.index))
