"""Variables, references and the values that a spec takes from the pod."""

from __future__ import annotations

import base64

import pytest

from pybernetes.api.object import Json
from pybernetes.kubelet.environment import ConfigError, Sources, make_environment
from pybernetes.kubelet.expansion import expand, unknown_references
from pybernetes.kubelet.field_refs import FieldError, NodeFacts, field_value, format_map, resource_value
from pybernetes.kubelet.service_environment import service_environment
from tests.kubelet.pod_values import pod_of

NODE = NodeFacts("node-1", ["192.168.0.1", "fd00::1"], {"cpu": "4", "memory": "8Gi"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$(A)", "1"),
        ("x$(A)y$(B)", "x1y2"),
        ("$(NONE)", "$(NONE)"),
        ("$$(A)", "$(A)"),
        ("$$$(A)", "$1"),
        ("$A $", "$A $"),
        ("$(A", "$(A"),
        ("$()", "$()"),
        ("$(A)$(A)", "11"),
    ],
)
def test_expansion(text: str, expected: str) -> None:
    assert expand(text, {"A": "1"}, {"B": "2", "A": "shadowed"}) == expected


def test_unknown_references() -> None:
    assert unknown_references("$(A)-$(B)-$$(C)", {"A": "1"}) == ["B"]


def secret(**data: str) -> Json:
    return {"data": {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}}


SOURCES = Sources({"cm": {"data": {"k": "v", "a b": "w", "bad=key": "x"}}}, {"sec": secret(p="s")})


def environment(container: Json, services: dict[str, str] | None = None) -> dict[str, str]:
    return dict(make_environment(pod_of("a"), container, SOURCES, services or {}, NODE, ["10.0.0.5"]).variables)


def test_later_values_win_and_may_refer_to_earlier_ones() -> None:
    container = {
        "envFrom": [{"configMapRef": {"name": "cm"}}, {"prefix": "S_", "secretRef": {"name": "sec"}}],
        "env": [
            {"name": "k", "value": "own"},
            {"name": "joined", "value": "$(k)/$(S_p)/$(HOST)/$(later)"},
            {"name": "later", "value": "z"},
        ],
    }
    found = environment(container, {"HOST": "10.96.0.1", "k": "service"})
    assert found == {"a b": "w", "S_p": "s", "k": "own", "joined": "own/s/10.96.0.1/$(later)", "later": "z",
                     "HOST": "10.96.0.1"}  # fmt: skip


def test_unusable_names_are_skipped_and_told_of() -> None:
    found = make_environment(pod_of("a"), {"envFrom": [{"configMapRef": {"name": "cm"}}]}, SOURCES, {}, NODE, ())
    assert found.skipped == (("ConfigMap default/cm", ("bad=key",)),)


@pytest.mark.parametrize(
    ("container", "message"),
    [
        ({"envFrom": [{"configMapRef": {"name": "none"}}]}, 'configmap "none" not found'),
        ({"envFrom": [{"secretRef": {"name": "none"}}]}, 'secret "none" not found'),
        (
            {"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "cm", "key": "none"}}}]},
            "couldn't find key none in ConfigMap default/cm",
        ),
        (
            {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "sec", "key": "none"}}}]},
            "couldn't find key none in Secret default/sec",
        ),
        ({"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}]}, "unsupported fieldPath: x"),
    ],
)
def test_what_is_missing_is_an_error(container: Json, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        environment(container)
    assert str(caught.value) == message


def test_what_is_optional_may_be_missing() -> None:
    container = {
        "envFrom": [{"configMapRef": {"name": "none", "optional": True}}],
        "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "sec", "key": "none", "optional": True}}}],
    }
    assert environment(container) == {}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("metadata.name", "web"),
        ("metadata.uid", "u1"),
        ("metadata.labels['app']", "x"),
        ("metadata.labels['none']", ""),
        ("metadata.annotations['a.b/c']", "d"),
        ("metadata.labels", 'app="x"\ntwo="a\\"b"'),
        ("spec.nodeName", "node-1"),
        ("spec.serviceAccountName", "default"),
        ("status.hostIP", "192.168.0.1"),
        ("status.hostIPs", "192.168.0.1,fd00::1"),
        ("status.podIP", "10.0.0.5"),
    ],
)
def test_fields(path: str, expected: str) -> None:
    pod = pod_of("a")
    pod["metadata"] |= {"labels": {"two": 'a"b', "app": "x"}, "annotations": {"a.b/c": "d"}}
    assert field_value(pod, path, NODE, ["10.0.0.5"]) == expected


@pytest.mark.parametrize(
    ("resource", "divisor", "expected"),
    [
        ("limits.cpu", "1", "1"),
        ("limits.cpu", "1m", "250"),
        ("limits.memory", "1Mi", "64"),
        ("requests.memory", "1", "0"),
        ("limits.ephemeral-storage", "1", "0"),
    ],
)
def test_resources(resource: str, divisor: str, expected: str) -> None:
    spec = {"name": "a", "resources": {"limits": {"cpu": "250m", "memory": "64Mi"}}}
    assert resource_value(pod_of(spec), {"resource": resource, "divisor": divisor}, NODE, spec) == expected


def test_a_limit_that_is_not_set_is_the_nodes() -> None:
    spec = {"name": "a"}
    assert resource_value(pod_of(spec), {"resource": "limits.cpu"}, NODE, spec) == "4"
    with pytest.raises(FieldError):
        resource_value(pod_of(spec), {"resource": "limits.cpu", "containerName": "none"}, NODE)


def test_maps_are_sorted_and_quoted() -> None:
    assert format_map({"b": "1\n2", "a": "x"}) == 'a="x"\nb="1\\n2"'


def service(name: str, namespace: str, ip: str, *ports: Json) -> Json:
    return {"metadata": {"name": name, "namespace": namespace}, "spec": {"clusterIP": ip, "ports": list(ports)}}


SERVICES = [
    service("kubernetes", "default", "10.96.0.1", {"name": "https", "port": 443, "protocol": "TCP"}),
    service("my-db", "prod", "10.96.0.7", {"port": 5432}, {"name": "admin", "port": 80, "protocol": "UDP"}),
    service("headless", "prod", "None", {"port": 1}),
    service("other", "elsewhere", "10.96.0.9", {"port": 1}),
]


def test_service_variables() -> None:
    found = service_environment(SERVICES, "prod", links=True)
    assert found["KUBERNETES_SERVICE_HOST"] == "10.96.0.1"
    assert found["KUBERNETES_SERVICE_PORT_HTTPS"] == "443"
    assert found["MY_DB_SERVICE_PORT"] == "5432"
    assert found["MY_DB_SERVICE_PORT_ADMIN"] == "80"
    assert found["MY_DB_PORT"] == "tcp://10.96.0.7:5432"
    assert found["MY_DB_PORT_80_UDP"] == "udp://10.96.0.7:80"
    assert found["MY_DB_PORT_80_UDP_ADDR"] == "10.96.0.7"
    assert not any(name.startswith(("HEADLESS", "OTHER")) for name in found)


def test_without_links_only_the_apis_own_service_is_there() -> None:
    assert all(name.startswith("KUBERNETES_") for name in service_environment(SERVICES, "prod", links=False))
