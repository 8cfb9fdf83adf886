"""What every process of ours has, whichever part it plays: a clock, logs, metrics, a health endpoint.

- `clock`: time, injected, so that tests never wait for it
- `logs`: structured lines on standard error
- `health_checks`: the answers of /healthz, /readyz and /livez; `serving`: these and /metrics over HTTP
- `jws`, `signing_keys`: the tokens of service accounts, signed and verified
- `flags`: options that all components share; `flag_set`: flags as fields of dataclasses, read as pflag reads them
- `process`: running a component until it is told to stop

The counterpart in Kubernetes is component-base.
"""
