"""Where cluster IPs come from: the range that every cluster has, and those that are added to it."""

from __future__ import annotations

from pybernetes.api.object import Json
from tests.apiserver.conftest import Api

CIDRS = "/apis/networking.k8s.io/v1/servicecidrs"
ADDRESSES = "/apis/networking.k8s.io/v1/ipaddresses"
SERVICES = "/api/v1/namespaces/default/services"


def service(name: str, **spec: str) -> Json:
    body: Json = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}}
    return {**body, "spec": {"ports": [{"port": 80}], **spec}}


async def test_the_range_of_every_cluster_is_ready(api: Api) -> None:
    found = await api.get(f"{CIDRS}/kubernetes")
    assert found["spec"]["cidrs"] == [api.server.options.service_cluster_ip_range]
    [condition] = found["status"]["conditions"]
    assert (condition["type"], condition["status"], condition["reason"]) == ("Ready", "True", "")
    assert condition["message"] == "Kubernetes default Service CIDR is ready"


async def test_an_address_says_whose_it_is(api: Api) -> None:
    made = await api.create(SERVICES, service("s"))
    address = await api.get(f"{ADDRESSES}/{made['spec']['clusterIP']}")
    assert address["metadata"]["labels"] == {
        "ipaddress.kubernetes.io/ip-family": "IPv4",
        "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
    }
    assert "generation" not in address["metadata"]
    assert address["spec"]["parentRef"] == {"resource": "services", "namespace": "default", "name": "s"}


async def test_a_range_that_is_ready_gives_addresses(api: Api) -> None:
    body = {"apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR", "metadata": {"name": "more"}}
    more = await api.create(CIDRS, {**body, "spec": {"cidrs": ["10.222.0.0/24"]}})
    status, answer = await api.call("POST", SERVICES, service("s", clusterIP="10.222.0.9"))
    assert status == 422
    assert "is not in the valid range" in answer["message"]
    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "",
        "message": "",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }
    await api.ok("PUT", f"{CIDRS}/more/status", {**more, "status": {"conditions": [ready]}})
    made = await api.create(SERVICES, service("s", clusterIP="10.222.0.9"))
    assert made["spec"]["clusterIP"] == "10.222.0.9"
