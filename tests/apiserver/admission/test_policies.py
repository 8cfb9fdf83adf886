"""Admission policies: what their expressions see, what follows from them, and which policies may be written."""

from __future__ import annotations

from typing import Any

import pytest

from pybernetes.api.object import Json
from pybernetes.apiserver.admission.expressions import Compiler, Evaluation, OutOfBudget
from pybernetes.apiserver.http import Response
from tests.apiserver.admission.webhooks import PATH, rule
from tests.apiserver.conftest import Api, config_map, pod

MAPS = "/api/v1/namespaces/default/configmaps"
PODS = "/api/v1/namespaces/default/pods"


def policy(kind: str, *, resources: str = "configmaps", **spec: Any) -> Json:
    constraints = {"resourceRules": [rule("CREATE", "UPDATE", resources=resources)]}
    if kind == "Mutating":
        spec.setdefault("reinvocationPolicy", "Never")
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": f"{kind}AdmissionPolicy",
        "metadata": {"name": "p"},
        "spec": {"matchConstraints": constraints, **spec},
    }


async def put(api: Api, kind: str, body: Json, **binding: Any) -> None:
    """A policy and a binding that puts it into effect."""
    plural = f"{kind.lower()}admissionpolic"
    await api.create(f"{PATH}/{plural}ies", body)
    if kind == "Validating":
        binding.setdefault("validationActions", ["Deny"])
    bound = {"metadata": {"name": "b"}, "spec": {"policyName": "p", **binding}}
    await api.create(f"{PATH}/{plural}ybindings", bound)


async def validating(api: Api, *expressions: str, binding: Json | None = None, **spec: Any) -> None:
    validations = [{"expression": text} for text in expressions] or spec.pop("validations", [])
    await put(api, "Validating", policy("Validating", validations=validations, **spec), **(binding or {}))


def denied(why: str, name: str = "a") -> str:
    return f"configmaps \"{name}\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: {why}"


async def refusal(api: Api, **data: str) -> str:
    status, refused = await api.call("POST", MAPS, config_map("a", **data))
    assert (status, refused["reason"], refused["code"]) == (422, "Invalid", 422), refused
    message: str = refused["message"]
    assert refused["details"]["causes"] == [{"message": message.partition(" is forbidden: ")[2]}]
    assert refused["details"]["name"] == "a" and refused["details"]["kind"] == "configmaps"
    return message


async def test_what_does_not_hold_is_refused(api: Api) -> None:
    await validating(api, "object.data.color == 'red'")
    assert await refusal(api, color="blue") == denied("failed expression: object.data.color == 'red'")
    await api.create(MAPS, config_map("b", color="red"))


async def test_what_cannot_be_told_is_refused(api: Api) -> None:
    await validating(api, "object.data.color == 'red'")
    why = "expression 'object.data.color == 'red'' resulted in error: no such key: color"
    assert await refusal(api, size="big") == denied(why)


async def test_or_let_pass_if_failures_are_ignored(api: Api) -> None:
    await validating(api, "object.data.color == 'red'", failurePolicy="Ignore")
    await api.create(MAPS, config_map("a", size="big"))
    status, _ = await api.call("POST", MAPS, config_map("b", color="blue"))
    assert status == 422


@pytest.mark.parametrize(
    ("validation", "code", "message"),
    [
        ({"message": "wants red"}, 422, "wants red"),
        ({"message": "wants red", "messageExpression": "'not ' + object.data.color"}, 422, "not blue"),
        ({"message": "wants red", "messageExpression": "object.data.none"}, 422, "wants red"),
        ({"messageExpression": "'two\\nlines'"}, 422, "failed expression: object.data.color == 'red'"),
        ({"reason": "Forbidden"}, 403, "failed expression: object.data.color == 'red'"),
        ({"reason": "RequestEntityTooLarge"}, 413, "failed expression: object.data.color == 'red'"),
    ],
)
async def test_messages_and_reasons(api: Api, validation: Json, code: int, message: str) -> None:
    await validating(api, validations=[{"expression": "object.data.color == 'red'", **validation}])
    status, refused = await api.call("POST", MAPS, config_map("a", color="blue"))
    assert (status, refused["message"], refused["reason"]) == (
        code,
        denied(message),
        validation.get("reason", "Invalid"),
    )


