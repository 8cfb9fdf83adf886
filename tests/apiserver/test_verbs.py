"""The verbs, from the request to the answer and to what watchers see."""

from __future__ import annotations

import asyncio
from pathlib import Path

from pybernetes.api.object import Json
from pybernetes.apiserver.options import Options
from tests.apiserver.conftest import Api, config_map, pod, running

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
PODS = "/api/v1/namespaces/default/pods"
SERVICES = "/api/v1/namespaces/default/services"


async def test_what_the_server_adds_to_a_new_object(api: Api) -> None:
    made = await api.create(CONFIG_MAPS, config_map("x", a="b"))
    metadata = made["metadata"]
    assert metadata["namespace"] == "default"
    assert metadata["uid"] and metadata["creationTimestamp"] and metadata["resourceVersion"]
    assert await api.get(f"{CONFIG_MAPS}/x") == made


async def test_generated_names(api: Api) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "run-"}}
    names = {(await api.create(CONFIG_MAPS, body))["metadata"]["name"] for _ in range(5)}
    assert len(names) == 5
    assert all(name.startswith("run-") and len(name) == 9 for name in names)


async def test_a_dry_run_changes_nothing(api: Api) -> None:
    await api.create(CONFIG_MAPS, config_map("x"), query={"dryRun": "All"})
    assert (await api.call("GET", f"{CONFIG_MAPS}/x"))[0] == 404
    await api.create(CONFIG_MAPS, config_map("x", a="1"))
    await api.ok("PUT", f"{CONFIG_MAPS}/x", config_map("x", a="2"), query={"dryRun": "All"})
    await api.ok("DELETE", f"{CONFIG_MAPS}/x", query={"dryRun": "All"})
    assert (await api.get(f"{CONFIG_MAPS}/x"))["data"] == {"a": "1"}


