"""The rules on a CustomResourceDefinition, and the names that are filled in for it.

Errors of what all versions have alike (with one version: everything) are told at ``spec.validation`` and
``spec.subresources``, as Kubernetes does, else at the version.

Counterpart: apiextensions-apiserver/pkg/apis/apiextensions/validation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from pybernetes.api.apiextensions.conversion_validation import validate_bundle, validate_conversion, wrong_bundle
from pybernetes.api.apiextensions.field_path import FieldPathError, normalized_path
from pybernetes.api.apiextensions.schema_rules import validate_schema
from pybernetes.api.field import ErrorList, shown
from pybernetes.api.names import dns_label_1035, dns_subdomain
from pybernetes.api.object import Json, annotations_of
from pybernetes.api.schema.structural import SchemaError, structural_of

CLEANUP_FINALIZER = "customresourcecleanup.apiextensions.k8s.io"
APPROVAL_ANNOTATION = "api-approved.kubernetes.io"
_PROTECTED = ("k8s.io", "kubernetes.io")
_COLUMN_TYPES = ("integer", "number", "string", "boolean", "date")
_COLUMN_FORMATS = ("int32", "int64", "float", "double", "byte", "date", "date-time", "password")
_SCOPES = ("Cluster", "Namespaced")
_MAX_COLUMNS = 256
_MAX_VERSIONS = 64
_MAX_SELECTABLE_FIELDS = 8
_MAX_WARNING_BYTES = 256
_SELECTABLE_TYPES = ("string", "boolean", "integer")
_NOT_SELECTABLE = (
    "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed."
)


def is_protected(group: str) -> bool:
    """Whether a group is of Kubernetes' own, where a CRD needs approval."""
    return any(group == domain or group.endswith(f".{domain}") for domain in _PROTECTED)


def approval_of(crd: Json) -> tuple[str, str]:
    """What the annotation says, as the reason of a condition, and its message."""
    annotation = annotations_of(crd).get(APPROVAL_ANNOTATION) or ""
    see = "see https://github.com/kubernetes/enhancements/pull/1111"
    must = f'protected groups must have approval annotation "{APPROVAL_ANNOTATION}"'
    if not annotation:
        return "MissingAnnotation", f"{must}, {see}"
    if annotation.startswith("unapproved"):
        return "UnapprovedAnnotation", f"not approved: {shown(annotation)}"
    try:
        parts = urlsplit(annotation)
    except ValueError:
        parts = urlsplit("")
    if not parts.scheme or not parts.netloc:
        return "InvalidAnnotation", f'{must} with either a URL or a reason starting with "unapproved", {see}'
    return "ApprovedAnnotation", f"approved in {annotation}"


def set_defaults(crd: Json) -> None:
    """Names that follow from the kind, and how versions are converted."""
    spec = crd.get("spec") or {}
    names = spec.get("names") or {}
    kind = names.get("kind") or ""
    if kind:
        names.setdefault("singular", kind.lower())
        names.setdefault("listKind", f"{kind}List")
    if spec:
        spec.setdefault("conversion", {"strategy": "None"})
        service = ((spec["conversion"].get("webhook") or {}).get("clientConfig") or {}).get("service")
        if service is not None:
            service.setdefault("port", 443)


def storage_version(crd: Json) -> str:
    """The name of the version that objects are stored in."""
    return next((version["name"] for version in crd["spec"]["versions"] if version["storage"]), "")


def prepare_create(crd: Json) -> None:
    """What the server says of a definition that nobody has looked at yet."""
    stored = storage_version(crd)
    names = {"kind": "", "plural": ""}
    crd["status"] = {"acceptedNames": names, "conditions": None, "storedVersions": [stored] if stored else []}


def prepare_update(new: Json, old: Json) -> None:
    """A new storage version is one that objects may be stored in from now on."""
    stored = storage_version(new)
    status = dict(new.get("status") or {})
    versions = list(status.get("storedVersions") or ())
    if stored and stored not in versions:
        new["status"] = {**status, "storedVersions": [*versions, stored]}