async def test_a_binding_may_only_warn(api: Api) -> None:
    await validating(api, "false", binding={"validationActions": ["Warn", "Audit"]})
    answer = await api.answer("POST", MAPS, config_map("a"))
    assert isinstance(answer, Response) and answer.status == 201 and answer.headers is not None
    assert answer.headers["warning"] == (
        "299 - \"Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': failed expression: false\""
    )


@pytest.mark.parametrize(
    "expression",
    [
        "request.operation == 'CREATE' && request.name == 'a' && request.namespace == 'default'",
        "request.resource.resource == 'configmaps' && request.kind.kind == 'ConfigMap' && !request.dryRun",
        "request.userInfo.username == 'admin' && 'system:masters' in request.userInfo.groups",
        "oldObject == null && has(object.data) && object.metadata.name == 'a'",
        "namespaceObject.metadata.name == 'default' && namespaceObject.status.phase == 'Active'",
        "authorizer.group('').resource('pods').namespace('default').check('create').allowed()",
        "!authorizer.serviceAccount('default', 'x').group('').resource('pods').check('create').allowed()",
        "authorizer.requestResource.check('custom').allowed()",
        "variables.both == 'red and blue'",
    ],
)
async def test_what_expressions_see(api: Api, expression: str) -> None:
    variables = [
        {"name": "one", "expression": "object.data.color"},
        {"name": "both", "expression": "variables.one + ' and blue'"},
        {"name": "broken", "expression": "object.nothing"},
    ]
    await validating(api, expression, variables=variables)
    await api.create(MAPS, config_map("a", color="red"))


async def test_a_variable_that_fails_says_so(api: Api) -> None:
    await validating(api, "variables.x", variables=[{"name": "x", "expression": "object.nothing"}])
    why = (
        "expression 'variables.x' resulted in error: composited variable \"x\" fails to evaluate: no such key: nothing"
    )
    assert await refusal(api) == denied(why)


async def test_match_conditions_choose(api: Api) -> None:
    conditions = [{"name": "blue", "expression": "object.data.color == 'blue'"}]
    await validating(api, "false", matchConditions=conditions)
    await api.create(MAPS, config_map("a", color="red"))
    assert (await api.call("POST", MAPS, config_map("b", color="blue")))[0] == 422


async def test_bindings_choose(api: Api) -> None:
    resources = {"objectSelector": {"matchLabels": {"strict": "yes"}}}
    await validating(api, "false", binding={"matchResources": resources})
    await api.create(MAPS, config_map("a"))
    strict = config_map("b")
    strict["metadata"]["labels"] = {"strict": "yes"}
    assert (await api.call("POST", MAPS, strict))[0] == 422


async def test_names_and_exclusions(api: Api) -> None:
    await validating(api, "false")
    path = f"{PATH}/validatingadmissionpolicies/p"
    change = {"spec": {"matchConstraints": {"excludeResourceRules": [rule("*", resourceNames=["spared"])]}}}
    await api.ok("PATCH", path, change, content_type="application/merge-patch+json")
    await api.create(MAPS, config_map("spared"))
    assert (await api.call("POST", MAPS, config_map("other")))[0] == 422


PARAMS = {"paramKind": {"apiVersion": "v1", "kind": "ConfigMap"}, "resources": "secrets"}


async def test_parameters_by_name_and_by_label(api: Api) -> None:
    limits = config_map("limits", prefix="ok-")
    limits["metadata"]["labels"] = {"role": "limits"}
    await api.create(MAPS, limits)
    ref = {"name": "limits", "parameterNotFoundAction": "Deny"}
    await validating(api, "object.metadata.name.startsWith(params.data.prefix)", binding={"paramRef": ref}, **PARAMS)
    secrets = "/api/v1/namespaces/default/secrets"
    await api.create(secrets, {"metadata": {"name": "ok-a"}})
    status, refused = await api.call("POST", secrets, {"metadata": {"name": "bad"}})
    assert status == 422 and refused["message"].endswith(
        "failed expression: object.metadata.name.startsWith(params.data.prefix)"
    )
    path = f"{PATH}/validatingadmissionpolicybindings/b"
    selector = {"selector": {"matchLabels": {"role": "limits"}}, "name": None}
    await api.ok("PATCH", path, {"spec": {"paramRef": selector}}, content_type="application/merge-patch+json")
    assert (await api.call("POST", secrets, {"metadata": {"name": "bad"}}))[0] == 422


