"""Reviews: questions asked by creating an object, which is answered and never stored.

The answer is the object that was sent, with who owns its fields and with its status, but for two kinds: a review of
oneself and of one's rules is answered by an object of its own.
"""

from __future__ import annotations

from collections.abc import Callable

from pybernetes.api.object import Json
from pybernetes.apiserver.authn.chain import Authenticator
from pybernetes.apiserver.authn.token_review import review_token
from pybernetes.apiserver.authz.chain import AuthorizerChain
from pybernetes.apiserver.authz.reviews import (
    review_local_subject_access,
    review_self_subject,
    review_self_subject_access,
    review_self_subject_rules,
    review_subject_access,
)
from pybernetes.apiserver.http import Response, json_response
from pybernetes.apiserver.questions import answered
from pybernetes.apiserver.resources.hooks import Handler, Hooks
from pybernetes.apiserver.rest.bodies import decode_object, read_as
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.create import settle_namespace
from pybernetes.apiserver.rest.managed_fields import track_create

Answered = Callable[[Json, Context], Json]


def review_hooks(authenticator: Authenticator, authorizer: AuthorizerChain) -> dict[str, Hooks]:
    """The hooks of all review kinds, by qualified resource name."""
    answers: dict[str, Answered] = {
        "tokenreviews.authentication.k8s.io": lambda review, context: review_token(review, authenticator),
        "selfsubjectreviews.authentication.k8s.io": lambda review, context: review_self_subject(
            context.user, context.state.timestamp()
        ),
        "subjectaccessreviews.authorization.k8s.io": lambda review, context: review_subject_access(review, authorizer),
        "localsubjectaccessreviews.authorization.k8s.io": lambda review, context: review_local_subject_access(
            review, context.info.namespace, authorizer
        ),
        "selfsubjectaccessreviews.authorization.k8s.io": lambda review, context: review_self_subject_access(
            review, context.user, authorizer
        ),
        "selfsubjectrulesreviews.authorization.k8s.io": lambda review, context: review_self_subject_rules(
            review, context.user, authorizer
        ),
    }
    return {name: Hooks(handlers={("create", ""): _handler(answer)}) for name, answer in answers.items()}


def _handler(answer: Answered) -> Handler:
    async def create(context: Context) -> Response:
        body = read_as(context.request, context.resource.api_version, context.resource.kind)
        review = decode_object(context.request, body, context.resource, context.definition)
        settle_namespace(context, review)
        track_create(context, review)
        await context.admit(review)
        return json_response(await answered(lambda: answer(review, context)), 201)

    return create
