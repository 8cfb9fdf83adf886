"""Events sent to a webhook over HTTPS, from a whole server; the last ones when it ends."""

from __future__ import annotations

from pathlib import Path

import yaml

from pybernetes.api.object import Json
from pybernetes.apiserver.options import Options
from tests.apiserver.authn.https_server import new_ca, webhook
from tests.apiserver.conftest import Api, config_map, running

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"


async def test_events_arrive_at_the_webhook(tmp_path: Path) -> None:
    received: list[Json] = []

    def take(batch: Json) -> int:
        assert (batch["kind"], batch["apiVersion"]) == ("EventList", "audit.k8s.io/v1")
        received.extend(batch["items"])
        return 200

    rule = {"level": "Metadata", "resources": [{"group": "", "resources": ["configmaps"]}]}
    policy = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [rule]}
    (tmp_path / "policy.yaml").write_text(yaml.safe_dump(policy))
    async with webhook(take, new_ca(), tmp_path) as file:
        options = Options(
            tmp_path / "data",
            secure_port=-1,
            audit_policy_file=str(tmp_path / "policy.yaml"),
            audit_webhook_config_file=str(file),
        )
        async with running(options) as server:
            await Api(server).create(CONFIG_MAPS, config_map("a"))
            await Api(server).call("DELETE", f"{CONFIG_MAPS}/a")
    mine = [(event["verb"], event["stage"]) for event in received if event["user"]["username"] == "admin"]
    assert mine == [
        ("create", "RequestReceived"),
        ("create", "ResponseComplete"),
        ("delete", "RequestReceived"),
        ("delete", "ResponseComplete"),
    ]
