"""What a delete is asked to do: by DeleteOptions in its body, or else by its query, never by both.

Counterparts: the delete handler of apiserver; ValidateDeleteOptions of apimachinery.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pybernetes.api.errors import bad_request, invalid
from pybernetes.api.field import ErrorList
from pybernetes.api.meta.delete_options import DeleteOptions
from pybernetes.api.object import Json
from pybernetes.api.schema.declare import struct_of
from pybernetes.api.schema.decode import Decoder
from pybernetes.apiserver.http import Request
from pybernetes.apiserver.query import every, flag, integer
from pybernetes.apiserver.rest.bodies import decode_as, read_object
from pybernetes.apiserver.rest.context import Context
from pybernetes.apiserver.rest.write_options import check_dry_run

_POLICIES = ("Foreground", "Background", "Orphan")


@dataclass(frozen=True, slots=True)
class Options:
    """What a delete was asked to do. Empty strings and None mean that the request does not say.

    `sent` are the DeleteOptions as admission sees them; `admitted`: admission has had its say, of what led to this.
    """

    grace_seconds: int | None = None
    propagation: str = ""
    uid: str = ""
    resource_version: str = ""
    dry_run: bool = False
    sent: Json | None = None
    admitted: bool = False
    of_collection: bool = False
    keeps_no_dependents: bool = False  # orphanDependents=false: who has to wait is told 202


@cache
def _decoder() -> Decoder:
    return Decoder(struct_of(DeleteOptions))


def read_options(context: Context) -> Options:
    """Raises 400, 415, 422."""
    request = context.request
    said = _from_body(request) if request.body else _from_query(request) if request.query else {}
    policy, orphan = said.get("propagationPolicy"), said.get("orphanDependents")
    _check(policy, orphan, said.get("dryRun") or [])
    if orphan is not None:
        policy = "Orphan" if orphan else "Background"
    if not policy and context.hooks.default_propagation_warning:
        request.warnings.append(context.hooks.default_propagation_warning)
    preconditions = said.get("preconditions") or {}
    return Options(
        said.get("gracePeriodSeconds"),
        policy or "",
        preconditions.get("uid") or "",
        preconditions.get("resourceVersion") or "",
        bool(said.get("dryRun")),
        {"kind": "DeleteOptions", "apiVersion": "meta.k8s.io/v1", **said},
        keeps_no_dependents=orphan is False,
    )


def _from_body(request: Request) -> Json:
    raw = read_object(request, "DeleteOptions")
    kind = raw.get("kind") or "DeleteOptions"
    if kind != "DeleteOptions":
        version = raw.get("apiVersion") or "v1"
        raise bad_request(
            f'no kind "{kind}" is registered for version "{version}" in scheme '
            '"k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:32"'
        )
    options = decode_as(request, raw, _decoder(), "DeleteOptions", "v1")
    return {name: value for name, value in options.items() if name not in ("kind", "apiVersion")}


def _from_query(request: Request) -> Json:
    query = request.query
    said = {
        "gracePeriodSeconds": integer(query, "gracePeriodSeconds"),
        "orphanDependents": flag(query, "orphanDependents"),
        "propagationPolicy": query.get("propagationPolicy"),
        "dryRun": every(request, "dryRun") or None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _check(policy: str | None, orphan: bool | None, dry_run: list[str]) -> None:
    errors = ErrorList()
    if policy is not None and orphan is not None:
        errors.invalid("propagationPolicy", policy, "orphanDependents and deletionPropagation cannot be both set")
    if policy is not None and policy not in _POLICIES:
        errors.not_supported("propagationPolicy", policy, (*_POLICIES, "nil"))
    check_dry_run(dry_run, errors)
    if errors:
        raise invalid("DeleteOptions", "", errors.causes, "meta.k8s.io")