async def test_an_update_that_changes_nothing_is_no_write(api: Api) -> None:
    made = await api.create(CONFIG_MAPS, config_map("x", a="1"))
    again = await api.ok("PUT", f"{CONFIG_MAPS}/x", config_map("x", a="1"))
    assert again["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]


async def test_the_three_patches(api: Api) -> None:
    await api.create(PODS, pod("x", labels={"a": "1"}))
    path = f"{PODS}/x"
    merge = {"metadata": {"labels": {"b": "2", "a": None}}}
    got = await api.ok("PATCH", path, merge, content_type="application/merge-patch+json")
    assert got["metadata"]["labels"] == {"b": "2"}
    operations = [{"op": "add", "path": "/metadata/labels/c", "value": "3"}]
    got = await api.ok("PATCH", path, operations, content_type="application/json-patch+json")
    assert got["metadata"]["labels"] == {"b": "2", "c": "3"}
    strategic = {"spec": {"containers": [{"name": "main", "image": "busybox:1.37"}]}}
    got = await api.ok("PATCH", path, strategic, content_type="application/strategic-merge-patch+json")
    assert [(one["name"], one["image"]) for one in got["spec"]["containers"]] == [("main", "busybox:1.37")]


async def test_status_and_the_rest_are_written_apart(api: Api) -> None:
    await api.create(PODS, pod("x"))
    path = f"{PODS}/x"
    sent = {"status": {"phase": "Running", "message": "hello"}}
    await api.ok("PATCH", f"{path}/status", sent, content_type="application/merge-patch+json")
    got = await api.ok("PATCH", path, {"status": {"phase": "Failed"}}, content_type="application/merge-patch+json")
    assert got["status"]["phase"] == "Running"
    spec = {"spec": {"priority": 7}}
    got = await api.ok("PATCH", f"{path}/status", spec, content_type="application/merge-patch+json")
    assert got["spec"]["priority"] == 0


async def test_finalizers_hold_an_object(api: Api) -> None:
    body = config_map("x")
    body["metadata"]["finalizers"] = ["example.com/hold"]
    await api.create(CONFIG_MAPS, body)
    held = await api.ok("DELETE", f"{CONFIG_MAPS}/x")
    assert held["metadata"]["deletionTimestamp"]
    assert (await api.get(f"{CONFIG_MAPS}/x"))["metadata"]["finalizers"] == ["example.com/hold"]
    free = {"metadata": {"finalizers": None}}
    await api.ok("PATCH", f"{CONFIG_MAPS}/x", free, content_type="application/merge-patch+json")
    assert (await api.call("GET", f"{CONFIG_MAPS}/x"))[0] == 404


async def test_propagation_is_told_to_the_collector_by_a_finalizer(api: Api) -> None:
    for policy, finalizer in (("Foreground", "foregroundDeletion"), ("Orphan", "orphan")):
        name = policy.lower()
        await api.create(CONFIG_MAPS, config_map(name))
        options = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": policy}
        held = await api.ok("DELETE", f"{CONFIG_MAPS}/{name}", options)
        assert held["metadata"]["finalizers"] == [finalizer]


async def test_preconditions_of_a_delete(api: Api) -> None:
    made = await api.create(CONFIG_MAPS, config_map("x"))
    wrong = {"preconditions": {"uid": "other"}}
    assert (await api.call("DELETE", f"{CONFIG_MAPS}/x", wrong))[0] == 409
    right = {"preconditions": {"uid": made["metadata"]["uid"]}}
    gone = await api.ok("DELETE", f"{CONFIG_MAPS}/x", right)
    assert gone["status"] == "Success"
    assert gone["details"] == {"name": "x", "kind": "configmaps", "uid": made["metadata"]["uid"]}


async def test_deleting_a_collection_by_label(api: Api) -> None:
    for number in range(4):
        body = config_map(f"x{number}")
        body["metadata"]["labels"] = {"odd": str(number % 2)}
        await api.create(CONFIG_MAPS, body)
    await api.ok("DELETE", CONFIG_MAPS, query={"labelSelector": "odd=1"})
    left = await api.get(CONFIG_MAPS)
    assert [item["metadata"]["name"] for item in left["items"]] == ["x0", "x2"]


async def test_pages_show_one_state(api: Api) -> None:
    for number in range(5):
        await api.create(CONFIG_MAPS, config_map(f"x{number}"))
    first = await api.get(CONFIG_MAPS, query={"limit": "2"})
    assert first["metadata"]["remainingItemCount"] == 3
    await api.ok("DELETE", f"{CONFIG_MAPS}/x3")
    await api.create(CONFIG_MAPS, config_map("x9"))
    second = await api.get(CONFIG_MAPS, query={"limit": "2", "continue": first["metadata"]["continue"]})
    third = await api.get(CONFIG_MAPS, query={"limit": "2", "continue": second["metadata"]["continue"]})
    pages = [first, second, third]
    names = [item["metadata"]["name"] for page in pages for item in page["items"]]
    assert names == ["x0", "x1", "x2", "x3", "x4"]
    assert len({page["metadata"]["resourceVersion"] for page in pages}) == 1
    assert "continue" not in third["metadata"]


async def test_items_of_a_list_have_no_type_of_their_own(api: Api) -> None:
    await api.create(CONFIG_MAPS, config_map("x"))
    found = await api.get(CONFIG_MAPS)
    assert (found["kind"], found["apiVersion"]) == ("ConfigMapList", "v1")
    assert "kind" not in found["items"][0]


async def test_a_table_has_columns_and_rows(api: Api) -> None:
    await api.create(PODS, pod("x"))
    table = await api.get(PODS, accept="application/json;as=Table;v=v1;g=meta.k8s.io,application/json")
    assert table["kind"] == "Table"
    names = [column["name"] for column in table["columnDefinitions"]]
    assert names[:5] == ["Name", "Ready", "Status", "Restarts", "Age"]
    assert table["rows"][0]["cells"][:4] == ["x", "0/1", "Pending", "0"]
    assert table["rows"][0]["object"]["metadata"]["name"] == "x"


async def test_a_watch_sees_every_change_in_order(api: Api) -> None:
    start = (await api.get(CONFIG_MAPS))["metadata"]["resourceVersion"]
    async with api.watch(CONFIG_MAPS, resourceVersion=start) as watched:
        await api.create(CONFIG_MAPS, config_map("x", a="1"))
        await api.ok("PUT", f"{CONFIG_MAPS}/x", config_map("x", a="2"))
        await api.ok("DELETE", f"{CONFIG_MAPS}/x")
        assert await watched.take(3) == [("ADDED", "x"), ("MODIFIED", "x"), ("DELETED", "x")]


async def test_a_watch_resumes_where_it_was_cut(api: Api) -> None:
    first = await api.create(CONFIG_MAPS, config_map("x"))
    await api.create(CONFIG_MAPS, config_map("y"))
    await api.ok("DELETE", f"{CONFIG_MAPS}/x")
    async with api.watch(CONFIG_MAPS, resourceVersion=first["metadata"]["resourceVersion"]) as watched:
        assert await watched.take(2) == [("ADDED", "y"), ("DELETED", "x")]


async def test_a_watch_resumes_across_a_restart(tmp_path: Path) -> None:
    async with running(Options(tmp_path, secure_port=-1)) as server:
        first = await Api(server).create(CONFIG_MAPS, config_map("x"))
        await Api(server).create(CONFIG_MAPS, config_map("y"))
    async with running(Options(tmp_path, secure_port=-1)) as server:
        version = first["metadata"]["resourceVersion"]
        async with Api(server).watch(CONFIG_MAPS, resourceVersion=version) as watched:
            await Api(server).create(CONFIG_MAPS, config_map("z"))
            assert await watched.take(2) == [("ADDED", "y"), ("ADDED", "z")]


async def test_a_selector_turns_updates_into_adds_and_deletes(api: Api) -> None:
    def labelled(color: str) -> Json:
        body = config_map("x")
        body["metadata"]["labels"] = {"color": color}
        return body

    start = (await api.get(CONFIG_MAPS))["metadata"]["resourceVersion"]
    async with api.watch(CONFIG_MAPS, resourceVersion=start, labelSelector="color=red") as watched:
        await api.create(CONFIG_MAPS, labelled("blue"))
        await api.ok("PUT", f"{CONFIG_MAPS}/x", labelled("red"))
        await api.ok("PUT", f"{CONFIG_MAPS}/x", labelled("green"))
        assert await watched.take(2) == [("ADDED", "x"), ("DELETED", "x")]
        assert watched.pending == 0


async def test_initial_events_end_with_a_bookmark(api: Api) -> None:
    await api.create(CONFIG_MAPS, config_map("x"))
    query = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": "true"}
    async with api.watch(CONFIG_MAPS, **query) as watched:
        assert (await watched.next())["type"] == "ADDED"
        mark = await watched.next()
        assert mark["type"] == "BOOKMARK"
        assert mark["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


async def test_a_bookmark_is_an_object_of_the_kind_in_which_nothing_is_set(api: Api) -> None:
    query = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": "true"}
    async with api.watch("/api/v1/namespaces/default/pods", **query) as watched:
        mark = (await watched.next())["object"]
    assert mark.pop("metadata")["resourceVersion"].isdigit()
    assert mark == {"kind": "Pod", "apiVersion": "v1", "spec": {"containers": None}, "status": {}}


async def test_a_forgotten_version_is_gone(api: Api) -> None:
    first = await api.create(CONFIG_MAPS, config_map("x"))
    for number in range(3):
        await api.ok("PUT", f"{CONFIG_MAPS}/x", config_map("x", a=str(number)))
    store = api.server.state.store
    await store.compact(await store.current_revision())
    cache = api.server.state.cache.caches["configmaps"]
    cache.history_after = await store.current_revision()
    async with api.watch(CONFIG_MAPS, resourceVersion=first["metadata"]["resourceVersion"]) as watched:
        event = await watched.next()
        assert (event["type"], event["object"]["code"], event["object"]["reason"]) == ("ERROR", 410, "Expired")


async def test_many_writers_lose_nothing(api: Api) -> None:
    await api.create(CONFIG_MAPS, config_map("x", n="0"))

    async def add_one() -> None:
        while True:
            found = await api.get(f"{CONFIG_MAPS}/x")
            found["data"]["n"] = str(int(found["data"]["n"]) + 1)
            status, _ = await api.call("PUT", f"{CONFIG_MAPS}/x", found)
            if status == 200:
                return
            assert status == 409

    await asyncio.gather(*(add_one() for _ in range(20)))
    assert (await api.get(f"{CONFIG_MAPS}/x"))["data"]["n"] == "20"


async def test_services_never_share_an_address_or_a_port(api: Api) -> None:
    def service(name: str) -> Json:
        spec = {"type": "NodePort", "selector": {"app": "x"}, "ports": [{"port": 80}]}
        return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}

    made = await asyncio.gather(*(api.create(SERVICES, service(f"s{number}")) for number in range(30)))
    assert len({one["spec"]["clusterIP"] for one in made}) == 30
    assert len({one["spec"]["ports"][0]["nodePort"] for one in made}) == 30
    taken = service("again")
    taken["spec"]["clusterIP"] = made[0]["spec"]["clusterIP"]
    status, answer = await api.call("POST", SERVICES, taken)
    assert status == 422
    assert "provided IP is already allocated" in answer["message"]
    await api.ok("DELETE", f"{SERVICES}/s0")
    assert (await api.create(SERVICES, taken))["spec"]["clusterIP"] == made[0]["spec"]["clusterIP"]


async def test_a_pod_is_bound_once(api: Api) -> None:
    await api.create(PODS, pod("x"))
    binding = {
        "apiVersion": "v1",
        "kind": "Binding",
        "metadata": {"name": "x"},
        "target": {"kind": "Node", "name": "n"},
    }
    await api.create(f"{PODS}/x/binding", binding)
    bound = await api.get(f"{PODS}/x")
    assert bound["spec"]["nodeName"] == "n"
    assert bound["status"]["conditions"][0]["type"] == "PodScheduled"
    status, answer = await api.call("POST", f"{PODS}/x/binding", binding)
    assert (status, answer["reason"]) == (409, "Conflict")


async def test_a_running_pod_ends_gracefully(api: Api) -> None:
    await api.create(PODS, pod("x"))
    binding = {
        "apiVersion": "v1",
        "kind": "Binding",
        "metadata": {"name": "x"},
        "target": {"kind": "Node", "name": "n"},
    }
    await api.create(f"{PODS}/x/binding", binding)
    going = await api.ok("DELETE", f"{PODS}/x")
    assert going["metadata"]["deletionGracePeriodSeconds"] == 30
    sooner = await api.ok("DELETE", f"{PODS}/x", {"gracePeriodSeconds": 5})
    assert sooner["metadata"]["deletionGracePeriodSeconds"] == 5
    await api.ok("DELETE", f"{PODS}/x", {"gracePeriodSeconds": 0})
    assert (await api.call("GET", f"{PODS}/x"))[0] == 404


async def test_scale_is_a_view_of_the_object(api: Api) -> None:
    path = "/api/v1/namespaces/default/replicationcontrollers"
    template = {"metadata": {"labels": {"app": "x"}}, "spec": pod("x")["spec"]}
    spec = {"replicas": 2, "selector": {"app": "x"}, "template": template}
    body = {"apiVersion": "v1", "kind": "ReplicationController", "metadata": {"name": "x"}, "spec": spec}
    await api.create(path, body)
    scale = await api.get(f"{path}/x/scale")
    assert (scale["kind"], scale["spec"], scale["status"]) == (
        "Scale",
        {"replicas": 2},
        {"replicas": 0, "selector": "app=x"},
    )
    await api.ok("PUT", f"{path}/x/scale", {**scale, "spec": {"replicas": 5}})
    assert (await api.get(f"{path}/x"))["spec"]["replicas"] == 5


async def test_a_namespace_waits_for_its_content(api: Api) -> None:
    await api.create("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}})
    going = await api.ok("DELETE", "/api/v1/namespaces/team")
    assert going["status"]["phase"] == "Terminating"
    status, answer = await api.call("POST", "/api/v1/namespaces/team/configmaps", config_map("x"))
    assert status == 403
    assert answer["details"]["causes"][0]["reason"] == "NamespaceTerminating"
    await api.ok("PUT", "/api/v1/namespaces/team/finalize", {**going, "spec": {}})
    assert (await api.call("GET", "/api/v1/namespaces/team"))[0] == 404
