"""CEL in admission: what expressions of webhooks and policies see, compiling them, and evaluating them within a budget.

    object, oldObject      as the webhook or policy wants to see them; null where there is none
    request                the request, as AdmissionReview has it, without the objects
    namespaceObject        the namespace, with the fields that may be seen
    params                 the object that a binding gives a policy
    authorizer             asks who may do what; authorizer.requestResource about what is being requested
    variables              expressions by name, evaluated when first used

Counterpart: apiserver/pkg/admission/plugin/cel.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from pybernetes.api.object import Json
from pybernetes.api.resources import Resource
from pybernetes.apiserver.admission.matching import in_version
from pybernetes.apiserver.admission.metrics import CONDITION_ERRORS, CONDITION_EXCLUSIONS, CONDITION_SECONDS, Labels
from pybernetes.apiserver.admission.operation import Operation
from pybernetes.apiserver.admission.webhook.review import request_of
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.authz.chain import AuthorizerChain
from pybernetes.apiserver.cel.environment import KUBERNETES, PER_CALL_LIMIT, Environment
from pybernetes.apiserver.cel.errors import CompileError, EvaluationError
from pybernetes.apiserver.cel.library.authorizer import AUTHORIZER, RESOURCE_CHECK, Authorizer, Decision, ResourceCheck
from pybernetes.apiserver.cel.library.authorizer import Question as Asked
from pybernetes.apiserver.cel.moments import parse_timestamp
from pybernetes.apiserver.cel.program import Program
from pybernetes.apiserver.cel.types import (
    BOOL,
    DYN,
    INT,
    STRING,
    TIMESTAMP,
    Type,
    TypeProvider,
    list_of,
    map_of,
    struct,
)
from pybernetes.apiserver.user import User

MATCH_CONDITION_BUDGET = 2_500_000
_REQUEST, _NAMESPACE, _VARIABLES = "kubernetes.AdmissionRequest", "kubernetes.Namespace", "kubernetes.variables"
_LABELS = map_of(STRING, STRING)
_KIND, _RESOURCE = "kubernetes.GroupVersionKind", "kubernetes.GroupVersionResource"
_RECORDS: Mapping[str, Mapping[str, Type]] = {
    _KIND: {"group": STRING, "version": STRING, "kind": STRING},
    _RESOURCE: {"group": STRING, "version": STRING, "resource": STRING},
    "kubernetes.UserInfo": {
        "username": STRING,
        "uid": STRING,
        "groups": list_of(STRING),
        "extra": map_of(STRING, list_of(STRING)),
    },
    _REQUEST: {
        "kind": struct(_KIND),
        "resource": struct(_RESOURCE),
        "subResource": STRING,
        "requestKind": struct(_KIND),
        "requestResource": struct(_RESOURCE),
        "requestSubResource": STRING,
        "name": STRING,
        "namespace": STRING,
        "operation": STRING,
        "userInfo": struct("kubernetes.UserInfo"),
        "dryRun": BOOL,
        "options": DYN,
    },
    _NAMESPACE: {
        "metadata": struct("kubernetes.NamespaceMetadata"),
        "spec": struct("kubernetes.NamespaceSpec"),
        "status": struct("kubernetes.NamespaceStatus"),
    },
    "kubernetes.NamespaceMetadata": {
        "name": STRING,
        "generateName": STRING,
        "namespace": STRING,
        "labels": _LABELS,
        "annotations": _LABELS,
        "UID": STRING,
        "creationTimestamp": TIMESTAMP,
        "deletionGracePeriodSeconds": INT,
        "deletionTimestamp": TIMESTAMP,
        "generation": INT,
        "resourceVersion": STRING,
        "finalizers": list_of(STRING),
    },
    "kubernetes.NamespaceSpec": {"finalizers": list_of(STRING)},
    "kubernetes.NamespaceStatus": {"phase": STRING},
}


class OutOfBudget(Exception):
    """The expressions of a policy took more than they may, all together."""

    def __init__(self) -> None:
        super().__init__("validation failed due to running out of cost budget, no further validation rules will be run")


@dataclass(frozen=True)
class AdmissionTypes:
    """The struct types of admission, and those of a policy's variables."""

    variables: Mapping[str, Type]
    more: TypeProvider | None = None

    def has(self, name: str) -> bool:
        return name in _RECORDS or name == _VARIABLES or (self.more is not None and self.more.has(name))

    def field(self, name: str, field: str) -> Type | None:
        if name == _VARIABLES:
            return self.variables.get(field)
        if name in _RECORDS:
            return _RECORDS[name].get(field)
        return self.more.field(name, field) if self.more is not None else None

    def make(self, name: str, fields: dict[str, Any]) -> Any:
        return self.more.make(name, fields) if self.more is not None and self.more.has(name) else dict(fields)


