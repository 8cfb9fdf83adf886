"""Service accounts: tokens on request."""

from __future__ import annotations

from functools import cache

from pybernetes.api.apply.extract import Extractor
from pybernetes.api.apply.managers import Owned, updater, write_entries
from pybernetes.api.authentication.token_request import TokenRequest
from pybernetes.api.object import Json
from pybernetes.api.schema.declare import struct_of
from pybernetes.api.schema.decode import Decoder
from pybernetes.apiserver.authn.token_request import TokenIssuer, check_names
from pybernetes.apiserver.http import Response, json_response
from pybernetes.apiserver.resources.hooks import Hooks
from pybernetes.apiserver.rest.bodies import decode_as, read_as
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.managed_fields import FIELD, manager_name

_VERSION = "authentication.k8s.io/v1"
_decoder = Decoder(struct_of(TokenRequest))


@cache
def _extractor() -> Extractor:
    return Extractor(_decoder.struct)


async def create_token(context: Context) -> Response:
    """POST serviceaccounts/x/token: a signed token for the account. Raises 400, 404, 422."""
    body = read_as(context.request, _VERSION, "TokenRequest")
    request = decode_as(context.request, body, _decoder, "TokenRequest", "v1")
    account = context.cache.object(await context.current())
    check_names(request.get("metadata") or {}, account)
    await context.admit(request)
    issuer: TokenIssuer = context.state.extensions["token issuer"]
    asked = int((request.get("spec") or {}).get("expirationSeconds") or 0)
    allowed = issuer.allowed_lifetime_seconds(asked)
    if allowed < asked:
        context.request.warnings.append(f"requested expiration of {asked} seconds shortened to {allowed} seconds")
    answer = issuer.issue(request, account)
    answer["metadata"][FIELD] = _owners(context, request)
    return json_response(answer, 201)


def _owners(context: Context, request: Json) -> list[Json]:
    """Who asks, as the owner of what it asks for: kept with every object, even with one that is not stored."""
    spec = {name: value for name, value in request["spec"].items() if value is not None}
    fields = _extractor().created({"spec": spec})
    manager = updater(manager_name(context), _VERSION, "token")
    return write_entries({manager: Owned(fields, _VERSION, context.state.timestamp())})


HOOKS = Hooks(handlers={("create", "token"): create_token})
