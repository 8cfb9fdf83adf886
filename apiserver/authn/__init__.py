"""Who makes a request: from its headers and its client certificate to a `User`.

`chain.Authenticator` asks, in Kubernetes' order: the front proxy's headers, the client certificate, the bearer
token (static, service account, bootstrap), and last nobody (anonymous). The first that knows the request decides;
a bearer token that none knows is an error even where anonymous requests are allowed.

Everything is synchronous, from memory, and cached by the raw bytes that were shown (the certificate's DER, the
Authorization header), so that all requests but the first of a client cost a dictionary look-up. What a cached answer
depends on (a service account, a pod, a secret) is watched, and the answer is dropped when it changes.

- `certificates`, `front_proxy`: by TLS client certificate, which `client_chains` verifies with the `intermediates` that
  were shown; `ca_reload`: a file of CAs that changes.
- `static_tokens`, `service_account_tokens`, `bootstrap_tokens`: by bearer token; `token_authenticator` says what
  they have in common, `token_cache` remembers; `legacy_token_use`: the day on which tokens in secrets were used.
- `oidc`: tokens of other issuers, with `oidc_provider` (their keys), `json_web_keys`, `claim_mapping`,
  `claim_expressions` and `distributed_claims`; `webhook_tokens`: tokens that only a webhook knows. What is not in
  memory is a question (`apiserver.questions`), asked between two tries.
- `options`, `authentication_configuration`, `jwt_issuers`, `reload`, `build`: what of all this a server has.
- `service_account_claims`: what they say; `token_request`: issuing them;
  `discovery`: the documents by which others verify them.
- `anonymous`; `impersonation`: acting as another user; `token_review`: the same question asked through the API.
"""
