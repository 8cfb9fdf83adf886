"""DenyServiceExternalIPs: services get no further external addresses; what they have they may keep."""

from __future__ import annotations

from pybernetes.api.object import Json
from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.operation import CREATE, UPDATE, Operation


class DenyServiceExternalIPs(AdmissionPlugin):
    def handles(self, operation: Operation) -> bool:
        return operation.is_for("services", CREATE, UPDATE)

    async def validate(self, operation: Operation) -> None:
        if not _addresses(operation.obj) <= _addresses(operation.old):
            raise operation.forbid("Use of external IPs is denied by admission control.")


def _addresses(service: Json | None) -> set[str]:
    return set(((service or {}).get("spec") or {}).get("externalIPs") or ())
