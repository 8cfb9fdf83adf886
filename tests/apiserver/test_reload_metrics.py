"""What is told of configuration files that are followed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from prometheus_client import REGISTRY, generate_latest

from pybernetes.apiserver.authz.chain import AuthorizerChain
from pybernetes.apiserver.authz.reload import AuthorizationReload
from pybernetes.component.clock import FakeClock
from tests.apiserver.conftest import Api

START = "apiserver_authorization_config_controller_"
FIRST = b"""
apiVersion: apiserver.config.k8s.io/v1
kind: AuthorizationConfiguration
authorizers:
- type: AlwaysAllow
  name: all
"""


def value(name: str, **labels: str) -> float:
    for line in generate_latest(REGISTRY).decode().splitlines():
        if line.startswith(f"{START}{name}{{") and all(f'{key}="{said}"' in line for key, said in labels.items()):
            return float(line.rsplit(" ", 1)[1])
    return 0.0


async def test_reloads_and_failures_are_counted(api: Api, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "authorization.yaml"
    file.write_bytes(FIRST)
    follow = AuthorizationReload(str(file), AuthorizerChain([]), api.server.state.cache, FakeClock())
    assert value("last_config_info", hash=f"sha256:{hashlib.sha256(FIRST).hexdigest()}") == 1
    before = {status: value("automatic_reloads_total", status=status) for status in ("success", "failure")}
    second = FIRST.replace(b"AlwaysAllow", b"AlwaysDeny")
    file.write_bytes(second)
    assert await follow.look()
    file.write_bytes(b"kind: Other")
    assert not await follow.look()
    assert value("automatic_reloads_total", status="success") == before["success"] + 1
    assert value("automatic_reloads_total", status="failure") == before["failure"] + 1
    assert value("automatic_reload_last_timestamp_seconds", status="success") > 0
    assert value("last_config_info", hash=f"sha256:{hashlib.sha256(second).hexdigest()}") == 1
