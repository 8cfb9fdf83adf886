"""The server as an operator starts it: kubeadm's command line with kubeadm's files, and what is said of a wrong one."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pybernetes.apiserver.__main__ import main
from pybernetes.apiserver.flags.cluster import node_ports
from pybernetes.apiserver.options import Options
from pybernetes.apiserver.pki.certificates import client_profile, issue
from pybernetes.apiserver.pki.control_plane import Pki, ensure_pki
from pybernetes.component.flag_set import read_flags

START_SECONDS = 30.0

WRONG = {
    ("--no-such-flag",): "Error: unknown flag: --no-such-flag",
    ("--goaway-chance=0.5",): "Error: --goaway-chance can not be less than 0 or greater than 0.02",
    ("--request-timeout=-1s",): 'Error: invalid argument "-1s" for "--request-timeout" flag: '
    'time: invalid duration "-1s"',
    ("--oidc-issuer-url=https://a",): "Error: --oidc-issuer-url and --oidc-client-id must be specified together",
    ("--kubelet-client-key=/k",): "Error: --kubelet-client-certificate and --kubelet-client-key must be given together",
    ("extra",): 'Error: "kube-apiserver" does not take any arguments, got ["extra"]',
}


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_a_wrong_command_line_is_told_and_ends_with_1(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(list(arguments)) == 1
    assert capsys.readouterr().err.splitlines()[-1] == WRONG[arguments]


def test_version_and_help_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("Kubernetes v1.36.")
    assert main(["--help"]) == 0
    assert "--etcd-servers strings" in capsys.readouterr().out


@pytest.mark.parametrize(("text", "ports"), [("30000-32767", range(30000, 32768)), ("80+2", range(80, 83))])
def test_ranges_of_node_ports(text: str, ports: range) -> None:
    assert node_ports(text) == ports


@pytest.mark.parametrize("text", ["", "80", "90-80", "0-5", "1-70000", "a-b"])
def test_what_is_no_range_of_node_ports(text: str) -> None:
    with pytest.raises(ValueError, match="is no range of ports"):
        node_ports(text)


def test_servers_of_etcd_alone_choose_the_store() -> None:
    options = read_flags("kube-apiserver", Options, ["--etcd-servers=https://a:2379,https://b:2379"])
    assert options.store_spec == "etcd=https://a:2379,https://b:2379"
    assert (
        read_flags("kube-apiserver", Options, ["--etcd-servers=https://a", "--store=sqlite:x"]).store_spec == "sqlite:x"
    )


def kubeadm_flags(pki: Path, port: int) -> list[str]:
    """What kubeadm writes into the manifest of kube-apiserver, but for etcd."""
    return [
        "--advertise-address=127.0.0.1",
        "--allow-privileged=true",
        "--authorization-mode=Node,RBAC",
        f"--client-ca-file={pki}/ca.crt",
        "--enable-admission-plugins=NodeRestriction",
        "--enable-bootstrap-token-auth=true",
        f"--kubelet-client-certificate={pki}/apiserver-kubelet-client.crt",
        f"--kubelet-client-key={pki}/apiserver-kubelet-client.key",
        "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
        f"--proxy-client-cert-file={pki}/front-proxy-client.crt",
        f"--proxy-client-key-file={pki}/front-proxy-client.key",
        "--requestheader-allowed-names=front-proxy-client",
        f"--requestheader-client-ca-file={pki}/front-proxy-ca.crt",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-username-headers=X-Remote-User",
        f"--secure-port={port}",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--service-account-key-file={pki}/sa.pub",
        f"--service-account-signing-key-file={pki}/sa.key",
        "--service-cluster-ip-range=10.96.0.0/12",
        f"--tls-cert-file={pki}/apiserver.crt",
        f"--tls-private-key-file={pki}/apiserver.key",
    ]


@dataclass
class Running:
    """A server of its own process, and how to ask it."""

    port: int
    pki: Pki
    folder: Path
    process: subprocess.Popen[bytes]

    def status_of(self, path: str, certificate: tuple[Path, Path] | None = None, **headers: str) -> int:
        return self._ask(path, certificate, headers)[0]

    def answer_of(self, path: str, certificate: tuple[Path, Path]) -> Any:
        return json.loads(self._ask(path, certificate, {})[1])

    def _ask(self, path: str, certificate: tuple[Path, Path] | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        context = ssl.create_default_context(cadata=self.pki.ca.certificate_pem.decode())
        if certificate is not None:
            context.load_cert_chain(*certificate)
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=10)
        try:
            connection.request("GET", path, headers=dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def issued(self, pki: Pki, user: str, *groups: str) -> tuple[Path, Path]:
        pair = issue(pki.ca, client_profile(user, groups), now=datetime.now(UTC))
        certificate, key = self.folder / f"{user}.crt", self.folder / f"{user}.key"
        certificate.write_bytes(pair.certificate_pem)
        key.write_bytes(pair.key_pem)
        return certificate, key


@contextmanager
def started(folder: Path, *more: str) -> Iterator[Running]:
    pki = ensure_pki(folder / "pki", service_cluster_ip_range="10.96.0.0/12")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = [*kubeadm_flags(folder / "pki", port), "--data-dir", str(folder / "data"), *more]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "pybernetes.apiserver", *arguments], stdout=log, stderr=log)
        try:
            yield Running(port, pki, folder, process)
        finally:
            process.kill()
            process.wait()


def until_ready(server: Running) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        if server.process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"the server did not start: {(server.folder / 'log').read_text()}")
        try:
            if server.status_of("/readyz") == 200:
                return
        except OSError:
            pass
        time.sleep(0.05)


def test_kubeadms_command_line_with_kubeadms_files(tmp_path: Path) -> None:
    with started(tmp_path) as server:
        until_ready(server)
        admin = server.issued(server.pki, "kubernetes-admin", "system:masters")
        assert server.status_of("/api/v1/nodes", admin) == 200
        assert server.status_of("/api/v1/nodes") == 403
        stranger = server.issued(ensure_pki(tmp_path / "other"), "stranger", "system:masters")
        assert server.status_of("/api/v1/nodes", stranger) == 401
        assert server.status_of("/version", stranger) == 401
        keys = server.answer_of("/openid/v1/jwks", admin)["keys"]
        assert len(keys) == 1, "sa.pub is the public half of sa.key"
        proxy = (server.pki.front_proxy_client.certificate_path, server.pki.front_proxy_client.key_path)
        headers = {"X-Remote-User": "jane", "X-Remote-Group": "system:masters"}
        assert server.status_of("/api/v1/nodes", proxy, **headers) == 200
        os.kill(server.process.pid, signal.SIGTERM)
        assert server.process.wait(START_SECONDS) == 0
    assert b"has no effect here" not in (tmp_path / "log").read_bytes()


def test_flags_without_effect_are_named_in_the_log(tmp_path: Path) -> None:
    with started(tmp_path, "--profiling=false", "--feature-gates=Some=true") as server:
        until_ready(server)
        log = (tmp_path / "log").read_text()
    assert 'flag="--profiling"' in log and 'flag="--feature-gates"' in log
