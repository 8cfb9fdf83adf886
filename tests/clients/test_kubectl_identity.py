"""Every stock kubectl asks who one is and what one may do, grants it, signs certificates and makes tokens."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from pybernetes.api.object import Json
from tests.clients.kubectl import Line, Script

pytestmark = [pytest.mark.kubectl, pytest.mark.slow]

ROLES = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reads, namespace: SPACE}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reads, namespace: SPACE}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reads}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: jane}]
"""


def test_who_one_is(script: Script) -> None:
    if script.minor_version() < 28:  # it asks for a version of the review that is gone
        script.run(Line("auth whoami", "enable APISelfSubjectReview", 1))
        return
    script.run(
        Line("auth whoami", r"^Username +kubernetes-admin$"),
        Line("auth whoami --as=jane --as-group=staff --as-uid=7", r"^Groups +\[staff system:authenticated\]$"),
        Line("auth whoami --as=jane -o json", '"username": "jane"'),
        Line("auth whoami --as-group=staff", "without impersonating a user", 1),
    )


def test_what_one_may_do(script: Script) -> None:
    roles = ROLES.replace("SPACE", script.namespace)
    more = roles.replace("[pods]", "[pods, secrets]").replace("jane", "joe")
    script.run(
        Line("auth can-i get pods --as=jane", "^no$", 1),
        Line("auth reconcile -f -", "reconciliation required create", stdin=roles),
        Line("auth can-i get pods --as=jane", "^yes$"),
        Line("auth can-i get pods --subresource=log --as=jane", "^no$", 1),
        Line("auth can-i --list --as=jane", r"^pods +\[\] +\[\] +\[get\]$"),
        Line("auth reconcile -f - --remove-extra-subjects", "missing rules added", stdin=more),
        Line("get role reads -o jsonpath={.rules[*].resources}", "secrets"),
        Line("get rolebinding reads -o jsonpath={.subjects[*].name}", "^joe$"),
        Line("set subject rolebinding reads --serviceaccount=OURS:robot", "subjects updated"),
        Line("auth can-i get secrets --as=system:serviceaccount:OURS:robot", "^yes$"),
        Line("get secrets --as=jane", 'User "jane" cannot list resource "secrets" in API group "" in the namespace', 1),
        Line("auth can-i * *", "^yes$"),
        Line("auth can-i get /logs/", "^yes$"),
        Line("auth can-i get nodes", "Warning: resource 'nodes' is not namespace scoped"),
    )


def test_roles_gather_what_others_grant(script: Script) -> None:
    script.run(
        Line("create clusterrole OURS-all --aggregation-rule=OURS=yes", "created"),
        Line("create clusterrole OURS-one --verb=get --resource=pods", "created"),
        Line("label clusterrole OURS-one OURS=yes", "labeled"),
        Line("wait --for=jsonpath={.rules[0].verbs[0]}=get clusterrole/OURS-all", "condition met"),
        Line("delete clusterrole OURS-all OURS-one", "deleted"),
    )


def test_tokens_are_made(script: Script) -> None:
    script.run(
        Line("create serviceaccount robot", "created"),
        Line('run holder --image=i --overrides={"spec":{"serviceAccountName":"robot"}}', "created"),
        Line("create token robot --duration=1m", "may not specify a duration less than 10 minutes", 1),
        Line("create token nobody", 'serviceaccounts "nobody" not found', 1),
        Line("create token robot --bound-object-kind=Pod --bound-object-name=none", 'pods "none" not found', 1),
    )
    plain = _claims(script, "create token robot --duration=1h --audience=one --audience=two")
    assert (plain["aud"], plain["exp"] - plain["iat"]) == (["one", "two"], 3600)
    assert plain["sub"] == f"system:serviceaccount:{script.namespace}:robot"
    bound = _claims(script, "create token robot --bound-object-kind=Pod --bound-object-name=holder")
    assert bound["kubernetes.io"]["pod"]["name"] == "holder"
    token = script.said(Line("create token robot", "^ey")).strip()
    anybody = "--kubeconfig=/dev/null --server=SERVER --insecure-skip-tls-verify".replace("SERVER", _server(script))
    script.run(
        Line(
            f"{anybody} --token={token} get --raw /api/v1/namespaces/OURS/secrets",
            'User "system:serviceaccount:OURS:robot" cannot list resource "secrets"',
            1,
        ),
        Line(f"{anybody} --token={token}x get pods", "Unauthorized|must be logged in", 1),
    )


def _claims(script: Script, command: str) -> Json:
    part = script.said(Line(command, "^ey")).split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def _server(script: Script) -> str:
    return script.said(Line("config view --minify -o jsonpath={.clusters[0].cluster.server}", "^https://")).strip()


def test_certificates_are_signed_or_not(script: Script) -> None:
    script.run(
        Line("create -f -", "OURS-good created", stdin=_request(f"{script.namespace}-good")),
        Line(
            "get csr OURS-good",
            r"^OURS-good +\S+ +kubernetes.io/kube-apiserver-client +kubernetes-admin +120m +Pending$",
        ),
        Line("certificate approve OURS-good", "approved"),
        Line("wait --for=jsonpath={.status.conditions[0].type}=Approved csr/OURS-good", "condition met"),
        Line("certificate deny OURS-good", "already Approved", 1),
        Line("create -f -", "created", stdin=_request(f"{script.namespace}-bad")),
        Line("certificate deny OURS-bad", "denied"),
        Line("get csr OURS-bad", r"Denied$"),
        Line("describe csr OURS-bad", r"^Status: +Denied$"),
        Line("delete csr OURS-good OURS-bad", "deleted"),
    )


def _request(name: str) -> str:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "jane")])
    made = x509.CertificateSigningRequestBuilder().subject_name(subject)
    pem = made.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(Encoding.PEM)
    spec = {
        "request": base64.b64encode(pem).decode(),
        "signerName": "kubernetes.io/kube-apiserver-client",
        "expirationSeconds": 7200,
        "usages": ["client auth"],
    }
    kind = {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest"}
    return json.dumps({**kind, "metadata": {"name": name}, "spec": spec})