@dataclass(frozen=True)
class Expression:
    """An expression, compiled; or why it is none."""

    text: str
    program: Program | None = None
    error: str = ""


class Compiler:
    """Compiles the expressions of one policy or webhook. Variables that are declared are seen by what follows."""

    def __init__(
        self,
        *,
        params: bool = False,
        authorizer: bool = True,
        more: TypeProvider | None = None,
        base: Environment = KUBERNETES,
        object_type: Type = DYN,
    ):
        known = {"object": object_type, "oldObject": object_type, "request": struct(_REQUEST)}
        known |= {"namespaceObject": struct(_NAMESPACE), "variables": struct(_VARIABLES)}
        if params:
            known["params"] = DYN
        if authorizer:
            known |= {"authorizer": AUTHORIZER, "authorizer.requestResource": RESOURCE_CHECK}
        self._base, self._known, self._more = base, known, more
        self._variables: dict[str, Type] = {}
        self.variables: dict[str, Expression] = {}

    def declare(self, name: str, text: str) -> Expression:
        """A variable that the expressions after this may use."""
        found = self.variables[name] = self.compile(text)
        self._variables[name] = found.program.type if found.program is not None else DYN
        return found

    def compile(self, text: str, *allowed: Type) -> Expression:
        """An expression that gives one of the allowed types, or anything when there are none."""
        provider = AdmissionTypes(dict(self._variables), self._more)
        try:
            program = self._base.extend(variables=self._known, provider=provider).compile(text)
        except CompileError as error:
            return Expression(text, error=f"compilation failed: {error}")
        if allowed and program.type not in (*allowed, DYN):
            names = [str(one) for one in allowed]
            wanted = names[0] if len(names) == 1 else f"one of [{' '.join(names)}]"
            return Expression(text, error=f"must evaluate to {wanted}")
        return Expression(text, program)


class _Variables:
    """The variables of a policy while it is evaluated: each once, when it is first used."""

    cel_type: ClassVar[Type] = struct(_VARIABLES)

    def __init__(self, expressions: Mapping[str, Expression], bindings: Mapping[str, Any]):
        self._expressions, self._bindings = expressions, bindings
        self._known: dict[str, Any] = {}
        self.cost = 0

    def cel_has(self, field: str) -> bool:
        return field in self._expressions

    def cel_field(self, field: str) -> Any:
        if field not in self._known:
            self._known[field] = self._evaluate(field)
        found = self._known[field]
        if isinstance(found, EvaluationError):
            raise found
        return found

    def _evaluate(self, name: str) -> Any:
        expression = self._expressions[name]
        if expression.program is None:
            return EvaluationError(f'composited variable "{name}" fails to compile: {expression.error}')
        try:
            value, cost = expression.program.evaluate(self._bindings, PER_CALL_LIMIT)
        except EvaluationError as error:
            self.cost += error.cost
            return EvaluationError(f'composited variable "{name}" fails to evaluate: {error}')
        self.cost += cost
        return value


