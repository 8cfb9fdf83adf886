"""configMap: files from a config map, kept current."""

from __future__ import annotations

from pybernetes.api.object import Json, namespace_of
from pybernetes.kubelet.volumes.atomic_writer import write_payload
from pybernetes.kubelet.volumes.payload import (
    Payload,
    VolumeError,
    config_map_data,
    default_mode,
    select,
)
from pybernetes.kubelet.volumes.plugin import Context, Request, Volume


class ConfigMap:
    field = "configMap"
    directory_name = "configmap"

    async def set_up(self, context: Context, request: Request) -> Volume:
        source = request.volume["configMap"]
        payload = await config_map_payload(context, request.pod, source, default_mode(source))
        request.directory.mkdir(parents=True, exist_ok=True)
        write_payload(request.directory, payload, request.group)
        return Volume(request.directory, read_only=True)


async def config_map_payload(context: Context, pod: Json, source: Json, mode: int) -> Payload:
    """Raises `VolumeError` when the config map, or a key of it, is missing and not optional."""
    name, optional = source.get("name") or "", bool(source.get("optional"))
    found = await context.objects.get("configmaps", namespace_of(pod), name)
    if found is None:
        if not optional:
            raise VolumeError(f'configmap "{name}" not found')
        return {}
    missing = "configmap references non-existent config key"
    return select(config_map_data(found), source.get("items") or (), mode, optional=optional, missing=missing)
