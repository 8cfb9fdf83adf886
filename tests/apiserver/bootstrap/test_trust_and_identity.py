"""What a server writes down about itself for others: whom it trusts, and that it is there."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pybernetes.apiserver.authn.options import AuthenticationOptions
from pybernetes.apiserver.bootstrap.identity import ended, identity_of, lease
from pybernetes.apiserver.bootstrap.trust import ClusterTrust, combined
from pybernetes.apiserver.options import Options
from pybernetes.apiserver.pki.ca import create_ca
from tests.apiserver.conftest import Api, running

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TRUST = "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication"
TRACKING = "/api/v1/namespaces/kube-system/configmaps/kube-apiserver-legacy-service-account-token-tracking"


async def test_a_server_says_whom_it_trusts_and_that_it_is_there(tmp_path: Path) -> None:
    options = Options(tmp_path, secure_port=-1)
    async with running(options) as server:
        api = Api(server)
        found = await api.get(TRUST)
        assert found["metadata"]["managedFields"][0]["manager"] == "kube-apiserver"
        assert found["data"] == {
            "client-ca-file": (tmp_path / "pki" / "ca.crt").read_text(),
            "requestheader-client-ca-file": (tmp_path / "pki" / "front-proxy-ca.crt").read_text(),
            "requestheader-allowed-names": '["front-proxy-client"]',
            "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
            "requestheader-group-headers": '["X-Remote-Group"]',
            "requestheader-uid-headers": '["X-Remote-Uid"]',
            "requestheader-username-headers": '["X-Remote-User"]',
        }
        datetime.strptime((await api.get(TRACKING))["data"]["since"], "%Y-%m-%d")
        name = identity_of(socket.gethostname())
        written = await api.get(f"/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/{name}")
        assert written["metadata"]["labels"] == {
            "apiserver.kubernetes.io/identity": "kube-apiserver",
            "kubernetes.io/hostname": socket.gethostname(),
        }
        assert written["spec"]["holderIdentity"].startswith(f"{name}_")
        assert written["spec"]["leaseDurationSeconds"] == 3600
        before = found["metadata"]["resourceVersion"]
    headers = AuthenticationOptions(requestheader_username_headers=("X-Who",))
    async with running(Options(tmp_path, secure_port=-1, authentication=headers)) as server:
        found = await Api(server).get(TRUST)
        assert found["metadata"]["resourceVersion"] != before
        assert json.loads(found["data"]["requestheader-username-headers"]) == ["X-Remote-User", "X-Who"]


def trust(client_ca: str) -> ClusterTrust:
    return ClusterTrust(client_ca, "", (), (), (), (), ())


def test_certificates_of_all_servers_are_kept_until_they_end() -> None:
    old, new = (create_ca(name, now=NOW - timedelta(days=days)) for name, days in (("old", 3649), ("new", 0)))
    there = combined({}, trust(old.certificate_pem.decode()), NOW)
    both = combined(there, trust(new.certificate_pem.decode()), NOW)
    assert both["client-ca-file"] == (old.certificate_pem + new.certificate_pem).decode()
    assert combined(both, trust(new.certificate_pem.decode()), NOW) == both
    later = combined(both, trust(new.certificate_pem.decode()), NOW + timedelta(days=3))
    assert later["client-ca-file"] == new.certificate_pem.decode()
    broken = combined({"client-ca-file": "x", "requestheader-allowed-names": "x"}, trust(""), NOW)
    assert (broken["client-ca-file"], broken["requestheader-allowed-names"]) == ("", "[]")


def test_a_lease_is_renewed_and_ends() -> None:
    made = lease("host", "me", NOW, None)
    assert made["metadata"]["name"] == "apiserver-" + made["metadata"]["name"].removeprefix("apiserver-").lower()
    assert made["spec"]["acquireTime"] == made["spec"]["renewTime"] == "2026-03-01T00:00:00.000000Z"
    renewed = lease("host", "me", NOW + timedelta(seconds=10), made)
    assert (renewed["spec"]["acquireTime"], renewed["spec"]["renewTime"]) == (
        "2026-03-01T00:00:00.000000Z",
        "2026-03-01T00:00:10.000000Z",
    )
    assert lease("host", "other", NOW + timedelta(seconds=10), made)["spec"]["acquireTime"].endswith("10.000000Z")
    assert ended([made], NOW + timedelta(minutes=59)) == []
    assert ended([made], NOW + timedelta(minutes=61)) == [made["metadata"]["name"]]
