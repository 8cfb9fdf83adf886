"""The same calls through kubectl and pyctl, the same server, the same words."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.pyctl.conftest import PYCTL, call

pytestmark = pytest.mark.kubectl

OBJECTS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {tier: front}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}, annotations: {why: test}}
    spec:
      containers:
      - name: nginx
        image: nginx:1
        ports: [{containerPort: 80}]
        env: [{name: A, value: "1"}]
        resources: {limits: {cpu: 500m}}
        livenessProbe: {httpGet: {path: /, port: 80}}
        volumeMounts: [{name: v, mountPath: /v}]
      volumes: [{name: v, configMap: {name: settings}}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {a: "1", text: "x\\ny\\n", odd: "a: b #c", empty: ""}
---
apiVersion: v1
kind: Secret
metadata: {name: hidden}
data: {k: dg==}
---
apiVersion: v1
kind: Pod
metadata: {name: one, labels: {app: one}}
spec:
  nodeName: nowhere
  nodeSelector: {disk: ssd}
  initContainers: [{name: init, image: busybox, command: [sh, -c, "true"]}]
  containers: [{name: main, image: "nginx:1"}, {name: side, image: "busybox"}]
"""

READING = [
    "get all",
    "get deploy,svc,cm,secret,po",
    "get pods -o wide",
    "get deploy web -o yaml",
    "get deploy web -o json",
    "get cm settings -o yaml",
    "get cm,secret -o json",
    "get pods one -o yaml",
    "get svc --show-labels -L app,tier",
    "get deploy --no-headers",
    "get deploy/web svc/web",
    "get deploy -o name",
    "get po,svc -o name",
    "get pods nope",
    "get pods one nope",
    "get pods -l app=nope",
    "get nope",
    "get pods -o nope",
    "get pods --field-selector=metadata.name=one",
    "get cm --sort-by=.metadata.name",
    "get po -o jsonpath={.items[*].spec.containers[*].image}",
    "get po -o jsonpath={range.items[*]}{.metadata.name}{end}",
    "get po -o jsonpath={.items[?(@.metadata.name=='one')].spec.containers[-1:].name}",
    "get po -o custom-columns=N:.metadata.name,I:.spec.containers[*].image,X:.nope",
    "get pod one -o jsonpath={.metadata.labels}",
    "get ns default",
    "get crd",
    "describe deploy web",
    "describe svc web",
    "describe secret hidden",
    "describe pod one",
    "describe pod nope",
    "explain deploy.spec.strategy",
    "explain pods --recursive",
    "explain pods.nope",
    "api-resources -o name",
    "api-versions",
    "auth can-i get pods",
    "auth can-i get pods --as=nobody",
    "auth whoami",
    "top pods",
    "rollout history deploy/web",
    "logs nope",
    "logs",
    "exec nope -- ls",
    "exec one",
    "exec one ls",
    "wait pod/one --for=jsonpath={.metadata.name}=one --timeout=1s",
    "wait pod/one --for=condition=Ready --timeout=0s",
    "wait pod/nope --for=condition=Ready --timeout=0s",
    "delete cm",
    "delete cm nope",
    "label cm settings",
    "create -f nothing.yaml",
    "apply -f nothing.yaml",
]

CHANGING = [
    "apply -f objects.yaml",
    "apply -f objects.yaml",
    "create -f objects.yaml",
    "apply -f objects.yaml --dry-run=server",
    "apply -f objects.yaml --dry-run=client",
    "scale deploy/web --replicas=3",
    "scale deploy/web --replicas=3 --current-replicas=1",
    "set image deploy/web nginx=nginx:2",
    "set image deploy/web nope=nginx:2",
    "set env deploy/web B=2 A-",
    "set env deploy/web --list",
    "set resources deploy/web --requests=cpu=100m",
    "rollout pause deploy/web",
    "rollout pause deploy/web",
    "rollout resume deploy/web",
    "rollout restart deploy/web",
    "rollout undo deploy/web",
    "label cm settings a=b",
    "label cm settings a=c",
    "label cm settings a=c --overwrite",
    "label cm settings a-",
    "annotate cm settings a=b",
    "annotate cm settings a-",
    'patch cm settings -p {"data":{"z":"1"}}',
    'patch cm settings -p {"data":{"z":"1"}}',
    "get cm settings -o jsonpath={.data}",
    "get deploy web -o jsonpath={.spec.template.spec}",
    "expose deploy web --name=web2 --port=81",
    "expose deploy web --name=web2 --port=81",
    "run two --image=nginx --labels=x=y -- sleep 1",
    "create cm made --from-literal=a=1",
    "create cm made --from-literal=a=1",
    "create quota q --hard=pods=2 --dry-run=server -o name",
    "delete pod two --now --wait=false",
    "delete svc web2 nope",
    "delete -f objects.yaml --wait=false --grace-period=0 --force",
    "delete cm --all",
]

