"""downwardAPI: files from the pod's own metadata and resources, kept current."""

from __future__ import annotations

from pybernetes.kubelet.volumes.atomic_writer import write_payload
from pybernetes.kubelet.volumes.payload import default_mode, downward_payload
from pybernetes.kubelet.volumes.plugin import Context, Request, Volume


class DownwardAPI:
    field = "downwardAPI"
    directory_name = "downward-api"

    async def set_up(self, context: Context, request: Request) -> Volume:
        source = request.volume["downwardAPI"]
        items = source.get("items") or ()
        payload = downward_payload(request.pod, items, default_mode(source), context.node, request.pod_ips)
        request.directory.mkdir(parents=True, exist_ok=True)
        write_payload(request.directory, payload, request.group)
        return Volume(request.directory, read_only=True)