def validate(crd: Json, errors: ErrorList) -> None:
    """Every rule on a definition."""
    spec = crd["spec"]
    names, group = spec["names"], spec.get("group") or ""
    wanted = f"{names.get('plural', '')}.{group}"
    if crd["metadata"].get("name") and crd["metadata"]["name"] != wanted:
        errors.invalid("metadata.name", crd["metadata"]["name"], 'must be spec.names.plural+"."+spec.group')
    _validate_group(group, errors)
    if not spec.get("scope"):
        errors.required("spec.scope")
    elif spec["scope"] not in _SCOPES:
        errors.not_supported("spec.scope", spec["scope"], _SCOPES)
    _validate_names(names, "spec.names", errors)
    validate_conversion(spec.get("conversion") or {}, "spec.conversion", errors)
    if errors.old is not None and not _may_have_any_bundle(errors.old):
        validate_bundle(crd, "spec.conversion", errors)
    _validate_versions(crd, errors)
    if errors.old is not None and not (crd.get("status") or {}).get("storedVersions"):
        errors.invalid("status.storedVersions", [], "must have at least one stored version")
    _validate_approval(crd, errors.old, errors)
    if spec.get("preserveUnknownFields"):
        detail = (
            "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
        )
        errors.invalid("spec.preserveUnknownFields", True, detail)


def _may_have_any_bundle(old: Json) -> bool:
    """Whether a bundle of certificates that is none is let pass: it was one before, or nothing is served yet."""
    return not _is_established(old) or bool(wrong_bundle(old))


def _validate_group(group: str, errors: ErrorList) -> None:
    wrong = dns_subdomain(group)
    if not group:
        errors.required("spec.group")
    elif wrong:
        errors.invalid("spec.group", group, ",".join(wrong))
    elif "." not in group:
        errors.invalid("spec.group", group, "should be a domain with at least one dot")


def _validate_approval(crd: Json, old: Json | None, errors: ErrorList) -> None:
    """A group of Kubernetes' own says who approved it; what did not before need not now."""
    state, reason = approval_of(crd)
    if not is_protected(crd["spec"].get("group") or "") or (old is not None and approval_of(old)[0] == state):
        return
    path = f"metadata.annotations[{APPROVAL_ANNOTATION}]"
    if state == "MissingAnnotation":
        errors.required(path, reason)
    elif state == "InvalidAnnotation":
        errors.invalid(path, annotations_of(crd)[APPROVAL_ANNOTATION], reason)


def _validate_names(names: Json, path: str, errors: ErrorList) -> None:
    for field in ("plural", "singular", "kind", "listKind"):
        value, at = names.get(field) or "", f"{path}.{field}"
        mixed = field in ("kind", "listKind")
        wrong = dns_label_1035(value.lower() if mixed else value)
        if not value:
            errors.required(at)
        elif wrong:
            prefix = "may have mixed case, but should otherwise match: " if mixed else ""
            errors.invalid(at, value, prefix + ",".join(wrong))
    for field in ("shortNames", "categories"):
        for index, name in enumerate(names.get(field) or ()):
            wrong = dns_label_1035(name)
            if wrong:
                errors.invalid(f"{path}.{field}[{index}]", name, ",".join(wrong))
    if names.get("kind") and names.get("kind") == names.get("listKind"):
        errors.invalid(f"{path}.listKind", names["listKind"], "kind and listKind may not be the same")


