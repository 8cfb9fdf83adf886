"""Every verb on every resource that is served, with one valid object each."""

from __future__ import annotations

import pytest

from pybernetes.api.object import Json, deep_copy, name_of
from pybernetes.api.resources import RESOURCES, Resource
from pybernetes.apiserver.http import Response
from tests.apiserver.conftest import Api, Watched
from tests.apiserver.minimal_objects import minimal_object, name_for

# The server writes to these as well: see tests/apiserver/customresources, aggregation and admission.
BY_THE_SERVER_TOO = ("customresourcedefinitions", "apiservices", "validatingadmissionpolicies")
STORED = [one for one in RESOURCES if "watch" in one.verbs and one.plural not in BY_THE_SERVER_TOO]
ASKED = [resource for resource in RESOURCES if resource.verbs == ("create",)]
MINE = {"tests.example.com/mine": "yes"}
SELECTOR = "tests.example.com/mine=yes"
BACKGROUND = {"propagationPolicy": "Background"}  # the default of all but jobs and replication controllers
PROTECTED = ("persistentvolumeclaims", "persistentvolumes")
MERGE = "application/merge-patch+json"


def _id(resource: Resource) -> str:
    return resource.qualified_name


def _namespace(resource: Resource) -> str:
    return "default" if resource.namespaced else ""


def test_nobody_has_forgotten_a_kind() -> None:
    for resource in (*STORED, *ASKED):
        assert minimal_object(resource)["kind"] == resource.kind


@pytest.mark.parametrize("resource", STORED, ids=_id)
async def test_the_life_of_an_object(api: Api, resource: Resource) -> None:
    collection = resource.path(_namespace(resource))
    path = f"{collection}/{name_for(resource)}"
    before = (await api.get(collection))["metadata"]["resourceVersion"]
    async with api.watch(collection, resourceVersion=before, labelSelector=SELECTOR) as watched:
        made = await api.create(collection, minimal_object(resource, labels=MINE))
        assert (made["apiVersion"], made["kind"]) == (resource.api_version, resource.kind)
        assert await api.get(path) == made
        await _listed(api, resource, collection, made)
        assert await _event(watched) == ("ADDED", made)
        await _updated(api, path, made, watched)
        await _deleted(api, resource, path, watched)


async def _event(watched: Watched) -> tuple[str, Json]:
    event = await watched.next()
    return event["type"], event["object"]


async def _listed(api: Api, resource: Resource, collection: str, made: Json) -> None:
    for path in (collection, resource.path()):
        found = await api.get(path, query={"labelSelector": SELECTOR})
        assert (found["kind"], found["apiVersion"]) == (f"{resource.kind}List", resource.api_version)
        assert found["items"] == [{key: made[key] for key in made if key not in ("apiVersion", "kind")}]
    by_name = await api.get(collection, query={"fieldSelector": f"metadata.name={name_of(made)}"})
    assert len(by_name["items"]) == 1
    as_table = await api.get(collection, accept="application/json;as=Table;v=v1;g=meta.k8s.io")
    assert [len(row["cells"]) for row in as_table["rows"]] == [len(as_table["columnDefinitions"])] * len(
        as_table["rows"]
    )
    bare = await api.get(collection, accept="application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io")
    assert name_of(made) in {name_of(item) for item in bare["items"]}


async def _updated(api: Api, path: str, made: Json, watched: Watched) -> None:
    same = await api.ok("PUT", path, deep_copy(made))
    assert same == made, "an update with nothing new is no write"
    wanted = deep_copy(made)
    wanted["metadata"]["annotations"] = {**(wanted["metadata"].get("annotations") or {}), "a": "1"}
    updated = await api.ok("PUT", path, wanted)
    assert updated["metadata"]["annotations"]["a"] == "1"
    assert await _event(watched) == ("MODIFIED", updated)
    assert (await api.call("PUT", path, wanted))[0] == 409, "it says the version before"
    patches = (
        ("application/merge-patch+json", {"metadata": {"annotations": {"a": "2"}}}),
        ("application/strategic-merge-patch+json", {"metadata": {"annotations": {"b": "3"}}}),
        ("application/json-patch+json", [{"op": "replace", "path": "/metadata/annotations/b", "value": "4"}]),
    )
    for content_type, body in patches:
        patched = await api.ok("PATCH", path, body, content_type=content_type)
        assert await _event(watched) == ("MODIFIED", patched)
    found = await api.get(path)
    assert (found["metadata"]["annotations"]["a"], found["metadata"]["annotations"]["b"]) == ("2", "4")
    assert {**found, "metadata": None} == {**made, "metadata": None}, "only the metadata has changed"


async def _unprotect(api: Api, path: str) -> None:
    """What the controllers do when nobody uses the object."""
    await api.ok("PATCH", path, {"metadata": {"finalizers": None}}, content_type=MERGE)


