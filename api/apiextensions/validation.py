"""The rules on a CustomResourceDefinition, and the names that are filled in for it.

Errors of what all versions have alike (with one version: everything) are told at ``spec.validation`` and
``spec.subresources``, as Kubernetes does, else at the version.

Counterpart: apiextensions-apiserver/pkg/apis/apiextensions/validation.
"""

from __future__ import annotations

from collections.abc import Callable

from pybernetes.api.apiextensions.conversion_validation import validate_conversion
from pybernetes.api.apiextensions.json_path import JSONPath, JSONPathError
from pybernetes.api.apiextensions.schema_rules import validate_schema
from pybernetes.api.field import ErrorList
from pybernetes.api.names import dns_label_1035, dns_subdomain
from pybernetes.api.object import Json

CLEANUP_FINALIZER = "customresourcecleanup.apiextensions.k8s.io"
APPROVAL_ANNOTATION = "api-approved.kubernetes.io"
_PROTECTED = ("k8s.io", "kubernetes.io")
_COLUMN_TYPES = ("integer", "number", "string", "boolean", "date")
_COLUMN_FORMATS = ("int32", "int64", "float", "double", "byte", "date", "date-time", "password")
_SCOPES = ("Cluster", "Namespaced")
_MAX_COLUMNS = 256
_MAX_VERSIONS = 64
_MAX_SELECTABLE_FIELDS = 8


def is_protected(group: str) -> bool:
    """Whether a group is of Kubernetes' own, where a CRD needs approval."""
    return any(group == domain or group.endswith(f".{domain}") for domain in _PROTECTED)


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
    crd["status"] = {"acceptedNames": names, "conditions": [], "storedVersions": [stored] if stored else []}


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
    _validate_group(crd, group, errors)
    if not spec.get("scope"):
        errors.required("spec.scope")
    elif spec["scope"] not in _SCOPES:
        errors.not_supported("spec.scope", spec["scope"], _SCOPES)
    if spec.get("preserveUnknownFields"):
        detail = "must be false in order to use defaults in the schema"
        errors.invalid("spec.preserveUnknownFields", True, detail)
    _validate_names(names, "spec.names", errors)
    validate_conversion(spec.get("conversion") or {}, "spec.conversion", errors)
    _validate_versions(crd, errors)


def _validate_group(crd: Json, group: str, errors: ErrorList) -> None:
    if not group:
        errors.required("spec.group")
        return
    errors.each_invalid("spec.group", group, dns_subdomain(group))
    if "." not in group:
        errors.invalid("spec.group", group, "should be a domain with at least one dot")
    approved = (crd["metadata"].get("annotations") or {}).get(APPROVAL_ANNOTATION)
    if is_protected(group) and not approved:
        detail = (
            f'protected groups must have approval annotation "{APPROVAL_ANNOTATION}", '
            "see https://github.com/kubernetes/enhancements/pull/1111"
        )
        errors.required(f"metadata.annotations[{APPROVAL_ANNOTATION}]", detail)


def _validate_names(names: Json, path: str, errors: ErrorList) -> None:
    for field in ("plural", "singular", "kind", "listKind"):
        value = names.get(field) or ""
        at = f"{path}.{field}"
        if not value:
            if field in ("plural", "kind", "listKind"):
                errors.required(at)
            continue
        lower = value.lower() if field in ("kind", "listKind") else value
        prefix = "may have mixed case, but should otherwise match: " if field in ("kind", "listKind") else ""
        errors.each_invalid(at, value, [prefix + wrong for wrong in dns_label_1035(lower)])
    for field in ("shortNames", "categories"):
        for index, name in enumerate(names.get(field) or ()):
            errors.each_invalid(f"{path}.{field}[{index}]", name, dns_label_1035(name))
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
    for index, name in enumerate(names):
        errors.each_invalid(f"spec.versions[{index}].name", name, dns_label_1035(name))
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
            validate_schema(schema, f"{schemas(index)}.openAPIV3Schema", errors)
            checked += 1
        _validate_subresources(version, _path_of(versions, "subresources", "subresources")(index), errors)
        _validate_columns(version, _path_of(versions, *["additionalPrinterColumns"] * 2)(index), errors)
        _validate_selectable(version, _path_of(versions, "selectableFields", "selectableFields")(index), errors)


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
    """A path of names only."""
    names: tuple[str, ...] = ()
    try:
        names = JSONPath(text).names
    except JSONPathError:
        errors.invalid(at, text, "should be a valid json path")
        return
    if not names:
        errors.invalid(at, text, "should be a json path under .spec or .status without array notation")
    elif not text.startswith(below):
        wanted = " or ".join(prefix.rstrip(".") for prefix in below)
        errors.invalid(at, text, f"should be a json path under {wanted}")


