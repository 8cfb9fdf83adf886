"""Checking the expressions of a policy against the kinds that it is for: what cannot be right is told in its status.

Expressions are not bound to a kind, so a misspelt field is no error when a policy is written. Here each expression is
compiled once more for each kind that the rules name, with ``object`` of that kind's type. Rules with a wildcard name
no kinds. A finding refuses nothing.

Counterpart: apiserver/pkg/admission/plugin/policy/validating/typechecking.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from pybernetes.api.definition import Definition
from pybernetes.api.object import Json
from pybernetes.api.resources import Resource
from pybernetes.api.schema.structural import Structural
from pybernetes.api.schema.tree import ListOf, MapOf, Node, Scalar, ScalarType, Struct
from pybernetes.apiserver.admission.expressions import Compiler
from pybernetes.apiserver.cache.watch_cache import WatchCache
from pybernetes.apiserver.cel.schema_types import Declared, SchemaTypes, declare
from pybernetes.apiserver.cel.types import BOOL, STRING
from pybernetes.apiserver.customresources.kind import CustomDefinition

_MAX_KINDS = 10
_SCALARS = {
    ScalarType.STRING: Structural(type="string"),
    ScalarType.BOOLEAN: Structural(type="boolean"),
    ScalarType.INT32: Structural(type="integer", format="int32"),
    ScalarType.INT64: Structural(type="integer", format="int64"),
    ScalarType.DOUBLE: Structural(type="number"),
    ScalarType.BASE64: Structural(type="string", format="byte"),
    ScalarType.TIME: Structural(type="string", format="date-time"),
    ScalarType.MICRO_TIME: Structural(type="string", format="date-time"),
    ScalarType.QUANTITY: Structural(type="string"),
}
_ANYTHING = Structural(int_or_string=True)  # what expressions see as dynamic
_COMPILATION = "compilation failed: "


def warnings_of(policy: Json, cache: WatchCache) -> list[Json]:
    """What checking found, one entry an expression, with all kinds that it is wrong for."""
    spec = policy.get("spec") or {}
    compilers = [(kind, _compiler(cache, resource, spec)) for kind, resource in _kinds(spec, cache)]
    found: dict[str, list[str]] = {}
    for kind, compiler in compilers:
        for path, error in _errors(spec, compiler):
            found.setdefault(path, []).append(f"{kind}: {error.removeprefix(_COMPILATION)}\n")
    return [{"fieldRef": path, "warning": "\n".join(texts)} for path, texts in found.items()]


def _kinds(spec: Json, cache: WatchCache) -> list[tuple[str, Resource]]:
    """The kinds that the rules name, in order of their names, as far as they are served."""
    named: dict[str, Resource] = {}
    for rule in (spec.get("matchConstraints") or {}).get("resourceRules") or ():
        parts = [rule.get(name) or [] for name in ("apiGroups", "apiVersions", "resources")]
        if any("*" in text for part in parts for text in part):
            continue
        for group, version, plural in product(*parts):
            served = cache.find(f"{plural}.{group}" if group else plural, version)
            if served is not None and "/" not in plural:
                named[f"{group}/{version}, Kind={served.resource.kind}"] = served.resource
    return sorted(named.items())[:_MAX_KINDS]


def _compiler(cache: WatchCache, resource: Resource, spec: Json) -> Compiler:
    served = cache.find(resource.qualified_name, resource.version)
    assert served is not None, "only served kinds are looked at"
    declared = declared_kind(served.definition)
    params = bool(spec.get("paramKind"))
    if declared is None:
        return Compiler(params=params)
    return Compiler(params=params, more=SchemaTypes(declared), object_type=declared.type)


def declared_kind(definition: Definition) -> Declared | None:
    """The type of a kind's objects."""
    schema = _structural(definition.tree, ())
    if isinstance(definition, CustomDefinition):
        properties = {**definition.schema.properties, **schema.properties}
        schema = Structural(type="object", properties=properties)
    return declare(schema, is_root=False)


def _structural(node: Node, above: tuple[str, ...]) -> Structural:
    """A shape as a schema. What contains itself is taken as anything where it comes again."""
    if isinstance(node, Scalar):
        return _SCALARS.get(node.type, _ANYTHING)
    if isinstance(node, ListOf):
        return Structural(type="array", items=_structural(node.items, above))
    if isinstance(node, MapOf):
        return Structural(type="object", additional=_structural(node.values, above))
    if isinstance(node, Struct) and node.name not in above:
        inside = (*above, node.name)
        properties = {name: _structural(field.node, inside) for name, field in node.fields.items()}
        return Structural(type="object", properties=properties)
    return _ANYTHING


def _errors(spec: Json, compiler: Compiler) -> Iterator[tuple[str, str]]:
    for index, one in enumerate(spec.get("variables") or ()):
        expression = compiler.declare(one["name"], one["expression"])
        if expression.error:
            yield f"spec.variables[{index}].expression", expression.error
    for index, one in enumerate(spec.get("validations") or ()):
        for name, wanted in (("expression", BOOL), ("messageExpression", STRING)):
            error = compiler.compile(one[name], wanted).error if one.get(name) else ""
            if error:
                yield f"spec.validations[{index}].{name}", error
