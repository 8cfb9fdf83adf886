"""One valid object of every kind that is served, with nothing in it but what must be there."""

from __future__ import annotations

import base64
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from pybernetes.api.object import Json, deep_copy
from pybernetes.api.resources import Resource

_LABELS = {"app": "web"}
_SELECTOR = {"matchLabels": _LABELS}
_POD_SPEC: Json = {"containers": [{"name": "main", "image": "busybox:1.36"}]}
_TEMPLATE: Json = {"metadata": {"labels": _LABELS}, "spec": _POD_SPEC}
_JOB_TEMPLATE: Json = {"spec": {"template": {"spec": {**_POD_SPEC, "restartPolicy": "Never"}}}}
_ROLE_REF = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
_ATTRIBUTES = {"resourceAttributes": {"verb": "get", "resource": "pods"}}

_NAMED_RULE = {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["deployments"]}

# By qualified name, all but apiVersion, kind and metadata.
_BODIES: dict[str, Json] = {
    "bindings": {"target": {"kind": "Node", "name": "n1"}},
    "configmaps": {},
    "endpoints": {},
    "events": {"involvedObject": {"namespace": "default", "kind": "Pod", "name": "p"}},
    "events.events.k8s.io": {
        "eventTime": "2026-01-01T00:00:00.000000Z",
        "regarding": {"namespace": "default", "kind": "Pod", "name": "p"},
        "reason": "Started",
        "action": "Start",
        "type": "Normal",
        "reportingController": "example.com/agent",
        "reportingInstance": "agent-1",
    },
    "limitranges": {"spec": {"limits": [{"type": "Pod", "max": {"cpu": "1"}}]}},
    "namespaces": {},
    "nodes": {},
    "persistentvolumeclaims": {
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    },
    "persistentvolumes": {
        "spec": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}, "hostPath": {"path": "/tmp"}}
    },
    "pods": {"spec": _POD_SPEC},
    "podtemplates": {"template": _TEMPLATE},
    "replicationcontrollers": {"spec": {"selector": _LABELS, "template": _TEMPLATE}},
    "resourcequotas": {"spec": {"hard": {"pods": "5"}}},
    "secrets": {},
    "serviceaccounts": {},
    "services": {"spec": {"ports": [{"port": 80}]}},
    "controllerrevisions.apps": {"revision": 1, "data": {"spec": {}}},
    "daemonsets.apps": {"spec": {"selector": _SELECTOR, "template": _TEMPLATE}},
    "deployments.apps": {"spec": {"selector": _SELECTOR, "template": _TEMPLATE}},
    "replicasets.apps": {"spec": {"selector": _SELECTOR, "template": _TEMPLATE}},
    "statefulsets.apps": {"spec": {"selector": _SELECTOR, "template": _TEMPLATE, "serviceName": "s"}},
    "selfsubjectreviews.authentication.k8s.io": {},
    "tokenreviews.authentication.k8s.io": {"spec": {"token": "x"}},
    "localsubjectaccessreviews.authorization.k8s.io": {
        "spec": {"user": "u", "resourceAttributes": {"namespace": "default", "verb": "get", "resource": "pods"}}
    },
    "selfsubjectaccessreviews.authorization.k8s.io": {"spec": _ATTRIBUTES},
    "selfsubjectrulesreviews.authorization.k8s.io": {"spec": {"namespace": "default"}},
    "subjectaccessreviews.authorization.k8s.io": {"spec": {"user": "u", **_ATTRIBUTES}},
    "horizontalpodautoscalers.autoscaling": {
        "spec": {
            "maxReplicas": 3,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"},
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
                }
            ],
        }
    },
    "cronjobs.batch": {"spec": {"schedule": "* * * * *", "jobTemplate": _JOB_TEMPLATE}},
    "jobs.batch": _JOB_TEMPLATE,
    "leases.coordination.k8s.io": {},
    "endpointslices.discovery.k8s.io": {"addressType": "IPv4", "endpoints": []},
    "ingressclasses.networking.k8s.io": {"spec": {"controller": "example.com/ingress"}},
    "ingresses.networking.k8s.io": {"spec": {"defaultBackend": {"service": {"name": "s", "port": {"number": 80}}}}},
    "ipaddresses.networking.k8s.io": {
        "spec": {"parentRef": {"group": "", "resource": "services", "namespace": "default", "name": "s"}}
    },
    "networkpolicies.networking.k8s.io": {"spec": {"podSelector": {}}},
    "servicecidrs.networking.k8s.io": {"spec": {"cidrs": ["10.9.0.0/24"]}},
    "runtimeclasses.node.k8s.io": {"handler": "vm"},
    "poddisruptionbudgets.policy": {"spec": {"maxUnavailable": 1, "selector": _SELECTOR}},
    "clusterrolebindings.rbac.authorization.k8s.io": {"roleRef": _ROLE_REF},
    "clusterroles.rbac.authorization.k8s.io": {},
    "rolebindings.rbac.authorization.k8s.io": {"roleRef": _ROLE_REF},
    "roles.rbac.authorization.k8s.io": {},
    "priorityclasses.scheduling.k8s.io": {"value": 7},
    "csidrivers.storage.k8s.io": {"spec": {}},
    "csinodes.storage.k8s.io": {"spec": {"drivers": []}},
    "csistoragecapacities.storage.k8s.io": {"storageClassName": "fast"},
    "storageclasses.storage.k8s.io": {"provisioner": "example.com/disk"},
    "volumeattachments.storage.k8s.io": {
        "spec": {"attacher": "disk.example.com", "nodeName": "n1", "source": {"persistentVolumeName": "v"}}
    },
    "customresourcedefinitions.apiextensions.k8s.io": {
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
                }
            ],
        }
    },
    "mutatingadmissionpolicies.admissionregistration.k8s.io": {
        "spec": {
            "reinvocationPolicy": "Never",
            "matchConstraints": {"resourceRules": [_NAMED_RULE]},
            "mutations": [
                {
                    "patchType": "ApplyConfiguration",
                    "applyConfiguration": {"expression": "Object{metadata: Object.metadata{}}"},
                }
            ],
        }
    },
    "mutatingadmissionpolicybindings.admissionregistration.k8s.io": {"spec": {"policyName": "p"}},
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": {},
    "validatingadmissionpolicies.admissionregistration.k8s.io": {
        "spec": {"matchConstraints": {"resourceRules": [_NAMED_RULE]}, "validations": [{"expression": "true"}]}
    },
    "validatingadmissionpolicybindings.admissionregistration.k8s.io": {
        "spec": {"policyName": "p", "validationActions": ["Deny"]}
    },
    "validatingwebhookconfigurations.admissionregistration.k8s.io": {},
    "apiservices.apiregistration.k8s.io": {
        "spec": {
            "groupPriorityMinimum": 100,
            "versionPriority": 10,
            "insecureSkipTLSVerify": True,
            "service": {"name": "s", "namespace": "default"},
        }
    },
    "flowschemas.flowcontrol.apiserver.k8s.io": {
        "spec": {
            "priorityLevelConfiguration": {"name": "x1"},
            "matchingPrecedence": 900,
            "rules": [
                {
                    "subjects": [{"kind": "User", "user": {"name": "u"}}],
                    "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": ["/x"]}],
                }
            ],
        }
    },
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": {
        "spec": {"type": "Limited", "limited": {"limitResponse": {"type": "Reject"}}}
    },
    "deviceclasses.resource.k8s.io": {"spec": {}},
    "resourceclaims.resource.k8s.io": {
        "spec": {"devices": {"requests": [{"name": "r", "exactly": {"deviceClassName": "c"}}]}}
    },
    "resourceclaimtemplates.resource.k8s.io": {
        "spec": {"spec": {"devices": {"requests": [{"name": "r", "exactly": {"deviceClassName": "c"}}]}}}
    },
    "resourceslices.resource.k8s.io": {
        "spec": {
            "driver": "example.com",
            "nodeName": "n1",
            "pool": {"name": "p", "generation": 1, "resourceSliceCount": 1},
        }
    },
    "volumeattributesclasses.storage.k8s.io": {"driverName": "example.com/disk", "parameters": {"iops": "5"}},
}


