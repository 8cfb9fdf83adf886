"""Issuing service account tokens: the function behind ``serviceaccounts/<name>/token``.

A token may be bound to a pod, a node or a secret; then it dies with it. A pod's token says on which node the pod
is, so that NodeRestriction and others can tell.

Kubernetes stretches one kind of token: a kubelet asks for 3,607 seconds for the token that every pod gets by
default; that one lives for a year and carries a mark from when on its use is late, since old client libraries never
read the file again. It is kept, so that such clients work here too.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from pybernetes.api.errors import bad_request, conflict, invalid, not_found
from pybernetes.api.object import Json, format_time, name_of, namespace_of, uid_of
from pybernetes.apiserver.authn.service_account_claims import Subject, bound_claims
from pybernetes.apiserver.reader import Reader
from pybernetes.component import jws
from pybernetes.component.clock import SYSTEM_CLOCK, Clock
from pybernetes.component.signing_keys import SigningKey

DEFAULT_LIFETIME_SECONDS = 60 * 60
SHORTEST_LIFETIME_SECONDS = 10 * 60
LONGEST_LIFETIME_SECONDS = 1 << 32
EXTENDED_REQUEST_SECONDS = 60 * 60 + 7  # what kubelets ask for by default; the 7 makes it recognizable
EXTENDED_LIFETIME_SECONDS = 365 * 24 * 60 * 60


@dataclass(frozen=True)
class TokenIssuer:
    """Who signs tokens, in which name, and for whom by default.

    `max_lifetime_seconds` shortens longer requests (--service-account-max-token-expiration; 0 is no limit), and
    `extend` is --service-account-extend-token-expiration.
    """

    key: SigningKey
    issuer: str
    api_audiences: tuple[str, ...]
    reader: Reader
    max_lifetime_seconds: int = 0
    extend: bool = True
    clock: Clock = SYSTEM_CLOCK
    new_token_id: Callable[[], str] = lambda: str(uuid.uuid4())

    def issue(self, request: Json, service_account: Json) -> Json:
        """The TokenRequest with its status. Counterpart: TokenREST.Create.

        Raises `invalid` for a bad lifetime, `bad_request` for an object that tokens cannot be bound to, `not_found`
        or `conflict` for one that is not there or is another.
        """
        spec = request.get("spec") or {}
        asked_seconds = int(spec.get("expirationSeconds") or DEFAULT_LIFETIME_SECONDS)
        check_lifetime(asked_seconds)
        asked_seconds = self.allowed_lifetime_seconds(asked_seconds)
        audiences = list(spec.get("audiences") or self.api_audiences)
        reference = spec.get("boundObjectRef")
        subject = self._bind(service_account, reference) if reference else Subject(service_account)
        lifetime_seconds, warn_after_seconds = asked_seconds, 0
        for_api_server = set(audiences) <= set(self.api_audiences)
        if self.extend and subject.pod and asked_seconds == EXTENDED_REQUEST_SECONDS and for_api_server:
            lifetime_seconds, warn_after_seconds = EXTENDED_LIFETIME_SECONDS, EXTENDED_REQUEST_SECONDS
        now = self.clock.now()
        claims = bound_claims(
            subject,
            issuer=self.issuer,
            audiences=audiences,
            token_id=self.new_token_id(),
            now=now,
            lifetime_seconds=lifetime_seconds,
            warn_after_seconds=warn_after_seconds,
        )
        metadata = {"name": name_of(service_account), "namespace": namespace_of(service_account)}
        answered_spec: Json = {"audiences": audiences, "expirationSeconds": asked_seconds}
        answered_spec["boundObjectRef"] = reference
        return {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "metadata": {**metadata, "creationTimestamp": format_time(now)},
            "spec": answered_spec,
            "status": {
                "token": jws.sign(claims, self.key),
                "expirationTimestamp": format_time(now + timedelta(seconds=asked_seconds)),
            },
        }

    def allowed_lifetime_seconds(self, asked_seconds: int) -> int:
        """What is asked for, or the longest that the server gives."""
        return min(asked_seconds, self.max_lifetime_seconds) if self.max_lifetime_seconds else asked_seconds

    def _bind(self, service_account: Json, reference: Json) -> Subject:
        """The subject of a token that is bound to what `reference` names."""
        namespace, kind, name = namespace_of(service_account), reference.get("kind"), str(reference.get("name") or "")
        api_version = reference.get("apiVersion") or "v1"
        resource = {"Pod": "pods", "Secret": "secrets", "Node": "nodes"}.get(str(kind))
        if resource is None or api_version != "v1":
            group, _, version = str(api_version).rpartition("/")
            raise bad_request(f"cannot bind token to object of type {group}/{version}, Kind={kind}")
        found = self.reader.get(resource, name, "" if resource == "nodes" else namespace)
        if found is None:
            raise not_found(resource, name)
        if reference.get("uid") and reference["uid"] != uid_of(found):
            raise conflict(
                str(kind),
                name,
                f"the UID in the bound object reference ({reference['uid']}) does not match the UID in record. The "
                "object might have been deleted and then recreated",
            )
        if resource == "secrets":
            return Subject(service_account, secret=found)
        if resource == "nodes":
            return Subject(service_account, node={"name": name, "uid": uid_of(found)})
        pod_account = (found.get("spec") or {}).get("serviceAccountName") or ""
        if pod_account != name_of(service_account):
            raise bad_request(
                f'cannot bind token for serviceaccount "{name_of(service_account)}" to pod running with different '
                "serviceaccount name."
            )
        return Subject(service_account, pod=found, node=self._node_of(found))

    def _node_of(self, pod: Json) -> dict[str, str] | None:
        node_name = (pod.get("spec") or {}).get("nodeName")
        if not node_name:
            return None
        node = self.reader.get("nodes", node_name)
        return {"name": node_name, "uid": uid_of(node) if node else ""}


def check_names(metadata: Json, service_account: Json) -> None:
    """What a request says of its name and namespace must be the account's. Raises `invalid`."""
    for field, actual in (("name", name_of(service_account)), ("namespace", namespace_of(service_account))):
        said = metadata.get(field)
        if said and said != actual:
            message = f'Invalid value: "{said}": must match the service account {field} if specified'
            cause = {"reason": "FieldValueInvalid", "message": message, "field": f"metadata.{field}"}
            raise invalid("TokenRequest", name_of(service_account), [cause], "authentication.k8s.io")


def check_lifetime(seconds: int) -> None:
    """Raises `invalid`."""
    wrong = ""
    if seconds < SHORTEST_LIFETIME_SECONDS:
        wrong = "may not specify a duration less than 10 minutes"
    elif seconds > LONGEST_LIFETIME_SECONDS:
        wrong = "may not specify a duration larger than 2^32 seconds"
    if wrong:
        message = f"Invalid value: {seconds}: {wrong}"
        cause = {"reason": "FieldValueInvalid", "message": message, "field": "spec.expirationSeconds"}
        raise invalid("TokenRequest", "", [cause], "authentication.k8s.io")
