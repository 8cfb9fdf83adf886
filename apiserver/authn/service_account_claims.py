"""What a service account's token says, and whether that still holds.

Pure: `bound_claims` turns a token's subject into claims, `check_claims` turns claims, the time and the objects that
are there now into a user or a refusal. The claims, the user's name and groups and its extra keys are Kubernetes'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pybernetes.api.object import Json, metadata, name_of, namespace_of, object_key, parse_time, uid_of
from pybernetes.apiserver.authn.token_authenticator import Authenticated, InvalidToken
from pybernetes.apiserver.reader import Reader
from pybernetes.apiserver.user import SERVICE_ACCOUNTS_GROUP, User

USER_PREFIX = "system:serviceaccount:"

POD_NAME = "authentication.kubernetes.io/pod-name"
POD_UID = "authentication.kubernetes.io/pod-uid"
NODE_NAME = "authentication.kubernetes.io/node-name"
NODE_UID = "authentication.kubernetes.io/node-uid"
CREDENTIAL_ID = "authentication.kubernetes.io/credential-id"

# A token goes on working this long after the end its object was given, so that a pod can use it to the last moment.
DELETION_LEEWAY_SECONDS = 60.0
CLOCK_LEEWAY_SECONDS = 60.0  # how far the clock of whoever signed may run ahead of ours


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a token is issued to, and the object that it lives and dies with, if any.

    `node` is {name, uid}; for a pod's token the uid may be missing when the node is not known.
    """

    service_account: Json
    pod: Json | None = None
    node: Mapping[str, str] | None = None
    secret: Json | None = None


def username(namespace: str, name: str) -> str:
    return f"{USER_PREFIX}{namespace}:{name}"


def groups_of(namespace: str) -> tuple[str, str]:
    return SERVICE_ACCOUNTS_GROUP, f"{SERVICE_ACCOUNTS_GROUP}:{namespace}"


def split_username(user_name: str) -> tuple[str, str] | None:
    """(namespace, name) of a service account's user name, or None for any other user."""
    if not user_name.startswith(USER_PREFIX):
        return None
    namespace, separator, name = user_name[len(USER_PREFIX) :].partition(":")
    return (namespace, name) if namespace and separator and name and ":" not in name else None


def bound_claims(
    subject: Subject,
    *,
    issuer: str,
    audiences: Sequence[str],
    token_id: str,
    now: datetime,
    lifetime_seconds: int,
    warn_after_seconds: int = 0,
) -> dict[str, Any]:
    """The claims of a token. `token_id` is a new UUID."""
    account = subject.service_account
    issued_at = int(now.timestamp())
    private: dict[str, Any] = {"namespace": namespace_of(account)}
    if subject.node is not None:
        private["node"] = {key: value for key, value in subject.node.items() if value}
    if subject.pod is not None:
        private["pod"] = {"name": name_of(subject.pod), "uid": uid_of(subject.pod)}
    if subject.secret is not None:
        private["secret"] = {"name": name_of(subject.secret), "uid": uid_of(subject.secret)}
    private["serviceaccount"] = {"name": name_of(account), "uid": uid_of(account)}
    if warn_after_seconds:
        private["warnafter"] = issued_at + warn_after_seconds
    return {
        "aud": list(audiences),
        "exp": issued_at + lifetime_seconds,
        "iat": issued_at,
        "iss": issuer,
        "jti": token_id,
        "kubernetes.io": private,
        "nbf": issued_at,
        "sub": username(namespace_of(account), name_of(account)),
    }


