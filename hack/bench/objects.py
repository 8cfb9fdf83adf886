"""The objects that the benchmarks write."""

from __future__ import annotations

import orjson


def pod(name: str, group: int) -> bytes:
    """A pod of about 3 KB once the server has filled it in."""
    return orjson.dumps(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": name,
                "labels": {"app": f"app-{group}", "tier": "web", "pod-template-hash": "5d4f8c7b9d"},
                "annotations": {"example.com/notes": "x" * 60},
            },
            "spec": {
                "automountServiceAccountToken": False,
                "containers": [
                    {
                        "name": "web",
                        "image": "registry.example.com/team/web:1.2.3",
                        "env": [{"name": f"SETTING_{n}", "value": "value " * 3} for n in range(3)],
                        "ports": [{"containerPort": 8080, "name": "http"}],
                        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
                        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}},
                        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
                    }
                ],
                "volumes": [{"name": "data", "emptyDir": {}}],
            },
        }
    )


def config_map(name: str, version: str = "") -> bytes:
    metadata = {"name": name} | ({"resourceVersion": version} if version else {})
    data = {"settings": "x" * 500, "of": version}  # an update that changes nothing is not written
    return orjson.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
