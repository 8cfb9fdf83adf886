"""OwnerReferencesPermissionEnforcement: who names owners may do to the object, and to the owners, what that means.

An owner that goes takes the object with it, so one must be allowed to delete the object. An owner that waits for the
object (``blockOwnerDeletion``) does so by a finalizer, so one must be allowed to set the owner's finalizers.
"""

from __future__ import annotations

from pybernetes.api.object import Json
from pybernetes.api.resources import Resource
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.operation import CREATE, UPDATE, Operation
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.authz.chain import AuthorizerChain
from pybernetes.apiserver.cache.watch_cache import WatchCache
from pybernetes.apiserver.questions import answered


class OwnerReferencesPermissionEnforcement(AdmissionPlugin):
    def __init__(self, authorizer: AuthorizerChain, cache: WatchCache):
        self._authorizer, self._cache = authorizer, cache

    def handles(self, operation: Operation) -> bool:
        is_status = operation.resource.qualified_name == "pods" and operation.subresource == "status"
        return operation.verb in (CREATE, UPDATE) and not is_status

    async def validate(self, operation: Operation) -> None:
        if _owners(operation.obj) != _owners(operation.old):
            await answered(lambda: self._check(operation))

    def _check(self, operation: Operation) -> None:
        resource = operation.resource
        deletes = Attributes(
            operation.user,
            "delete",
            resource.group,
            resource.version,
            resource.plural,
            operation.subresource,
            operation.namespace,
            operation.name,
        )
        self._require(operation, deletes, "cannot set an ownerRef on a resource you can't delete")
        for owner in newly_blocking(operation.obj, operation.old):
            served = self._served(operation, owner)
            namespace = operation.namespace if served.namespaced else ""
            finalizers = Attributes(
                operation.user,
                "update",
                served.group,
                served.version,
                served.plural,
                "finalizers",
                namespace,
                owner.get("name") or "",
            )
            why = "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on"
            self._require(operation, finalizers, why)

    def _require(self, operation: Operation, attributes: Attributes, why: str) -> None:
        verdict = self._authorizer.authorize(attributes)
        if not verdict.allowed:
            raise operation.forbid(f"{why}: {verdict.reason}, <nil>")

    def _served(self, operation: Operation, owner: Json) -> Resource:
        """The resource of an owner. Raises 403 for a kind that is not served."""
        api_version, kind = owner.get("apiVersion") or "", owner.get("kind") or ""
        for cache in list(self._cache.caches.values()):
            for version in self._cache.versions(cache.resource.qualified_name):
                if (version.api_version, version.kind) == (api_version, kind):
                    return version
        raise operation.forbid(
            f"cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion {api_version} "
            f'Kind {kind}: no matches for kind "{kind}" in version "{api_version}"'
        )


def _owners(obj: Json | None) -> list[Json]:
    metadata = (obj or {}).get("metadata") or {}
    return metadata.get("ownerReferences") or []


def newly_blocking(new: Json | None, old: Json | None) -> list[Json]:
    """The owners that wait for the object from now on."""
    waited = {one.get("uid") for one in _owners(old) if one.get("blockOwnerDeletion")}
    return [one for one in _owners(new) if one.get("blockOwnerDeletion") and one.get("uid") not in waited]
