"""Admission webhooks: HTTPS services that are asked about writes.

- `configurations`: the webhooks of all configurations, in their order, and which a kind of request can concern
- `review`: the question (AdmissionReview) and what an answer must be
- `calling`: one webhook asked once, and what follows from its answer or its silence
- `plugin`: what the two plugins have in common; `mutating`, `validating`: the plugins

Counterpart: apiserver/pkg/admission/plugin/webhook.
"""
