"""Events in, changes out."""

from __future__ import annotations

from pybernetes.proxy.endpoints import Place
from pybernetes.proxy.tracker import Tracker
from tests.proxy.objects import endpoint, endpoint_slice, service


def tracker() -> Tracker:
    result = Tracker(4, Place("n1"))
    result.replace_services([service(), service("db", "10.96.0.20")])
    result.replace_slices([endpoint_slice("10.0.0.1"), endpoint_slice("10.0.0.9", service="db")])
    return result


def test_everything_is_new_at_first() -> None:
    found = tracker().take()
    assert sorted(found) == ["ns/db:http", "ns/web:http"]
    assert [e.address for e in found["ns/web:http"].routes.cluster] == ["10.0.0.1:8080"]  # type: ignore[union-attr]


def test_nothing_is_dirty_after_take_or_after_the_same_again() -> None:
    known = tracker()
    known.take()
    assert not known.service_is("ns/web", service())
    assert not known.slice_is("ns/web-1", endpoint_slice("10.0.0.1"))
    assert not known.dirty
    assert known.take() == {}


def test_a_change_that_makes_no_difference_to_routes_is_none() -> None:
    known = tracker()
    known.take()
    assert known.slice_is("ns/web-1", endpoint_slice("10.0.0.1", endpoint("10.0.0.2", ready=False)))
    assert known.take() == {}


def test_a_service_that_goes_takes_its_targets_along() -> None:
    known = tracker()
    known.take()
    known.service_is("ns/web", None)
    assert known.take() == {"ns/web:http": None}
    assert sorted(known.targets) == ["ns/db:http"]


def test_a_service_may_go_before_anyone_heard_of_it() -> None:
    known = tracker()
    known.service_is("ns/web", None)
    assert sorted(known.take()) == ["ns/db:http"]


def test_slices_may_come_before_their_service() -> None:
    known = Tracker(4, Place("n1"))
    known.slice_is("ns/web-1", endpoint_slice("10.0.0.1"))
    assert known.take() == {}
    known.service_is("ns/web", service())
    assert len(known.take()["ns/web:http"].routes.cluster) == 1  # type: ignore[union-attr]


def test_a_slice_that_moves_to_another_service() -> None:
    known = tracker()
    known.take()
    known.slice_is("ns/web-1", endpoint_slice("10.0.0.1", service="db"))
    changes = known.take()
    assert changes["ns/web:http"].routes.cluster == ()  # type: ignore[union-attr]
    assert len(changes["ns/db:http"].routes.cluster) == 2  # type: ignore[union-attr]


def test_a_new_list_tells_what_went_while_nobody_watched() -> None:
    known = tracker()
    known.take()
    known.replace_services([service()])
    known.replace_slices([endpoint_slice("10.0.0.2")])
    changes = known.take()
    assert changes["ns/db:http"] is None
    assert [e.address for e in changes["ns/web:http"].routes.cluster] == ["10.0.0.2:8080"]  # type: ignore[union-attr]


def test_renamed_port() -> None:
    known = tracker()
    known.take()
    known.service_is("ns/web", service(ports=[{"name": "https", "port": 443}]))
    assert {name: target is None for name, target in known.take().items()} == {
        "ns/web:http": True,
        "ns/web:https": False,
    }


def test_another_zone_is_another_view() -> None:
    known = Tracker(4, Place("n1", "z1"))
    known.service_is("ns/web", service())
    hints = {zone: {"forZones": [{"name": zone}]} for zone in ("z1", "z2")}
    slices = endpoint_slice(endpoint("10.0.0.1", hints=hints["z1"]), endpoint("10.0.0.2", hints=hints["z2"]))
    known.slice_is("ns/web-1", slices)
    assert [e.address for e in known.take()["ns/web:http"].routes.cluster] == ["10.0.0.1:8080"]  # type: ignore[union-attr]
    known.place_is(Place("n1", "z2"))
    assert [e.address for e in known.take()["ns/web:http"].routes.cluster] == ["10.0.0.2:8080"]  # type: ignore[union-attr]


def test_local_endpoints_count_addresses_not_ports() -> None:
    known = Tracker(4, Place("n1"))
    ports = [{"name": "a", "port": 1}, {"name": "b", "port": 2}]
    known.service_is("ns/web", service(ports=ports))
    known.slice_is("ns/web-1", endpoint_slice(endpoint("10.0.0.1", "n1"), endpoint("10.0.0.2", "n2"), ports=ports))
    known.take()
    assert known.local_endpoints("ns/web") == 1
    assert known.local_endpoints("ns/none") == 0
