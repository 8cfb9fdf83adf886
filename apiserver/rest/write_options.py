"""The options of a write that its query gives: dryRun, fieldManager, fieldValidation, and force of an apply.

They are checked before the body is looked at, all at once. Counterpart: ValidateCreateOptions and its like in
apimachinery/pkg/apis/meta/v1/validation.
"""

from __future__ import annotations

from pybernetes.api.errors import invalid
from pybernetes.api.field import ErrorList
from pybernetes.apiserver.http import Request
from pybernetes.apiserver.query import every
from pybernetes.apiserver.rest.bodies import media_type

APPLY_PATCH = "application/apply-patch+yaml"
MAX_MANAGER_BYTES = 128
WRITES = {"create": "CreateOptions", "update": "UpdateOptions", "patch": "PatchOptions"}
_VALIDATIONS = ("", "Ignore", "Strict", "Warn")


def check_write_options(request: Request, verb: str) -> None:
    """Raises 422."""
    errors = ErrorList()
    query = request.query
    if verb == "patch":
        _check_patch(request, errors)
    _check_manager(query.get("fieldManager", ""), errors)
    check_dry_run(every(request, "dryRun"), errors)
    validation = query.get("fieldValidation", "")
    if validation not in _VALIDATIONS:
        errors.not_supported("fieldValidation", validation, _VALIDATIONS)
    if errors:
        raise invalid(WRITES[verb], "", errors.causes, "meta.k8s.io")


def _check_patch(request: Request, errors: ErrorList) -> None:
    if media_type(request) == APPLY_PATCH:
        if not request.query.get("fieldManager"):
            errors.required("fieldManager", "is required for apply patch")
    elif "force" in request.query:
        errors.forbidden("force", "may not be specified for non-apply patch")


def _check_manager(name: str, errors: ErrorList) -> None:
    if len(name.encode()) > MAX_MANAGER_BYTES:
        errors.too_long("fieldManager", MAX_MANAGER_BYTES)
    if name.isprintable():
        return
    position = 0
    for letter in name:
        if not letter.isprintable():
            errors.invalid("fieldManager", name, f"invalid character U+{ord(letter):04X} (at position {position})")
        position += len(letter.encode())


def check_dry_run(values: list[str], errors: ErrorList) -> None:
    if any(value != "All" for value in values):
        errors.not_supported("dryRun", values, ("All",))