def _validate_versions(crd: Json, errors: ErrorList) -> None:
    versions: list[Json] = crd["spec"].get("versions") or []
    if not versions:
        errors.required("spec.versions", "must have at least one version")
        return
    if len(versions) > _MAX_VERSIONS:
        errors.too_many("spec.versions", len(versions), _MAX_VERSIONS)
        return
    names = [version.get("name") or "" for version in versions]
    for index, version in enumerate(versions):
        wrong = dns_label_1035(names[index])
        if wrong:
            errors.invalid(f"spec.versions[{index}].name", names[index], ",".join(wrong))
        _validate_deprecation(version, f"spec.versions[{index}].deprecationWarning", errors)
    if len(set(names)) != len(names):
        errors.invalid("spec.versions", names, "must contain unique version names")
    if sum(bool(version.get("storage")) for version in versions) != 1:
        errors.invalid("spec.versions", names, "must have exactly one version marked as storage version")
    schemas, checked = _path_of(versions, "schema", "validation"), 0
    for index, version in enumerate(versions):
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        if schema is None:
            errors.required(f"spec.versions[{index}].schema.openAPIV3Schema", "schemas are required")
        elif not checked or schemas(0) != schemas(1):
            has_status = "status" in (version.get("subresources") or {})
            validate_schema(schema, f"{schemas(index)}.openAPIV3Schema", errors, has_status=has_status)
            checked += 1
        _validate_subresources(version, _path_of(versions, "subresources", "subresources")(index), errors)
        _validate_columns(version, _path_of(versions, *["additionalPrinterColumns"] * 2)(index), errors)
        selectable = "spec.selectableFields" if _are_alike(versions) else f"spec.versions[{index}].selectableFields"
        _validate_selectable(version, selectable, errors)


def _are_alike(versions: list[Json]) -> bool:
    """Whether all versions have the same schema and selectable fields."""
    first = versions[0]
    return all(
        version.get(field) == first.get(field) for version in versions for field in ("schema", "selectableFields")
    )


def _validate_deprecation(version: Json, path: str, errors: ErrorList) -> None:
    warning = version.get("deprecationWarning")
    if warning is None:
        return
    if not version.get("deprecated"):
        errors.invalid(path, warning, "can only be set for deprecated versions")
    if len(warning.encode()) > _MAX_WARNING_BYTES:
        errors.invalid(path, warning, f"must be <= {_MAX_WARNING_BYTES} characters long")
    if not warning:
        errors.invalid(path, warning, "must not be an empty string")
    for offset, letter in enumerate(warning):
        if not letter.isprintable():
            detail = (
                "must only contain printable UTF-8 characters; non-printable character found at index "
                f"{len(warning[:offset].encode())}"
            )
            errors.invalid(path, warning, detail)
            break


def schemas_of(crd: Json) -> list[tuple[str, Json, list[str]]]:
    """Each schema with the path that errors about it are told at, and the versions that have it."""
    versions: list[Json] = crd["spec"].get("versions") or []
    path = _path_of(versions, "schema", "validation")
    found: list[tuple[str, Json, list[str]]] = []
    for index, version in enumerate(versions):
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        at = f"{path(index)}.openAPIV3Schema"
        if schema is None:
            continue
        if found and found[-1][0] == at:
            found[-1][2].append(version.get("name") or "")
        else:
            found.append((at, schema, [version.get("name") or ""]))
    return found


def _path_of(versions: list[Json], field: str, shared: str) -> Callable[[int], str]:
    """Where errors of a version's field are told."""
    if all(version.get(field) == versions[0].get(field) for version in versions):
        return lambda index: f"spec.{shared}"
    return lambda index: f"spec.versions[{index}].{field}"


def _validate_subresources(version: Json, path: str, errors: ErrorList) -> None:
    scale = (version.get("subresources") or {}).get("scale")
    if scale is None:
        return
    for field, below in (("specReplicasPath", ".spec."), ("statusReplicasPath", ".status.")):
        text = scale.get(field) or ""
        if not text:
            errors.required(f"{path}.scale.{field}")
        else:
            _validate_path(text, f"{path}.scale.{field}", (below,), errors)
    if scale.get("labelSelectorPath"):
        _validate_path(scale["labelSelectorPath"], f"{path}.scale.labelSelectorPath", (".spec.", ".status."), errors)


def _validate_path(text: str, at: str, below: tuple[str, ...], errors: ErrorList) -> None:
    if _is_simple(text, at, errors) and not text.startswith(below):
        places = [prefix.rstrip(".") for prefix in below]
        wanted = places[0] if len(places) == 1 else f"either {' or '.join(places)}"
        errors.invalid(at, text, f"should be a json path under {wanted}")


