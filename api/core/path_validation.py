"""The rules on paths within a volume or on a node. Counterpart: the path helpers of pkg/apis/core/validation."""

from __future__ import annotations

from pybernetes.api.field import ErrorList


def validate_no_backsteps(target: str, path: str, errors: ErrorList) -> None:
    """No element is ``..``."""
    if ".." in target and ".." in target.split("/"):
        errors.invalid(path, target, "must not contain '..'")


def validate_local_descending_path(target: str, path: str, errors: ErrorList) -> None:
    """Relative, without ``..``."""
    if target.startswith("/"):
        errors.invalid(path, target, "must be a relative path")
    validate_no_backsteps(target, path, errors)


def validate_local_non_reserved_path(target: str, path: str, errors: ErrorList) -> None:
    """Relative, without ``..``, and not starting with two dots: those names are the volume's own."""
    validate_local_descending_path(target, path, errors)
    if target.startswith("..") and not target.startswith("../"):
        errors.invalid(path, target, "must not start with '..'")
