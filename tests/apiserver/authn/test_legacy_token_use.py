"""Tokens in secrets: their last use stands on the secret, once a day."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

from pybernetes.api.object import Json
from pybernetes.apiserver.authn.legacy_token_use import LAST_USED, LegacyTokenUse
from pybernetes.component import jws
from tests.apiserver.conftest import Api

SECRETS = "/api/v1/namespaces/default/secrets"
NOW = datetime(2026, 1, 2, 23, 0, tzinfo=UTC)


async def kept(api: Api) -> Json:
    """A secret with a token, as the token controller fills it."""
    account = await api.get("/api/v1/namespaces/default/serviceaccounts/default")
    uid, prefix = account["metadata"]["uid"], "kubernetes.io/serviceaccount"
    claims = {
        "iss": "kubernetes/serviceaccount",
        f"{prefix}/namespace": "default",
        f"{prefix}/secret.name": "token",
        f"{prefix}/service-account.name": "default",
        f"{prefix}/service-account.uid": uid,
        "sub": "system:serviceaccount:default:default",
    }
    token = jws.sign(claims, api.server.pki.service_account_key)
    start = "kubernetes.io/service-account"
    secret = {
        "metadata": {"name": "token", "annotations": {f"{start}.name": "default", f"{start}.uid": uid}},
        "type": f"{start}-token",
        "data": {"token": base64.b64encode(token.encode()).decode()},
    }
    return {**await api.create(SECRETS, secret), "token": token}


async def test_a_use_is_written_and_only_once_a_day(api: Api) -> None:
    made = await kept(api)
    token = str(made.pop("token"))
    authenticator, use = api.server.authenticator, api.server._authentication.legacy_token_use
    user = authenticator.authenticate({"authorization": f"Bearer {token}"})
    assert user.name == "system:serviceaccount:default:default"
    await use.write(api.server.submit)
    labelled = await api.get(f"{SECRETS}/token")
    assert labelled["metadata"]["labels"] == {LAST_USED: f"{datetime.now(UTC):%Y-%m-%d}"}
    authenticator.authenticate({"authorization": f"Bearer {token}"})
    await use.write(api.server.submit)
    assert await api.get(f"{SECRETS}/token") == labelled


async def test_secrets_that_are_gone_or_others_are_left_alone(api: Api) -> None:
    made = await kept(api)
    made.pop("token")
    use = LegacyTokenUse()
    for changed in ({"name": "gone"}, {"uid": "of another"}):
        use.note({**made, "metadata": {**made["metadata"], **changed}}, NOW)
    await use.write(api.server.submit)
    assert await api.get(f"{SECRETS}/token") == made


async def test_a_label_of_today_or_tomorrow_is_good(api: Api) -> None:
    made, asked = await kept(api), list[str]()
    use = LegacyTokenUse()

    async def submit(method: str, path: str, obj: Json | None = None) -> Json:
        asked.append(method)
        return obj or made

    for days, writes in ((0, []), (1, []), (-1, ["GET", "PUT"])):
        labels = {LAST_USED: f"{NOW + timedelta(days=days):%Y-%m-%d}"}
        use.note({**made, "metadata": {**made["metadata"], "labels": labels}}, NOW)
        asked.clear()
        await use.write(submit)
        assert asked == writes
