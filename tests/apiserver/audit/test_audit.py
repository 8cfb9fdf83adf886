"""The audit log of a whole server, at every level and stage."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.audit.event import first_event, why_refused
from pybernetes.apiserver.audit.truncation import fitted
from pybernetes.apiserver.http import Request, Response, StreamResponse
from pybernetes.apiserver.options import Options
from tests.apiserver.conftest import ADMIN, Api, config_map, running

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"


class Audited:
    """A server with an audit log, and what has been written there about some requests."""

    def __init__(self, api: Api, path: Path):
        self.api, self._path = api, path

    def events(self, text: str = CONFIG_MAPS) -> list[Any]:
        events = [orjson.loads(line) for line in self._path.read_bytes().splitlines()]
        return [event for event in events if text in event["requestURI"]]


@asynccontextmanager
async def audited(directory: Path, *rules: Any, **more: Any) -> AsyncIterator[Audited]:
    policy = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": list(rules), **more}
    file, log_file = directory / "policy.yaml", directory / "audit.log"
    file.write_text(yaml.safe_dump(policy))
    options = Options(directory / "data", secure_port=-1, audit_policy_file=str(file), audit_log_path=str(log_file))
    async with running(options) as server:
        yield Audited(Api(server), log_file)


async def test_metadata_tells_who_did_what(tmp_path: Path) -> None:
    async with audited(tmp_path, {"level": "Metadata"}) as found:
        created = await found.api.create(CONFIG_MAPS, config_map("a", key="secret"))
        received, complete = found.events()
    assert (received["stage"], complete["stage"]) == ("RequestReceived", "ResponseComplete")
    assert received["auditID"] == complete["auditID"] and "responseStatus" not in received
    assert complete["apiVersion"] == "audit.k8s.io/v1"
    assert (complete["level"], complete["verb"], complete["requestURI"]) == ("Metadata", "create", CONFIG_MAPS)
    assert complete["user"] == {"username": "admin", "groups": list(ADMIN.groups)}
    assert complete["objectRef"] == {
        "resource": "configmaps",
        "namespace": "default",
        "name": created["metadata"]["name"],
        "apiVersion": "v1",
    }
    assert complete["responseStatus"] == {"metadata": {}, "code": 201}
    assert complete["annotations"] == {"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": ""}
    assert "requestObject" not in complete and "responseObject" not in complete


@pytest.mark.parametrize(("level", "response"), [("Request", False), ("RequestResponse", True)])
async def test_bodies_are_told_where_the_policy_wants_them(tmp_path: Path, level: str, response: bool) -> None:
    async with audited(tmp_path, {"level": level}, omitStages=["RequestReceived"], omitManagedFields=True) as found:
        await found.api.create(CONFIG_MAPS, config_map("a", key="value"))
        (event,) = found.events()
    assert event["requestObject"]["data"] == {"key": "value"}
    assert ("responseObject" in event) is response
    if response:
        assert event["responseObject"]["metadata"]["uid"]
        assert "managedFields" not in event["responseObject"]["metadata"]


async def test_a_refusal_is_told_with_its_reason(tmp_path: Path) -> None:
    async with audited(tmp_path, {"level": "Metadata"}, omitStages=["RequestReceived"]) as found:
        await found.api.as_user("alice").call("GET", f"{CONFIG_MAPS}/x")
        await found.api.call("GET", f"{CONFIG_MAPS}/x")
        forbidden, missing = found.events()
    assert forbidden["annotations"]["authorization.k8s.io/decision"] == "forbid"
    status = forbidden["responseStatus"]
    assert (status["code"], status["reason"], status["status"]) == (403, "Forbidden", "Failure")
    assert missing["responseStatus"]["message"] == 'configmaps "x" not found'


async def test_a_watch_is_told_when_it_starts_and_when_it_ends(tmp_path: Path) -> None:
    async with audited(tmp_path, {"level": "Metadata"}) as found:
        async with found.api.watch(CONFIG_MAPS):
            stages = [event["stage"] for event in found.events()]
        after = [event["stage"] for event in found.events()]
    assert stages == ["RequestReceived", "ResponseStarted"]
    assert after == ["RequestReceived", "ResponseStarted", "ResponseComplete"]


async def test_what_no_rule_wants_is_not_told(tmp_path: Path) -> None:
    rules = [{"level": "None", "verbs": ["get"]}, {"level": "Metadata", "resources": [{"group": ""}]}]
    async with audited(tmp_path, *rules) as found:
        await found.api.call("GET", f"{CONFIG_MAPS}/x")
        await found.api.get("/apis/apps/v1/deployments")
        await found.api.get(CONFIG_MAPS)
        assert found.events("/apis/apps") == []
        assert {event["verb"] for event in found.events()} == {"list"}


async def test_both_users_of_an_impersonation_are_told(tmp_path: Path) -> None:
    async with audited(tmp_path, {"level": "Metadata"}, omitStages=["RequestReceived"]) as found:
        server = found.api.server
        token = (tmp_path / "data" / "pki" / "tokens.csv").read_text().split(",")[0]
        headers = {
            "authorization": f"Bearer {token}",
            "impersonate-user": "alice",
            "audit-id": "given-by-the-client",
            "user-agent": "test/1",
            "x-forwarded-for": "192.0.2.1, 192.0.2.2",
        }
        answer = await server.handler.handle(Request("GET", CONFIG_MAPS, {}, headers, remote="192.0.2.3"))
        assert not isinstance(answer, StreamResponse)
        (event,) = found.events()
    assert event["impersonatedUser"]["username"] == "alice"
    assert event["user"]["username"] != "alice"
    assert event["auditID"] == "given-by-the-client"
    assert event["userAgent"] == "test/1"
    assert event["sourceIPs"] == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]


@pytest.mark.parametrize(
    ("headers", "remote", "sources"),
    [
        ({}, "192.0.2.9", ["192.0.2.9"]),
        ({"x-forwarded-for": "192.0.2.1, nonsense, 192.0.2.2"}, "192.0.2.9", ["192.0.2.1", "192.0.2.2", "192.0.2.9"]),
        ({"x-forwarded-for": "192.0.2.9, 192.0.2.1"}, "192.0.2.9", ["192.0.2.9", "192.0.2.1", "192.0.2.9"]),
        ({"x-forwarded-for": "192.0.2.1, 192.0.2.9"}, "192.0.2.9", ["192.0.2.1", "192.0.2.9"]),
        ({"x-real-ip": "192.0.2.1"}, "", ["192.0.2.1"]),
        ({"x-forwarded-for": "192.0.2.1", "x-real-ip": "192.0.2.1"}, "2001:db8::1", ["192.0.2.1", "2001:db8::1"]),
    ],
)
def test_where_a_request_came_from(headers: dict[str, str], remote: str, sources: list[str]) -> None:
    request = Request("GET", "/api", {}, {**headers, "user-agent": "a" * 2000}, remote=remote)
    asked = Attributes(ADMIN, "get", path="/api")
    event = first_event(request, asked, ADMIN, level="Metadata", audit_id="i", received=datetime.now(UTC))
    assert event.get("sourceIPs") == sources
    assert event["userAgent"] == "a" * 1024 + "...TRUNCATED"


async def test_who_cannot_be_known_is_told_once(tmp_path: Path) -> None:
    async with audited(tmp_path, {"level": "Metadata"}) as found:
        for headers in ({"authorization": "Bearer nobody"}, {"authorization": "Bearer nobody", "user-agent": "x"}):
            answer = await found.api.server.handler.handle(Request("GET", "/api/v1/pods", {}, headers))
            assert isinstance(answer, Response) and answer.status == 401
        event, _ = found.events("/api/v1/pods")
    assert event["stage"] == "ResponseStarted" and event["user"] == {}
    assert event["objectRef"] == {"resource": "pods", "apiVersion": "v1"}
    told = "Authentication failed, attempted: bearer"
    assert event["responseStatus"] == {"metadata": {}, "message": told, "code": 401}


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (Request("GET", "/", {}, {}), "Authentication failed, no credentials provided"),
        (Request("GET", "/", {}, {}, peer_certificate=b"x"), "Authentication failed, attempted: x509"),
        (
            Request("GET", "/", {"access_token": "t"}, {"authorization": "Basic eDp5"}),
            "Authentication failed, attempted: basic, access_token",
        ),
    ],
)
def test_what_was_tried(request_: Request, why: str) -> None:
    assert why_refused(request_) == why


async def test_a_delete_tells_the_status_that_it_answered(tmp_path: Path) -> None:
    async with audited(tmp_path, {"level": "Metadata", "verbs": ["delete"]}, omitStages=["RequestReceived"]) as found:
        made = await found.api.create(CONFIG_MAPS, config_map("a"))
        await found.api.ok("DELETE", f"{CONFIG_MAPS}/a")
        (event,) = found.events()
    details = {"name": "a", "kind": "configmaps", "uid": made["metadata"]["uid"]}
    assert event["responseStatus"] == {"metadata": {}, "status": "Success", "details": details, "code": 200}
    assert list(event)[-3:] == ["requestReceivedTimestamp", "stageTimestamp", "annotations"]


def test_events_that_are_too_large_lose_their_bodies_or_are_lost() -> None:
    event = {"auditID": "i", "annotations": {"a": "b"}, "requestObject": {"data": "x" * 500}}
    assert fitted(event, 1000) is event
    smaller = {"auditID": "i", "annotations": {"a": "b", "audit.k8s.io/truncated": "true"}}
    assert fitted(event, 200) == smaller
    assert fitted(event, 20) is None