def check_claims(
    claims: Mapping[str, Any], *, reader: Reader, now: datetime, audiences: tuple[str, ...]
) -> Authenticated:
    """The user that the claims name, if they hold now. The signature and the issuer were checked before.

    Raises InvalidToken.
    """
    shared = _shared_audiences(claims, audiences)
    expires_at = _check_times(claims, now)
    private = claims.get("kubernetes.io")
    if not isinstance(private, dict):
        raise InvalidToken("the token has no kubernetes.io claim")
    namespace, account_name, account_uid = _account_of(claims, private)
    account = reader.get("serviceaccounts", account_name, namespace)
    if account is None:
        raise InvalidToken(f'serviceaccounts "{account_name}" not found')
    expires_at = min(expires_at, _end_of(account, f"service account {namespace}/{account_name} has been deleted", now))
    if uid_of(account) != account_uid:
        raise InvalidToken(f"service account UID ({uid_of(account)}) does not match claim ({account_uid})")
    depends_on = [("serviceaccounts", object_key(namespace, account_name))]
    extra = {}
    if token_id := claims.get("jti"):
        extra[CREDENTIAL_ID] = (f"JTI={token_id}",)
    pod, node = _reference(private, "pod"), _reference(private, "node")
    for resource, reference in (("secrets", _reference(private, "secret")), ("pods", pod)):
        if reference is not None:
            expires_at = min(expires_at, _end_of_bound(resource, reference, namespace, reader, now))
            depends_on.append((resource, object_key(namespace, reference["name"])))
    if pod is not None:
        extra |= {POD_NAME: (pod["name"],), POD_UID: (pod["uid"],)}
    if node is not None:
        extra[NODE_NAME] = (node["name"],)
        if node.get("uid"):
            extra[NODE_UID] = (node["uid"],)
        if pod is None:  # bound to the node itself; in a pod's token the node only informs
            expires_at = min(expires_at, _end_of_bound("nodes", node, "", reader, now))
            depends_on.append(("nodes", node["name"]))
    user = User(username(namespace, account_name), groups_of(namespace), account_uid, extra)
    return Authenticated(user, expires_at, tuple(depends_on), shared)


def _shared_audiences(claims: Mapping[str, Any], wanted: tuple[str, ...]) -> tuple[str, ...]:
    named = claims.get("aud") or []
    named = [named] if isinstance(named, str) else named
    shared = tuple(audience for audience in wanted if audience in named)
    if not shared:
        raise InvalidToken(f"token audiences {_go_list(named)} is invalid for the target audiences {_go_list(wanted)}")
    return shared


def _check_times(claims: Mapping[str, Any], now: datetime) -> float:
    """The moment the token expires. A token that is not yet valid, or has no end, is refused."""
    seconds = now.timestamp()
    expires_at, not_before = claims.get("exp"), claims.get("nbf", 0)
    if not isinstance(expires_at, int | float) or not isinstance(not_before, int | float):
        raise InvalidToken("the token has no time of expiry")
    if seconds > expires_at:
        raise InvalidToken("service account token has expired")
    if seconds + CLOCK_LEEWAY_SECONDS < not_before:
        raise InvalidToken("service account token is not valid yet")
    return float(expires_at)


def _account_of(claims: Mapping[str, Any], private: Mapping[str, Any]) -> tuple[str, str, str]:
    namespace, account = private.get("namespace"), _reference(private, "serviceaccount")
    if not isinstance(namespace, str) or account is None:
        raise InvalidToken("the token names no service account")
    if claims.get("sub") != username(namespace, account["name"]):
        raise InvalidToken("the token's subject is not the service account that it names")
    return namespace, account["name"], account["uid"]


def _reference(private: Mapping[str, Any], field: str) -> dict[str, str] | None:
    found = private.get(field)
    if found is None:
        return None
    if not isinstance(found, dict) or not isinstance(found.get("name"), str):
        raise InvalidToken(f"the token's {field} claim is malformed")
    return {"name": found["name"], "uid": str(found.get("uid") or "")}


def _end_of_bound(resource: str, reference: Mapping[str, str], namespace: str, reader: Reader, now: datetime) -> float:
    found, what = reader.get(resource, reference["name"], namespace), resource.removesuffix("s")
    if found is None:
        raise InvalidToken(_INVALIDATED)
    end = _end_of(found, _INVALIDATED, now)
    if uid_of(found) != reference["uid"]:
        raise InvalidToken(
            f"{what} UID ({uid_of(found)}) does not match service account {what} ref claim ({reference['uid']})"
        )
    return end


def _end_of(obj: Json, why_not: str, now: datetime) -> float:
    """Until when a token may rest on this object: for ever, or a minute past its deletion. Raises InvalidToken."""
    deleted_at = metadata(obj).get("deletionTimestamp")
    if not deleted_at:
        return float("inf")
    end = parse_time(deleted_at).timestamp() + DELETION_LEEWAY_SECONDS
    if now.timestamp() > end:
        raise InvalidToken(why_not)
    return end


_INVALIDATED = "service account token has been invalidated"


def _go_list(values: Sequence[str]) -> str:
    return "[" + " ".join(f'"{value}"' for value in values) + "]"
