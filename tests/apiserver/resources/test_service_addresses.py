"""The address that a service has stays, whatever an update asks for."""

from __future__ import annotations

import pytest

from pybernetes.api.object import Json
from tests.apiserver.conftest import Api

SERVICES = "/api/v1/namespaces/default/services"


@pytest.mark.parametrize("address", ["10.96.0.77", "192.0.2.1"], ids=["in the range", "outside of it"])
async def test_an_address_may_not_change(api: Api, address: str) -> None:
    spec: Json = {"ports": [{"port": 80}], "clusterIP": "10.96.0.76"}
    made = await api.create(SERVICES, {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": spec})
    made["spec"] |= {"clusterIP": address, "clusterIPs": [address]}
    status, answer = await api.call("PUT", f"{SERVICES}/s", made)
    assert status == 422
    (cause,) = answer["details"]["causes"]
    assert cause["field"] == "spec.clusterIPs[0]"
    assert cause["message"].endswith("may not change once set")
