"""Whether policies and webhooks may be written as they are: their expressions compile and give what they should.

An update does not judge anew what it leaves as it was. Counterpart: pkg/apis/admissionregistration/validation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json
from pybernetes.apiserver.admission.expressions import Compiler, Expression
from pybernetes.apiserver.admission.policy.patches import MUTATION_TYPES, MUTATIONS, OBJECT, PATCHES
from pybernetes.apiserver.cel.types import BOOL, NULL, STRING


def check_policy(policy: Json, old: Json | None, errors: ErrorList) -> None:
    """Of either sort."""
    spec = policy.get("spec") or {}
    if old is not None and (old.get("spec") or {}) == spec:
        return
    params = bool(spec.get("paramKind"))
    for path, expression in _expressions(spec, params):
        if expression.error and expression.text.strip():
            errors.invalid(path, expression.text, expression.error)


def check_webhooks(configuration: Json, old: Json | None, errors: ErrorList) -> None:
    before = {one.get("expression") for webhook in (old or {}).get("webhooks") or () for one in _conditions(webhook)}
    for index, webhook in enumerate(configuration.get("webhooks") or ()):
        for place, condition in enumerate(_conditions(webhook)):
            text = condition.get("expression") or ""
            expression = Compiler().compile(text, BOOL)
            if expression.error and text.strip() and text not in before:
                errors.invalid(f"webhooks[{index}].matchConditions[{place}].expression", text, expression.error)


def _conditions(owner: Json) -> list[Any]:
    return owner.get("matchConditions") or []


def _expressions(spec: Json, params: bool) -> Iterator[tuple[str, Expression]]:
    plain = Compiler(params=params)
    for index, one in enumerate(_conditions(spec)):
        yield f"spec.matchConditions[{index}].expression", plain.compile(one.get("expression") or "", BOOL)
    compiler = Compiler(params=params, more=MUTATION_TYPES, base=MUTATIONS) if "mutations" in spec else plain
    for index, one in enumerate(spec.get("variables") or ()):
        yield (
            f"spec.variables[{index}].expression",
            compiler.declare(one.get("name") or "", one.get("expression") or ""),
        )
    for index, one in enumerate(spec.get("validations") or ()):
        path = f"spec.validations[{index}]"
        yield f"{path}.expression", compiler.compile(one.get("expression") or "", BOOL)
        if one.get("messageExpression"):
            yield f"{path}.messageExpression", compiler.compile(one["messageExpression"], STRING)
    for index, one in enumerate(spec.get("auditAnnotations") or ()):
        path = f"spec.auditAnnotations[{index}].valueExpression"
        yield path, compiler.compile(one.get("valueExpression") or "", STRING, NULL)
    for index, one in enumerate(spec.get("mutations") or ()):
        for part, wanted in (("applyConfiguration", OBJECT), ("jsonPatch", PATCHES)):
            if one.get(part):
                text = one[part].get("expression") or ""
                yield f"spec.mutations[{index}].{part}.expression", compiler.compile(text, wanted)
