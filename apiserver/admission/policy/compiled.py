"""A policy and its bindings, worked out when they change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pybernetes.api.object import Json, name_of
from pybernetes.apiserver.admission.expressions import Compiler, Expression, compiled_conditions
from pybernetes.apiserver.admission.matching import Criteria, policy_criteria
from pybernetes.apiserver.admission.policy.patches import MUTATION_TYPES, MUTATIONS, OBJECT, PATCHES
from pybernetes.apiserver.cel.types import BOOL, NULL, STRING


@dataclass(frozen=True)
class Validation:
    """One thing that must hold. `shown` is what is said when neither message gives anything."""

    expression: Expression
    message_expression: Expression | None
    message: str
    reason: str

    @property
    def shown(self) -> str:
        return f"failed expression: {self.expression.text.strip()}"


@dataclass(frozen=True)
class Mutation:
    """One change: `kind` is ApplyConfiguration or JSONPatch."""

    kind: str
    expression: Expression


@dataclass(frozen=True)
class Policy:
    """`param_kind` is (apiVersion, kind), or None for a policy without parameters."""

    name: str
    criteria: Criteria
    param_kind: tuple[str, str] | None
    fails_open: bool
    conditions: tuple[Expression, ...]
    variables: Mapping[str, Expression]
    validations: tuple[Validation, ...] = ()
    annotations: tuple[tuple[str, Expression], ...] = ()
    mutations: tuple[Mutation, ...] = ()
    reinvocable: bool = False


@dataclass(frozen=True)
class Binding:
    name: str
    policy: str
    criteria: Criteria
    param_ref: Json | None
    actions: tuple[str, ...]


def policy_of(policy: Json) -> Policy:
    """Of either sort: what the sort does not have is empty."""
    spec = policy.get("spec") or {}
    kind = spec.get("paramKind")
    mutates = "mutations" in spec
    compiler = (
        Compiler(params=bool(kind), more=MUTATION_TYPES, base=MUTATIONS) if mutates else Compiler(params=bool(kind))
    )
    conditions = compiled_conditions(Compiler(params=bool(kind)), spec.get("matchConditions") or ())
    for variable in spec.get("variables") or ():
        compiler.declare(variable["name"], variable["expression"])
    return Policy(
        name_of(policy),
        policy_criteria(spec.get("matchConstraints")),
        (kind.get("apiVersion") or "", kind.get("kind") or "") if kind else None,
        spec.get("failurePolicy") == "Ignore",
        conditions,
        compiler.variables,
        tuple(_validation(compiler, one) for one in spec.get("validations") or ()),
        tuple(
            (one["key"], compiler.compile(one["valueExpression"], STRING, NULL))
            for one in spec.get("auditAnnotations") or ()
        ),
        tuple(_mutation(compiler, one) for one in spec.get("mutations") or ()),
        spec.get("reinvocationPolicy") == "IfNeeded",
    )


def _validation(compiler: Compiler, validation: Json) -> Validation:
    message = validation.get("messageExpression")
    return Validation(
        compiler.compile(validation["expression"], BOOL),
        compiler.compile(message, STRING) if message else None,
        (validation.get("message") or "").strip(),
        validation.get("reason") or "Invalid",
    )


def _mutation(compiler: Compiler, mutation: Json) -> Mutation:
    kind = mutation.get("patchType") or ""
    part, wanted = ("jsonPatch", PATCHES) if kind == "JSONPatch" else ("applyConfiguration", OBJECT)
    text = (mutation.get(part) or {}).get("expression") or ""
    return Mutation(kind, compiler.compile(text, wanted))


def binding_of(binding: Json) -> Binding:
    spec = binding.get("spec") or {}
    return Binding(
        name_of(binding),
        spec.get("policyName") or "",
        policy_criteria(spec.get("matchResources")),
        spec.get("paramRef"),
        tuple(spec.get("validationActions") or ()),
    )
