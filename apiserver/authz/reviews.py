"""The functions behind the reviews of authorization.k8s.io and SelfSubjectReview: an object in, the same with its
status out.

They ask the same authorizer that guards requests. Raises `invalid` (422) or `bad_request` (400) for a review that
asks nothing or two things.
"""

from __future__ import annotations

import orjson

from pybernetes.api.errors import aggregate, bad_request, invalid
from pybernetes.api.object import Json
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.authn.token_review import user_info
from pybernetes.apiserver.authz.decision import Authorizer
from pybernetes.apiserver.authz.selector_attributes import read_field_selector, read_label_selector
from pybernetes.apiserver.user import User

_GROUP = "authorization.k8s.io"


def review_subject_access(review: Json, authorizer: Authorizer) -> Json:
    """SubjectAccessReview: may the user that the review names do this?"""
    spec = review.get("spec") or {}
    _check(_wrong_request(spec) + _wrong_subject(spec) + _wrong_metadata(review))
    return _answered(review, "SubjectAccessReview", spec, _subject(spec), authorizer)


def review_local_subject_access(review: Json, namespace: str, authorizer: Authorizer) -> Json:
    """LocalSubjectAccessReview: the same, for requests within the review's namespace only."""
    spec = review.get("spec") or {}
    wrong = _wrong_request(spec) + _wrong_subject(spec) + _wrong_metadata(review, "namespace")
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if resource is not None and (resource.get("namespace") or "") != namespace:
        asked = resource.get("namespace") or ""
        wrong.append(_invalid("spec.resourceAttributes.namespace", asked, "must match metadata.namespace"))
    if path is not None:
        wrong.append(_invalid("spec.nonResourceAttributes", path, "disallowed on this kind of request"))
    _check(wrong)
    return _answered(review, "LocalSubjectAccessReview", spec, _subject(spec), authorizer)


def review_self_subject_access(review: Json, user: User, authorizer: Authorizer) -> Json:
    """SelfSubjectAccessReview: may I do this?"""
    spec = review.get("spec") or {}
    _check(_wrong_request(spec) + _wrong_metadata(review))
    return _answered(review, "SelfSubjectAccessReview", spec, user, authorizer)


def review_self_subject_rules(review: Json, user: User, authorizer: Authorizer) -> Json:
    """SelfSubjectRulesReview: what may I do in this namespace? Incomplete where an authorizer cannot list it.

    The answer is an object of its own: what was sent is not in it.
    """
    namespace = (review.get("spec") or {}).get("namespace")
    if not namespace:
        raise bad_request("no namespace on request")
    rules = authorizer.rules_for(user, namespace)
    status: Json = {
        "resourceRules": list(rules.resource_rules),
        "nonResourceRules": list(rules.non_resource_rules),
        "incomplete": rules.incomplete,
    }
    if rules.errors:
        status["evaluationError"] = aggregate(rules.errors)
    return {
        "kind": "SelfSubjectRulesReview",
        "apiVersion": f"{_GROUP}/v1",
        "metadata": {},
        "spec": {},
        "status": status,
    }


def review_self_subject(user: User, now: str) -> Json:
    """SelfSubjectReview: who am I? The answer is an object of its own, made now."""
    return {
        "kind": "SelfSubjectReview",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {"creationTimestamp": now},
        "status": {"userInfo": user_info(user)},
    }


def _answered(review: Json, kind: str, spec: Json, user: User, authorizer: Authorizer) -> Json:
    attributes, errors = _attributes(spec, user)
    decision = authorizer.authorize(attributes)
    status: Json = {"allowed": decision.allowed}
    if decision.denied:
        status["denied"] = True
    if decision.reason:
        status["reason"] = decision.reason
    if decision.error:
        errors.insert(0, decision.error)
    if errors:
        status["evaluationError"] = "; ".join(errors)
    return {**review, "apiVersion": f"{_GROUP}/v1", "kind": kind, "status": status}


def _subject(spec: Json) -> User:
    extra = {str(key): tuple(values) for key, values in (spec.get("extra") or {}).items()}
    return User(spec.get("user") or "", tuple(spec.get("groups") or ()), spec.get("uid") or "", extra)


def _attributes(spec: Json, user: User) -> tuple[Attributes, list[str]]:
    """What is asked, and what could not be read of it."""
    asked = spec.get("resourceAttributes")
    if asked is None:
        path = spec.get("nonResourceAttributes") or {}
        return Attributes(user, path.get("verb") or "", path=path.get("path") or ""), []
    fields = read_field_selector(asked.get("fieldSelector") or {})
    labels = read_label_selector(asked.get("labelSelector") or {})
    attributes = Attributes(
        user,
        verb=asked.get("verb") or "",
        group=asked.get("group") or "",
        version=asked.get("version") or "*",
        resource=asked.get("resource") or "",
        subresource=asked.get("subresource") or "",
        namespace=asked.get("namespace") or "",
        name=asked.get("name") or "",
        field_selector=fields.text,
        label_selector=labels.text,
    )
    return attributes, [
        f"spec.resourceAttributes.{name} {'partially ' if read.text else ''}ignored due to parse error"
        for name, read in (("fieldSelector", fields), ("labelSelector", labels))
        if read.errors
    ]


def _wrong_request(spec: Json) -> list[Json]:
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if resource is not None and path is not None:
        why = "cannot be specified in combination with resourceAttributes"
        return [_invalid("spec.nonResourceAttributes", path, why)]
    if resource is None and path is None:
        why = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        return [_invalid("spec.resourceAttributes", None, why)]
    return []


def _wrong_subject(spec: Json) -> list[Json]:
    if spec.get("user") or spec.get("groups"):
        return []
    return [_invalid("spec.user", "", "at least one of user or group must be specified")]


def _wrong_metadata(review: Json, *but: str) -> list[Json]:
    metadata = review.get("metadata") or {}
    if any(value for field, value in metadata.items() if field not in ("managedFields", *but)):
        return [_invalid("metadata", metadata, f"must be empty{' except for namespace' if but else ''}")]
    return []


def _invalid(field: str, value: object, why: str) -> Json:
    message = f"Invalid value: {orjson.dumps(value).decode()}: {why}"
    return {"reason": "FieldValueInvalid", "message": message, "field": field}


def _check(wrong: list[Json]) -> None:
    """Kubernetes knows the kind of a review no more when it looks at it, and says so."""
    if wrong:
        raise invalid("", "", wrong, _GROUP)
