"""Every stock kubectl marks, empties and measures nodes. Nobody runs them: what a kubelet would say, the test says."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients import metrics_server
from tests.clients.kubectl import Line, Script

pytestmark = [pytest.mark.kubectl, pytest.mark.slow]

NODE: dict[str, object] = {
    "apiVersion": "v1",
    "kind": "Node",
    "status": {"capacity": {"cpu": "2", "memory": "1Gi", "pods": "10"}},
}
POD = """
apiVersion: v1
kind: Pod
metadata: {name: NAME, labels: {app: NAME}}
spec: {nodeName: NODE, terminationGracePeriodSeconds: 0, containers: [{name: c, image: i}]}
"""
RUNS = '{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}'
MAY_GO = (
    '{"status":{"observedGeneration":1,"disruptionsAllowed":%d,"expectedPods":1,"currentHealthy":1,"desiredHealthy":0}}'
)
TAINTS = "-o go-template={{range~.spec.taints}}{{.key}}={{.value}}:{{.effect}};{{end}}"
API_SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: metrics, namespace: default}
spec: {type: ExternalName, externalName: localhost}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.metrics.k8s.io}
spec:
  group: metrics.k8s.io
  version: v1beta1
  groupPriorityMinimum: 100
  versionPriority: 100
  insecureSkipTLSVerify: true
  service: {namespace: default, name: metrics, port: PORT}
"""


def node(name: str) -> str:
    return json.dumps({**NODE, "metadata": {"name": name, "labels": {"test": name}}})


@pytest.fixture
def own_node(script: Script) -> Iterator[str]:
    name = f"node-{script.namespace}"
    script.run(Line("create -f -", "created", stdin=node(name)))
    yield name
    script.run(Line(f"delete node {name}", "deleted"))


def test_a_node_is_marked(script: Script, own_node: str) -> None:
    unschedulable = f"get node {own_node} -o jsonpath={{.spec.unschedulable}}"
    script.run(
        Line(f"taint node {own_node} one=x:PreferNoSchedule two:NoExecute --dry-run=server", "tainted"),
        Line(f"taint node {own_node} one=x:PreferNoSchedule two:NoExecute", f"node/{own_node} tainted"),
        Line(f"get node {own_node} {TAINTS}", "one=x:PreferNoSchedule;two=<no value>:NoExecute;"),
        Line(f"taint node {own_node} one=y:PreferNoSchedule", "already has", 1),
        Line(f"taint node {own_node} one=y:PreferNoSchedule --overwrite", "modified"),
        Line(f"taint node {own_node} two-", "untainted"),
        Line(f"get node {own_node} {TAINTS}", r"^(?!.*two)(.*;)?one=y:PreferNoSchedule;"),
        Line(
            f"get node {own_node} --show-managed-fields -o jsonpath={{.metadata.managedFields[*].manager}}",
            "kubectl-taint",
        ),
        Line("taint node absent a=b:NoSchedule", 'nodes "absent" not found', 1),
        Line(f"cordon {own_node} --dry-run=server", "cordoned .server dry run.$"),
        Line(unschedulable, r"\A\Z"),
        Line(f"cordon -l test={own_node}", "cordoned$"),
        Line(unschedulable, "^true$"),
        Line(f"cordon {own_node}", "already cordoned$"),
        Line(f"get node {own_node}", rf"^{own_node} +\w+,SchedulingDisabled +<none> "),
        Line(f"uncordon {own_node}", "uncordoned$"),
        Line(unschedulable, r"\A\Z"),
        Line(f"describe node {own_node}", r"^Capacity:\n +cpu: +2\n +memory: +1Gi\n +pods: +10$"),
    )


