"""Plugins that are off until ``--enable-admission-plugins`` names them. One file a plugin.

- `always_deny`, `namespace_auto_provision`, `namespace_exists`
- `always_pull_images`, `limit_pod_hard_anti_affinity_topology`, `pod_node_selector`, `pod_toleration_restriction`,
  `extended_resource_toleration`: about pods; `image_policy_webhook` asks somebody else about their images
- `event_rate_limit`, `deny_service_external_ips`, `owner_references_permission_enforcement`

Counterpart: plugin/pkg/admission.
"""
