"""What a list and a watch are asked for: which values and combinations make sense, versions, and pages."""

from __future__ import annotations

import base64

import orjson
import pytest

from pybernetes.api.object import Json
from tests.apiserver.conftest import Api, config_map

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
PODS = "/api/v1/namespaces/default/pods"
INVALID_OPTIONS = 'ListOptions.meta.k8s.io "" is invalid: '
BAD_VERSION = 'resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax'


def token(**value: Json | str | int) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


REFUSED = [
    ({"limit": "many"}, 400, 'strconv.ParseInt: parsing "many": invalid syntax'),
    ({"limit": ""}, 400, 'strconv.ParseInt: parsing "": invalid syntax'),
    ({"limit": "9" * 30}, 400, f'strconv.ParseInt: parsing "{"9" * 30}": value out of range'),
    ({"timeoutSeconds": "1s"}, 400, 'strconv.ParseInt: parsing "1s": invalid syntax'),
    ({"resourceVersion": "x"}, 400, f"invalid resource version: {BAD_VERSION}"),
    ({"labelSelector": "a in"}, 400, "unable to parse requirement: found '' expected: '('"),
    ({"labelSelector": "a=b c"}, 400, "found 'c', expected: ',' or 'end of string'"),
    ({"fieldSelector": "nonsense"}, 400, "invalid selector: 'nonsense'; can't understand 'nonsense'"),
    (
        {"fieldSelector": "spec.x=1"},
        400,
        '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ),
    (
        {"resourceVersionMatch": "Exact"},
        422,
        "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
    ),
    (
        {"resourceVersionMatch": "Exact", "resourceVersion": "0"},
        422,
        'resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    ),
    (
        {"resourceVersionMatch": "Newer", "resourceVersion": "1"},
        422,
        'resourceVersionMatch: Unsupported value: "Newer": supported values: "Exact", "NotOlderThan", ""',
    ),
    (
        {"resourceVersionMatch": "NotOlderThan", "resourceVersion": "1", "continue": "x"},
        422,
        "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided",
    ),
    ({"sendInitialEvents": "true"}, 422, "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list"),
    (
        {"watch": "true", "sendInitialEvents": "false"},
        422,
        "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
    ),
    (
        {"watch": "true", "resourceVersionMatch": "Exact", "resourceVersion": "1"},
        422,
        "[resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is "
        'provided, resourceVersionMatch: Unsupported value: "Exact": supported values: "NotOlderThan"]',
    ),
    (
        {"continue": token(v="meta.k8s.io/v2", rv=1, start="a")},
        400,
        "invalid continue token: continue key is not valid: server does not recognize this encoded version "
        "meta.k8s.io/v2",
    ),
    (
        {"continue": token(v="meta.k8s.io/v1", rv=0, start="a")},
        400,
        "invalid continue token: continue key is not valid: incorrect encoded start resourceVersion "
        "(version meta.k8s.io/v1)",
    ),
    (
        {"continue": token(v="meta.k8s.io/v1", rv=1, start="")},
        400,
        "invalid continue token: continue key is not valid: encoded start key empty (version meta.k8s.io/v1)",
    ),
    (
        {"continue": token(v="meta.k8s.io/v1", rv=1, start="../secrets")},
        400,
        "invalid continue token: continue key is not valid: ../secrets",
    ),
    (
        {"continue": token(v="meta.k8s.io/v1", rv=1, start="a"), "resourceVersion": "1"},
        400,
        "specifying resource version is not allowed when using continue",
    ),
]


@pytest.mark.parametrize(("query", "code", "message"), REFUSED)
async def test_what_makes_no_sense(api: Api, query: dict[str, str], code: int, message: str) -> None:
    status, answer = await api.call("GET", CONFIG_MAPS, query=query)
    assert (status, answer["message"]) == (code, message if code == 400 else f"{INVALID_OPTIONS}{message}")


async def test_kinds_with_fields_of_their_own_say_so_differently(api: Api) -> None:
    _, answer = await api.call("GET", PODS, query={"fieldSelector": "spec.x=1"})
    assert answer["message"] == "field label not supported: spec.x"


async def test_a_version_that_is_none(api: Api) -> None:
    await api.create(CONFIG_MAPS, config_map("x"))
    status, answer = await api.call("GET", f"{CONFIG_MAPS}/x", query={"resourceVersion": "x"})
    assert (status, answer["message"], "reason" in answer) == (500, BAD_VERSION, False)
    status, answer = await api.call("GET", CONFIG_MAPS, query={"watch": "true", "resourceVersion": "x"})
    assert (status, answer["message"]) == (422, f'configmaps "" is invalid: {BAD_VERSION}')


async def test_a_version_that_has_not_happened_yet(api: Api) -> None:
    await api.create(CONFIG_MAPS, config_map("x"))
    for path, query in (
        (f"{CONFIG_MAPS}/x", {}),
        (CONFIG_MAPS, {}),
        (CONFIG_MAPS, {"resourceVersionMatch": "NotOlderThan"}),
        (CONFIG_MAPS, {"resourceVersionMatch": "Exact"}),
    ):
        status, answer = await api.call("GET", path, query={"resourceVersion": "999999", **query})
        assert (status, answer["reason"]) == (504, "Timeout")
        assert answer["message"].startswith("Timeout: Too large resource version: 999999, current: ")
        cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
        assert answer["details"]["causes"] == [cause]


async def test_a_watch_from_a_version_to_come_starts_there(api: Api) -> None:
    made = await api.create(CONFIG_MAPS, config_map("x"))
    later = int(made["metadata"]["resourceVersion"]) + 3
    async with api.watch(CONFIG_MAPS, resourceVersion=str(later)) as watched:
        written = [await api.create(CONFIG_MAPS, config_map(f"x{number}")) for number in range(5)]
        first = next(one for one in written if int(one["metadata"]["resourceVersion"]) > later)
        assert first is not written[0]
        assert (await watched.next())["object"]["metadata"]["name"] == first["metadata"]["name"]


async def test_version_0_is_not_paged(api: Api) -> None:
    for number in range(3):
        await api.create(CONFIG_MAPS, config_map(f"x{number}"))
    listed = await api.get(CONFIG_MAPS, query={"limit": "1", "resourceVersion": "0"})
    assert len(listed["items"]) == 3
    assert "continue" not in listed["metadata"]


async def test_pages_of_a_selection_do_not_say_how_much_is_left(api: Api) -> None:
    for number in range(4):
        await api.create(
            CONFIG_MAPS, {**config_map(f"x{number}"), "metadata": {"name": f"x{number}", "labels": {"a": "b"}}}
        )
    await api.create(CONFIG_MAPS, config_map("y"))
    query = {"limit": "2", "labelSelector": "a=b"}
    sizes = []
    while True:
        page = await api.get(CONFIG_MAPS, query=query)
        sizes.append(len(page["items"]))
        assert "remainingItemCount" not in page["metadata"]
        if "continue" not in page["metadata"]:
            break
        query["continue"] = page["metadata"]["continue"]
    assert sizes == [2, 2, 0]  # after the fourth, there was one more object: whether it matches, the next page tells


async def test_a_token_that_is_too_old_is_answered_with_one_that_is_not(api: Api) -> None:
    for number in range(4):
        await api.create(CONFIG_MAPS, config_map(f"x{number}"))
    page = await api.get(CONFIG_MAPS, query={"limit": "2"})
    await api.create(CONFIG_MAPS, config_map("x9"))
    store = api.server.state.store
    await store.compact(await store.current_revision())
    query = {"limit": "2", "continue": page["metadata"]["continue"]}
    status, answer = await api.call("GET", CONFIG_MAPS, query=query)
    assert (status, answer["reason"]) == (410, "Expired")
    assert answer["message"].startswith("The provided continue parameter is too old to display a consistent list")
    assert "use the continue token in this response" in answer["message"]
    query["continue"] = answer["metadata"]["continue"]
    rest = await api.get(CONFIG_MAPS, query=query)
    assert [item["metadata"]["name"] for item in rest["items"]] == ["x2", "x3"]
    assert int(rest["metadata"]["resourceVersion"]) > int(page["metadata"]["resourceVersion"])
    assert rest["metadata"]["remainingItemCount"] == 1
    status, answer = await api.call("GET", CONFIG_MAPS, query={"resourceVersion": "1", "resourceVersionMatch": "Exact"})
    assert (status, answer["message"]) == (410, "The resourceVersion for the provided list is too old.")


async def test_initial_events_end_with_a_bookmark_only_for_who_allows_bookmarks(api: Api) -> None:
    await api.create(CONFIG_MAPS, config_map("x"))
    query = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}
    async with api.watch(CONFIG_MAPS, **query) as watched:
        await api.create(CONFIG_MAPS, config_map("y"))
        assert await watched.take(2) == [("ADDED", "x"), ("ADDED", "y")]


async def test_no_initial_events_when_they_are_not_wanted(api: Api) -> None:
    await api.create(CONFIG_MAPS, config_map("x"))
    query = {"sendInitialEvents": "false", "resourceVersionMatch": "NotOlderThan"}
    async with api.watch(CONFIG_MAPS, **query) as watched:
        await api.create(CONFIG_MAPS, config_map("y"))
        assert await watched.take(1) == [("ADDED", "y")]


async def test_an_object_that_is_selected_no_more_is_shown_as_it_was(api: Api) -> None:
    body = {**config_map("x", a="1"), "metadata": {"name": "x", "labels": {"color": "red"}}}
    made = await api.create(CONFIG_MAPS, body)
    version = made["metadata"]["resourceVersion"]
    async with api.watch(CONFIG_MAPS, resourceVersion=version, labelSelector="color=red") as watched:
        changed = {"metadata": {"labels": {"color": "blue"}}, "data": {"a": "2"}}
        after = await api.ok("PATCH", f"{CONFIG_MAPS}/x", changed, content_type="application/merge-patch+json")
        event = await watched.next()
    assert event["type"] == "DELETED"
    shown = {**made, "metadata": {**made["metadata"], "resourceVersion": after["metadata"]["resourceVersion"]}}
    assert event["object"] == shown