async def test_parameters_that_are_not_there(api: Api) -> None:
    ref = {"name": "limits", "parameterNotFoundAction": "Deny"}
    await validating(api, "true", binding={"paramRef": ref}, **PARAMS)
    _, refused = await api.call("POST", "/api/v1/namespaces/default/secrets", {"metadata": {"name": "a"}})
    assert refused["message"].endswith(
        "denied request: failed to configure binding: no params found for policy binding with `Deny` "
        "parameterNotFoundAction"
    )


async def test_a_kind_of_parameters_that_is_not_served(api: Api) -> None:
    kind = {"apiVersion": "example.com/v1", "kind": "Limit"}
    ref = {"name": "limits", "parameterNotFoundAction": "Allow"}
    await validating(api, "true", binding={"paramRef": ref}, paramKind=kind)
    _, refused = await api.call("POST", MAPS, config_map("a"))
    assert refused["message"] == (
        "configmaps \"a\" is forbidden: ValidatingAdmissionPolicy 'p' denied request: failed to configure policy: "
        "failed to find resource referenced by paramKind: 'example.com/v1, Kind=Limit'"
    )


async def test_a_policy_without_a_binding_has_no_effect(api: Api) -> None:
    await api.create(f"{PATH}/validatingadmissionpolicies", policy("Validating", validations=[{"expression": "false"}]))
    await api.create(MAPS, config_map("a"))


def test_the_budget_is_for_all_expressions_together() -> None:
    compiler = Compiler()
    compiler.declare("ten", "[0,1,2,3,4,5,6,7,8,9].filter(x, x >= 0)")
    expression = compiler.compile("variables.ten.all(x, x < 10)")
    evaluation = Evaluation({}, compiler.variables, 10_000)
    assert evaluation.value(expression) is True
    first = 10_000 - evaluation.budget
    assert evaluation.value(expression) is True
    second = 10_000 - first - evaluation.budget
    assert 0 < second < first, "a variable is paid for once"
    evaluation.budget = second - 1
    with pytest.raises(OutOfBudget, match="running out of cost budget"):
        evaluation.value(expression)


@pytest.mark.parametrize(
    ("spec", "path", "text"),
    [
        ({"validations": [{"expression": "nothing"}]}, "spec.validations[0].expression", "undeclared reference"),
        ({"validations": [{"expression": "1"}]}, "spec.validations[0].expression", "must evaluate to bool"),
        (
            {"validations": [{"expression": "true", "messageExpression": "1"}]},
            "spec.validations[0].messageExpression",
            "must evaluate to string",
        ),
        (
            {"validations": [{"expression": "true"}], "variables": [{"name": "x", "expression": "a b"}]},
            "spec.variables[0].expression",
            "compilation failed: ERROR: <input>:1:3: Syntax error",
        ),
        ({"validations": [{"expression": "request.nothing"}]}, "spec.validations[0].expression", "undefined field"),
    ],
)
async def test_policies_that_do_not_compile_are_refused(api: Api, spec: Json, path: str, text: str) -> None:
    status, refused = await api.call("POST", f"{PATH}/validatingadmissionpolicies", policy("Validating", **spec))
    assert status == 422
    assert any(cause["field"] == path and text in cause["message"] for cause in refused["details"]["causes"]), refused


# -- policies that change objects


