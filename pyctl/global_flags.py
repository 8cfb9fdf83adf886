"""The flags that every command has, and groups of flags that many have."""

from __future__ import annotations

from pybernetes.pyctl.flags import Flag

GLOBAL_FLAGS = (
    Flag("kubeconfig", help="Path to the kubeconfig file to use for CLI requests."),
    Flag("context", help="The name of the kubeconfig context to use"),
    Flag("cluster", help="The name of the kubeconfig cluster to use"),
    Flag("user", help="The name of the kubeconfig user to use"),
    Flag("namespace", short="n", help="If present, the namespace scope for this CLI request"),
    Flag("server", short="s", help="The address and port of the Kubernetes API server"),
    Flag("token", help="Bearer token for authentication to the API server"),
    Flag("as", help="Username to impersonate for the operation."),
    Flag("as-group", "array", (), help="Group to impersonate for the operation, may be repeated."),
    Flag("as-uid", help="UID to impersonate for the operation."),
    Flag("certificate-authority", help="Path to a cert file for the certificate authority"),
    Flag("client-certificate", help="Path to a client certificate file for TLS"),
    Flag("client-key", help="Path to a client key file for TLS"),
    Flag("tls-server-name", help="Server name to use for server certificate validation"),
    Flag("insecure-skip-tls-verify", "bool", False, help="Do not check the server's certificate: insecure"),
    Flag("request-timeout", default="0", help="How long to wait for a single request; 0 is without end"),
    Flag("warnings-as-errors", "bool", False, help="Treat warnings received from the server as errors"),
    Flag("v", "int", 0, short="v", help="Log level: 6 shows requests, 8 their bodies"),
    Flag("help", "bool", False, short="h", help="Show the help of this command"),
)

FILENAME = Flag("filename", "slice", (), short="f", help="Filename, directory, or URL to files to use")
RECURSIVE = Flag("recursive", "bool", False, short="R", help="Process the directory used in -f recursively.")
FILES = (FILENAME, RECURSIVE)
SELECTOR = Flag("selector", short="l", help="Selector (label query) to filter on: k=v, k!=v, k in (a,b), k, !k")
FIELD_SELECTOR = Flag("field-selector", help="Selector (field query) to filter on: k=v, k!=v")
ALL_NAMESPACES = Flag("all-namespaces", "bool", False, short="A", help="Look in all namespaces.")
ALL = Flag("all", "bool", False, help="Select all resources of the types, in the namespace")
DRY_RUN = Flag("dry-run", default="none", bare="unchanged", help='"none", "server", or "client": say, do not do')
OUTPUT = Flag(
    "output", short="o", help="Output format: json, yaml, name, jsonpath=…, jsonpath-file=…, custom-columns=…, wide"
)
SHOW_MANAGED_FIELDS = Flag("show-managed-fields", "bool", False, help="Keep managedFields when printing json or yaml.")
TEMPLATE = Flag("template", help="The template, when -o is jsonpath or custom-columns without one")
PRINTING = (OUTPUT, SHOW_MANAGED_FIELDS, TEMPLATE)
FIELD_MANAGER = Flag("field-manager", help="Name of the manager used to track field ownership.")
VALIDATE = Flag("validate", default="strict", bare="strict", help='"strict", "warn" or "ignore" unknown fields')
TIMEOUT = Flag("timeout", "duration", 0, help="How long to wait; 0 is without end")
