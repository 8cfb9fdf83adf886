"""Every verb on every resource that is served, with one valid object each.

What is expected holds for all kinds alike; where kinds differ, `sample_changes` says how.
"""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.object import Json, deep_copy, name_of
from pybernetes.api.resources import RESOURCES, Resource
from pybernetes.apiserver.http import Response
from tests.apiserver.conftest import Api, Watched
from tests.apiserver.minimal_objects import minimal_object, name_for
from tests.apiserver.sample_changes import (
    CHANGES,
    CREATED_BY_UPDATE,
    KEEPS_STATUS_OF_CREATE,
    MINDS_VERSION,
    STATUS_CHANGES_LABELS,
    STATUSES,
    TAKES_STATUS_OF_UPDATE,
    WITHOUT_DEPENDENTS,
)

# The server writes to these as well: see tests/apiserver/customresources, aggregation and admission.
BY_THE_SERVER_TOO = ("customresourcedefinitions", "apiservices", "validatingadmissionpolicies")
STORED = [one for one in RESOURCES if "watch" in one.verbs and one.plural not in BY_THE_SERVER_TOO]
ASKED = [resource for resource in RESOURCES if resource.verbs == ("create",)]
MINE = {"tests.example.com/mine": "yes"}
SELECTOR = "tests.example.com/mine=yes"
AS_CONTROLLER = {"fieldManager": "controller"}
BACKGROUND = {"propagationPolicy": "Background"}  # the default of all but jobs and replication controllers
PROTECTED = ("persistentvolumeclaims", "persistentvolumes")
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"
OTHER_UID = "00000000-0000-4000-8000-000000000000"


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


async def _made(api: Api, resource: Resource, **metadata: Any) -> tuple[str, Json]:
    """A minimal object that is there now, and its path."""
    collection = resource.path(_namespace(resource))
    made = await api.create(collection, minimal_object(resource, **metadata))
    return f"{collection}/{name_for(resource)}", made


def _labels(resource: Resource, obj: Json) -> Json:
    """Its labels but for those that the server gives."""
    given = minimal_object(resource)["metadata"].get("labels") or {}
    labels = obj["metadata"].get("labels") or {}
    return {name: labels[name] for name in labels if name not in given and name != "kubernetes.io/metadata.name"}


def _owned_by(obj: Json, manager: str, subresource: str = "") -> list[tuple[str, list[str]]]:
    """(operation, top-level fields) of what a manager owns."""
    entries = [one for one in obj["metadata"]["managedFields"] if one["manager"] == manager]
    return [(one["operation"], sorted(one["fieldsV1"])) for one in entries if one.get("subresource", "") == subresource]


@pytest.mark.parametrize("resource", [one for one in STORED if "status" in one.subresources], ids=_id)
async def test_status_is_a_resource_of_its_own(api: Api, resource: Resource) -> None:
    status = STATUSES[resource.qualified_name]
    collection = resource.path(_namespace(resource))
    path = f"{collection}/{name_for(resource)}"
    made = await api.create(collection, {**minimal_object(resource), "status": status})
    kept = resource.qualified_name in KEEPS_STATUS_OF_CREATE
    assert _contains(made.get("status") or {}, status) == kept
    assert await api.get(f"{path}/status") == made
    said = await api.ok("PATCH", f"{path}/status", {"status": status}, content_type=MERGE, query=AS_CONTROLLER)
    assert _contains(said["status"], status)
    assert _spec(said) == _spec(made)
    if not kept:
        assert _owned_by(said, "controller", "status") == [("Update", ["f:status"])]
    again = await api.ok("PUT", f"{path}/status", {**deep_copy(said), "spec": None})
    assert again == said, "a write to the status cannot take the rest away"
    main = await api.ok("PUT", path, {**deep_copy(said), "status": {}})
    if resource.qualified_name in TAKES_STATUS_OF_UPDATE:
        assert main["status"] == {}
    else:
        assert main == said, "nor a write to the rest the status"


