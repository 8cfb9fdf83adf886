"""The rules of a schema (``x-kubernetes-validations``), compiled: once to see whether a definition may have them, and
once for each version that is served.

    schema node with rules + its declaration → `compile_rules` → a `Rule` each, or what is wrong with it

Counterpart: apiextensions-apiserver/pkg/apiserver/schema/cel/compilation.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pybernetes.api.apiextensions.field_path import FieldPathError, normalized_path
from pybernetes.api.object import Json
from pybernetes.api.schema.structural import Structural
from pybernetes.apiserver.cel import types
from pybernetes.apiserver.cel.ast import Ident
from pybernetes.apiserver.cel.environment import KUBERNETES, Environment
from pybernetes.apiserver.cel.errors import CompileError, ProgramError
from pybernetes.apiserver.cel.estimate import estimate
from pybernetes.apiserver.cel.literals import walk
from pybernetes.apiserver.cel.program import Program
from pybernetes.apiserver.cel.schema_types import MAX_REQUEST_BYTES, Declared, SchemaTypes
from pybernetes.apiserver.cel.types import Kind, optional_of

SELF, OLD_SELF = "self", "oldSelf"


@dataclass(frozen=True)
class Rule:
    """One rule. `error` and `message_error` say why there is no program; `cost` is what it takes at most."""

    declared: Json
    program: Program | None = None
    message: Program | None = None
    error: str = ""
    message_error: str = ""
    cost: int = 0
    message_cost: int = 0
    uses_old_self: bool = False
    field_path: str = ""

    @cached_property
    def text(self) -> str:
        """How errors name the rule."""
        return str(self.declared.get("message") or self.declared.get("rule") or "").strip()

    @property
    def optional_old_self(self) -> bool:
        return bool(self.declared.get("optionalOldSelf"))


def most_occurrences(node: Declared) -> int:
    """How often a value of this schema can stand in one request, when nothing else bounds it."""
    return MAX_REQUEST_BYTES // (node.min_bytes + 1)


def compile_rules(rules: Structural, schema: Structural, node: Declared) -> Iterator[Rule]:
    """The rules that one node has, about values of a schema and its declaration."""
    if not rules.rules:
        return
    provider = SchemaTypes(node)
    plain = KUBERNETES.extend(variables={SELF: node.type, OLD_SELF: node.type}, provider=provider)
    optional = plain.extend(variables={OLD_SELF: optional_of(node.type)})
    for declared in rules.rules:
        yield _compile(declared, schema, node, optional if declared.get("optionalOldSelf") else plain)


def _compile(declared: Json, schema: Structural, node: Declared, environment: Environment) -> Rule:
    text = declared.get("rule") or ""
    if not text.strip():
        return Rule(declared)
    try:
        program = environment.compile(text)
    except ProgramError as error:
        return Rule(declared, error=f"program instantiation failed: {error}")
    except CompileError as error:
        return Rule(declared, error=f"compilation failed: {error}")
    if program.type.kind is not Kind.BOOL:
        return Rule(declared, error="cel expression must evaluate to a bool")
    message, message_error = _compile_message(declared.get("messageExpression") or "", environment)
    return Rule(
        declared,
        program,
        message,
        message_error=message_error,
        cost=estimate(program.tree, node.size_at).high,
        message_cost=estimate(message.tree, node.size_at).high if message is not None else 0,
        uses_old_self=any(isinstance(one, Ident) and one.name == OLD_SELF for one in walk(program.tree)),
        field_path=_field_path(declared.get("fieldPath") or "", schema),
    )


def _compile_message(text: str, environment: Environment) -> tuple[Program | None, str]:
    if not text:
        return None, ""
    try:
        program = environment.compile(text)
    except ProgramError as error:
        return None, f"messageExpression instantiation failed: {error}"
    except CompileError as error:
        return None, f"messageExpression compilation failed: {error}"
    if program.type != types.STRING:
        return None, "messageExpression must evaluate to a string"
    return program, ""


def _field_path(text: str, schema: Structural) -> str:
    try:
        return normalized_path(text, schema)[0] if text else ""
    except FieldPathError:
        return ""
