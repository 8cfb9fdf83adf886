"""Objects come and go; names follow."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pybernetes.dns import wire
from pybernetes.dns.records import Index
from pybernetes.dns.wire import Answer
from tests.dns.cluster import endpoint, endpoint_slice, index, service


def test_the_same_again_is_no_change() -> None:
    one = index()
    before = one.generation
    assert not one.service_is("ns/web", {**service("web", clusterIP="10.96.0.1"), "spec": _spec(one)})
    assert not one.slice_is("ns/web-1", endpoint_slice("web", endpoint("10.1.0.9"), endpoint("10.1.0.8", ready=False)))
    assert not one.namespace_is("ns", {"metadata": {"name": "ns"}})
    assert not one.service_is("ns/nobody", None)
    assert one.generation == before


def _spec(one: Index) -> dict[str, object]:
    ports = [{"name": "http", "port": 80, "protocol": "TCP"}, {"name": "dns", "port": 53, "protocol": "UDP"}]
    return {"clusterIP": "10.96.0.1", "ports": ports}


def test_a_list_tells_what_went() -> None:
    one = index()
    one.replace_services([])
    one.replace_slices([])
    one.replace_namespaces([])
    one.replace_pods([])
    for labels in (["web", "ns", "svc"], ["ns", "svc"], ["1-2-3-4", "ns", "pod"]):
        found = one.lookup([*labels, "cluster", "local"], wire.A)
        assert isinstance(found, Answer)
        assert found.rcode == wire.NXDOMAIN
    assert one.lookup(["1", "0", "96", "10", "in-addr", "arpa"], wire.PTR) is None


def test_an_address_of_two_services_has_two_names() -> None:
    one = index()
    one.slice_is("ns/dual-1", endpoint_slice("dual", endpoint("10.1.0.9")))
    labels = ["9", "0", "1", "10", "in-addr", "arpa"]
    found = one.lookup(labels, wire.PTR)
    assert isinstance(found, Answer)
    assert len(found.answers) == 2
    one.slice_is("ns/dual-1", None)
    found = one.lookup(labels, wire.PTR)
    assert isinstance(found, Answer)
    assert len(found.answers) == 1


def test_a_zone_of_another_name() -> None:
    one = Index("k8s.example.org")
    one.service_is("ns/web", service("web", clusterIP="10.96.0.1"))
    found = one.lookup(["web", "ns", "svc", "k8s", "example", "org"], wire.A)
    assert isinstance(found, Answer)
    assert len(found.answers) == 1
    assert one.lookup(["web", "ns", "svc", "cluster", "local"], wire.A) is None


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]), st.lists(st.integers(1, 5), max_size=3), st.sampled_from(["1", "2"]), st.booleans()
    ),
    max_size=12,
)


@given(STEPS)
def test_after_any_history_the_index_is_as_if_made_anew(steps: list[tuple[str, list[int], str, bool]]) -> None:
    """Reverse names are counted up and down; whatever happened, they must match what is there."""
    lived, slices, services = Index(), {}, {}
    for name, numbers, piece, gone in steps:
        made = endpoint_slice(name, *(endpoint(f"10.0.0.{number}") for number in numbers), name=f"slice-{piece}")
        headed = service(name, clusterIP=f"10.96.0.{len(numbers) + 1}")
        for key, obj, kept, tell in (
            (f"ns/slice-{piece}", made, slices, lived.slice_is),
            (f"ns/{name}", headed, services, lived.service_is),
        ):
            tell(key, None if gone else obj)
            kept.pop(key, None)
            if not gone:
                kept[key] = obj
    fresh = Index()
    fresh.replace_services(list(services.values()))
    fresh.replace_slices(list(slices.values()))
    assert lived._names_of == fresh._names_of
    assert lived._slices_of == fresh._slices_of
