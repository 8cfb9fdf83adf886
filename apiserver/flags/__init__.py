"""kube-apiserver's flags, by the sections that its --help has: a file a section, a field a flag.

`options.Options` is all of them as one; `component.flag_set` reads them. Authentication and authorization keep theirs
beside what they configure (`authn.options`, `authz.options`).

- `place`: where this server keeps what is its own; `storage`; `serving`; `service_accounts`; `admission`; `auditing`;
  `requests`: how many, how long, and how the server ends; `cluster`: kubelets, services, aggregation; `logging`.
- `accepted`: flags of kube-apiserver that have nothing to change here. They are taken, so that its command lines
  work as they are, and the log says so.
"""
