"""AlwaysDeny: nothing is written."""

from __future__ import annotations

from pybernetes.apiserver.admission.chain import AdmissionPlugin
from pybernetes.apiserver.admission.operation import Operation


class AlwaysDeny(AdmissionPlugin):
    async def admit(self, operation: Operation) -> None:
        raise operation.forbid("admission control is denying all modifications")

    async def validate(self, operation: Operation) -> None:
        await self.admit(operation)
