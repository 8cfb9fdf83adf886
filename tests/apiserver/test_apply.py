"""Server-side apply, and the owners of fields that every write keeps."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from pybernetes.api.object import Json
from pybernetes.apiserver.http import Request
from pybernetes.apiserver.server import APIServer
from tests.apiserver.conftest import ADMIN, Api, config_map, pod

APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
PODS = "/api/v1/namespaces/default/pods"


async def applied(api: Api, path: str, config: Any, manager: str = "a", **query: str) -> tuple[int, Json]:
    return await api.call("PATCH", path, config, query={"fieldManager": manager, **query}, content_type=APPLY)


async def apply_ok(api: Api, path: str, config: Any, manager: str = "a", **query: str) -> Json:
    status, value = await applied(api, path, config, manager, **query)
    assert status in (200, 201), value
    return value


def owners(obj: Json) -> dict[tuple[str, str, str], Json]:
    """The field sets by (manager, operation, subresource)."""
    return {
        (entry["manager"], entry["operation"], entry.get("subresource", "")): entry["fieldsV1"]
        for entry in obj["metadata"].get("managedFields", ())
    }


def deployment(**spec: Any) -> Json:
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "nginx:1"}]}}
    about = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}
    return {**about, "spec": {"selector": {"matchLabels": labels}, "template": template, **spec}}


async def test_an_apply_creates_what_is_not_there(api: Api) -> None:
    status, made = await applied(api, f"{CONFIG_MAPS}/x", config_map("x", key="1"))
    assert status == 201
    [entry] = made["metadata"]["managedFields"]
    assert entry == {
        "time": made["metadata"]["creationTimestamp"],
        "manager": "a",
        "operation": "Apply",
        "apiVersion": "v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:data": {"f:key": {}}},
    }
    status, again = await applied(api, f"{CONFIG_MAPS}/x", config_map("x", key="1"))
    assert (status, again) == (200, made), "to apply twice is to apply once"


async def test_yaml_and_what_a_request_must_say(api: Api) -> None:
    text = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, creationTimestamp: null}\ndata: {a: b}\n"
    assert (await apply_ok(api, f"{CONFIG_MAPS}/x", text))["data"] == {"a": "b"}
    path = f"{CONFIG_MAPS}/x"
    status, refused = await api.call("PATCH", path, text, content_type=APPLY)
    assert status == 422
    assert refused["message"] == (
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch'
    )
    status, refused = await api.call("PATCH", path, {}, query={"force": "true"}, content_type=MERGE)
    assert status == 422
    assert "force: Forbidden: may not be specified for non-apply patch" in refused["message"]
    owned = {**config_map("x"), "metadata": {"name": "x", "managedFields": []}}
    status, refused = await applied(api, path, owned)
    assert (status, refused["message"]) == (400, "metadata.managedFields must be nil")
    assert (await applied(api, path, config_map("y")))[0] == 400
    assert (await applied(api, path, b": : :"))[0] == 400
    assert (await applied(api, path, [1]))[0] == 400
    assert (await applied(api, path, {"metadata": {"name": "x"}}))[0] == 400
    assert (await applied(api, path, config_map("x"), "m" * 129))[0] == 422


async def test_a_configuration_must_fit_the_shape(api: Api) -> None:
    path = f"{DEPLOYMENTS}/web"
    status, refused = await applied(api, path, deployment(replica=1))
    assert status == 500
    assert refused["message"] == (
        "failed to create typed patch object (default/web; apps/v1, Kind=Deployment): "
        ".spec.replica: field not declared in schema"
    )
    twice = deployment()
    twice["spec"]["template"]["spec"]["containers"] *= 2
    status, refused = await applied(api, path, twice)
    assert '.spec.template.spec.containers: duplicate entries for key [name="c"]' in refused["message"]
    assert (await applied(api, path, deployment(replicas="many")))[0] == 500


async def test_what_another_owns_is_a_conflict(api: Api) -> None:
    path = f"{CONFIG_MAPS}/x"
    await api.create(CONFIG_MAPS, config_map("x", key="1"), query={"fieldManager": "kubectl"})
    status, refused = await applied(api, path, config_map("x", key="2"))
    assert status == 409
    assert refused["message"] == 'Apply failed with 1 conflict: conflict with "kubectl" using v1: .data.key'
    assert refused["reason"] == "Conflict"
    assert refused["details"]["causes"] == [
        {"reason": "FieldManagerConflict", "message": 'conflict with "kubectl" using v1', "field": ".data.key"}
    ]
    forced = await apply_ok(api, path, config_map("x", key="2"), force="true")
    assert forced["data"] == {"key": "2"}
    assert owners(forced) == {
        ("a", "Apply", ""): {"f:data": {"f:key": {}}},
        ("kubectl", "Update", ""): {"f:data": {}},
    }
    status, refused = await applied(api, path, config_map("x", key="3", other="4"), "b")
    assert refused["message"] == 'Apply failed with 1 conflict: conflict with "a": .data.key'
    shared = await apply_ok(api, path, config_map("x", key="2"), "b")
    assert owners(shared)["b", "Apply", ""] == owners(shared)["a", "Apply", ""], "the same value is no conflict"
    assert (await apply_ok(api, path, config_map("x"), "b"))["data"] == {"key": "2"}, "the other one still owns it"
    assert (await apply_ok(api, path, config_map("x"), "a")).get("data", {}) == {}


async def test_many_conflicts_in_one_message(api: Api) -> None:
    path = f"{DEPLOYMENTS}/web"
    await apply_ok(api, path, deployment(replicas=2, minReadySeconds=5))
    other = deployment(replicas=3, minReadySeconds=6)
    other["spec"]["template"]["spec"]["containers"][0]["image"] = "nginx:2"
    status, refused = await applied(api, path, other, "b")
    assert status == 409
    assert set(refused["message"].splitlines()) == {
        'Apply failed with 3 conflicts: conflicts with "a":',
        "- .spec.replicas",
        "- .spec.minReadySeconds",
        '- .spec.template.spec.containers[name="c"].image',
    }


async def test_items_of_lists_have_owners_of_their_own(api: Api) -> None:
    path = f"{DEPLOYMENTS}/web"
    await apply_ok(api, path, deployment(replicas=2))
    sidecar = {"spec": {"template": {"spec": {"containers": [{"name": "s", "image": "side:1"}]}}}}
    added = await apply_ok(api, path, {**deployment(), **sidecar, "spec": sidecar["spec"]}, "b")
    assert [one["name"] for one in added["spec"]["template"]["spec"]["containers"]] == ["c", "s"]
    less = deployment()
    less["spec"]["template"]["spec"]["containers"][0]["command"] = ["true"]
    changed = await apply_ok(api, path, less)
    assert changed["spec"]["replicas"] == 1, "what nobody asks for any more is the default again"
    assert [one["name"] for one in changed["spec"]["template"]["spec"]["containers"]] == ["c", "s"]
    nothing = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}
    gone = await apply_ok(api, path, nothing, "b")
    assert [one["name"] for one in gone["spec"]["template"]["spec"]["containers"]] == ["c"]
    assert [key[0] for key in owners(gone)] == ["a"]


async def test_defaults_and_admission_are_nobodys(api: Api) -> None:
    made = await api.create(PODS, pod("x", labels={"app": "x"}), query={"fieldManager": "me"})
    fields = owners(made)["me", "Update", ""]
    assert fields["f:metadata"] == {"f:labels": {".": {}, "f:app": {}}}
    container = fields["f:spec"]["f:containers"]['k:{"name":"main"}']
    assert {"f:image", "f:imagePullPolicy"} <= container.keys()
    assert "f:volumes" not in fields["f:spec"] and "." not in fields["f:spec"]
    assert "f:status" not in fields
    applied_pod = await apply_ok(api, f"{PODS}/y", pod("y"))
    assert owners(applied_pod)["a", "Apply", ""] == {
        "f:spec": {"f:containers": {'k:{"name":"main"}': {".": {}, "f:name": {}, "f:image": {}}}}
    }


async def test_updates_and_patches_move_owners(api: Api) -> None:
    path = f"{CONFIG_MAPS}/x"
    await api.create(CONFIG_MAPS, config_map("x", one="1", two="2"), query={"fieldManager": "first"})
    patched = await api.ok("PATCH", path, {"data": {"two": "3"}}, query={"fieldManager": "second"}, content_type=MERGE)
    assert owners(patched) == {
        ("first", "Update", ""): {"f:data": {".": {}, "f:one": {}}},
        ("second", "Update", ""): {"f:data": {"f:two": {}}},
    }
    put = await api.ok("PUT", path, config_map("x", one="1"), query={"fieldManager": "third"})
    assert owners(put) == {("first", "Update", ""): {"f:data": {".": {}, "f:one": {}}}}
    same = await api.ok("PUT", path, config_map("x", one="1"), query={"fieldManager": "fourth"})
    assert same["metadata"]["resourceVersion"] == put["metadata"]["resourceVersion"], "no change, no owner, no write"


async def test_the_user_agent_names_who_does_not_say(api: Api, server: APIServer) -> None:
    assert list(owners(await api.create(CONFIG_MAPS, config_map("x", a="1")))) == [("unknown", "Update", "")]
    headers = {"content-type": "application/json", "user-agent": "my-tool/v1 (linux)"}
    body = orjson.dumps(config_map("y", a="1"))
    answer = await server.handler.handle(Request("POST", CONFIG_MAPS, {}, headers, body, user=ADMIN))
    assert list(owners(orjson.loads(answer.body))) == [("my-tool", "Update", "")]  # type: ignore[union-attr]


async def test_status_and_scale_are_owned_through_their_subresources(api: Api) -> None:
    path = f"{DEPLOYMENTS}/web"
    await apply_ok(api, path, deployment())
    status = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}
    got = await apply_ok(api, f"{path}/status", {**status, "status": {"replicas": 1}}, "ctl")
    assert got["status"]["replicas"] == 1
    assert owners(got)["ctl", "Apply", "status"] == {"f:status": {"f:replicas": {}}}
    got = await api.ok("PATCH", f"{path}/status", {"status": {"readyReplicas": 1}}, content_type=MERGE)
    assert owners(got)["unknown", "Update", "status"] == {"f:status": {"f:readyReplicas": {}}}
    await api.ok("PATCH", f"{path}/scale", {"spec": {"replicas": 4}}, content_type=MERGE)
    got = await api.get(path)
    assert owners(got)["unknown", "Update", "scale"] == {"f:spec": {"f:replicas": {}}}
    code, refused = await applied(api, path, deployment(replicas=2))
    assert code == 409
    assert 'conflict with "unknown" with subresource "scale" using apps/v1: .spec.replicas' in refused["message"]
    assert (await applied(api, f"{path}/scale", {"spec": {"replicas": 9}}))[0] == 400, "it names no kind"
    assert (await applied(api, f"{DEPLOYMENTS}/none/status", {**status, "metadata": {"name": "none"}}))[0] == 404


async def test_clearing_and_setting_managed_fields(api: Api) -> None:
    path = f"{CONFIG_MAPS}/x"
    made = await api.create(CONFIG_MAPS, config_map("x", a="1"))
    empty = await api.ok("PATCH", path, {"metadata": {"managedFields": []}}, content_type=MERGE)
    assert owners(empty) == owners(made), "an empty list says nothing"
    cleared = await api.ok("PATCH", path, {"metadata": {"managedFields": [{}]}}, content_type=MERGE)
    assert "managedFields" not in cleared["metadata"]
    untracked = await api.ok("PATCH", path, {"data": {"a": "2"}}, content_type=MERGE)
    assert "managedFields" not in untracked["metadata"]
    status, refused = await applied(api, path, config_map("x", a="3"))
    assert status == 409
    assert 'conflict with "before-first-apply" using v1: .data.a' in refused["message"]
    nonsense = {"metadata": {"managedFields": [{"manager": "x", "operation": "Steal"}]}}
    assert "managedFields" not in (await api.ok("PATCH", path, nonsense, content_type=MERGE))["metadata"]


async def test_dry_run_and_preconditions(api: Api) -> None:
    path = f"{CONFIG_MAPS}/x"
    dry = await apply_ok(api, path, config_map("x", a="1"), dryRun="All")
    assert dry["data"] == {"a": "1"}
    assert (await api.call("GET", path))[0] == 404
    made = await apply_ok(api, path, config_map("x", a="1"))
    for field, refusal in (("resourceVersion", (409, "Conflict")), ("uid", (422, "Invalid"))):
        wrong = config_map("x", a="2")
        wrong["metadata"][field] = "12"
        status, refused = await applied(api, path, wrong)
        assert (status, refused["reason"]) == refusal
        assert (await applied(api, f"{CONFIG_MAPS}/y", {**wrong, "metadata": {**wrong["metadata"], "name": "y"}}))[
            0
        ] == 409
        right = config_map("x", a="1")
        right["metadata"][field] = made["metadata"][field]
        assert await apply_ok(api, path, right) == made


async def test_an_apply_that_creates_needs_the_right_to(api: Api) -> None:
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["patch"]}]
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "r"}, "rules": rules}
    await api.create("/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles", role)
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "b"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "eve"}],
    }
    await api.create("/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings", binding)
    eve = api.as_user("eve")
    status, refused = await applied(eve, f"{CONFIG_MAPS}/x", config_map("x"))
    assert status == 403 and 'cannot create resource "configmaps"' in refused["message"]
    await api.create(CONFIG_MAPS, config_map("x"))
    assert (await applied(eve, f"{CONFIG_MAPS}/x", config_map("x", a="1")))[0] == 200


@pytest.mark.parametrize("changed", [False, True])
async def test_kubectl_takes_over_what_it_applied_from_the_clients_side(api: Api, changed: bool) -> None:
    path = f"{CONFIG_MAPS}/x"
    annotation = "kubectl.kubernetes.io/last-applied-configuration"
    body = config_map("x", a="1")
    body["metadata"]["annotations"] = {annotation: orjson.dumps(config_map("x", a="1")).decode()}
    await api.create(CONFIG_MAPS, body, query={"fieldManager": "kubectl-client-side-apply"})
    if changed:
        await api.ok("PATCH", path, {"data": {"a": "9"}}, query={"fieldManager": "other"}, content_type=MERGE)
    status, got = await applied(api, path, config_map("x", a="2"), "kubectl")
    if changed:
        assert status == 409, "somebody else has changed it since"
        return
    assert status == 200 and got["data"] == {"a": "2"}
    assert orjson.loads(got["metadata"]["annotations"][annotation])["data"] == {"a": "2"}


async def test_too_many_updaters_become_one(api: Api) -> None:
    path = f"{CONFIG_MAPS}/x"
    await api.create(CONFIG_MAPS, config_map("x", start="0"))
    for number in range(12):
        patch = {"data": {f"key-{number}": "1"}}
        got = await api.ok("PATCH", path, patch, query={"fieldManager": f"m-{number:02d}"}, content_type=MERGE)
    found = owners(got)
    assert len(found) == 10
    assert ("ancient-changes", "Update", "") in found
    merged = {key for fields in found.values() for key in fields["f:data"]}
    assert merged == {".", "f:start", *(f"f:key-{number}" for number in range(12))}