def _is_simple(text: str, at: str, errors: ErrorList) -> bool:
    if not text.startswith("."):
        errors.invalid(at, text, "must be a simple json path starting with .")
    return text.startswith(".")


def _validate_columns(version: Json, path: str, errors: ErrorList) -> None:
    columns = version.get("additionalPrinterColumns") or ()
    if len(columns) > _MAX_COLUMNS:
        errors.too_many(path, len(columns), _MAX_COLUMNS)
        return
    types, formats = (f"must be one of {','.join(sorted(some))}" for some in (_COLUMN_TYPES, _COLUMN_FORMATS))
    for index, column in enumerate(columns):
        at, kind, text = f"{path}[{index}]", column.get("type") or "", column.get("jsonPath") or ""
        if not column.get("name"):
            errors.required(f"{at}.name")
        if not kind:
            errors.required(f"{at}.type", types)
        elif kind not in _COLUMN_TYPES:
            errors.invalid(f"{at}.type", kind, types)
        if column.get("format") and column["format"] not in _COLUMN_FORMATS:
            errors.invalid(f"{at}.format", column["format"], formats)
        if not text:
            errors.required(f"{at}.JSONPath")
        else:
            _is_simple(text, f"{at}.JSONPath", errors)


def _validate_selectable(version: Json, path: str, errors: ErrorList) -> None:
    schema = (version.get("schema") or {}).get("openAPIV3Schema") or {}
    fields: list[Json] = version.get("selectableFields") or []
    if not fields:
        return
    try:
        root = structural_of(schema)
    except SchemaError:
        return  # told where the schema stands
    seen = set[str]()
    for index, field in enumerate(fields):
        at, text = f"{path}[{index}].jsonPath", field.get("jsonPath") or ""
        if not text:
            errors.required(at)
            continue
        try:
            found, node = normalized_path(text, root, brackets=False)
        except FieldPathError as error:
            errors.invalid(at, text, f"is an invalid path: {error}")
            continue
        if found == "metadata" or found.startswith("metadata."):
            errors.invalid(at, text, "must not point to fields in metadata")
        if node.type not in _SELECTABLE_TYPES:
            errors.invalid(at, text, _NOT_SELECTABLE)
        if found in seen:
            errors.duplicate(at, text)
        seen.add(found)
    if len(seen) > _MAX_SELECTABLE_FIELDS:
        errors.too_many(path, len(seen), _MAX_SELECTABLE_FIELDS)


def validate_update(new: Json, old: Json, errors: ErrorList) -> None:
    """What an established definition keeps: group, scope, and what its objects are called."""
    spec, before, stored = new["spec"], old["spec"], (new.get("status") or {}).get("storedVersions") or ()
    names = [version.get("name") for version in spec.get("versions") or ()]
    for index, name in enumerate(stored):
        if name not in names:
            detail = (
                "missing from spec.versions; "
                f"{name} was previously a storage version, and must remain in "
                "spec.versions until a storage migration ensures no data remains persisted in "
                f"{name} and removes {name} from status.storedVersions"
            )
            errors.invalid(f"status.storedVersions[{index}]", name, detail)
    if _is_established(old):
        _validate_same(spec.get("scope"), before.get("scope"), "spec.scope", errors)
        _validate_same(spec["names"].get("kind"), before["names"].get("kind"), "spec.names.kind", errors)
    _validate_same(spec.get("group"), before.get("group"), "spec.group", errors)
    _validate_same(spec["names"].get("plural"), before["names"].get("plural"), "spec.names.plural", errors)


def _validate_same(new: Any, old: Any, path: str, errors: ErrorList) -> None:
    if new != old:
        errors.invalid(path, new or "", "field is immutable")


def _is_established(crd: Json) -> bool:
    return any(
        condition.get("type") == "Established" and condition.get("status") == "True"
        for condition in (crd.get("status") or {}).get("conditions") or ()
    )