def _validate_columns(version: Json, path: str, errors: ErrorList) -> None:
    columns = version.get("additionalPrinterColumns") or ()
    if len(columns) > _MAX_COLUMNS:
        errors.too_many(path, len(columns), _MAX_COLUMNS)
        return
    for index, column in enumerate(columns):
        at = f"{path}[{index}]"
        if not column.get("name"):
            errors.required(f"{at}.name")
        if not column.get("type"):
            errors.required(f"{at}.type", f"must be one of {', '.join(sorted(_COLUMN_TYPES))}")
        elif column["type"] not in _COLUMN_TYPES:
            detail = f"must be one of {', '.join(sorted(_COLUMN_TYPES))}"
            errors.invalid(f"{at}.type", column["type"], detail)
        if column.get("format") and column["format"] not in _COLUMN_FORMATS:
            detail = f"must be one of {', '.join(sorted(_COLUMN_FORMATS))}"
            errors.invalid(f"{at}.format", column["format"], detail)
        if not column.get("jsonPath"):
            errors.required(f"{at}.jsonPath")
            continue
        try:
            JSONPath(column["jsonPath"])
        except JSONPathError as error:
            errors.invalid(f"{at}.jsonPath", column["jsonPath"], str(error))


def _validate_selectable(version: Json, path: str, errors: ErrorList) -> None:
    fields = version.get("selectableFields") or ()
    if len(fields) > _MAX_SELECTABLE_FIELDS:
        errors.too_many(path, len(fields), _MAX_SELECTABLE_FIELDS)
    for index, field in enumerate(fields):
        at, text = f"{path}[{index}].jsonPath", field.get("jsonPath") or ""
        if not text:
            errors.required(at)
            continue
        try:
            names = JSONPath(text).names
        except JSONPathError:
            names = ()
        if not names:
            errors.invalid(at, text, "is an invalid path: does not refer to a valid field")
        elif names[0] == "metadata":
            errors.invalid(at, text, "must not point to fields in metadata")
        elif not _is_leaf((version.get("schema") or {}).get("openAPIV3Schema") or {}, names):
            errors.invalid(at, text, "is an invalid path: does not refer to a valid field")


def _is_leaf(schema: Json, names: tuple[str, ...]) -> bool:
    for name in names:
        schema = (schema.get("properties") or {}).get(name) or {}
    return schema.get("type") in ("string", "integer", "boolean")


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
    established = any(
        condition.get("type") == "Established" and condition.get("status") == "True"
        for condition in (old.get("status") or {}).get("conditions") or ()
    )
    if spec.get("group") != before.get("group"):
        errors.invalid("spec.group", spec.get("group"), "field is immutable")
    if not established:
        return
    if spec.get("scope") != before.get("scope"):
        errors.invalid("spec.scope", spec.get("scope"), "field is immutable")
    for field in ("kind", "plural"):
        if spec["names"].get(field) != before["names"].get(field):
            errors.invalid(f"spec.names.{field}", spec["names"].get(field), "field is immutable")


def validate_status(new: Json, old: Json, errors: ErrorList) -> None:
    """The storage version stays among those that objects may be stored in."""
    stored = (new.get("status") or {}).get("storedVersions") or ()
    if storage_version(new) not in stored:
        detail = f"must have the storage version {storage_version(new)}"
        errors.invalid("status.storedVersions", list(stored), detail)