UNSTABLE = [
    (re.compile(r"\b(uid|resourceVersion): .*"), r"\1: …"),
    (re.compile(r'"(uid|resourceVersion)": "[^"]*"'), r'"\1": "…"'),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[Z+0-9:.]*"), "MOMENT"),
    (re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000"), "MOMENT"),
    (re.compile(r" +\d+s\b"), " AGE"),
    (re.compile(r"\b10\.\d+\.\d+\.\d+ *"), "ADDRESS"),
    (re.compile(r"kube-api-access-\w+"), "kube-api-access"),
    (re.compile(r"(?m)^E\d{4} .*\n"), ""),
    (re.compile(r"kubectl"), "pyctl"),
    (re.compile(r"-{2,} +"), "-- "),
]
KNOWN = {  # kubectl 1.32 says something else here than 1.36 does, or more than a user is helped by
    "get pods -o nope": "kubectl lists go-template among the formats",
    "describe deploy web": "without controllers kubectl 1.32 leaves out the lines of replica sets",
    "describe pod one": "1.36 writes Optional where 1.32 wrote ConfigMapOptional",
    "delete cm": "kubectl adds examples",
}


def stable(text: str) -> str:
    """The text with what differs from run to run taken out."""
    for pattern, replacement in UNSTABLE:
        text = pattern.sub(replacement, text)
    return text


@pytest.fixture(scope="module")
def kubectl() -> tuple[str, ...]:
    path = shutil.which("kubectl")
    if path is None:
        pytest.fail("kubectl is not on PATH")
    return (path,)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("objects")
    (made / "objects.yaml").write_text(OBJECTS)
    return made


@pytest.fixture(scope="module")
def filled(kubeconfig: Path, folder: Path) -> str:
    """A namespace with objects to look at."""
    name = "compared"
    assert call(PYCTL, kubeconfig, "create", "ns", name).code == 0
    assert call(PYCTL, kubeconfig, "-n", name, "create", "sa", "default").code == 0
    applied = call(PYCTL, kubeconfig, "-n", name, "apply", "-f", str(folder / "objects.yaml"))
    assert applied.code == 0, applied.err
    return name


@pytest.mark.parametrize("words", [words for words in READING if words not in KNOWN])
def test_reading(kubectl: tuple[str, ...], kubeconfig: Path, filled: str, folder: Path, words: str) -> None:
    theirs, ours = (call(command, kubeconfig, "-n", filled, *words.split(), cwd=folder) for command in (kubectl, PYCTL))
    assert (ours.code, stable(ours.out), stable(ours.err)) == (theirs.code, stable(theirs.out), stable(theirs.err))


@pytest.fixture(scope="module")
def changes(kubectl: tuple[str, ...], kubeconfig: Path, folder: Path) -> dict[str, list[tuple[int, str, str]]]:
    """What each program said to the whole story, each in a namespace of its own."""
    told: dict[str, list[tuple[int, str, str]]] = {}
    for who, command in (("theirs", kubectl), ("ours", PYCTL)):
        assert call(PYCTL, kubeconfig, "create", "ns", who).code == 0
        assert call(PYCTL, kubeconfig, "-n", who, "create", "sa", "default").code == 0
        told[who] = []
        for words in CHANGING:
            result = call(command, kubeconfig, "-n", who, *words.split(), cwd=folder)
            told[who].append((result.code, stable(result.out), stable(result.err).replace("theirs", "ours")))
    return told


@pytest.mark.parametrize("step", range(len(CHANGING)), ids=CHANGING)
def test_changing(changes: dict[str, list[tuple[int, str, str]]], step: int) -> None:
    assert changes["ours"][step] == changes["theirs"][step]
