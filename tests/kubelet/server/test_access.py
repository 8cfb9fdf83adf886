"""Who may do what on the node, and the heads of requests."""

from __future__ import annotations

import pytest

from pybernetes.component.clock import FakeClock
from pybernetes.kubelet.server.authentication import User, user_of_certificate
from pybernetes.kubelet.server.authorization import subresources_of, verb_of
from pybernetes.kubelet.server.front import is_stream
from pybernetes.kubelet.server.remembered import Remembered
from pybernetes.kubelet.server.request_head import BadHead, parse_head


@pytest.mark.parametrize(
    ("path", "subresources"),
    [
        ("/stats/summary", ("stats",)),
        ("/metrics", ("metrics",)),
        ("/metrics/cadvisor", ("metrics",)),
        ("/metricsx", ("proxy",)),
        ("/pods", ("pods", "proxy")),
        ("/runningpods/", ("pods", "proxy")),
        ("/healthz", ("healthz", "proxy")),
        ("/exec/a/b/c", ("proxy",)),
        ("/containerLogs/a/b/c", ("proxy",)),
    ],
)
def test_subresources(path: str, subresources: tuple[str, ...]) -> None:
    assert subresources_of(path) == subresources


def test_verbs() -> None:
    assert (verb_of("GET"), verb_of("POST"), verb_of("TRACE")) == ("get", "create", "")


def test_users_of_certificates() -> None:
    subject = ((("organizationName", "system:masters"),), (("commonName", "admin"),))
    assert user_of_certificate({"subject": subject}) == User("admin", "", ("system:masters", "system:authenticated"))
    assert user_of_certificate(None) is None
    assert user_of_certificate({"subject": ()}) is None


async def test_answers_are_remembered_for_a_while() -> None:
    clock = FakeClock()
    answers: Remembered[str, bool | None] = Remembered(clock, 2)
    answers.put("a", None, 10)
    assert answers.get("a") == (None,)
    await clock.advance(10)
    assert answers.get("a") is None
    for key in "bcd":
        answers.put(key, True, 10)
    assert [answers.get(key) for key in "bcd"] == [None, (True,), (True,)]


def test_heads() -> None:
    raw = (
        b"POST /exec/n/p%20q/c?command=ls&command=-l&input=1&tty=true HTTP/1.1\r\nHost: x\r\nUpgrade: SPDY/3.1\r\n\r\n"
    )
    head = parse_head(raw)
    assert (head.method, head.path, head.query["command"]) == ("POST", "/exec/n/p q/c", ["ls", "-l"])
    assert head.is_set("input", "stdin") and head.is_set("tty") and not head.is_set("output")
    assert is_stream(head)
    assert not is_stream(parse_head(b"GET /pods HTTP/1.1\r\nUpgrade: x\r\n\r\n"))
    assert not is_stream(parse_head(b"GET /exec/a/b/c HTTP/1.1\r\nHost: x\r\n\r\n"))
    for broken in (b"GET /\r\n\r\n", b"GET / SPDY\r\n\r\n", b"GET / HTTP/1.1\r\nnonsense\r\n\r\n"):
        with pytest.raises(BadHead):
            parse_head(broken)