@pytest.mark.parametrize("resource", [one for one in STORED if "status" in one.subresources], ids=_id)
async def test_what_a_write_to_the_status_changes_of_the_metadata(api: Api, resource: Resource) -> None:
    path, made = await _made(api, resource)
    patch = {"metadata": {"labels": {"by": "status"}}}
    changed = await api.ok("PATCH", f"{path}/status", patch, content_type=MERGE)
    changes = resource.qualified_name in STATUS_CHANGES_LABELS
    assert (changed["metadata"].get("labels") or {}).get("by") == ("status" if changes else None)
    assert changed["metadata"].get("generation") == made["metadata"].get("generation")
    applied = {"apiVersion": resource.api_version, "kind": resource.kind, "spec": {}, **patch}
    applied["status"] = STATUSES[resource.qualified_name]
    query = {"fieldManager": "applier", "force": "true"}
    got = await api.ok("PATCH", f"{path}/status", applied, content_type=APPLY, query=query)
    fields = ["f:metadata", "f:status"] if changes else ["f:status"]
    assert _owned_by(got, "applier", "status") == [("Apply", fields)]
    assert _contains(got["status"], applied["status"])
    assert _spec(got) == _spec(made)


def _spec(obj: Json) -> Json:
    return {name: value for name, value in obj.items() if name not in ("metadata", "status")}


def _contains(value: Any, part: Any) -> bool:
    """Whether a value has all that a part of it says."""
    if isinstance(part, dict):
        return isinstance(value, dict) and all(name in value and _contains(value[name], part[name]) for name in part)
    if isinstance(part, list):
        return isinstance(value, list) and all(map(_contains, value, part)) and len(value) == len(part)
    return bool(value == part)


@pytest.mark.parametrize("resource", STORED, ids=_id)
async def test_a_generation_counts_what_is_asked_for(api: Api, resource: Resource) -> None:
    path, made = await _made(api, resource)
    change = CHANGES.get(resource.qualified_name)
    first = 1 if change else None
    assert made["metadata"].get("generation") == first
    labelled = await api.ok("PATCH", path, {"metadata": {"labels": {"a": "b"}}}, content_type=MERGE)
    assert labelled["metadata"].get("generation") == first
    if change:
        changed = await api.ok("PATCH", path, change, content_type=MERGE)
        assert changed["metadata"]["generation"] == 2
        assert changed["metadata"]["uid"] == made["metadata"]["uid"]
        assert int(changed["metadata"]["resourceVersion"]) > int(labelled["metadata"]["resourceVersion"])


@pytest.mark.parametrize("resource", STORED, ids=_id)
async def test_what_is_applied(api: Api, resource: Resource) -> None:
    collection = resource.path(_namespace(resource))
    path = f"{collection}/{name_for(resource)}"
    config = minimal_object(resource, labels={"a": "1", **(minimal_object(resource)["metadata"].get("labels") or {})})
    status, made = await api.call("PATCH", path, config, content_type=APPLY, query={"fieldManager": "one"})
    assert status == 201
    ((operation, fields),) = _owned_by(made, "one")
    assert (operation, "f:metadata" in fields, "f:status" in fields) == ("Apply", True, False)
    status, same = await api.call("PATCH", path, config, content_type=APPLY, query={"fieldManager": "one"})
    assert (status, same) == (200, made)
    other = deep_copy(config)
    other["metadata"]["labels"]["a"] = "2"
    status, refused = await api.call("PATCH", path, other, content_type=APPLY, query={"fieldManager": "two"})
    assert (status, refused["reason"]) == (409, "Conflict")
    causes = refused["details"]["causes"]  # what is one value and has defaults within is another value now
    assert {"reason": "FieldManagerConflict", "message": 'conflict with "one"', "field": ".metadata.labels.a"} in causes
    query = {"fieldManager": "two", "force": "true"}
    forced = await api.ok("PATCH", path, other, content_type=APPLY, query=query)
    assert _labels(resource, forced) == {"a": "2"}