async def _deleted(api: Api, resource: Resource, path: str, watched: Watched) -> None:
    await api.ok("DELETE", path, query=BACKGROUND)
    if resource.plural == "namespaces":
        type, left = await _event(watched)
        assert (type, left["status"]["phase"]) == ("MODIFIED", "Terminating")
        left["spec"]["finalizers"] = []
        await api.ok("PUT", f"{path}/finalize", left)
    if resource.plural == "pods":
        type, left = await _event(watched)
        assert (type, left["metadata"]["deletionGracePeriodSeconds"]) == ("MODIFIED", 0)
    if resource.plural in PROTECTED:
        assert (await _event(watched))[0] == "MODIFIED"
        await _unprotect(api, path)
    type, last = await _event(watched)
    assert (type, name_of(last)) == ("DELETED", name_for(resource))
    assert (await api.call("GET", path))[0] == 404
    assert (await api.call("DELETE", path))[0] == 404
    assert watched.pending == 0


@pytest.mark.parametrize("resource", [one for one in STORED if "deletecollection" in one.verbs], ids=_id)
async def test_deleting_a_collection(api: Api, resource: Resource) -> None:
    collection = resource.path(_namespace(resource))
    for number in (1, 2):
        body = minimal_object(resource, number, labels=MINE)
        if resource.plural == "servicecidrs":
            body["spec"]["cidrs"] = [f"10.9.{number}.0/24"]
        await api.create(collection, body)
    others = len((await api.get(collection))["items"]) - 2
    assert others >= 0
    dry = {"labelSelector": SELECTOR, "dryRun": "All"}
    await api.ok("DELETE", collection, query=dry)
    assert len((await api.get(collection, query={"labelSelector": SELECTOR}))["items"]) == 2
    gone = await api.ok("DELETE", collection, query={"labelSelector": SELECTOR, **BACKGROUND})
    assert {name_of(item) for item in gone["items"]} == {name_for(resource, 1), name_for(resource, 2)}
    if resource.plural in PROTECTED:
        for item in gone["items"]:
            await _unprotect(api, f"{collection}/{name_of(item)}")
    assert (await api.get(collection, query={"labelSelector": SELECTOR}))["items"] == []
    assert len((await api.get(collection))["items"]) == others


@pytest.mark.parametrize("resource", [one for one in STORED if "status" in one.subresources], ids=_id)
async def test_status_is_a_resource_of_its_own(api: Api, resource: Resource) -> None:
    collection = resource.path(_namespace(resource))
    path = f"{collection}/{name_for(resource)}"
    made = await api.create(collection, minimal_object(resource))
    found = await api.get(f"{path}/status")
    assert found == made
    changed = await api.ok("PUT", f"{path}/status", {**deep_copy(made), "metadata": {"name": name_for(resource)}})
    assert changed.get("spec") == made.get("spec")
    patched = await api.ok("PATCH", f"{path}/status", {"metadata": {"annotations": {"a": "1"}}}, content_type=MERGE)
    assert patched["metadata"]["annotations"]["a"] == "1"
    assert patched.get("spec") == made.get("spec")


@pytest.mark.parametrize("resource", ASKED, ids=_id)
async def test_what_is_only_asked(api: Api, resource: Resource) -> None:
    body = minimal_object(resource)
    if resource.plural == "bindings":
        body["metadata"]["name"] = "p"
        pod = next(one for one in STORED if one.plural == "pods")
        await api.create(pod.path("default"), minimal_object(pod) | {"metadata": {"name": "p"}})
    else:
        del body["metadata"]
    answer = await api.create(resource.path(_namespace(resource)), body)
    assert answer["kind"] in (resource.kind, "Status")
    assert (await api.call("GET", resource.path(_namespace(resource))))[0] == 405


@pytest.mark.parametrize("resource", STORED, ids=_id)
async def test_methods_that_mean_nothing(api: Api, resource: Resource) -> None:
    collection = resource.path(_namespace(resource))
    assert (await api.call("PUT", collection, minimal_object(resource)))[0] == 405
    assert (await api.call("PATCH", collection, {}, content_type=MERGE))[0] == 405
    assert (await api.call("POST", f"{collection}/x", minimal_object(resource)))[0] == 405
    assert (await api.call("GET", f"{collection}/x/nonsense"))[0] == 404


async def test_jobs_keep_their_pods_unless_the_request_says_otherwise(api: Api) -> None:
    jobs = "/apis/batch/v1/namespaces/default/jobs"
    job = next(one for one in STORED if one.plural == "jobs")
    await api.create(jobs, minimal_object(job))
    answer = await api.answer("DELETE", f"{jobs}/x1")
    assert isinstance(answer, Response)
    assert "child pods are preserved by default when jobs are deleted" in (answer.headers or {})["warning"]
    assert (await api.get(f"{jobs}/x1"))["metadata"]["finalizers"] == ["orphan"]