class Evaluation:
    """The expressions of one policy or webhook about one request, with what is left of their budget."""

    def __init__(self, bindings: Json, variables: Mapping[str, Expression], budget: int):
        self._bindings = dict(bindings)
        self._variables = _Variables(variables, self._bindings)
        self._bindings["variables"] = self._variables
        self.budget = budget

    def value(self, expression: Expression) -> Any:
        """Raises `EvaluationError` with the text that the client sees, and `OutOfBudget`."""
        if expression.program is None:
            raise EvaluationError(f"compilation error: {expression.error}")
        before = self._variables.cost
        failed = ""
        value = None
        try:
            value, cost = expression.program.evaluate(self._bindings, PER_CALL_LIMIT)
        except EvaluationError as error:
            cost = error.cost
            failed = f"expression '{expression.text}' resulted in error: {error}"
        self.budget -= cost + self._variables.cost - before
        if self.budget < 0:
            raise OutOfBudget
        if failed:
            raise EvaluationError(failed)
        return value


async def bindings_of(operation: Operation, resource: Resource, *, namespace: Json | None, params: Json | None) -> Json:
    """What expressions see of a request. `resource` is the version in which the objects are shown."""
    state = operation.state
    shown = [
        await in_version(state.cache, obj, operation.resource, resource) if obj is not None else None
        for obj in (operation.obj, operation.old)
    ]
    request = request_of(operation, resource, *shown)
    ask = partial(_ask, state.extensions["authorizer"], operation.user)
    about = Asked(
        "",
        group=resource.group,
        resource=resource.plural,
        subresource=operation.subresource,
        namespace=request.get("namespace", ""),
        name=request.get("name", ""),
    )
    return {
        "object": shown[0],
        "oldObject": shown[1],
        "request": request,
        "namespaceObject": _seen_namespace(namespace),
        "params": params,
        "authorizer": Authorizer(ask),
        "authorizer.requestResource": ResourceCheck(ask, about),
    }


def _seen_namespace(namespace: Json | None) -> Json | None:
    """The fields of a namespace that expressions may see."""
    if namespace is None:
        return None
    metadata: Json = {}
    fields = _RECORDS["kubernetes.NamespaceMetadata"]
    for name, value in namespace["metadata"].items():
        name = "UID" if name == "uid" else name
        if name in fields:
            metadata[name] = parse_timestamp(value) if fields[name] == TIMESTAMP else value
    seen: Json = {"metadata": metadata}
    for part, known in (("spec", "finalizers"), ("status", "phase")):
        found = (namespace.get(part) or {}).get(known)
        seen[part] = {known: found} if found else {}
    return seen


def _ask(authorizer: AuthorizerChain, user: User, asked: Asked) -> Decision:
    if asked.service_account is not None:
        namespace, name = asked.service_account
        groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated")
        user = User(f"system:serviceaccount:{namespace}:{name}", groups)
    if asked.path:
        attributes = Attributes(user, asked.verb, path=asked.path)
    else:
        attributes = Attributes(
            user,
            asked.verb,
            asked.group,
            "*",
            asked.resource,
            asked.subresource,
            asked.namespace,
            asked.name,
            field_selector=asked.field_selector,
        )
    found = authorizer.authorize(attributes)
    return Decision(found.allowed, found.reason)


def compiled_conditions(compiler: Compiler, conditions: Iterable[Json]) -> tuple[Expression, ...]:
    return tuple(compiler.compile(one["expression"], BOOL) for one in conditions)


def conditions_hold(conditions: Iterable[Expression], evaluation: Evaluation, counted_as: Labels) -> bool:
    """Whether all hold; one that does not settles it, whatever is wrong with others. Raises `EvaluationError`.

    `counted_as` are the name of the webhook or policy, its sort, its step and the operation.
    """
    start = time.perf_counter()
    errors = []
    try:
        for condition in conditions:
            try:
                if evaluation.value(condition) is False:
                    CONDITION_EXCLUSIONS.labels(*counted_as).inc()
                    return False
            except EvaluationError as error:
                CONDITION_ERRORS.labels(*counted_as).inc()
                errors.append(str(error))
    finally:
        CONDITION_SECONDS.labels(*counted_as).observe(time.perf_counter() - start)
    if errors:
        raise EvaluationError(errors[0] if len(errors) == 1 else f"[{', '.join(errors)}]")
    return True