@cache
def _signing_request() -> str:
    """A certificate request as the API carries it: PEM in base64."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "somebody")])
    key = ec.generate_private_key(ec.SECP256R1())
    pem = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, SHA256()).public_bytes(Encoding.PEM)
    return base64.b64encode(pem).decode()


def _body(resource: Resource) -> Json:
    if resource.plural == "certificatesigningrequests":
        signer = "kubernetes.io/kube-apiserver-client"
        return {"spec": {"request": _signing_request(), "signerName": signer, "usages": ["client auth"]}}
    body = deep_copy(_BODIES[resource.qualified_name])
    if resource.api_version == "autoscaling/v1":
        del body["spec"]["metrics"]
    return body  # type: ignore[no-any-return]


def name_for(resource: Resource, number: int = 1) -> str:
    """The number-th name for an object of the kind: an address or a domain where the name must be one."""
    if resource.plural == "customresourcedefinitions":
        return f"x{number}s.example.com"
    if resource.plural == "apiservices":
        return f"v{number}.example.com"
    return f"10.96.77.{number}" if resource.plural == "ipaddresses" else f"x{number}"


def minimal_object(resource: Resource, number: int = 1, **metadata: Any) -> Json:
    """A valid object. Raises KeyError for a kind that nobody has written one for."""
    about: Json = {"name": name_for(resource, number), **metadata}
    if resource.plural == "ipaddresses":
        kept = {"ipaddress.kubernetes.io/ip-family": "IPv4", "ipaddress.kubernetes.io/managed-by": "tests"}
        about["labels"] = {**kept, **about.get("labels", {})}
    body = _body(resource)
    if resource.plural == "apiservices":
        body["spec"] |= dict(zip(("version", "group"), about["name"].split(".", 1), strict=True))
    if resource.plural == "customresourcedefinitions":
        plural = about["name"].partition(".")[0]
        body["spec"]["names"] = {"plural": plural, "kind": plural.capitalize()}
    return {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": about, **body}
