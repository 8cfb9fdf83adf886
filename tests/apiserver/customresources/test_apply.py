"""Server-side apply of custom resources: owners follow the schema's lists and maps."""

from __future__ import annotations

from typing import Any

from pybernetes.api.object import Json
from tests.apiserver.conftest import Api
from tests.apiserver.customresources.definitions import WIDGETS, crd, established, version, widget

APPLY = "application/apply-patch+yaml"


async def apply(api: Api, manager: str, force: bool = False, **spec: Any) -> tuple[int, Json]:
    query = {"fieldManager": manager, "force": "true" if force else "false"}
    body = {**widget(), "spec": spec}
    return await api.call("PATCH", f"{WIDGETS}/w", body, query=query, content_type=APPLY)


async def test_items_of_keyed_lists_have_owners_of_their_own(api: Api) -> None:
    await established(api, crd())
    status, made = await apply(api, "one", image="busybox", parts=[{"name": "a"}], labels={"x": "1"})
    assert status == 201, made
    assert made["spec"]["replicas"] == 1
    status, both = await apply(api, "two", parts=[{"name": "b", "size": 9}], labels={"y": "2"})
    assert status == 200, both
    assert both["spec"]["parts"] == [{"name": "a", "size": 5}, {"name": "b", "size": 9}]
    assert both["spec"]["labels"] == {"x": "1", "y": "2"}
    status, conflict = await apply(api, "two", image="nginx")
    assert (status, conflict["reason"]) == (409, "Conflict")
    assert conflict["details"]["causes"][0]["field"] == ".spec.image"
    status, forced = await apply(api, "two", force=True, image="nginx")
    assert forced["spec"]["image"] == "nginx"
    assert forced["spec"]["parts"] == [{"name": "a", "size": 5}]
    assert forced["spec"]["labels"] == {"x": "1"}


async def test_every_version_knows_the_owners(api: Api) -> None:
    await established(api, crd(version("v1"), version("v2", storage=False)))
    await apply(api, "one", image="busybox")
    found = await api.get(f"{WIDGETS.replace('/v1/', '/v2/')}/w")
    assert [entry["manager"] for entry in found["metadata"]["managedFields"]] == ["one"]
    query = {"fieldManager": "one", "force": "false"}
    body = {**widget(), "apiVersion": "example.com/v2", "spec": {"image": "nginx"}}
    changed = await api.ok("PATCH", f"{WIDGETS.replace('/v1/', '/v2/')}/w", body, query=query, content_type=APPLY)
    assert changed["spec"]["image"] == "nginx"
