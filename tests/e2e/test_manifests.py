"""Every example can be applied, and what it starts gets ready."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.launched import MANIFESTS, Cluster, is_ready, until

# nginx-rc.yaml, with its fixed node port, has a test of its own.
EXAMPLES = sorted(path for path in MANIFESTS.glob("*.yaml") if path.name != "nginx-rc.yaml")


@pytest.mark.parametrize("manifest", EXAMPLES, ids=lambda path: str(path.stem))
def test_an_example_gets_ready(cluster: Cluster, namespace: str, manifest: Path) -> None:
    cluster.pyctl("--namespace", namespace, "apply", "-f", str(manifest))

    def all_ready() -> bool:
        pods = cluster.items("pods", "--namespace", namespace)
        deployments = cluster.items("deployments", "--namespace", namespace)
        complete = all(each["status"].get("readyReplicas") == each["spec"]["replicas"] for each in deployments)
        return bool(pods) and complete and all(is_ready(pod) for pod in pods)

    until(f"{manifest.name} is ready", all_ready)
    assert "deleted" in cluster.pyctl("--namespace", namespace, "delete", "-f", str(manifest))
