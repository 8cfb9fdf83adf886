"""Server-side apply of custom resources: their schema says how lists and maps merge."""

from __future__ import annotations

from tests.apiserver.conftest import Api
from tests.apiserver.customresources.definitions import WIDGETS, crd, established, version, widget
from tests.apiserver.test_apply import applied, apply_ok, owners


async def test_lists_merge_as_the_schema_says(api: Api) -> None:
    await established(api, crd())
    path = f"{WIDGETS}/w"
    made = await apply_ok(api, path, widget(parts=[{"name": "a", "size": 1}]))
    assert made["spec"]["replicas"] == 1
    assert owners(made)["a", "Apply", ""]["f:spec"] == {
        "f:image": {},
        "f:parts": {'k:{"name":"a"}': {".": {}, "f:name": {}, "f:size": {}}},
    }
    other = widget(parts=[{"name": "b"}])
    del other["spec"]["image"]
    both = await apply_ok(api, path, other, "b")
    assert both["spec"]["parts"] == [{"name": "a", "size": 1}, {"name": "b", "size": 5}]
    status, refused = await applied(api, path, widget(parts=[{"name": "a", "size": 2}]), "b")
    assert (status, refused["message"]) == (
        409,
        'Apply failed with 1 conflict: conflict with "a": .spec.parts[name="a"].size',
    )
    left = await apply_ok(api, path, widget())
    assert left["spec"]["parts"] == [{"name": "b", "size": 5}]


async def test_free_parts_are_taken_and_unknown_fields_are_refused(api: Api) -> None:
    await established(api, crd())
    path = f"{WIDGETS}/w"
    made = await apply_ok(api, path, widget(free={"anything": {"goes": [1]}}))
    assert made["spec"]["free"] == {"anything": {"goes": [1]}}
    assert await apply_ok(api, path, widget(free={"anything": {"goes": [1]}})) == made
    free = {"f:anything": {".": {}, "f:goes": {}}}
    assert owners(made)["a", "Apply", ""]["f:spec"]["f:free"] == free, "maps have parts, lists have none"
    both = await apply_ok(api, path, {**widget(), "spec": {"free": {"anything": {"comes": {"in": 1}}}}}, "b")
    assert both["spec"]["free"] == {"anything": {"goes": [1], "comes": {"in": 1}}}
    status, refused = await applied(api, path, widget(wrong=1))
    assert status == 500 and ".spec.wrong: field not declared in schema" in refused["message"]


async def test_what_a_schema_does_not_name_is_owned_too(api: Api) -> None:
    keeps = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {**keeps, "properties": {"spec": {**keeps, "properties": {"known": {"type": "string"}}}}}
    await established(api, crd(version(schema={"openAPIV3Schema": schema})))
    body = {**widget(), "spec": {"known": "a", "other": {"b": [{"c": 1}]}}, "more": {"d": None, "e": {}}}
    made = await api.create(WIDGETS, body, query={"fieldManager": "m"})
    fields = {
        "f:spec": {
            ".": {},
            "f:known": {},
            "f:other": {".": {}, "f:b": {}},
        },
        "f:more": {".": {}, "f:d": {}, "f:e": {}},
    }
    assert owners(made)["m", "Update", ""] == fields
    patch = {"spec": {"other": {"b": []}}, "more": {"e": {"f": 1}}}
    query = {"fieldManager": "n"}
    changed = await api.ok("PATCH", f"{WIDGETS}/w", patch, content_type="application/merge-patch+json", query=query)
    assert owners(changed)["n", "Update", ""] == {
        "f:spec": {"f:other": {"f:b": {}}},
        "f:more": {"f:e": {"f:f": {}}},
    }
