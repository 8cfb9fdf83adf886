"""`certificate approve` and `certificate deny`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from pybernetes.pyctl.approving import decided
from pybernetes.pyctl.failures import Failure
from tests.controllers.certificates.test_certificates_end_to_end import request

Run = Callable[..., "tuple[int, str, str]"]
PREFIX = "certificatesigningrequest.certificates.k8s.io"


def test_requests_are_approved_and_denied(pyctl: Run, tmp_path: Path) -> None:
    for name in ("yes", "no"):
        asked = request(name, "example.com/signer", ["client auth"], "ann")
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(asked))
        assert pyctl("create", "-f", str(tmp_path / f"{name}.yaml")) == (0, f"{PREFIX}/{name} created\n", "")
    assert pyctl("certificate", "approve", "yes") == (0, f"{PREFIX}/yes approved\n", "")
    assert pyctl("certificate", "deny", "-f", str(tmp_path / "no.yaml")) == (0, f"{PREFIX}/no denied\n", "")
    assert pyctl("certificate", "approve", "csr/yes", "-o", "jsonpath={.status.conditions[0].reason}").out == (
        "KubectlApprove\n"
    )
    assert pyctl("certificate", "deny", "yes") == (
        1,
        "",
        'error: certificate signing request "yes" is already Approved\n',
    )
    assert pyctl("certificate", "approve", "gone").err == (
        'Error from server (NotFound): certificatesigningrequests.certificates.k8s.io "gone" not found\n'
    )
    assert (
        pyctl("certificate", "approve").err == "error: one or more CSRs must be specified as <name> or -f <filename>\n"
    )


def test_what_is_decided_stays() -> None:
    now = "2026-01-01T00:00:00Z"
    asked = {"metadata": {"name": "a"}}
    approved = decided(asked, "Approved", "approved", "approve", force=False, now=now)
    assert approved is not None
    assert approved["status"]["conditions"][0]["message"] == "This CSR was approved by kubectl certificate approve."
    assert decided(approved, "Approved", "approved", "approve", force=False, now=now) is None
    again = decided(approved, "Approved", "approved", "approve", force=True, now="2026-01-02T00:00:00Z")
    assert again is not None
    assert [one["lastUpdateTime"] for one in again["status"]["conditions"]] == ["2026-01-02T00:00:00Z"]
    with pytest.raises(Failure, match="already Approved"):
        decided(approved, "Denied", "denied", "deny", force=False, now=now)
