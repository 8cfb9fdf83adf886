"""Definitions: what is filled in, accepted and refused, and when the resource is served."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from pybernetes.api.object import Json, deep_copy
from pybernetes.api.schema.structural import MAX_DEPTH
from tests.apiserver.conftest import Api
from tests.apiserver.customresources.definitions import (
    CRDS,
    WIDGETS,
    conditions_of,
    crd,
    established,
    schema,
    until_condition,
    until_gone,
    version,
    widget,
)


async def test_a_new_definition_is_completed_and_established(api: Api) -> None:
    made = await api.create(CRDS, crd(shortNames=["wd"]))
    assert made["status"] == {"acceptedNames": {"kind": "", "plural": ""}, "conditions": None, "storedVersions": ["v1"]}
    names = {
        "kind": "Widget",
        "listKind": "WidgetList",
        "plural": "widgets",
        "singular": "widget",
        "shortNames": ["wd"],
    }
    assert made["spec"]["names"] == names
    assert made["spec"]["conversion"] == {"strategy": "None"}
    found = await until_condition(api, "widgets.example.com", "Established", "True")
    assert found["status"]["acceptedNames"] == names
    conditions = conditions_of(found)
    assert (conditions["NamesAccepted"]["reason"], conditions["NamesAccepted"]["status"]) == ("NoConflicts", "True")
    assert conditions["Established"]["reason"] == "InitialNamesAccepted"
    assert (await api.get(WIDGETS))["items"] == []


async def test_names_are_accepted_before_it_is_served(api: Api) -> None:
    start = (await api.get(CRDS))["metadata"]["resourceVersion"]
    async with api.watch(CRDS, resourceVersion=start) as watched:
        await api.create(CRDS, crd())
        seen = []
        for _ in range(3):
            event = await watched.next()
            conditions = event["object"]["status"]["conditions"] or []
            seen.append((event["type"], [(one["type"], one["status"], one["reason"]) for one in conditions]))
    accepted = ("NamesAccepted", "True", "NoConflicts")
    assert seen == [
        ("ADDED", []),
        ("MODIFIED", [accepted, ("Established", "False", "Installing")]),
        ("MODIFIED", [accepted, ("Established", "True", "InitialNamesAccepted")]),
    ]


async def test_discovery_and_openapi_follow(api: Api) -> None:
    before = (await api.get("/openapi/v3"))["paths"]
    subresources = {
        "status": {},
        "scale": {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"},
    }
    await established(api, crd(version(subresources=subresources), shortNames=["wd"], categories=["all"]))
    listed = {one["name"]: one for one in (await api.get("/apis/example.com/v1"))["resources"]}
    assert set(listed) == {"widgets", "widgets/status", "widgets/scale"}
    assert listed["widgets"]["shortNames"] == ["wd"]
    assert listed["widgets"]["categories"] == ["all"]
    assert listed["widgets/scale"]["kind"] == "Scale"
    assert "example.com" in [group["name"] for group in (await api.get("/apis"))["groups"]]
    accept = "application/json;v=v2;g=apidiscovery.k8s.io;as=APIGroupDiscoveryList"
    groups = (await api.get("/apis", accept=accept))["items"]
    [ours] = [group for group in groups if group["metadata"]["name"] == "example.com"]
    assert ours["versions"][0]["resources"][0]["singularResource"] == "widget"
    after = (await api.get("/openapi/v3"))["paths"]
    assert set(after) - set(before) == {"apis/example.com/v1"}
    assert all(after[path] == before[path] for path in before)
    document = await api.get("/openapi/v3/apis/example.com/v1")
    described = document["components"]["schemas"]["com.example.v1.Widget"]
    assert described["properties"]["spec"]["properties"]["replicas"]["default"] == 1
    assert described["x-kubernetes-group-version-kind"] == [{"group": "example.com", "kind": "Widget", "version": "v1"}]
    second = (await api.get("/openapi/v2"))["definitions"]["com.example.v1.Widget"]
    assert "not" not in second["properties"]["spec"]
    assert await api.answer("GET", "/openapi/v2", accept="application/com.github.proto-openapi.spec.v2@v1.0+protobuf")


async def test_a_schema_that_changes_counts_from_then_on(api: Api) -> None:
    await established(api, crd())
    await api.create(WIDGETS, widget("old", color="red"))
    changed = await api.get(f"{CRDS}/widgets.example.com")
    spec = changed["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    del spec["properties"]["color"]
    spec["properties"]["shape"] = {"type": "string", "default": "round"}
    async with api.watch(WIDGETS) as watched:
        assert (await watched.next())["object"]["spec"]["color"] == "red"
        await api.ok("PUT", f"{CRDS}/widgets.example.com", changed)
    for _ in range(1000):
        found = (await api.get(f"{WIDGETS}/old"))["spec"]
        if "shape" in found:
            break
    assert found == {"image": "busybox", "replicas": 1, "shape": "round"}
    assert (await api.create(WIDGETS, widget("new")))["spec"]["shape"] == "round"


async def test_names_that_are_taken_are_refused_until_they_are_free(api: Api) -> None:
    await established(api, crd(shortNames=["wd"]))
    await api.create(CRDS, crd(plural="others", kind="Widget"))
    found = await until_condition(api, "others.example.com", "NamesAccepted", "False")
    assert conditions_of(found)["NamesAccepted"]["reason"] == "ListKindConflict"
    assert conditions_of(found)["NamesAccepted"]["message"] == '"WidgetList" is already in use'
    assert conditions_of(found)["Established"]["reason"] == "NotAccepted"
    assert (await api.call("GET", "/apis/example.com/v1/namespaces/default/others"))[0] == 404
    await api.ok("DELETE", f"{CRDS}/widgets.example.com")
    await until_condition(api, "others.example.com", "Established", "True")


def changed(change: Callable[[Json], Any], *, versions: int = 1) -> Json:
    definition = deep_copy(crd(*(version(f"v{number}", storage=number == 1) for number in range(1, versions + 1))))
    change(definition)
    return dict(definition)


def in_spec(**fields: Any) -> Callable[[Json], Any]:
    return lambda definition: definition["spec"].update(fields)


def in_version(**fields: Any) -> Callable[[Json], Any]:
    return lambda definition: definition["spec"]["versions"][0].update(fields)


def with_schema(**spec: Any) -> Callable[[Json], Any]:
    return in_version(schema={"openAPIV3Schema": schema(spec)})


AT = "spec.validation.openAPIV3Schema.properties[spec]"
REFUSED = [
    (
        lambda d: d["metadata"].update(name="wrong"),
        "metadata.name",
        'Invalid value: "wrong": must be spec.names.plural+"."+spec.group',
    ),
    (
        in_spec(scope="Everywhere"),
        "spec.scope",
        'Unsupported value: "Everywhere": supported values: "Cluster", "Namespaced"',
    ),
    (in_spec(versions=[]), "spec.versions", "Required value: must have at least one version"),
    (
        in_version(storage=False),
        "spec.versions",
        'Invalid value: ["v1"]: must have exactly one version marked as storage version',
    ),
    (in_version(schema={}), "spec.versions[0].schema.openAPIV3Schema", "Required value: schemas are required"),
    (with_schema(), f"{AT}.type", "Required value: must not be empty for specified object fields"),
    (
        with_schema(type="object", properties={"a": {"type": "thing"}}),
        f"{AT}.properties[a].type",
        'Unsupported value: "thing": supported values: "array", "boolean", "integer", "number", "object", "string"',
    ),
    (with_schema(type="array"), f"{AT}.items", "Required value: must be specified"),
    (
        with_schema(type="object", anyOf=[{"type": "object"}]),
        f"{AT}.anyOf[0].type",
        "Forbidden: must be empty to be structural",
    ),
    (
        with_schema(type="object", properties={"a": {"type": "string"}}, additionalProperties=True),
        f"{AT}.additionalProperties",
        "Forbidden: additionalProperties and properties are mutual exclusive",
    ),
    (
        with_schema(type="object", properties={"a": {"type": "integer", "default": "x"}}),
        f"{AT}.properties[a].default",
        f'Invalid value: "string": {AT}.properties[a].default in body must be of type integer: "string"',
    ),
    (
        with_schema(type="object", **{"x-kubernetes-validations": [{"rule": "self.a > 1"}]}),
        f"{AT}.x-kubernetes-validations[0].rule",
        'Invalid value: {"Rule":"self.a > 1","Message":"","MessageExpression":"","Reason":null,"FieldPath":"",'
        "\"OptionalOldSelf\":null}: compilation failed: ERROR: <input>:1:5: undefined field 'a'\n"
        " | self.a > 1\n | ....^",
    ),
    (
        in_spec(conversion={"strategy": "Webhook", "webhook": {"conversionReviewVersions": ["v1"]}}),
        "spec.conversion.webhookClientConfig",
        "Required value: required when strategy is set to Webhook",
    ),
    (
        in_version(additionalPrinterColumns=[{"name": "A", "type": "list", "jsonPath": ".spec.a"}]),
        "spec.additionalPrinterColumns[0].type",
        'Invalid value: "list": must be one of boolean,date,integer,number,string',
    ),
    (
        in_version(selectableFields=[{"jsonPath": ".spec.nothing"}]),
        "spec.selectableFields[0].jsonPath",
        'Invalid value: ".spec.nothing": is an invalid path: does not refer to a valid field',
    ),
]


@pytest.mark.parametrize(("change", "field", "message"), REFUSED)
async def test_what_is_wrong_is_refused(api: Api, change: Callable[[Json], Any], field: str, message: str) -> None:
    status, answer = await api.call("POST", CRDS, changed(change))
    assert (status, answer["reason"]) == (422, "Invalid")
    assert {"field": field, "message": message} in [
        {key: cause[key] for key in ("field", "message")} for cause in answer["details"]["causes"]
    ], answer


_SEE = "see https://github.com/kubernetes/enhancements/pull/1111"
_MUST = 'protected groups must have approval annotation "api-approved.kubernetes.io"'


@pytest.mark.parametrize(
    ("annotation", "error", "condition"),
    [
        (None, f"Required value: {_MUST}, {_SEE}", None),
        (
            "hello",
            f'Invalid value: "hello": {_MUST} with either a URL or a reason starting with "unapproved", {_SEE}',
            None,
        ),
        ("https://example.com/1", "", ("True", "ApprovedAnnotation", "approved in https://example.com/1")),
        ("unapproved, a test", "", ("False", "UnapprovedAnnotation", 'not approved: "unapproved, a test"')),
    ],
)
async def test_a_protected_group_needs_approval(
    api: Api, annotation: str | None, error: str, condition: tuple[str, str, str] | None
) -> None:
    definition = crd()
    definition["metadata"]["name"], definition["spec"]["group"] = "widgets.x-k8s.io.k8s.io", "x-k8s.io.k8s.io"
    if annotation is not None:
        definition["metadata"]["annotations"] = {"api-approved.kubernetes.io": annotation}
    if condition is None:
        status, answer = await api.call("POST", CRDS, definition)
        assert status == 422
        cause = answer["details"]["causes"][0]
        assert (cause["field"], cause["message"]) == ("metadata.annotations[api-approved.kubernetes.io]", error)
        return
    made = await established(api, definition)
    [found] = [one for one in made["status"]["conditions"] if one["type"] == "KubernetesAPIApprovalPolicyConformant"]
    assert (found["status"], found["reason"], found["message"]) == condition


async def test_certificates_that_are_none_keep_a_definition_from_being_served(api: Api) -> None:
    definition = crd()
    config = {"url": "https://a.example.com", "caBundle": "bm9wZQ=="}
    webhook = {"clientConfig": config, "conversionReviewVersions": ["v1"]}
    definition["spec"]["conversion"] = {"strategy": "Webhook", "webhook": webhook}
    path = f"{CRDS}/widgets.example.com"
    await api.create(CRDS, definition)
    async with api.watch(CRDS) as watched:
        while True:
            seen = (await watched.next())["object"]
            conditions = {one["type"]: one for one in (seen.get("status") or {}).get("conditions") or ()}
            if "Established" in conditions and conditions["Established"]["reason"] != "Installing":
                break
    assert conditions["Established"]["reason"] == "InvalidCABundle"
    assert conditions["Established"]["message"] == "The conversion webhook CABundle is invalid"
    merge = {"content_type": "application/merge-patch+json"}
    await api.ok("PATCH", path, {"spec": {"conversion": {"webhook": {"clientConfig": {"caBundle": None}}}}}, **merge)
    async with api.watch(CRDS) as watched:
        while not _is_established((await watched.next())["object"]):
            pass
    patch = {"spec": {"conversion": {"webhook": {"clientConfig": {"caBundle": "bm9wZQ=="}}}}}
    status, refused = await api.call("PATCH", path, patch, **merge)
    assert (status, refused["details"]["causes"][0]["message"]) == (
        422,
        'Invalid value: "bm9wZQ==": unable to load root certificates: unable to parse bytes as PEM block',
    )


def _is_established(definition: Json) -> bool:
    conditions = (definition.get("status") or {}).get("conditions") or ()
    return any(one["type"] == "Established" and one["status"] == "True" for one in conditions)


async def test_columns_end_at_one_that_cannot_be_read(api: Api) -> None:
    columns = [
        {"name": "Image", "type": "string", "jsonPath": ".spec.image"},
        {"name": "Bad", "type": "string", "jsonPath": ".spec["},
        {"name": "Lost", "type": "string", "jsonPath": ".spec.image"},
    ]
    await established(api, crd(version(additionalPrinterColumns=columns)))
    accept = "application/json;as=Table;v=v1;g=meta.k8s.io"
    table = await api.get("/apis/example.com/v1/widgets", accept=accept)
    assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Image"]


def nested(levels: int) -> Json:
    inner: Json = {"type": "string"}
    for _ in range(levels):
        inner = {"type": "object", "properties": {"a": inner}}
    return inner


HOSTILE = [
    ("deep", nested(MAX_DEPTH)),
    ("deeper", nested(120)),
    ("deepest", nested(400)),
    ("deep default", {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "default": nested(150)}),
    ("unbounded expression", {"type": "string", "pattern": "((a{1,900}){1,900}){1,900}"}),
    ("malformed expression", {"type": "string", "pattern": "(["}),
    ("look-around", {"type": "string", "pattern": "(?=a)b"}),
    ("reference", {"$ref": "#/definitions/x"}),
    ("recursion", {"type": "object", "definitions": {"a": {"type": "object"}}}),
    ("tuple", {"type": "array", "items": [{"type": "string"}]}),
    ("closed", {"type": "object", "additionalProperties": False}),
    ("pattern properties", {"type": "object", "patternProperties": {"(a+)+": {"type": "string"}}}),
    ("quadratic", {"type": "array", "items": {"type": "string"}, "uniqueItems": True}),
    ("default that is pruned", {"type": "object", "properties": {"a": {"type": "object", "default": {"b": 1}}}}),
    ("wide", {"type": "object", "properties": {f"a{n}": {"type": "string"} for n in range(60_000)}}),
]


@pytest.mark.parametrize(("what", "spec"), HOSTILE, ids=[what for what, _ in HOSTILE])
async def test_hostile_schemas_are_refused(api: Api, what: str, spec: Json) -> None:
    body = json.dumps(changed(with_schema(**spec))).encode()
    status, answer = await api.call("POST", CRDS, body)
    assert status in (400, 422), (what, str(answer)[:500])
    assert (await api.get(CRDS))["items"] == []


async def test_an_expression_that_backtracks_costs_nothing(api: Api) -> None:
    evil = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}}
    await established(api, changed(with_schema(**evil)))
    body = {**widget(), "spec": {"a": "a" * 5000 + "b"}}
    status, answer = await api.call("POST", WIDGETS, body)
    assert status == 422
    assert "spec.a in body should match '^(a+)+$'" in answer["message"]


async def test_what_an_established_definition_keeps(api: Api) -> None:
    found = await established(api, crd())
    changes: list[tuple[Callable[[Json], Any], str]] = [
        (lambda d: d["spec"].update(scope="Cluster"), "spec.scope"),
        (lambda d: d["spec"]["names"].update(kind="Gadget", listKind="GadgetList"), "spec.names.kind"),
    ]
    for change, field in changes:
        other = deep_copy(found)
        change(other)
        status, answer = await api.call("PUT", f"{CRDS}/widgets.example.com", other)
        assert (status, [cause["field"] for cause in answer["details"]["causes"]]) == (422, [field])


async def test_deletion_takes_the_objects_along(api: Api) -> None:
    await established(api, crd())
    for number in range(3):
        await api.create(WIDGETS, widget(f"w{number}"))
    held = widget("held")
    held["metadata"]["finalizers"] = ["example.com/hold"]
    await api.create(WIDGETS, held)
    async with api.watch(WIDGETS) as watched:
        await watched.take(4)
        answer = await api.ok("DELETE", f"{CRDS}/widgets.example.com")
        assert answer["metadata"]["finalizers"] == ["customresourcecleanup.apiextensions.k8s.io"]
        assert conditions_of(answer)["Terminating"]["reason"] == "InstanceDeletionPending"
        events = await watched.take(4)
        assert sorted(events) == [("DELETED", f"w{n}") for n in range(3)] + [("MODIFIED", "held")]
        assert conditions_of(await api.get(f"{CRDS}/widgets.example.com"))["Terminating"]["status"] == "True"
        status, refused = await api.call("POST", WIDGETS, widget("late"))
        assert status == 405, refused
        patch = {"metadata": {"finalizers": None}}
        await api.ok("PATCH", f"{WIDGETS}/held", patch, content_type="application/merge-patch+json")
        await until_gone(api, f"{CRDS}/widgets.example.com")
        assert (await watched.next())["type"] == "DELETED"
    assert (await api.call("GET", WIDGETS))[0] == 404
    assert (await api.call("GET", "/apis/example.com/v1"))[0] == 404
    assert (await api.call("GET", "/openapi/v3/apis/example.com/v1"))[0] == 404
    await established(api, crd())
    assert (await api.get(WIDGETS))["items"] == []
