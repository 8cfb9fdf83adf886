"""Tokens in secrets: who makes a Secret of type kubernetes.io/service-account-token gets one that never ends.

Such a secret names its account in an annotation. It is filled with the token, the CA and the namespace, and goes when
its account goes. The token holds as long as the secret does: it names the secret, and the API server compares the two.

Keys are secrets. An account that goes brings its secrets into the queue. Whether an account is gone is asked of the API
before a secret is deleted for it, since the cache may be behind.

Counterpart: pkg/controller/serviceaccount.TokensController.
"""

from __future__ import annotations

import base64
from pathlib import Path

from pybernetes.api.errors import APIError, is_conflict, is_not_found
from pybernetes.api.object import Json, annotations_of, is_deleting, key_of, name_of, namespace_of, uid_of
from pybernetes.client.reconciler import run_workers
from pybernetes.component import jws
from pybernetes.component.signing_keys import SigningKey, load_signing_key
from pybernetes.controllers.context import Context, wait_synced

TYPE = "kubernetes.io/service-account-token"
NAME, UID = "kubernetes.io/service-account.name", "kubernetes.io/service-account.uid"
_ISSUER = "kubernetes/serviceaccount"
_COMPONENT = "serviceaccount-token-controller"


def token_claims(secret: Json, account: Json) -> dict[str, str]:
    """What a token in a secret says."""
    namespace, name = namespace_of(account), name_of(account)
    return {
        "iss": _ISSUER,
        "kubernetes.io/serviceaccount/namespace": namespace,
        "kubernetes.io/serviceaccount/secret.name": name_of(secret),
        "kubernetes.io/serviceaccount/service-account.name": name,
        "kubernetes.io/serviceaccount/service-account.uid": uid_of(account),
        "sub": f"system:serviceaccount:{namespace}:{name}",
    }


def filled(secret: Json, account: Json, root_ca: str, key: SigningKey) -> Json | None:
    """The secret with what it lacks; None when it lacks nothing."""
    data = dict(secret.get("data") or {})
    wanted = {"ca.crt": _encoded(root_ca)} if root_ca and data.get("ca.crt") != _encoded(root_ca) else {}
    if not data.get("namespace"):
        wanted["namespace"] = _encoded(namespace_of(secret))
    if not data.get("token"):
        wanted["token"] = _encoded(jws.sign(token_claims(secret, account), key))
    if not wanted:
        return None
    annotations = {**annotations_of(secret), NAME: name_of(account), UID: uid_of(account)}
    return {**secret, "metadata": {**secret["metadata"], "annotations": annotations}, "data": {**data, **wanted}}


def belongs_to(secret: Json, account: Json) -> bool:
    """Whether a secret is this very account's: one of the same name that was made anew is another."""
    annotations = annotations_of(secret)
    return annotations.get(NAME) == name_of(account) and annotations.get(UID, "") in ("", uid_of(account))


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


class TokenController:
    """Raises ValueError, OSError for a key that cannot be used."""

    def __init__(self, context: Context):
        self._client, self._root_ca = context.client, context.options.root_ca
        self._key = load_signing_key(Path(context.options.service_account_private_key_file))
        self._workers = context.options.concurrent_serviceaccount_token_syncs
        self._queue = context.queue("serviceaccount_tokens_secret")
        self._accounts = context.informers.informer("serviceaccounts")
        self._secrets = context.informers.informer("secrets", field_selector=f"type={TYPE}")
        self._secrets.add_handler(self._secret_changed, lambda new, old: self._secret_changed(new))
        self._accounts.add_handler(on_delete=self._account_deleted)

    async def run(self) -> None:
        await wait_synced(self._accounts, self._secrets)
        await run_workers(_COMPONENT, self._queue, self.reconcile, workers=self._workers)

    def _secret_changed(self, secret: Json) -> None:
        self._queue.add(key_of(secret))

    def _account_deleted(self, account: Json) -> None:
        for secret in self._secrets.items(namespace_of(account)):
            if annotations_of(secret).get(NAME) == name_of(account):
                self._secret_changed(secret)

    async def reconcile(self, key: str) -> float | None:
        """Fill the secret, or delete it if its account is gone."""
        secret = self._secrets.get(key)
        if secret is None or is_deleting(secret):
            return None
        account = await self._account_of(secret)
        try:
            if account is None:
                version = secret["metadata"]["resourceVersion"]
                await self._client.delete(
                    "secrets", name_of(secret), namespace_of(secret), uid=uid_of(secret), resource_version=version
                )
            elif (wanted := filled(secret, account, self._root_ca, self._key)) is not None:
                await self._client.update("secrets", wanted)
        except APIError as error:
            if not is_not_found(error) and not is_conflict(error):
                raise  # somebody changed or deleted it meanwhile: the cache will tell
        return None

    async def _account_of(self, secret: Json) -> Json | None:
        namespace, name = namespace_of(secret), annotations_of(secret).get(NAME, "")
        account = self._accounts.get(f"{namespace}/{name}")
        if account is None or not belongs_to(secret, account):
            try:
                account = await self._client.get("serviceaccounts", name, namespace)
            except APIError as error:
                if not is_not_found(error):
                    raise
                return None
        return account if belongs_to(secret, account) else None


def service_account_tokens(context: Context) -> TokenController:
    return TokenController(context)
