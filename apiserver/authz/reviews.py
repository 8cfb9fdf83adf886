"""The functions behind the reviews of authorization.k8s.io and SelfSubjectReview: an object in, the same with its
status out.

They ask the same authorizer that guards requests. Raises `invalid` (422) or `bad_request` (400) for a review that
asks nothing or two things.
"""

from __future__ import annotations

import orjson

from pybernetes.api.errors import bad_request, invalid
from pybernetes.api.object import Json, namespace_of
from pybernetes.apiserver.attributes import Attributes
from pybernetes.apiserver.authn.token_review import user_info
from pybernetes.apiserver.authz.decision import Authorizer
from pybernetes.apiserver.user import User

_GROUP = "authorization.k8s.io"


def review_subject_access(review: Json, authorizer: Authorizer) -> Json:
    """SubjectAccessReview: may the user that the review names do this?"""
    spec = review.get("spec") or {}
    _check(review, "SubjectAccessReview", _wrong_request(spec) + _wrong_subject(spec))
    return _answered(review, "SubjectAccessReview", _attributes(spec, _subject(spec)), authorizer)


def review_local_subject_access(review: Json, namespace: str, authorizer: Authorizer) -> Json:
    """LocalSubjectAccessReview: the same, for requests within the review's namespace only."""
    spec = review.get("spec") or {}
    wrong = _wrong_request(spec) + _wrong_subject(spec)
    asked = (spec.get("resourceAttributes") or {}).get("namespace") or ""
    if spec.get("nonResourceAttributes"):
        wrong.append(_invalid("nonResourceAttributes", None, "disallowed on this kind of request"))
    elif asked != (namespace_of(review) or namespace):
        wrong.append(_invalid("resourceAttributes.namespace", asked, "must match metadata.namespace"))
    _check(review, "LocalSubjectAccessReview", wrong)
    return _answered(review, "LocalSubjectAccessReview", _attributes(spec, _subject(spec)), authorizer)


def review_self_subject_access(review: Json, user: User, authorizer: Authorizer) -> Json:
    """SelfSubjectAccessReview: may I do this?"""
    spec = review.get("spec") or {}
    _check(review, "SelfSubjectAccessReview", _wrong_request(spec))
    return _answered(review, "SelfSubjectAccessReview", _attributes(spec, user), authorizer)


def review_self_subject_rules(review: Json, user: User, authorizer: Authorizer) -> Json:
    """SelfSubjectRulesReview: what may I do in this namespace? Incomplete where an authorizer cannot list it."""
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
        status["evaluationError"] = ", ".join(rules.errors)
    return {**review, "apiVersion": f"{_GROUP}/v1", "kind": "SelfSubjectRulesReview", "status": status}


def review_self_subject(review: Json, user: User) -> Json:
    """SelfSubjectReview: who am I?"""
    status = {"userInfo": user_info(user)}
    return {**review, "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview", "status": status}


def _answered(review: Json, kind: str, attributes: Attributes, authorizer: Authorizer) -> Json:
    decision = authorizer.authorize(attributes)
    status: Json = {"allowed": decision.allowed}
    if decision.denied:
        status["denied"] = True
    if decision.reason:
        status["reason"] = decision.reason
    return {**review, "apiVersion": f"{_GROUP}/v1", "kind": kind, "status": status}


def _subject(spec: Json) -> User:
    extra = {str(key).lower(): tuple(values) for key, values in (spec.get("extra") or {}).items()}
    return User(spec.get("user") or "", tuple(spec.get("groups") or ()), spec.get("uid") or "", extra)


def _attributes(spec: Json, user: User) -> Attributes:
    path = spec.get("nonResourceAttributes")
    if path:
        return Attributes(user, path.get("verb") or "", path=path.get("path") or "")
    asked = spec.get("resourceAttributes") or {}
    return Attributes(
        user,
        verb=asked.get("verb") or "",
        group=asked.get("group") or "",
        version=asked.get("version") or "",
        resource=asked.get("resource") or "",
        subresource=asked.get("subresource") or "",
        namespace=asked.get("namespace") or "",
        name=asked.get("name") or "",
        field_selector=_field_selector(asked.get("fieldSelector") or {}),
    )


def _field_selector(selector: Json) -> str:
    """The selector as a query has it. What a query cannot say is left out, which makes the request a wider one."""
    if selector.get("rawSelector"):
        return str(selector["rawSelector"])
    terms = []
    for requirement in selector.get("requirements") or ():
        operator = {"In": "=", "NotIn": "!="}.get(requirement.get("operator"))
        values = list(requirement.get("values") or ())
        if operator and len(values) == 1:
            terms.append(f"{requirement.get('key')}{operator}{_escaped(str(values[0]))}")
    return ",".join(terms)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(",", "\\,").replace("=", "\\=")


def _wrong_request(spec: Json) -> list[Json]:
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if resource is not None and path is not None:
        return [_invalid("nonResourceAttributes", path, "cannot be specified in combination with resourceAttributes")]
    if resource is None and path is None:
        message = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        return [_invalid("resourceAttributes", None, message)]
    return []


def _wrong_subject(spec: Json) -> list[Json]:
    if spec.get("user") or spec.get("groups"):
        return []
    return [_invalid("user", "", "at least one of user or group must be specified")]


def _invalid(field: str, value: object, why: str) -> Json:
    message = f"Invalid value: {orjson.dumps(value).decode()}: {why}"
    return {"reason": "FieldValueInvalid", "message": message, "field": f"spec.{field}"}


def _check(review: Json, kind: str, wrong: list[Json]) -> None:
    if wrong:
        raise invalid(kind, (review.get("metadata") or {}).get("name") or "", wrong, _GROUP)
