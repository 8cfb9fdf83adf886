"""The function behind TokenReview: whose token is this?"""

from __future__ import annotations

from pybernetes.api.errors import bad_request
from pybernetes.api.object import Json
from pybernetes.apiserver.authn.chain import Authenticator
from pybernetes.apiserver.authn.token_authenticator import InvalidToken
from pybernetes.apiserver.user import User


def review_token(review: Json, authenticator: Authenticator) -> Json:
    """The TokenReview with its status. Raises `bad_request` for one without a token.

    A token that is refused is not an error of the request: the status says so and why. Raises Unanswered.
    """
    spec = review.get("spec") or {}
    token = spec.get("token")
    if not token:
        raise bad_request("token is required for TokenReview in authentication")
    status: Json = {"user": {}}
    try:
        found = authenticator.check_token(token, tuple(spec.get("audiences") or ()))
    except InvalidToken as error:
        status["error"] = str(error)
    else:
        if found is None:
            status["error"] = "invalid bearer token"
        else:
            status = {"authenticated": True, "user": user_info(found.user)}
            if found.audiences:
                status["audiences"] = list(found.audiences)
    return {**review, "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "status": status}


def user_info(user: User) -> Json:
    """A user as authentication.k8s.io/v1 UserInfo: what reviews, admission and audit carry."""
    info: Json = {"username": user.name}
    if user.uid:
        info["uid"] = user.uid
    if user.groups:
        info["groups"] = list(user.groups)
    if user.extra:
        info["extra"] = {key: list(values) for key, values in user.extra.items()}
    return info
