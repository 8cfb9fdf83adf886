"""The cluster's own certificates and signing keys, made at the first start and renewed while it runs.

- `files`: writing a file whole or not at all, and one writer at a time in a directory.
- `ca`: a certificate authority, kept in two files.
- `certificates`: profiles (who a certificate is for, what it may do) and issuing them.
- `service_account_keys`: the key that signs service account tokens.
- `control_plane`: `ensure_pki`, everything that one control plane needs, in kubeadm's file names.
- `rotation`: renewing a certificate at 80 % of its life without a restart.
- `kubeconfig`: credentials of users and components as kubeconfig values.

Keys are EC P-256: a handshake costs a fraction of what RSA's does.
"""
