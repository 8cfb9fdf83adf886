"""persistentVolumeClaim: the volume that a claim is bound to, where that is a path of this node (hostPath, local).

Volumes of drivers (CSI) need the driver's own node service, which this kubelet does not call: such a pod waits, and
its event says why.
"""

from __future__ import annotations

from pathlib import Path

from pybernetes.api.object import Json, namespace_of
from pybernetes.kubelet.volumes.host_path import check_type
from pybernetes.kubelet.volumes.payload import VolumeError
from pybernetes.kubelet.volumes.plugin import Context, Request, Volume


class PersistentVolumeClaim:
    field = "persistentVolumeClaim"
    directory_name = "persistent-volume"

    async def set_up(self, context: Context, request: Request) -> Volume:
        source = request.volume["persistentVolumeClaim"]
        name = source["claimName"]
        claim = await context.objects.get("persistentvolumeclaims", namespace_of(request.pod), name)
        if claim is None:
            raise VolumeError(f"error processing PVC {namespace_of(request.pod)}/{name}: PVC was not found")
        bound = (claim.get("spec") or {}).get("volumeName")
        if not bound or (claim.get("status") or {}).get("phase") != "Bound":
            raise VolumeError(f"error processing PVC {namespace_of(request.pod)}/{name}: PVC is not bound")
        volume = await context.objects.get("persistentvolumes", "", bound)
        if volume is None:
            raise VolumeError(f'persistentvolume "{bound}" not found')
        return Volume(_path(volume), bool(source.get("readOnly")))


def _path(volume: Json) -> Path:
    spec = volume.get("spec") or {}
    if spec.get("hostPath"):
        path = Path(spec["hostPath"]["path"])
        check_type(path, spec["hostPath"].get("type") or "")
        return path
    if spec.get("local"):
        path = Path(spec["local"]["path"])
        if not path.exists():
            raise VolumeError(f'path "{path}" does not exist')
        return path
    raise VolumeError(f"no volume plugin matched PersistentVolume {volume['metadata']['name']!r}")
