"""Who else has a say in a write: plugins that change an object on its way in, or refuse it.

One file a plugin; `plugins` has the order, which is Kubernetes'. All changes come before all refusals.

- `operation`: a write as plugins see it; `chain`: asks those that care about it, `reinvocation`: and when once more;
  `metrics`: how long it took; `managed_fields`: what webhooks may not break
- `namespace_lifecycle`, `limit_ranger`, `service_account`, `node_restriction`, `taint_nodes_by_condition`,
  `pod_security` (with `_subject`, `_baseline`, `_restricted` and `_levels`), `priority`,
  `default_toleration_seconds`, `default_storage_class`, `persistent_volume_claim_resize`, `runtime_class`,
  `certificate_signers` (three), `default_ingress_class`, `resource_quota`: the plugins, in their order
- `optional`: plugins that are off by default; `configuration`: what plugins are told
- `rules`, `matching`, `conditions`: which requests a webhook or a policy is for; `webhook`: asks HTTPS services
- `role_escalation`: after all of them, and always on
"""
