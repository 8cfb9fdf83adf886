"""projected: files from several sources in one directory, service account tokens among them.

A token is asked for anew when it has used up four fifths of its life (token_manager), and the file is replaced like
any other change. Its owner is whom all containers run as, if that is one user.
"""

from __future__ import annotations

from pybernetes.api.object import Json
from pybernetes.kubelet.pod_spec import all_containers
from pybernetes.kubelet.security import effective
from pybernetes.kubelet.volumes.atomic_writer import write_payload
from pybernetes.kubelet.volumes.config_map import config_map_payload
from pybernetes.kubelet.volumes.payload import (
    FileContent,
    Payload,
    VolumeError,
    default_mode,
    downward_payload,
)
from pybernetes.kubelet.volumes.plugin import Context, Request, Volume
from pybernetes.kubelet.volumes.secret import mount_memory, secret_payload

DEFAULT_TOKEN_SECONDS = 3600


class Projected:
    field = "projected"
    directory_name = "projected"

    async def set_up(self, context: Context, request: Request) -> Volume:
        source = request.volume["projected"]
        mode = default_mode(source)
        payload: Payload = {}
        for each in source.get("sources") or ():
            payload |= await _one_source(context, request, each, mode)
        mount_memory(request.directory)
        write_payload(request.directory, payload, request.group)
        return Volume(request.directory, read_only=True)


async def _one_source(context: Context, request: Request, source: Json, mode: int) -> Payload:
    pod = request.pod
    if source.get("configMap"):
        return await config_map_payload(context, pod, source["configMap"], mode)
    if source.get("secret"):
        return await secret_payload(context, pod, source["secret"], source["secret"].get("name") or "", mode)
    if source.get("downwardAPI"):
        items = source["downwardAPI"].get("items") or ()
        return downward_payload(pod, items, mode, context.node, request.pod_ips)
    if source.get("serviceAccountToken"):
        return await _token_payload(context, request, source["serviceAccountToken"], mode)
    raise VolumeError(f"projected source is not supported: {', '.join(source) or 'empty'}")


async def _token_payload(context: Context, request: Request, wanted: Json, mode: int) -> Payload:
    seconds = int(wanted.get("expirationSeconds") or DEFAULT_TOKEN_SECONDS)
    token = await context.tokens.token(request.pod, wanted.get("audience") or "", seconds)
    owner = common_user(request.pod)
    if request.group is not None or owner is not None:
        mode = 0o600
    return {wanted["path"]: FileContent(token.encode(), mode, owner if request.group is None else None)}


def common_user(pod: Json) -> int | None:
    """The user that every container is told to run as, if it is the same for all and not root."""
    users = {effective(pod, container, "runAsUser") for _, container in all_containers(pod)}
    user = next(iter(users)) if len(users) == 1 else None
    return user if isinstance(user, int) else None
