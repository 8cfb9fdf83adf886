"""The fault tests' own eyes: what they call lost, doubled or left behind. A check that sees nothing proves nothing."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from pybernetes.api.errors import conflict, internal_error
from pybernetes.client.transport import TransportError
from pybernetes.kubelet.runtime.types import Container, ContainerState, Sandbox, SandboxState
from tests.e2e.faults import calling
from tests.e2e.launched import until
from tests.e2e.leftovers import NodeView, left_behind
from tests.e2e.load import Ledger, is_unanswered, was_not_sent

NOW = 100.0


def written(*values: int | None) -> Ledger:
    ledger = Ledger()
    for value in values:
        ledger.wrote("a", value, NOW)
    return ledger


@pytest.mark.parametrize(
    ("found", "differs"),
    [({"a": 2}, False), ({"a": 1}, True), ({}, True), ({"a": 2, "b": 1}, True), ({"a": 3}, True)],
)
def test_an_acknowledged_value_must_be_there(found: dict[str, int], differs: bool) -> None:
    assert bool(written(1, 2).differences(found)) is differs


def test_a_deletion_must_last() -> None:
    assert not written(1, None).differences({})
    assert written(1, None).differences({"a": 1}) == ["a is 1, but was acknowledged as None"]


def test_after_a_lost_answer_either_value_is_right_until_the_next_answer() -> None:
    ledger = written(1)
    ledger.may_have_written("a", 2)
    assert not ledger.differences({"a": 1})
    assert not ledger.differences({"a": 2})
    assert ledger.differences({})
    ledger.saw("a", 1)
    ledger.refused("a", "conflict")
    assert not ledger.violations
    ledger.wrote("a", 3, NOW)
    assert ledger.differences({"a": 2})


def test_what_cannot_be_is_noted_at_once() -> None:
    ledger = written(1)
    ledger.saw("a", None)
    ledger.refused("a", "conflict")
    assert len(ledger.violations) == 2


def test_the_longest_time_without_an_answer_is_kept() -> None:
    ledger = Ledger()
    for now in (1.0, 1.5, 4.0, 4.25):
        ledger.wrote("a", 1, now)
    assert ledger.longest_gap_seconds == 2.5


def test_failures_that_leave_a_write_open() -> None:
    broken = TransportError("broke")
    refused = TransportError("refused")
    refused.__cause__ = aiohttp.ClientConnectorError.__new__(aiohttp.ClientConnectorError)
    assert is_unanswered(broken) and not was_not_sent(broken)
    assert was_not_sent(refused)
    assert is_unanswered(internal_error("?"))
    assert not is_unanswered(conflict("configmaps", "a", "changed"))


POD = {"metadata": {"name": "p", "uid": "u"}, "spec": {"containers": [{"name": "web"}]}}
SANDBOX = Sandbox("s1", "p", "default", "u", 0, SandboxState.READY, 1, {}, {})
CONTAINER = Container("c1", "s1", "web", 0, "", "", "", ContainerState.RUNNING, 1, {}, {})
VIEW = NodeView([SANDBOX], [CONTAINER], ["u"], ["u"], ["s1", "c1"], ["u"], ["s1"], ["s1"], 1)
GONE = NodeView([], [], [], [], [], [], [], [], 0)


@pytest.mark.parametrize(("view", "pods"), [(VIEW, {"u": POD}), (GONE, {})])
def test_a_tidy_node_has_nothing_left(view: NodeView, pods: dict[str, Any]) -> None:
    assert left_behind(view, pods) == []


@pytest.mark.parametrize(
    ("view", "says"),
    [
        (replace(VIEW, sandboxes=[SANDBOX, replace(SANDBOX, id="s2")]), "2 running sandboxes"),
        (replace(VIEW, sandboxes=[SANDBOX, replace(SANDBOX, id="s2", uid="x")]), "sandbox s2"),
        (replace(VIEW, sandboxes=[]), "0 running sandboxes"),
        (replace(VIEW, containers=[]), "0 running containers web"),
        (replace(VIEW, containers=[CONTAINER, replace(CONTAINER, id="c2")]), "2 running containers web"),
        (replace(VIEW, containers=[CONTAINER, replace(CONTAINER, id="c2", sandbox_id="x")]), "container c2"),
        (replace(VIEW, cgroup_uids=["u", "x"]), "cgroup of pod x"),
        (replace(VIEW, directory_uids=["u", "x"]), "directory of pod x"),
        (replace(VIEW, mounted_uids=["u", "x"]), "volume of pod x"),
        (replace(VIEW, mounted_ids=["s1", "x"]), "mount of container x"),
        (replace(VIEW, shim_ids=["s1", "x"]), "shim of container x"),
        (replace(VIEW, address_ids=["s1", "x"]), "address of container x"),
        (replace(VIEW, veths=2), "2 interfaces"),
    ],
)
def test_what_is_left_or_there_twice_is_named(view: NodeView, says: str) -> None:
    assert says in "\n".join(left_behind(view, {"u": POD}))


class _Web(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    closing = False

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.close_connection = self.closing

    def log_message(self, *arguments: Any) -> None:
        return


@pytest.fixture(params=[False, True], ids=["keeps connections", "closes connections"])
def web(request: pytest.FixtureRequest) -> Iterator[tuple[int, bool]]:
    """A server's port, and whether it closes connections without saying so."""
    handler = type("Handler", (_Web,), {"closing": request.param})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, request.param
        server.shutdown()


def test_a_connection_that_does_not_survive_is_seen(web: tuple[int, bool]) -> None:
    port, closes = web
    with calling("127.0.0.1", port) as caller:
        until("some calls", lambda: caller.calls > 5)
    assert bool(caller.failures) is closes
