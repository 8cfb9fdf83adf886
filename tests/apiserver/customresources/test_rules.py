"""Rules in expressions: what a definition may have, and what they say of objects."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.object import Json
from pybernetes.apiserver.http import Response
from tests.apiserver.conftest import Api
from tests.apiserver.customresources.definitions import CRDS, WIDGETS, crd, established, schema, version

AT = "spec.validation.openAPIV3Schema.properties[spec]"
TEXT: Json = {"type": "string", "maxLength": 20}


def with_rules(*rules: Json, **spec: Any) -> Json:
    fields = {"type": "object", "x-kubernetes-validations": list(rules), **spec}
    return crd(version(schema={"openAPIV3Schema": schema(fields)}))


def widget(called: str = "w", /, **spec: Any) -> Json:
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": called}, "spec": spec}


PROPERTIES: Json = {
    "min": {"type": "integer"},
    "max": {"type": "integer"},
    "ratio": {"type": "number"},
    "name": {**TEXT, "x-kubernetes-validations": [{"rule": "self.matches('^[a-z]+$')"}]},
    "port": {"x-kubernetes-int-or-string": True},
    "until": {"type": "string", "format": "date-time"},
    "my-field.x": {"type": "integer"},
    "note": {"type": "string", "nullable": True, "maxLength": 5},
    "tags": {"type": "array", "maxItems": 5, "x-kubernetes-list-type": "set", "items": TEXT},
    "labels": {
        "type": "object",
        "maxProperties": 5,
        "additionalProperties": {**TEXT, "x-kubernetes-validations": [{"rule": "self != 'bad'", "message": "is bad"}]},
    },
    "parts": {
        "type": "array",
        "maxItems": 5,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["key"],
        "items": {
            "type": "object",
            "required": ["key"],
            "properties": {
                "key": TEXT,
                "size": {
                    "type": "integer",
                    "x-kubernetes-validations": [{"rule": "self >= oldSelf", "message": "may not shrink"}],
                },
            },
        },
    },
}
RULES: list[Json] = [
    {"rule": "!has(self.min) || self.min <= self.max", "message": "min must not exceed max"},
    {
        "rule": "!has(self.name) || !has(oldSelf.name) || self.name == oldSelf.name",
        "fieldPath": ".name",
        "reason": "FieldValueForbidden",
        "messageExpression": "'name is fixed to ' + oldSelf.name",
    },
    {"rule": "!has(self.ratio) || self.ratio < 0.5", "fieldPath": ".ratio", "message": "too much"},
    {"rule": "!has(self.my__dash__field__dot__x) || self.my__dash__field__dot__x > 0", "message": "must be positive"},
    {"rule": "!has(self.until) || self.until > timestamp('2020-01-01T00:00:00Z')", "message": "is over"},
    {"rule": "!has(self.port) || (type(self.port) == int ? self.port > 0 : self.port != '')", "message": "no port"},
    {"rule": "!has(self.tags) || self.tags != ['b', 'a']", "message": "not those"},
]


@pytest.fixture
async def widgets(api: Api) -> Api:
    await established(api, with_rules(*RULES, properties=PROPERTIES))
    return api


async def instead(api: Api, obj: Json) -> Json:
    """The object, in place of the one that is there."""
    obj["metadata"] = (await api.get(f"{WIDGETS}/{obj['metadata']['name']}"))["metadata"]
    return obj


async def causes(api: Api, method: str, path: str, body: Json) -> list[tuple[str, str, str]]:
    code, status = await api.call(method, path, body)
    assert code == 422
    return [(one["field"], one["reason"], one["message"]) for one in status["details"]["causes"]]


@pytest.mark.parametrize(
    ("spec", "field", "message"),
    [
        ({"min": 3, "max": 2}, "spec", "Invalid value: min must not exceed max"),
        ({"min": 3}, "spec", 'Invalid value: "object": no such key: max evaluating rule: min must not exceed max'),
        ({"name": "A"}, "spec.name", "Invalid value: \"A\": failed rule: self.matches('^[a-z]+$')"),
        ({"ratio": 1}, "spec.ratio", "Invalid value: too much"),
        ({"my-field.x": 0}, "spec", "Invalid value: must be positive"),
        ({"until": "2019-12-31T23:59:59+00:00"}, "spec", "Invalid value: is over"),
        ({"port": 0}, "spec", "Invalid value: no port"),
        ({"port": ""}, "spec", "Invalid value: no port"),
        ({"tags": ["a", "b"]}, "spec", "Invalid value: not those"),
        ({"labels": {"k": "bad"}}, "spec.labels[k]", 'Invalid value: "bad": is bad'),
    ],
)
async def test_a_rule_refuses(widgets: Api, spec: Json, field: str, message: str) -> None:
    assert await causes(widgets, "POST", WIDGETS, widget(**spec)) == [(field, "FieldValueInvalid", message)]


async def test_what_holds_is_taken(widgets: Api) -> None:
    await widgets.create(WIDGETS, widget(min=1, max=2, name="a", ratio=0, port="http", labels={"k": "good"}, note=None))


async def test_transitions(widgets: Api) -> None:
    await widgets.create(WIDGETS, widget(name="a", parts=[{"key": "x", "size": 3}, {"key": "y"}]))
    wanted = await instead(widgets, widget(name="b", parts=[{"key": "z", "size": 1}, {"key": "x", "size": 2}]))
    found = await causes(widgets, "PUT", f"{WIDGETS}/w", wanted)
    assert found == [
        ("spec.name", "FieldValueForbidden", "Forbidden: name is fixed to a"),
        ("spec.parts[1].size", "FieldValueInvalid", "Invalid value: 2: may not shrink"),
    ]
    wanted = await instead(widgets, widget(name="a", parts=[{"key": "x", "size": 4}]))
    await widgets.ok("PUT", f"{WIDGETS}/w", wanted)


async def test_rules_wait_until_the_object_has_its_shape(widgets: Api) -> None:
    found = await causes(widgets, "POST", WIDGETS, widget(min="3", max=2))
    assert found == [
        (
            "spec.min",
            "FieldValueTypeInvalid",
            'Invalid value: "string": spec.min in body must be of type integer: "string"',
        ),
        (
            "<nil>",
            "FieldValueInvalid",
            "Invalid value: null: some validation rules were not checked because the object was invalid; correct the "
            "existing errors to complete validation",
        ),
    ]


async def test_an_unchanged_value_is_only_warned_of(api: Api) -> None:
    plain = with_rules(properties={"name": TEXT, "other": {"type": "integer"}})
    await established(api, plain)
    await api.create(WIDGETS, widget(name="A", other=1))
    stricter = await api.get(f"{CRDS}/widgets.example.com")
    spec = stricter["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    spec["properties"]["name"]["x-kubernetes-validations"] = [{"rule": "self == 'a'", "message": "not a"}]
    await api.ok("PUT", f"{CRDS}/widgets.example.com", stricter)
    assert (await api.call("POST", WIDGETS, widget("new", name="A")))[0] == 422
    answer = await api.answer("PUT", f"{WIDGETS}/w", await instead(api, widget(name="A", other=2)))
    assert isinstance(answer, Response)
    assert answer.status == 200
    assert dict(answer.headers or {})["warning"] == '299 - "spec.name: Invalid value: \\"A\\": not a"'
    assert (await api.call("PUT", f"{WIDGETS}/w", await instead(api, widget(name="B", other=2))))[0] == 422


async def test_an_optional_old_value(api: Api) -> None:
    rule = {"rule": "oldSelf.hasValue() || self.count == 0", "optionalOldSelf": True, "message": "begins at 0"}
    await established(api, with_rules(rule, properties={"count": {"type": "integer"}}))
    assert await causes(api, "POST", WIDGETS, widget(count=1)) == [
        ("spec", "FieldValueInvalid", "Invalid value: begins at 0")
    ]
    await api.create(WIDGETS, widget(count=0))
    await api.ok("PUT", f"{WIDGETS}/w", await instead(api, widget(count=1)))


async def test_the_budget_of_all_rules(api: Api) -> None:
    costly = {"rule": "self.values.all(x, self.values.all(y, x + y >= 0))"}
    values = {"values": {"type": "array", "maxItems": 350, "items": {"type": "integer"}}}
    definition = with_rules(*[costly] * 14, properties=values)
    await established(api, definition)
    assert await causes(api, "POST", WIDGETS, widget(values=[1] * 350)) == [
        (
            "spec",
            "FieldValueInvalid",
            'Invalid value: "object": validation failed due to running out of cost budget, no further validation rules '
            "will be run",
        )
    ]


ADVICE = (
    "(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are "
    "declared)"
)
PRINTED = '{"Rule":"%s","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}'


@pytest.mark.parametrize(
    ("rule", "field", "message"),
    [
        ({"rule": " "}, "rule", "Required value: rule is not specified"),
        ({"rule": "true", "message": " "}, "message", 'Invalid value: " ": message must be non-empty if specified'),
        (
            {"rule": "true", "message": "a\nb"},
            "message",
            'Invalid value: "a\\nb": message must not contain line breaks',
        ),
        (
            {"rule": "true ||\nfalse"},
            "message",
            "Required value: message must be specified if rule contains line breaks",
        ),
        (
            {"rule": "true", "reason": "Because"},
            "reason",
            'Unsupported value: "Because": supported values: "FieldValueDuplicate", "FieldValueForbidden", '
            '"FieldValueInvalid", "FieldValueRequired"',
        ),
        (
            {"rule": "true", "fieldPath": ".nope"},
            "fieldPath",
            'Invalid value: ".nope": fieldPath must be a valid path',
        ),
        (
            {"rule": "1"},
            "rule",
            f"Invalid value: {PRINTED % '1'}: cel expression must evaluate to a bool",
        ),
        (
            {"rule": "self.nope"},
            "rule",
            f"Invalid value: {PRINTED % 'self.nope'}: compilation failed: ERROR: <input>:1:5: undefined field 'nope'\n"
            " | self.nope\n | ....^",
        ),
        (
            {"rule": "int('x') > 1"},
            "rule",
            "Invalid value: " + PRINTED % "int('x') > 1" + ": program instantiation failed: type conversion error from "
            "'string' to 'int'",
        ),
        (
            {"rule": "true", "optionalOldSelf": True},
            "optionalOldSelf",
            "Invalid value: true: may not be set if oldSelf is not used in rule",
        ),
        (
            {"rule": "self.free.all(a, self.free.all(b, a == b))"},
            "rule",
            f"Forbidden: estimated rule cost exceeds budget by factor of more than 100x {ADVICE}",
        ),
    ],
)
async def test_a_definition_is_refused(api: Api, rule: Json, field: str, message: str) -> None:
    free = {"free": {"type": "array", "items": {"type": "string"}}}
    found = await causes(api, "POST", CRDS, with_rules(rule, properties=free))
    assert (f"{AT}.x-kubernetes-validations[0].{field}", message) in [(where, text) for where, _, text in found]


async def test_old_values_of_a_list_without_keys(api: Api) -> None:
    items = {"type": "integer", "x-kubernetes-validations": [{"rule": "self >= oldSelf"}]}
    definition = with_rules(properties={"values": {"type": "array", "maxItems": 5, "items": items}})
    at = f"{AT}.properties[values]"
    assert await causes(api, "POST", CRDS, definition) == [
        (
            f"{at}.items.x-kubernetes-validations[0].rule",
            "FieldValueInvalid",
            'Invalid value: "self >= oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema '
            f"within {at}",
        )
    ]


async def test_the_rules_of_a_schema_together(api: Api) -> None:
    costly = {"rule": "self.values.all(x, self.values.all(y, self.values.all(z, x + y + z > 0)))"}
    values = {"values": {"type": "array", "maxItems": 95, "items": {"type": "integer"}}}
    found = await causes(api, "POST", CRDS, with_rules(*[costly] * 14, properties=values))
    assert len(found) == 5
    assert {one[0] for one in found[:4]} <= {f"{AT}.x-kubernetes-validations[{n}].rule" for n in range(14)}
    assert found[4][0] == "spec.validation.openAPIV3Schema"
    what = "Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by"
    assert found[4][2].startswith(what)


async def test_an_unchanged_schema_keeps_its_rules(api: Api) -> None:
    definition = with_rules({"rule": "self.a > 0"}, properties={"a": {"type": "integer"}})
    await established(api, definition)
    current = await api.get(f"{CRDS}/widgets.example.com")
    current["metadata"]["labels"] = {"a": "b"}
    await api.ok("PUT", f"{CRDS}/widgets.example.com", current)


async def test_defaults_meet_the_rules_of_their_schema(api: Api) -> None:
    small = {"type": "integer", "x-kubernetes-validations": [{"rule": "self < 3", "message": "too big"}]}
    spec: Json = {"properties": {"a": {**small, "default": 5}, "b": {**small, "default": 1}}, "default": {"c": 1}}
    spec["properties"]["c"] = {"type": "integer"}
    definition = with_rules({"rule": "self.c > 1 && self == oldSelf"}, **spec)
    status, refused = await api.call("POST", CRDS, definition)
    assert status == 422
    assert [(cause["field"], cause["message"]) for cause in refused["details"]["causes"]] == [
        (f"{AT}.default", "Invalid value: failed rule: self.c > 1 && self == oldSelf"),
        (f"{AT}.properties[a].default", "Invalid value: 5: too big"),
    ]
