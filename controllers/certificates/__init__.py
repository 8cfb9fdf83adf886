"""CertificateSigningRequests from asked for to signed to forgotten.

    created → approver (kubelets that may) or a person → Approved → signer → status.certificate → cleaner, later

- `requests`: what a request asks for, and which of the four signers of kubernetes.io takes it; pure.
- `signing`: the certificate that answers a request; pure but for the CA's files.
- `signer`, `approver`, `cleaner`: the loops.

Counterpart: pkg/controller/certificates.
"""
