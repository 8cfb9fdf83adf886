"""Service accounts: tokens on request."""

from __future__ import annotations

from pybernetes.api.authentication.token_request import TokenRequest
from pybernetes.api.schema.declare import struct_of
from pybernetes.api.schema.decode import Decoder
from pybernetes.apiserver.authn.token_request import TokenIssuer, check_names
from pybernetes.apiserver.http import Response, json_response
from pybernetes.apiserver.resources.hooks import Hooks
from pybernetes.apiserver.rest.bodies import decode_as, read_as
from pybernetes.apiserver.rest.context import Context

_decoder = Decoder(struct_of(TokenRequest))


async def create_token(context: Context) -> Response:
    """POST serviceaccounts/x/token: a signed token for the account. Raises 400, 404, 422."""
    body = read_as(context.request, "authentication.k8s.io/v1", "TokenRequest")
    request = decode_as(context.request, body, _decoder, "TokenRequest", "v1")
    account = context.cache.object(await context.current())
    check_names(request.get("metadata") or {}, account)
    await context.admit(request)
    issuer: TokenIssuer = context.state.extensions["token issuer"]
    asked = int((request.get("spec") or {}).get("expirationSeconds") or 0)
    allowed = issuer.allowed_lifetime_seconds(asked)
    if allowed < asked:
        context.request.warnings.append(f"requested expiration of {asked} seconds shortened to {allowed} seconds")
    return json_response(issuer.issue(request, account), 201)


HOOKS = Hooks(handlers={("create", "token"): create_token})