@pytest.mark.parametrize("resource", STORED, ids=_id)
async def test_a_dry_run_of_every_verb_leaves_nothing(api: Api, resource: Resource) -> None:
    dry = {"dryRun": "All"}
    collection = resource.path(_namespace(resource))
    path = f"{collection}/{name_for(resource)}"
    would = await api.create(collection, minimal_object(resource), query=dry)
    assert would["metadata"]["uid"]
    assert "resourceVersion" not in would["metadata"]
    assert (await api.call("GET", path))[0] == 404
    _, made = await _made(api, resource)
    wanted = deep_copy(made)
    wanted["metadata"]["annotations"] = {"a": "1"}
    patch = {"metadata": {"annotations": {"a": "1"}}}
    operations = [{"op": "add", "path": "/metadata/annotations", "value": {"a": "1"}}]
    config = {"apiVersion": resource.api_version, "kind": resource.kind, **patch}
    for answer in (
        await api.ok("PUT", path, wanted, query=dry),
        await api.ok("PATCH", path, patch, content_type=MERGE, query=dry),
        await api.ok("PATCH", path, patch, content_type=STRATEGIC, query=dry),
        await api.ok("PATCH", path, operations, content_type="application/json-patch+json", query=dry),
        await api.ok("PATCH", path, config, content_type=APPLY, query={**dry, "fieldManager": "m"}),
    ):
        assert answer["metadata"]["annotations"]["a"] == "1"
    await api.ok("DELETE", path, query=dry)
    assert await api.get(path) == made


@pytest.mark.parametrize("resource", STORED, ids=_id)
async def test_preconditions(api: Api, resource: Resource) -> None:
    path, made = await _made(api, resource, finalizers=["example.com/hold"])
    about = made["metadata"]
    for wrong in ({"uid": OTHER_UID}, {"resourceVersion": "1"}, {"uid": about["uid"], "resourceVersion": "1"}):
        assert (await api.call("DELETE", path, {"preconditions": wrong}))[0] == 409
    patch = {"metadata": {"uid": OTHER_UID, "labels": {"a": "b"}}}
    assert (await api.call("PATCH", path, patch, content_type=MERGE))[0] == 422
    assert (await api.get(path)) == made
    right = {"uid": about["uid"], "resourceVersion": about["resourceVersion"]}
    held = await api.ok("DELETE", path, {"preconditions": right, "propagationPolicy": "Foreground"})
    blocked = [] if resource.qualified_name in WITHOUT_DEPENDENTS else ["foregroundDeletion"]
    assert set(blocked) == {name for name in held["metadata"]["finalizers"] if "/" not in name}
    assert held["metadata"]["deletionTimestamp"]
    assert held["metadata"].get("generation") == (2 if about.get("generation") else None)


@pytest.mark.parametrize("resource", STORED, ids=_id)
async def test_an_update_of_what_is_not_there(api: Api, resource: Resource) -> None:
    path = f"{resource.path(_namespace(resource))}/{name_for(resource)}"
    status, _ = await api.call("PUT", path, minimal_object(resource))
    assert status == (201 if resource.qualified_name in CREATED_BY_UPDATE else 404)


@pytest.mark.parametrize("resource", STORED, ids=_id)
async def test_an_update_that_names_no_version(api: Api, resource: Resource) -> None:
    path, made = await _made(api, resource)
    del made["metadata"]["resourceVersion"]
    status, answer = await api.call("PUT", path, made)
    if resource.qualified_name not in MINDS_VERSION:
        assert status == 200
        return
    assert (status, answer["details"]["kind"], answer["details"]["causes"]) == (
        422,
        resource.plural,
        [
            {
                "reason": "FieldValueInvalid",
                "message": "Invalid value: 0: must be specified for an update",
                "field": "metadata.resourceVersion",
            }
        ],
    )


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
