"""ServiceAccount: every pod runs as somebody, and can prove it to the API server.

A pod that names no account gets ``default``; the account must exist. Unless one of the two says otherwise, each
container gets the account's token, the cluster's CA and its namespace in a projected volume; the account's image
pull secrets join the pod's.
"""

from __future__ import annotations

import secrets

from pybernetes.api.object import Json, annotations_of
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.operation import CREATE, Operation

MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
TOKEN_SECONDS = 3607  # an hour and a little, by which such tokens are told apart from asked-for ones
_MIRROR = "kubernetes.io/config.mirror"
_SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


class ServiceAccount(AdmissionPlugin):
    def handles(self, operation: Operation) -> bool:
        return operation.is_for("pods", CREATE)

    async def admit(self, operation: Operation) -> None:
        pod = operation.obj
        assert pod is not None, "a create has an object"
        if _MIRROR in annotations_of(pod):
            self._check_mirror(operation, pod)
            return
        spec = pod["spec"]
        name = spec.setdefault("serviceAccountName", "default")
        spec["serviceAccount"] = name
        account = operation.state.cache.get("serviceaccounts", name, operation.namespace)
        if account is None:
            await operation.state.cache.catch_up()
            account = operation.state.cache.get("serviceaccounts", name, operation.namespace)
        if account is None:
            raise operation.forbid(
                f'error looking up service account {operation.namespace}/{name}: serviceaccount "{name}" not found'
            )
        if _wants_token(spec, account):
            _mount_token(spec)
        if not spec.get("imagePullSecrets") and account.get("imagePullSecrets"):
            spec["imagePullSecrets"] = [{"name": one["name"]} for one in account["imagePullSecrets"]]

    @staticmethod
    def _check_mirror(operation: Operation, pod: Json) -> None:
        """The mirror of a static pod shows what runs already: it may refer to nothing in the API."""
        spec = pod["spec"]
        if spec.get("serviceAccountName"):
            raise operation.forbid("a mirror pod may not reference service accounts")
        for volume in spec.get("volumes") or ():
            if volume.get("secret"):
                raise operation.forbid("a mirror pod may not reference secrets")
            if volume.get("projected"):
                raise operation.forbid("a mirror pod may not use ServiceAccountToken volume projections")


def _wants_token(spec: Json, account: Json) -> bool:
    """The pod's word counts before the account's; neither says no means yes."""
    for says in (spec.get("automountServiceAccountToken"), account.get("automountServiceAccountToken")):
        if says is not None:
            return bool(says)
    return True


def _mount_token(spec: Json) -> None:
    containers = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    needy = [
        one for one in containers if not any(m.get("mountPath") == MOUNT_PATH for m in one.get("volumeMounts") or ())
    ]
    if not needy:
        return
    volumes = spec.setdefault("volumes", [])
    existing = next((volume["name"] for volume in volumes if volume["name"].startswith("kube-api-access-")), None)
    name = existing or "kube-api-access-" + "".join(secrets.choice(_SUFFIX_ALPHABET) for _ in range(5))
    if existing is None:
        volumes.append({"name": name, "projected": {"defaultMode": 0o644, "sources": _sources()}})
    for container in needy:
        mount = {"name": name, "readOnly": True, "mountPath": MOUNT_PATH}
        container["volumeMounts"] = [*(container.get("volumeMounts") or ()), mount]


def _sources() -> list[Json]:
    namespace = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    return [
        {"serviceAccountToken": {"expirationSeconds": TOKEN_SECONDS, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [namespace]}},
    ]