def configuration(expression: str) -> Json:
    return {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": expression}}


def json_patch(expression: str) -> Json:
    return {"patchType": "JSONPatch", "jsonPatch": {"expression": expression}}


async def mutating(api: Api, *mutations: Json, resources: str = "pods", **spec: Any) -> None:
    await put(api, "Mutating", policy("Mutating", resources=resources, mutations=list(mutations), **spec))


async def test_a_configuration_is_merged_into_the_object(api: Api) -> None:
    expression = """Object{
      metadata: Object.metadata{labels: {"by": "policy"}},
      spec: Object.spec{containers: [Object.spec.containers{name: "side", image: "side:" + object.metadata.name}]}
    }"""
    await mutating(api, configuration(expression))
    created = await api.create(PODS, pod("a", labels={"own": "yes"}))
    assert created["metadata"]["labels"] == {"own": "yes", "by": "policy"}
    assert [(one["name"], one["image"]) for one in created["spec"]["containers"]] == [
        ("main", "busybox:1.36"),
        ("side", "side:a"),
    ]
    assert created["spec"]["containers"][1]["imagePullPolicy"] == "IfNotPresent"


async def test_a_json_patch_is_applied(api: Api) -> None:
    key = 'jsonpatch.escapeKey("example.com/by")'
    first = '[JSONPatch{op: "add", path: "/metadata/labels", value: {"a": "b"}}]'
    second = f'[JSONPatch{{op: "add", path: "/metadata/labels/" + {key}, value: "policy"}}]'
    await mutating(api, json_patch(first), json_patch(second))
    created = await api.create(PODS, pod("a"))
    assert created["metadata"]["labels"] == {"a": "b", "example.com/by": "policy"}


async def test_a_patch_whose_test_fails_changes_nothing(api: Api) -> None:
    expression = """[JSONPatch{op: "test", path: "/spec/restartPolicy", value: "Never"},
      JSONPatch{op: "add", path: "/metadata/labels", value: {"a": "b"}}]"""
    await mutating(api, json_patch(expression))
    assert "labels" not in (await api.create(PODS, pod("a")))["metadata"]


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        (
            "Object{spec: Object.spec{nodeSelector: {'a': 'b'}, tolerations: [Object.spec.tolerations{key: 'a'}]}}",
            "error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: "
            ".spec.nodeSelector, .spec.tolerations",
        ),
        (
            "Object{spec: Object.wrong{}}",
            'type mismatch: unexpected type name "Object.wrong", expected "Object.spec", which matches field name path '
            "from root Object type",
        ),
        (
            "Object{spec: Object.spec{nothing: 1}}",
            "error applying patch: failed to convert patch object to typed object: .spec.nothing: field not declared "
            "in schema",
        ),
    ],
)
async def test_what_cannot_be_applied_is_refused(api: Api, expression: str, why: str) -> None:
    await mutating(api, configuration(expression))
    status, refused = await api.call("POST", PODS, pod("a"))
    message = f"policy 'p' with binding 'b' denied request: {why}"
    assert (status, refused["reason"], refused["message"]) == (403, "Invalid", message)
    assert refused["details"]["causes"] == [{"message": message}]


async def test_failures_of_changes_can_be_ignored(api: Api) -> None:
    await mutating(api, configuration("Object{spec: Object.spec{nothing: 1}}"), failurePolicy="Ignore")
    await api.create(PODS, pod("a"))


async def test_a_policy_sees_what_another_did_and_comes_again_if_it_wants(api: Api) -> None:
    count = "string(int(has(object.data) && has(object.data.n) ? object.data.n : '0') + 1)"
    counting = [json_patch(f'[JSONPatch{{op: "add", path: "/data/n", value: {count}}}]')]
    await mutating(api, *counting, resources="configmaps", reinvocationPolicy="IfNeeded")
    other = policy("Mutating", mutations=[json_patch('[JSONPatch{op: "add", path: "/data/x", value: "y"}]')])
    other["metadata"]["name"] = "q"
    await api.create(f"{PATH}/mutatingadmissionpolicies", other)
    binding = {"metadata": {"name": "c"}, "spec": {"policyName": "q"}}
    await api.create(f"{PATH}/mutatingadmissionpolicybindings", binding)
    created = await api.create(MAPS, config_map("m", own="x"))
    assert created["data"] == {"own": "x", "n": "2", "x": "y"}