def test_a_node_is_drained_as_budgets_allow(script: Script, own_node: str) -> None:
    free, guarded = (POD.replace("NODE", own_node).replace("NAME", name) for name in ("free", "guarded"))
    script.run(
        Line("create -f -", "created", stdin=f"{free}---{guarded}"),
        Line(f"patch pod guarded --subresource=status -p {RUNS}", "patched"),
        Line("create poddisruptionbudget guard --selector=app=guarded --min-available=1", "created"),
        Line(f"patch pdb guard --subresource=status --type=merge -p {MAY_GO % 0}", "patched"),
        Line(f"drain {own_node}", "cannot delete .*Pods .*declare no controller", 1),
        Line(f"drain {own_node} --force --pod-selector=app=free --dry-run=server", "evicting pod OURS/free .*dry run"),
        Line("get pods -o name", "^pod/free\npod/guarded$"),
        Line(
            f"drain {own_node} --force --timeout=1s",
            "Cannot evict pod as it would violate the pod's disruption budget",
            1,
        ),
        Line("get pods -o name", r"\Apod/guarded\n\Z"),
        Line(f"patch pdb guard --subresource=status --type=merge -p {MAY_GO % 1}", "patched"),
        Line(f"drain {own_node} --force", f"node/{own_node} drained$"),
        Line("get pods", "No resources found"),
        Line("get pdb guard -o jsonpath={.status.disruptionsAllowed}", "^0$"),
        Line(f"get node {own_node} -o jsonpath={{.spec.unschedulable}}", "^true$"),
    )


def test_an_aggregated_server_measures(script: Script, tmp_path: Path) -> None:
    measured = node(metrics_server.NODE)
    pods = POD.replace("nodeName: NODE, ", "").replace("NAME", metrics_server.POD)
    with metrics_server.serving(tmp_path) as port:
        script.run(
            Line("top nodes", "Metrics API not available", 1),
            Line("create -f -", "created", stdin=measured),
            Line("create -f -", "created", stdin=pods),
            Line("apply -f -", "created", stdin=API_SERVICE.replace("PORT", str(port))),
            Line("wait --for=condition=Available apiservice/v1beta1.metrics.k8s.io --timeout=20s", "condition met"),
            Line("get apiservice v1beta1.metrics.k8s.io", r"^v1beta1.metrics.k8s.io +default/metrics +True "),
            Line("top nodes", rf"^{metrics_server.NODE} +500m +25% +256Mi +25% *$"),
            Line("top node --no-headers", rf"\A{metrics_server.NODE} "),
            Line("top pods", rf"^{metrics_server.POD} +42m +30Mi *$"),
            Line("top pods --containers", rf"^{metrics_server.POD} +side +12m +10Mi *$"),
            Line("top pods --sum=true", r"^ +42m +30Mi *$"),
            Line("get --raw /apis/metrics.k8s.io/v1beta1/nodes", '"usage"'),
            Line("api-resources --api-group=metrics.k8s.io", r"^pods +metrics.k8s.io/v1beta1 +true +PodMetrics$"),
            Line("delete apiservice v1beta1.metrics.k8s.io", "deleted"),
            Line(f"delete node {metrics_server.NODE}", "deleted"),
            Line("delete service metrics -n default", "deleted"),
        )


def test_a_proxy_passes_what_it_is_asked(script: Script) -> None:
    proxy = script.start("proxy --port=0 --www=. --reject-methods=DELETE")
    try:
        assert proxy.stdout is not None
        base = "http://" + proxy.stdout.readline().split()[-1]
        with urllib.request.urlopen(f"{base}/api/v1/namespaces/{script.namespace}", timeout=10) as answer:
            assert json.load(answer)["metadata"]["name"] == script.namespace
        request = urllib.request.Request(f"{base}/api/v1/namespaces/{script.namespace}", method="DELETE")
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(request, timeout=10)
        with urllib.request.urlopen(f"{base}/static/kubeconfig", timeout=10) as answer:
            assert script.namespace in answer.read().decode()
    finally:
        proxy.terminate()
        proxy.communicate(timeout=10)
