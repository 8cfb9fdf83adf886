"""The API server as a client of webhooks: of admission, of conversion, and of whatever is configured by clientConfig.

- `target`: where a clientConfig leads, and the URL that messages show
- `trust`: TLS with the CA of a clientConfig, and why a certificate was not trusted
- `client`: a JSON document is posted, a JSON document comes back, within a time
- `answers`: what an answer other than 200 means

Counterpart: apiserver/pkg/util/webhook. The texts of errors are those of Kubernetes and Go: people search for them.
"""
