"""The core group: one file a resource (`pod.py`, `service.py` …), with its shape and its `DEFINITION`.

Parts of shapes that several resources have: `affinity`, `container`, `env`, `probe`, `reference`,
`security_context`, `volume`, `pod_status`.

What is decided of pods by more than the API server, as pure functions:
- `pod_resources`: requests, limits, quality of service, in integers
- `pod_conditions`: ready, available, active, terminal
- `taints`, `node_affinity`: which nodes a pod goes with

Rules: `pod_validation`, `service_validation` and `node_validation` for the resources; `pod_spec_validation` for a spec
in a pod or a template, on top of `container_`, `env_`, `mount_`, `path_`, `probe_`, `resource_`, `security_`,
`affinity_`, `volume_` and `plugin_volume_validation`. Defaults: `pod_defaults`. What the server writes itself:
`pod_preparation`, `service_preparation`. Columns: `pod_columns`.
"""
