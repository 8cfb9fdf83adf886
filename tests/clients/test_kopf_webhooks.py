"""An operator written with kopf, unmodified, that admits: it serves its webhooks itself and configures them itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from pybernetes.apiserver.pki.ca import create_ca
from pybernetes.apiserver.pki.certificates import issue, server_profile
from tests.clients.conftest import PYCTL
from tests.clients.test_kopf_operator import eventually, pyctl

OPERATOR = """
import os
import kopf

@kopf.on.startup()
def configure(settings, **_):
    at = os.environ["CERTIFICATES"]
    settings.admission.server = kopf.WebhookServer(
        addr="127.0.0.1", host="127.0.0.1", cafile=f"{at}/ca.crt", certfile=f"{at}/tls.crt", pkeyfile=f"{at}/tls.key"
    )
    settings.admission.managed = "auto.example.com"

@kopf.on.mutate("", "v1", "configmaps", labels={"admitted": "yes"})
def paint(body, patch, warnings, **_):
    if "finish" not in body.get("data", {}):
        patch.setdefault("data", {})["finish"] = "matt"
        warnings.append("no finish was chosen")

@kopf.on.validate("", "v1", "configmaps", labels={"admitted": "yes"})
def check(body, dryrun, **_):
    if body["data"].get("color") == "beige":
        raise kopf.AdmissionError("anything but beige", code=418)
"""
CONFIGURATIONS = ("mutatingwebhookconfigurations", "validatingwebhookconfigurations")


def config_map(name: str, **data: str) -> str:
    metadata = {"name": name, "labels": {"admitted": "yes"}}
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})


def test_a_kopf_operator_admits(kubeconfig: Path, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    ca = create_ca("kopf", now=now)
    pair = issue(ca, server_profile("kopf", ip_addresses=["127.0.0.1"]), now=now)
    (tmp_path / "ca.crt").write_bytes(ca.certificate_pem)
    (tmp_path / "tls.crt").write_bytes(pair.certificate_pem)
    (tmp_path / "tls.key").write_bytes(pair.key_pem)
    script, log = tmp_path / "operator.py", tmp_path / "log"
    script.write_text(OPERATOR)
    environment = {"KUBECONFIG": str(kubeconfig), "PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    with log.open("w") as output:
        operator = subprocess.Popen(
            [sys.executable, "-m", "kopf", "run", str(script), "--standalone", "--namespace", "default"],
            env={**environment, "CERTIFICATES": str(tmp_path)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )

    def configured() -> bool:
        command = [str(PYCTL), "--kubeconfig", str(kubeconfig), "get", "-o", "json"]
        for plural in CONFIGURATIONS:
            done = subprocess.run([*command, plural, "auto.example.com"], capture_output=True, text=True, timeout=30)
            if done.returncode or not json.loads(done.stdout).get("webhooks"):
                return False
        return True

    try:
        eventually(configured)
        pyctl(kubeconfig, "create", "-f", "-", text=config_map("wall", color="red"))
        found = json.loads(pyctl(kubeconfig, "get", "configmap", "wall", "-o", "json"))
        assert found["data"] == {"color": "red", "finish": "matt"}
        refused = subprocess.run(
            [str(PYCTL), "--kubeconfig", str(kubeconfig), "create", "-f", "-"],
            input=config_map("door", color="beige"),
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert refused.returncode == 1 and "denied the request: anything but beige" in refused.stderr
    finally:
        operator.terminate()
        operator.wait(20)
        for plural in CONFIGURATIONS:
            pyctl(kubeconfig, "delete", plural, "auto.example.com", "--ignore-not-found")
    assert "Traceback" not in log.read_text()
