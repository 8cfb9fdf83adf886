"""Asking who may do what: ``authorizer.group("apps").resource("deployments").check("create").allowed()``.

The engine does no I/O: the use of an expression that declares the variable gives an `Asks` that answers.

Counterpart: apiserver/pkg/cel/library/authz.go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from pybernetes.api.names import dns_label, dns_subdomain
from pybernetes.apiserver.cel.errors import EvaluationError
from pybernetes.apiserver.cel.functions import Functions, Overload
from pybernetes.apiserver.cel.types import BOOL, STRING, Type, struct
from pybernetes.apiserver.cel.values import size_of

_PACKAGE = "kubernetes.authorization"
AUTHORIZER = struct(f"{_PACKAGE}.Authorizer")
PATH_CHECK = struct(f"{_PACKAGE}.PathCheck")
GROUP_CHECK = struct(f"{_PACKAGE}.GroupCheck")
RESOURCE_CHECK = struct(f"{_PACKAGE}.ResourceCheck")
DECISION = struct(f"{_PACKAGE}.Decision")
_CHECK_COST = 350_000  # so that an expression can ask twice


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided; `error` is empty when nothing went wrong."""

    allowed: bool
    reason: str = ""
    error: str = ""
    cel_type: ClassVar[Type] = DECISION
    equality_is_cheap: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Question:
    """May `user` (None: who sent the request; else namespace and name of a service account) do `verb`?"""

    verb: str
    service_account: tuple[str, str] | None = None
    path: str = ""
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    field_selector: str = ""
    label_selector: str = ""


Asks = Callable[[Question], Decision]


@dataclass(frozen=True, slots=True)
class Authorizer:
    ask: Asks
    service_account: tuple[str, str] | None = None
    cel_type: ClassVar[Type] = AUTHORIZER
    equality_is_cheap: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class PathCheck:
    ask: Asks
    question: Question
    cel_type: ClassVar[Type] = PATH_CHECK
    equality_is_cheap: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class GroupCheck:
    ask: Asks
    question: Question
    cel_type: ClassVar[Type] = GROUP_CHECK
    equality_is_cheap: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class ResourceCheck:
    ask: Asks
    question: Question
    cel_type: ClassVar[Type] = RESOURCE_CHECK
    equality_is_cheap: ClassVar[bool] = True


def _path(authorizer: Authorizer, path: str) -> PathCheck:
    if not path.strip():
        raise EvaluationError("path must not be empty")
    return PathCheck(authorizer.ask, Question("", authorizer.service_account, path=path))


def _group(authorizer: Authorizer, group: str) -> GroupCheck:
    return GroupCheck(authorizer.ask, Question("", authorizer.service_account, group=group))


def _service_account(authorizer: Authorizer, namespace: str, name: str) -> Authorizer:
    if dns_subdomain(name):
        raise EvaluationError("Invalid service account name")
    if dns_label(namespace):
        raise EvaluationError("Invalid service account namespace")
    return Authorizer(authorizer.ask, (namespace, name))


def _resource(check: GroupCheck, resource: str) -> ResourceCheck:
    if not resource.strip():
        raise EvaluationError("resource must not be empty")
    return ResourceCheck(check.ask, replace(check.question, resource=resource))


def _narrowed(field: str) -> Callable[[ResourceCheck, str], ResourceCheck]:
    def narrow(check: ResourceCheck, value: str) -> ResourceCheck:
        changes: Any = {field: value}
        return ResourceCheck(check.ask, replace(check.question, **changes))

    return narrow


def _check(check: PathCheck | ResourceCheck, verb: str) -> Decision:
    return check.ask(replace(check.question, verb=verb))


def _check_cost(values: Sequence[Any], result: Any) -> int:
    return _CHECK_COST


def _selector_cost(values: Sequence[Any], result: Any) -> int:
    """The text is read, and each requirement in it, of two characters at least, is a struct with a list."""
    size = size_of(values[1])
    return 10 + -(-size // 10) + -(-size // 2) * 50


def _member(
    name: str, of: Type, result: Type, run: Callable[..., Any], *more: Type, cost: Callable[..., int] | None = None
) -> Overload:
    return Overload(name, (of, *more), result, run, member=True, cost=cost)


def _narrowing(name: str, field: str, cost: Callable[..., int] | None = None) -> list[Overload]:
    return [_member(name, RESOURCE_CHECK, RESOURCE_CHECK, _narrowed(field), STRING, cost=cost)]


AUTHORIZATION: Functions = {
    "path": [_member("authorizer_path", AUTHORIZER, PATH_CHECK, _path, STRING)],
    "group": [_member("authorizer_group", AUTHORIZER, GROUP_CHECK, _group, STRING)],
    "serviceAccount": [_member("authorizer_serviceaccount", AUTHORIZER, AUTHORIZER, _service_account, STRING, STRING)],
    "resource": [_member("groupcheck_resource", GROUP_CHECK, RESOURCE_CHECK, _resource, STRING)],
    "subresource": _narrowing("resourcecheck_subresource", "subresource"),
    "namespace": _narrowing("resourcecheck_namespace", "namespace"),
    "name": _narrowing("resourcecheck_name", "name"),
    "fieldSelector": _narrowing("authorizer_fieldselector", "field_selector", _selector_cost),
    "labelSelector": _narrowing("authorizer_labelselector", "label_selector", _selector_cost),
    "check": [
        _member("pathcheck_check", PATH_CHECK, DECISION, _check, STRING, cost=_check_cost),
        _member("resourcecheck_check", RESOURCE_CHECK, DECISION, _check, STRING, cost=_check_cost),
    ],
    "allowed": [_member("decision_allowed", DECISION, BOOL, lambda decision: decision.allowed)],
    "reason": [_member("decision_reason", DECISION, STRING, lambda decision: decision.reason)],
    "errored": [_member("decision_errored", DECISION, BOOL, lambda decision: bool(decision.error))],
    "error": [_member("decision_error", DECISION, STRING, lambda decision: decision.error)],
}
