"""Secrets at rest: what the store holds of chosen resources is encrypted, as --encryption-provider-config says.

    request → encode → EncryptedStore.create/update: encrypt → store
    store → EncryptedStore.get/list/watch: decrypt → watch cache → request

There is one narrow place, a `Store` around the store; without the flag it does not exist, and nothing is slower.

- `configuration`: the file, checked, as which providers each resource has.
- `transformers`: the providers, and the bytes they make. They are Kubernetes': a prefix that names provider and key,
  and the key of the store as authenticated data, so that a value cannot be moved to where another stands.
- `encrypted_store`: the store around the store; it remembers which values an older key wrote, so that an update
  which changes nothing writes them anew.
- `envelope`, `kms_plugin`, `kms_configuration`: values under keys that a key management plugin guards.
- `reload`: taking up a changed file while the server runs.

Counterpart: apiserver/pkg/storage/value and apiserver/pkg/server/options/encryptionconfig.
"""
