"""What one version of a custom resource is, in the words that the server has for built-in kinds.

The verbs work on a `Definition`; here it is made from an object instead of from a module, so that nothing else needs
to know the difference.

Counterpart: apiextensions-apiserver/pkg/registry/customresource.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pybernetes.api.apiextensions.json_path import JSONPath
from pybernetes.api.definition import STATUS_ALONE, Definition, FieldGetter
from pybernetes.api.field import ErrorList
from pybernetes.api.object import Json
from pybernetes.api.resources import Resource
from pybernetes.api.schema.structural import Structural, has_rules, structural_of
from pybernetes.api.schema.structural_tree import tree_of
from pybernetes.api.schema.structural_validation import validate_object
from pybernetes.api.schema.tree import Struct
from pybernetes.apiserver.customresources.columns import columns_of_version
from pybernetes.apiserver.customresources.decoding import ENVELOPE, CustomDecoder

_NOT_SPEC = frozenset(("apiVersion", "kind", "metadata"))


@dataclass(frozen=True)
class CustomResource(Resource):
    """A resource that a definition names. `schema` is what OpenAPI tells of it."""

    singular_name: str = ""
    given_list_kind: str = ""
    schema: Json = field(default_factory=dict, compare=False)

    @cached_property
    def singular(self) -> str:
        return self.singular_name or self.kind.lower()

    @cached_property
    def list_kind(self) -> str:
        return self.given_list_kind or f"{self.kind}List"


@dataclass(frozen=True)
class ScalePaths:
    """Where an object says how many replicas it wants and has, and which pods they are."""

    spec_replicas: tuple[str, ...]
    status_replicas: tuple[str, ...]
    selector: tuple[str, ...] = ()


@dataclass(frozen=True)
class CustomDefinition(Definition):
    """One version of a custom resource. `storage_api_version` is what its objects are stored as."""

    schema: Structural = field(default_factory=Structural)
    storage_api_version: str = ""
    scale: ScalePaths | None = None

    @cached_property
    def tree(self) -> Struct:
        return ENVELOPE

    @cached_property
    def granular_tree(self) -> Struct:
        return tree_of(self.schema, ENVELOPE)

    @cached_property
    def decoder(self) -> CustomDecoder:
        return CustomDecoder(self.schema)


def definitions_of(crd: Json) -> list[CustomDefinition]:
    """One definition a version, the storage version first. The definition object has been validated."""
    versions = sorted(crd["spec"]["versions"], key=lambda version: not version["storage"])
    storage = f"{crd['spec']['group']}/{versions[0]['name']}"
    return [_definition(crd, version, storage) for version in versions]


def _definition(crd: Json, version: Json, storage_api_version: str) -> CustomDefinition:
    document = version["schema"]["openAPIV3Schema"]
    schema = structural_of(document)
    rules = _rules(schema)
    resource = _resource(crd, version, document)
    has_status = "status" in resource.subresources
    kept = _NOT_SPEC | {"status"} if has_status else _NOT_SPEC
    return CustomDefinition(
        resource=resource,
        columns=columns_of_version(version),
        prepare_update=_bump_generation(kept),
        validate=_validator(schema),
        validate_create=lambda obj, errors: rules(obj, None, errors),
        validate_update=rules,
        validate_status=_status_validator(schema, rules),
        spec_fields=("spec",),
        kept_by_status=STATUS_ALONE,
        allow_unconditional_update=False,
        fields=_selectable(version),
        merges_strategically=False,
        qualified_finalizers=False,
        schema=schema,
        storage_api_version=storage_api_version,
        served=bool(version.get("served")),
        scale=_scale_paths(version),
        deprecation_warning=_deprecation(resource, version),
    )


def _resource(crd: Json, version: Json, document: Json) -> CustomResource:
    names = {**crd["spec"]["names"], **(crd.get("status") or {}).get("acceptedNames", {})}
    return CustomResource(
        group=crd["spec"]["group"],
        version=version["name"],
        plural=names["plural"],
        kind=names["kind"],
        namespaced=crd["spec"]["scope"] == "Namespaced",
        short_names=tuple(names.get("shortNames") or ()),
        categories=tuple(names.get("categories") or ()),
        subresources=tuple(sorted(version.get("subresources") or ())),
        singular_name=names.get("singular") or "",
        given_list_kind=names.get("listKind") or "",
        schema=document,
    )


def _deprecation(resource: Resource, version: Json) -> str:
    if not version.get("deprecated"):
        return ""
    return version.get("deprecationWarning") or f"{resource.api_version} {resource.kind} is deprecated"


def _scale_paths(version: Json) -> ScalePaths | None:
    scale = (version.get("subresources") or {}).get("scale")
    if scale is None:
        return None
    selector = scale.get("labelSelectorPath")
    return ScalePaths(
        _names(scale["specReplicasPath"]), _names(scale["statusReplicasPath"]), _names(selector) if selector else ()
    )


def _names(path: str) -> tuple[str, ...]:
    """The fields that lead to a value: whatever stands between dots is one, as in Kubernetes."""
    return tuple(path.removeprefix(".").split("."))


def _selectable(version: Json) -> dict[str, FieldGetter]:
    """What field selectors may name, beside name and namespace."""

    def getter(path: JSONPath) -> FieldGetter:
        def get(obj: Json) -> str:
            value: Any = path.first(obj)
            if isinstance(value, bool):
                return "true" if value else "false"
            return "" if value is None else str(value)

        return get

    paths = [field["jsonPath"] for field in version.get("selectableFields") or ()]
    return {path.removeprefix("."): getter(JSONPath(path)) for path in paths}


def _bump_generation(kept: frozenset[str]) -> Callable[[Json, Json], None]:
    """A new generation when anything changes that is neither metadata nor, where it is apart, status.

    A change of ``spec`` is counted by the verb itself.
    """

    def prepare_update(new: Json, old: Json) -> None:
        changed = [name for name in {*new, *old} - kept if new.get(name) != old.get(name)]
        if changed and "spec" not in changed:
            new["metadata"]["generation"] = int(old["metadata"].get("generation") or 0) + 1

    return prepare_update


def _validator(schema: Structural) -> Callable[[Json, ErrorList], None]:
    """What was wrong before may stay as it is: a stricter schema must not lock up the objects that there are."""
    return lambda obj, errors: validate_object(obj, schema, errors, errors.old)


# What the rules of a schema find wrong with an object, given what it was.
_Rules = Callable[[Json, Json | None, ErrorList], None]


def _rules(schema: Structural) -> _Rules:
    """The rules, compiled. Expressions are loaded only where there are any."""
    if not has_rules(schema):
        return lambda obj, old, errors: None
    from pybernetes.apiserver.customresources.rule_validation import rule_tree, validate_rules

    tree = rule_tree(schema)
    return lambda obj, old, errors: validate_rules(tree, obj, old, errors) if tree is not None else None


def _status_validator(schema: Structural, rules: _Rules) -> Callable[[Json, Json, ErrorList], None]:
    def validate_status(new: Json, old: Json, errors: ErrorList) -> None:
        validate_object(new, schema, errors, old)
        rules(new, old, errors)

    return validate_status
