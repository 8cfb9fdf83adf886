"""CEL in the configuration of issuers: over ``claims``, a map of anything, and over ``user``, who came of them.

Counterpart: apiserver/pkg/authentication/cel.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from pybernetes.apiserver.authn.jwt_issuers import Expression
from pybernetes.apiserver.cel.ast import Call, Entry, Ident, Literal, Node, Select
from pybernetes.apiserver.cel.environment import KUBERNETES, PER_CALL_LIMIT, Environment
from pybernetes.apiserver.cel.errors import EvaluationError
from pybernetes.apiserver.cel.program import Program
from pybernetes.apiserver.cel.records import Records
from pybernetes.apiserver.cel.types import BOOL, DYN, STRING, list_of, map_of, struct

_USER = "kubernetes.UserInfo"
_USER_FIELDS = {
    "username": STRING,
    "uid": STRING,
    "groups": list_of(STRING),
    "extra": map_of(STRING, list_of(STRING)),
}
_CLAIMS = KUBERNETES.extend(variables={"claims": map_of(STRING, DYN)})
_OF_USER = KUBERNETES.extend(variables={"user": struct(_USER)}, provider=Records({_USER: _USER_FIELDS}))


def claim_mapping(text: str) -> tuple[Expression, Program]:
    """An expression that gives a value for the user. Raises CompileError (a ValueError)."""
    program = _CLAIMS.compile(text)
    return Expression(text, _evaluation(program)), program


def claim_rule(text: str, message: str) -> tuple[Expression, Program]:
    """A rule on claims. Raises ValueError."""
    return _rule(_CLAIMS, text, message)


def user_rule(text: str, message: str) -> tuple[Expression, Program]:
    """A rule on the user. Raises ValueError."""
    return _rule(_OF_USER, text, message)


def uses_claim(program: Program, claim: str) -> bool:
    """Whether an expression reads ``claims.<claim>``, or ``claims.?<claim>``."""
    return any(_reads(node, claim) for node in _nodes(program.tree))


def _rule(environment: Environment, text: str, message: str) -> tuple[Expression, Program]:
    program = environment.compile(text)
    if program.type != BOOL:
        raise ValueError(f"must evaluate to bool but got {program.type}")
    return Expression(text, _evaluation(program), message), program


def _evaluation(program: Program) -> Any:
    def evaluate(variables: Mapping[str, Any]) -> Any:
        try:
            return program.evaluate(variables, PER_CALL_LIMIT)[0]
        except EvaluationError as error:
            raise ValueError(f"expression '{program.source}' resulted in error: {error}") from error

    return evaluate


def _reads(node: Node, claim: str) -> bool:
    if isinstance(node, Select):
        return node.field == claim and isinstance(node.operand, Ident) and node.operand.name == "claims"
    if isinstance(node, Call) and node.function == "_?._" and len(node.arguments) == 2:
        operand, field = node.arguments
        named = isinstance(field, Literal) and field.value == claim
        return named and isinstance(operand, Ident) and operand.name == "claims"
    return False


def _nodes(node: Node) -> Iterator[Node]:
    """A node and all below it."""
    yield node
    for field in fields(node):
        value = getattr(node, field.name)
        for child in value if isinstance(value, list) else (value,):
            if isinstance(child, Entry):
                yield from _nodes(child.value)
                child = child.key
            if isinstance(child, Node):
                yield from _nodes(child)
