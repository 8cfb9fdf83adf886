"""Custom resources behave as built-in ones do: every verb, and everything that a schema says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pybernetes.api.object import Json
from pybernetes.apiserver.http import Answer, Response
from pybernetes.apiserver.options import Options
from tests.apiserver.conftest import Api, running
from tests.apiserver.customresources.definitions import CRDS, WIDGETS, crd, established, version, widget

STATUS_AND_SCALE: Json = {
    "status": {},
    "scale": {
        "specReplicasPath": ".spec.replicas",
        "statusReplicasPath": ".status.replicas",
        "labelSelectorPath": ".status.selector",
    },
}
MERGE = "application/merge-patch+json"


@pytest.fixture
async def widgets(api: Api) -> Api:
    columns = [
        {"name": "Image", "type": "string", "jsonPath": ".spec.image"},
        {"name": "Replicas", "type": "integer", "jsonPath": ".spec.replicas", "priority": 1},
        {"name": "Since", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
        {"name": "Part", "type": "string", "jsonPath": '.spec.parts[?(@.name=="b")].size'},
    ]
    selectable = [{"jsonPath": ".spec.color"}]
    definition = crd(
        version(subresources=STATUS_AND_SCALE, additionalPrinterColumns=columns, selectableFields=selectable)
    )
    await established(api, definition)
    return api


def warning_of(answer: Answer) -> str:
    assert isinstance(answer, Response)
    return dict(answer.headers or {})["warning"]


async def test_every_verb(widgets: Api) -> None:
    api = widgets
    async with api.watch(WIDGETS) as watched:
        made = await api.create(WIDGETS, widget())
        assert made["spec"] == {"image": "busybox", "replicas": 1}
        assert made["metadata"]["generation"] == 1
        assert await watched.next() == {"type": "ADDED", "object": made}
        listed = await api.get(WIDGETS)
        assert (listed["kind"], listed["apiVersion"], listed["items"]) == ("WidgetList", "example.com/v1", [made])
        made["spec"]["replicas"] = 2
        updated = await api.ok("PUT", f"{WIDGETS}/w", made)
        assert updated["metadata"]["generation"] == 2
        patched = await api.ok("PATCH", f"{WIDGETS}/w", {"spec": {"color": "red"}}, content_type=MERGE)
        assert patched["spec"] == {"image": "busybox", "replicas": 2, "color": "red"}
        operations = [{"op": "remove", "path": "/spec/color"}]
        patched = await api.ok("PATCH", f"{WIDGETS}/w", operations, content_type="application/json-patch+json")
        assert "color" not in patched["spec"]
        strategic = "application/strategic-merge-patch+json"
        assert (await api.call("PATCH", f"{WIDGETS}/w", {"spec": {}}, content_type=strategic))[0] == 415
        await api.ok("DELETE", f"{WIDGETS}/w")
        assert await watched.take(4) == [("MODIFIED", "w")] * 3 + [("DELETED", "w")]
    assert (await api.call("GET", f"{WIDGETS}/w"))[0] == 404
    for number in range(3):
        await api.create(WIDGETS, widget(f"w{number}"))
    await api.ok("DELETE", WIDGETS)
    assert (await api.get("/apis/example.com/v1/widgets"))["items"] == []


async def test_status_and_spec_are_apart(widgets: Api) -> None:
    api = widgets
    made = await api.create(WIDGETS, {**widget(), "status": {"phase": "early"}})
    assert "status" not in made
    made["spec"]["replicas"], made["status"] = 7, {"phase": "Ready", "replicas": 3}
    made["metadata"]["labels"] = {"a": "b"}
    written = await api.ok("PUT", f"{WIDGETS}/w/status", made)
    assert (written["spec"]["replicas"], written["status"]) == (1, {"phase": "Ready", "replicas": 3})
    assert written["metadata"]["generation"] == 1
    assert "labels" not in written["metadata"]
    written["spec"]["replicas"], written["status"] = 4, {}
    updated = await api.ok("PUT", f"{WIDGETS}/w", written)
    assert (updated["spec"]["replicas"], updated["status"]["phase"]) == (4, "Ready")
    status, answer = await api.call("PATCH", f"{WIDGETS}/w/status", {"status": {"phase": 1}}, content_type=MERGE)
    assert (status, answer["details"]["causes"][0]["field"]) == (422, "status.phase")


async def test_scale(widgets: Api) -> None:
    api = widgets
    await api.create(WIDGETS, widget())
    status = {"status": {"replicas": 1, "selector": "a=b"}}
    await api.ok("PATCH", f"{WIDGETS}/w/status", status, content_type=MERGE)
    scale = await api.get(f"{WIDGETS}/w/scale")
    assert (scale["kind"], scale["spec"], scale["status"]) == (
        "Scale",
        {"replicas": 1},
        {"replicas": 1, "selector": "a=b"},
    )
    scale["spec"]["replicas"] = 5
    assert (await api.ok("PUT", f"{WIDGETS}/w/scale", scale))["spec"] == {"replicas": 5}
    await api.ok("PATCH", f"{WIDGETS}/w/scale", {"spec": {"replicas": 6}}, content_type=MERGE)
    found = await api.get(f"{WIDGETS}/w")
    assert (found["spec"]["replicas"], found["metadata"]["generation"]) == (6, 3)
    assert (await api.call("PATCH", f"{WIDGETS}/w/scale", {"spec": {"replicas": 60}}, content_type=MERGE))[0] == 422


async def test_columns_and_selectors(widgets: Api) -> None:
    api = widgets
    await api.create(WIDGETS, widget("red", color="red", parts=[{"name": "a"}, {"name": "b", "size": 8}]))
    await api.create(WIDGETS, widget("green", color="green"))
    table = await api.get(WIDGETS, accept="application/json;as=Table;v=v1;g=meta.k8s.io")
    named = [(one["name"], one["type"], one["priority"]) for one in table["columnDefinitions"]]
    assert named == [
        ("Name", "string", 0),
        ("Image", "string", 0),
        ("Replicas", "integer", 1),
        ("Since", "date", 0),
        ("Part", "string", 0),
    ]
    *cells, age, part = table["rows"][1]["cells"]
    assert (cells, part) == (["red", "busybox", 1], "8")
    assert age.removesuffix("s").isdecimal()
    assert table["rows"][0]["cells"][4] is None
    chosen = await api.get(WIDGETS, query={"fieldSelector": "spec.color=red"})
    assert [item["metadata"]["name"] for item in chosen["items"]] == ["red"]
    assert (await api.call("GET", WIDGETS, query={"fieldSelector": "spec.image=x"}))[0] == 400


async def test_age_is_the_column_of_who_names_none(api: Api) -> None:
    await established(api, crd())
    await api.create(WIDGETS, widget())
    table = await api.get(WIDGETS, accept="application/json;as=Table;v=v1;g=meta.k8s.io")
    assert [one["name"] for one in table["columnDefinitions"]] == ["Name", "Age"]


KEPT = [
    ({"extra": 1}, {}),
    ({"free": {"any": {"thing": [1, None]}}}, {"free": {"any": {"thing": [1, None]}}}),
    ({"labels": {"a": "b"}}, {"labels": {"a": "b"}}),
    ({"note": None, "color": None}, {"note": None}),
    ({"replicas": None}, {}),
    ({"port": 80}, {"port": 80}),
    ({"port": "http"}, {"port": "http"}),
    ({"parts": [{"name": "a", "x": 1}]}, {"parts": [{"name": "a", "size": 5}]}),
    (
        {"inner": {"apiVersion": "v1", "kind": "X", "metadata": {"name": "n", "odd": 1}, "y": 1}},
        {"inner": {"apiVersion": "v1", "kind": "X", "metadata": {"name": "n"}, "y": 1}},
    ),
]


@pytest.mark.parametrize(("sent", "kept"), KEPT)
async def test_what_is_kept_dropped_and_filled_in(widgets: Api, sent: Json, kept: Json) -> None:
    made = await widgets.create(WIDGETS, widget(**sent))
    assert made["spec"] == {"image": "busybox", "replicas": 1, **kept}
    assert await widgets.get(f"{WIDGETS}/w") == made


async def test_unknown_fields_warn_or_fail(widgets: Api) -> None:
    answer = await widgets.answer("POST", WIDGETS, widget(extra=1))
    assert warning_of(answer) == '299 - "unknown field \\"spec.extra\\""'
    status, refused = await widgets.call("POST", WIDGETS, widget("x", extra=1), query={"fieldValidation": "Strict"})
    assert status == 400
    assert refused["message"].endswith('strict decoding error: unknown field "spec.extra"')


def wrong(path: str, message: str, **spec: Any) -> tuple[Json, str, str]:
    return spec, path, message


WRONG = [
    wrong(
        "spec.replicas",
        'Invalid value: "string": spec.replicas in body must be of type integer: "string"',
        replicas="three",
    ),
    wrong(
        "spec.replicas", "Invalid value: -1: spec.replicas in body should be greater than or equal to 0", replicas=-1
    ),
    wrong("spec.replicas", "Invalid value: 10: spec.replicas in body should be less than or equal to 9", replicas=10),
    wrong("spec.color", 'Unsupported value: "blue": supported values: "red", "green"', color="blue"),
    wrong("spec.image", "Invalid value: \"B1\": spec.image in body should match '^[a-z]+$'", image="B1"),
    wrong("spec.image", 'Invalid value: "b": spec.image in body should be at least 2 chars long', image="b"),
    wrong("spec.image", "Required value", image=None),
    wrong(
        "spec.port", 'Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"', port=True
    ),
    wrong("spec.tags", "Too many: 4: must have at most 3 items", tags=["a", "b", "c", "d"]),
    wrong("spec.tags[1]", 'Duplicate value: "a"', tags=["a", "a"]),
    wrong("spec.parts[1]", 'Duplicate value: {"name":"a"}', parts=[{"name": "a"}, {"name": "a"}]),
    wrong("spec.parts[0].name", "Required value", parts=[{"size": 1}]),
    wrong(
        "spec.labels.a",
        'Invalid value: "integer": spec.labels.a in body must be of type string: "integer"',
        labels={"a": 1},
    ),
    wrong("spec.when", 'Invalid value: "now": spec.when in body must be of type date-time: "now"', when="now"),
    wrong("<nil>", 'Invalid value: "": "spec" must not validate the schema (not)', labels={}, tags=[]),
    wrong("spec.inner.kind", "Required value: must not be empty", inner={"apiVersion": "v1"}),
]


@pytest.mark.parametrize(("spec", "path", "message"), WRONG)
async def test_what_is_wrong_is_told_as_kubernetes_tells_it(widgets: Api, spec: Json, path: str, message: str) -> None:
    status, answer = await widgets.call("POST", WIDGETS, widget(**spec))
    assert (status, answer["reason"]) == (422, "Invalid"), answer
    causes = [(cause["field"], cause["message"]) for cause in answer["details"]["causes"]]
    assert (path, message) in causes
    assert answer["message"].startswith('Widget.example.com "w" is invalid: ')


async def test_metadata_is_checked_as_everywhere(widgets: Api) -> None:
    bad = widget("Not A Name")
    status, answer = await widgets.call("POST", WIDGETS, bad)
    assert (status, answer["details"]["causes"][0]["field"]) == (422, "metadata.name")
    held = widget()
    held["metadata"]["finalizers"] = ["finalizers.example.com"]
    made = await widgets.create(WIDGETS, held)
    assert made["metadata"]["finalizers"] == ["finalizers.example.com"]


async def test_deep_objects_are_refused(widgets: Api) -> None:
    for levels in (150, 240, 300, 900):
        body = b'{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"w%d"},' % levels
        body += b'"spec":{"image":"bb","free":' + b'{"a":' * levels + b"1" + b"}" * levels + b"}}"
        status, answer = await widgets.call("POST", WIDGETS, body)
        assert status == (201 if levels < 200 else 400), (levels, str(answer)[:300])


async def test_cluster_wide_resources(api: Api) -> None:
    await established(api, crd(scope="Cluster"))
    made = await api.create("/apis/example.com/v1/widgets", widget())
    assert "namespace" not in made["metadata"]
    assert (await api.get("/apis/example.com/v1/widgets/w")) == made
    assert (await api.call("GET", f"{WIDGETS}/w"))[0] == 404


async def test_a_stricter_schema_leaves_old_faults_alone(api: Api) -> None:
    await established(api, crd())
    await api.create(WIDGETS, widget(replicas=8))
    definition = await api.get(f"{CRDS}/widgets.example.com")
    at = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
    at["replicas"]["maximum"] = 3
    await api.ok("PUT", f"{CRDS}/widgets.example.com", definition)
    for _ in range(1000):
        if (await api.call("POST", WIDGETS, widget("x", replicas=8), query={"dryRun": "All"}))[0] == 422:
            break
    await api.ok("PATCH", f"{WIDGETS}/w", {"spec": {"color": "red"}}, content_type=MERGE)
    assert (await api.call("PATCH", f"{WIDGETS}/w", {"spec": {"replicas": 7}}, content_type=MERGE))[0] == 422


async def test_versions_show_the_same_objects(api: Api) -> None:
    beta = version("v1beta1", storage=False, deprecated=True)
    hidden = version("v1alpha1", storage=False, served=False)
    await established(api, crd(version("v1"), beta, hidden))
    old = WIDGETS.replace("/v1/", "/v1beta1/")
    group = await api.get("/apis/example.com")
    assert [one["version"] for one in group["versions"]] == ["v1", "v1beta1"]
    async with api.watch(WIDGETS) as watched, api.watch(old) as watched_old:
        body = {**widget(), "apiVersion": "example.com/v1beta1"}
        answer = await api.answer("POST", old, body)
        assert warning_of(answer) == '299 - "example.com/v1beta1 Widget is deprecated"'
        new_event, old_event = await watched.next(), await watched_old.next()
        assert new_event["object"]["apiVersion"] == "example.com/v1"
        assert {**new_event["object"], "apiVersion": "example.com/v1beta1"} == old_event["object"]
    made = await api.get(f"{WIDGETS}/w")
    assert await api.get(f"{old}/w") == {**made, "apiVersion": "example.com/v1beta1"}
    assert (await api.get(old))["items"][0]["apiVersion"] == "example.com/v1beta1"
    assert (await api.call("GET", WIDGETS.replace("/v1/", "/v1alpha1/")))[0] == 404
    stored = await api.server.state.store.list("/registry/widgets.example.com/")
    assert stored.items[0].value.startswith(b'{"apiVersion":"example.com/v1",')


async def test_another_storage_version_reads_what_the_first_wrote(api: Api) -> None:
    await established(api, crd(version("v1"), version("v2", storage=False)))
    await api.create(WIDGETS, widget("first"))
    definition = await api.get(f"{CRDS}/widgets.example.com")
    for one in definition["spec"]["versions"]:
        one["storage"] = one["name"] == "v2"
    changed = await api.ok("PUT", f"{CRDS}/widgets.example.com", definition)
    assert changed["status"]["storedVersions"] == ["v1", "v2"]
    for _ in range(1000):
        found = await api.get(f"{WIDGETS.replace('/v1/', '/v2/')}/first")
        if api.server.state.cache.caches["widgets.example.com"].resource.version == "v2":
            break
    assert found["apiVersion"] == "example.com/v2"
    await api.create(WIDGETS, widget("second"))
    items = (await api.get(WIDGETS))["items"]
    assert [(one["apiVersion"], one["metadata"]["name"]) for one in items] == [
        ("example.com/v1", "first"),
        ("example.com/v1", "second"),
    ]
    del definition["spec"]["versions"][0]
    definition["metadata"] = (await api.get(f"{CRDS}/widgets.example.com"))["metadata"]
    status, answer = await api.call("PUT", f"{CRDS}/widgets.example.com", definition)
    assert (status, answer["details"]["causes"][0]["field"]) == (422, "status.storedVersions[0]")


async def test_a_restarted_server_serves_them_at_once(tmp_path: Path) -> None:
    options = Options(tmp_path, secure_port=-1)
    async with running(options) as server:
        await established(Api(server), crd())
        made = await Api(server).create(WIDGETS, widget())
    async with running(options) as server:
        api = Api(server)
        assert await api.get(f"{WIDGETS}/w") == made
        async with api.watch(WIDGETS, resourceVersion=made["metadata"]["resourceVersion"]) as watched:
            await api.ok("DELETE", f"{WIDGETS}/w")
            assert await watched.take(1) == [("DELETED", "w")]


_HANDLED = 'Widget in version "v1" cannot be handled as a Widget: '
_IN_LABELS = "json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string"


@pytest.mark.parametrize(
    ("change", "strict", "message"),
    [
        ({"metadata": {"name": "a", "labels": {"a": 1}}}, False, _HANDLED + _IN_LABELS),
        (
            {"spec": {"image": "ab", "inner": {"apiVersion": "v1", "kind": "P", "metadata": {"labels": {"a": 1}}}}},
            False,
            f'{_HANDLED}spec.inner.metadata: Invalid value: {{"labels":{{"a":1}}}}: {_IN_LABELS}',
        ),
        (
            {"spec": {"image": "ab", "inner": {"apiVersion": "v1", "kind": 1}}},
            False,
            f"{_HANDLED}spec.inner.kind: Invalid value: 1: must be a string",
        ),
        (
            {"spec": {"image": "ab", "inner": {"apiVersion": "v1", "kind": "P", "metadata": {"zz": 1}}}},
            True,
            f'{_HANDLED}strict decoding error: unknown field "spec.inner.metadata.zz"',
        ),
    ],
)
async def test_metadata_is_metadata_wherever_it_stands(widgets: Api, change: Json, strict: bool, message: str) -> None:
    query = {"fieldValidation": "Strict"} if strict else {}
    status, refused = await widgets.call("POST", WIDGETS, {**widget("a"), **change}, query=query)
    assert (status, refused["message"]) == (400, message)


async def test_an_object_of_another_kind_is_invalid(widgets: Api) -> None:
    status, refused = await widgets.call("POST", WIDGETS, {**widget("a"), "kind": "Other"})
    message = 'Other.example.com "a" is invalid: kind: Invalid value: "Other": must be Widget'
    assert (status, refused["message"]) == (422, message)
