"""The rules on access reviews. Counterpart: pkg/apis/authorization/validation."""

from __future__ import annotations

from pybernetes.api.field import ErrorList
from pybernetes.api.internal_form import internal
from pybernetes.api.object import Json, namespace_of

_URL = "authorization.non_resource_attributes.NonResourceAttributes"
_ONE_OF = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
_BOTH = "cannot be specified in combination with resourceAttributes"


def validate_access_spec(review: Json, errors: ErrorList) -> None:
    """What is asked about is either a resource or a URL."""
    spec = review.get("spec") or {}
    resource, url = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if resource is not None and url is not None:
        errors.invalid("spec.nonResourceAttributes", internal(url, _URL), _BOTH)
    if resource is None and url is None:
        errors.invalid("spec.resourceAttributes", resource, _ONE_OF)


def validate_subject_access_review(review: Json, errors: ErrorList) -> None:
    """A review that names who is asked about, and nothing in its metadata."""
    validate_access_spec(review, errors)
    spec = review.get("spec") or {}
    if not spec.get("user") and not spec.get("groups"):
        errors.invalid("spec.user", spec.get("user") or "", "at least one of user or group must be specified")
    _validate_no_metadata(review, (), errors)


def validate_self_subject_access_review(review: Json, errors: ErrorList) -> None:
    """A review about who asks."""
    validate_access_spec(review, errors)
    _validate_no_metadata(review, (), errors)


def validate_local_subject_access_review(review: Json, errors: ErrorList) -> None:
    """A review within one namespace."""
    validate_access_spec(review, errors)
    spec = review.get("spec") or {}
    if not spec.get("user") and not spec.get("groups"):
        errors.invalid("spec.user", spec.get("user") or "", "at least one of user or group must be specified")
    _validate_no_metadata(review, ("namespace",), errors)
    resource, url = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if resource is not None and (resource.get("namespace") or "") != namespace_of(review):
        asked = resource.get("namespace") or ""
        errors.invalid("spec.resourceAttributes.namespace", asked, "must match metadata.namespace")
    if url is not None:
        errors.invalid("spec.nonResourceAttributes", internal(url, _URL), "disallowed on this kind of request")


def _validate_no_metadata(review: Json, allowed: tuple[str, ...], errors: ErrorList) -> None:
    meta = review.get("metadata") or {}
    if any(value for field, value in meta.items() if field not in (*allowed, "managedFields")):
        suffix = " except for namespace" if allowed else ""
        errors.invalid("metadata", internal(meta, "meta.object_meta.ObjectMeta"), f"must be empty{suffix}")
