"""secret: files from a secret, in memory so that they never reach a disk, kept current."""

from __future__ import annotations

from pathlib import Path

from pybernetes.api.object import Json, namespace_of
from pybernetes.kubelet.volumes.atomic_writer import write_payload
from pybernetes.kubelet.volumes.mounting import filesystem_type, mount
from pybernetes.kubelet.volumes.payload import Payload, VolumeError, default_mode, secret_data, select
from pybernetes.kubelet.volumes.plugin import Context, Request, Volume


class Secret:
    field = "secret"
    directory_name = "secret"

    async def set_up(self, context: Context, request: Request) -> Volume:
        source = request.volume["secret"]
        name, mode = source.get("secretName") or "", default_mode(source)
        payload = await secret_payload(context, request.pod, source, name, mode)
        mount_memory(request.directory)
        write_payload(request.directory, payload, request.group)
        return Volume(request.directory, read_only=True)


def mount_memory(directory: Path) -> None:
    """A tmpfs at the directory, unless one is there."""
    directory.mkdir(parents=True, exist_ok=True)
    if filesystem_type(directory) != "tmpfs":
        mount("tmpfs", directory, "tmpfs", 0, "mode=0755")


async def secret_payload(context: Context, pod: Json, source: Json, name: str, mode: int) -> Payload:
    """Raises `VolumeError` when the secret, or a key of it, is missing and not optional."""
    optional = bool(source.get("optional"))
    found = await context.objects.get("secrets", namespace_of(pod), name)
    if found is None:
        if not optional:
            raise VolumeError(f'secret "{name}" not found')
        return {}
    missing = "references non-existent secret key"
    return select(secret_data(found), source.get("items") or (), mode, optional=optional, missing=missing)
