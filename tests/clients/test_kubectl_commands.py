"""Every stock kubectl that is installed, over the breadth of its commands, against one control plane.

Each line is a command and what it must print (a regular expression, found anywhere); the commands of one test build on
one another. What needs containers is in tests/e2e.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = [pytest.mark.kubectl, pytest.mark.slow]

SETTINGS = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm, labels: {a: b}}\ndata: {x: "VALUE"}\n'
WRONG = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: wrong}
spec:
  replica: 2
  selector: {matchLabels: {a: b}}
  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: b}]}}
"""
INVALID = """
apiVersion: v1
kind: Pod
metadata: {name: Invalid_Name}
spec: {containers: [{name: "A!", image: ""}]}
"""


class Line(NamedTuple):
    """A command, what it is to print, its exit code and its input."""

    command: str
    prints: str
    code: int = 0
    stdin: str = ""


def kubectls() -> list[Path]:
    """The kubectl on PATH, and those of other versions beside it (kubectl.1.27)."""
    found = shutil.which("kubectl")
    if found is None:
        return []
    beside = sorted(Path(found).resolve().parent.glob("kubectl.1.*"))
    return beside or [Path(found)]


@pytest.fixture(params=kubectls(), ids=lambda path: path.name)
def script(request: pytest.FixtureRequest, kubeconfig: Path, tmp_path: Path) -> Iterator[Script]:
    made = Script(request.param, tmp_path, kubeconfig)
    made.run(Line(f"create namespace {made.namespace}", "created"))
    yield made
    made.run(Line(f"delete namespace {made.namespace} --wait=false", "deleted"))


class Script:
    """Commands of one kubectl in a namespace of its own."""

    def __init__(self, binary: Path, home: Path, kubeconfig: Path):
        self._binary = binary
        self._environment = {"PATH": os.environ["PATH"], "HOME": str(home), "KUBECONFIG": str(kubeconfig)}
        self.namespace = binary.name.replace(".", "-")

    def minor_version(self) -> int:
        """28 of 1.28."""
        command = [str(self._binary), "version", "--client", "--output", "json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
        return int(json.loads(done.stdout)["clientVersion"]["minor"].rstrip("+"))

    def run(self, *lines: Line) -> None:
        for line in lines:
            words = [word.replace("~", " ") for word in line.command.split()]
            done = subprocess.run(
                [str(self._binary), "--namespace", self.namespace, *words],
                input=line.stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                env=self._environment,
                timeout=30,
                check=False,
            )
            said = f"kubectl {line.command}: exit code {done.returncode}\n{done.stdout}"
            assert done.returncode == line.code, said
            assert re.search(line.prints, done.stdout, re.MULTILINE), f"{said}\nexpected: {line.prints}"


def test_workloads_are_made_changed_and_rolled(script: Script) -> None:
    script.run(
        Line("create deployment web --image=nginx:1.25 --replicas=2", "deployment.apps/web created"),
        Line("get deployment web -o wide", r"^NAME +READY +UP-TO-DATE +AVAILABLE +AGE +CONTAINERS +IMAGES +SELECTOR$"),
        Line("autoscale deployment web --min=1 --max=3 --cpu-percent=50", "autoscaled"),
        Line("get hpa web", r"^web +Deployment/web +(cpu: )?<unknown>/50% +1 +3 +0 +"),
        Line("delete hpa web", "deleted"),
        Line("expose deployment web --port=80 --target-port=http", "service/web exposed"),
        Line("set image deployment/web nginx=nginx:1.26", "image updated"),
        Line("set env deployment/web A=B", "env updated"),
        Line("set env deployment/web --list", "^A=B$"),
        Line("set resources deployment web --limits=cpu=200m,memory=512Mi", "resource requirements updated"),
        Line("set serviceaccount deployment web default", "serviceaccount updated"),
        Line("set selector service web app=web", "selector updated"),
        Line("rollout history deployment web", "^REVISION +CHANGE-CAUSE$"),
        Line("rollout undo deployment web", "rolled back"),
        Line("rollout pause deployment web", "paused"),
        Line("rollout resume deployment web", "resumed"),
        Line("rollout restart deployment web", "restarted"),
        Line("scale deployment web --replicas=3", "scaled"),
        Line("scale deployment web --replicas=4 --current-replicas=9", "[Ee]xpected replicas", 1),
        Line("describe deployment web", r"^RollingUpdateStrategy: +25% max unavailable, 25% max surge$"),
        Line("create job once --image=busybox -- date", "job.batch/once created"),
        Line("get job once", r"^once +(Running +)?0/1 "),
        Line("create cronjob often --image=busybox --schedule=*/5~*~*~*~* -- date", "cronjob.batch/often created"),
        Line("get cronjob often", r"^often +\*/5 \* \* \* \* "),
        Line("create job now --from=cronjob/often", "job.batch/now created"),
        Line("wait --for=condition=Available deployment/web --timeout=1s", "timed out waiting for the condition", 1),
        Line("delete deployment,job,cronjob --all", 'deployment.apps "web" deleted'),
    )


def test_every_kind_that_has_a_command_is_made_and_shown(script: Script) -> None:
    script.run(
        Line("create ingress site --rule=a.example/x*=web:80,tls=secret", "ingress.networking.k8s.io/site created"),
        Line("get ingress site", r"^site +<none> +a\.example +80, 443 "),
        Line("create poddisruptionbudget some --selector=app=web --min-available=1", "created"),
        Line("get pdb some", r"^some +1 +N/A +0 "),
        Line("create quota few --hard=pods=5", "resourcequota/few created"),
        Line("describe quota few", r"^pods +0 +5$"),
        Line("create role reader --verb=get --resource=pods", "created"),
        Line("create rolebinding reads --role=reader --serviceaccount=x:default", "created"),
        Line("auth can-i get pods --as=system:serviceaccount:x:default", "^yes$"),
        Line("auth can-i delete pods --as=system:serviceaccount:x:default", "^no", 1),
        Line("create serviceaccount robot", "created"),
        Line("create token robot --duration=10m", r"^eyJ"),
        Line("create secret generic keys --from-literal=a=b", "created"),
        Line("create secret docker-registry login --docker-username=u --docker-password=p", "created"),
        Line("get secret login", r"^login +kubernetes\.io/dockerconfigjson +1 "),
        Line("create service nodeport open --tcp=80:8080", "created"),
        Line("get service open", r"^open +NodePort +10\.\d+\.\d+\.\d+ +<none> +80:3\d+/TCP "),
        Line("create service externalname away --external-name=example.com", "created"),
        Line("get flowschemas exempt", r"^exempt +exempt +1 +<none> +\d+\w+ +False$"),
        Line("get prioritylevelconfigurations catch-all", r"^catch-all +Limited +5 +<none> +<none> +<none> "),
        Line("get apiservices v1.apps", r"^v1\.apps +Local +True "),
        Line("get priorityclass system-node-critical", r"^system-node-critical +2000001000 +false "),
        Line("get storageclass,csidriver,csinode,volumeattachment", "No resources found"),
        Line("api-resources --api-group=apps", r"^deployments +deploy +apps/v1 +true +Deployment$"),
        Line("api-versions", r"^networking\.k8s\.io/v1$"),
        Line("cluster-info", "is running at"),
        Line("version", "Server Version"),
    )


def test_objects_are_read_in_every_form(script: Script) -> None:
    script.run(
        Line("run p --image=nginx --labels=a=b", "pod/p created"),
        Line("label pod p x=y", "labeled"),
        Line("label pod p x=z", "already has a value", 1),
        Line("annotate pod p note=hi", "pod/p annotate"),
        Line("get pods --show-labels", r"^p +0/1 +Pending +0 +\S+ +a=b,x=y$"),
        Line("get pods -l x=y -o name", "^pod/p$"),
        Line("get pods -l x!=y", "No resources found"),
        Line("get pods --field-selector=status.phase=Pending -o custom-columns=N:.metadata.name", "^N$\n^p$"),
        Line("get pods --sort-by=.metadata.name", "^p "),
        Line("get pod p -o jsonpath={.metadata.labels.a}", "^b$"),
        Line("get pod p -o go-template={{.metadata.name}}", "^p$"),
        Line("get pod p -o yaml", "^kind: Pod$"),
        Line("get --raw /api/v1/namespaces/default", '"kind":"Namespace"'),
        Line("describe pod p", "^QoS Class: +BestEffort$"),
        Line("events --for pod/p", "FailedScheduling"),
        Line("get events", "FailedScheduling"),
        Line("get pod absent", r'^Error from server \(NotFound\): pods "absent" not found$', 1),
        Line("get nothing", """the server doesn't have a resource type "nothing\"""", 1),
        Line("explain pod.spec.containers.ports", "containerPort"),
        Line("explain hpa --api-version=autoscaling/v1", "HorizontalPodAutoscaler"),
        Line("explain crd.spec.versions", "schema"),
        Line("delete pod p --grace-period=0 --force", "force deleted"),
    )


def test_objects_are_applied_patched_and_replaced(script: Script) -> None:
    first, second = SETTINGS.replace("VALUE", "1"), SETTINGS.replace("VALUE", "2")
    script.run(
        Line("diff -f -", r'^\+  x: "1"$', 1, first),
        Line("apply -f -", "^configmap/cm created$", stdin=first),
        Line("apply -f -", "^configmap/cm unchanged$", stdin=first),
        Line("diff -f -", r'^\+  x: "2"$', 1, second),
        Line("apply -f - --dry-run=server", r"^configmap/cm configured \(server dry run\)$", stdin=second),
        Line("apply view-last-applied configmap cm", 'x: "1"'),
        Line(
            "apply --server-side --field-manager=other -f -", "conflict.* with .*kubectl-client-side-apply", 1, second
        ),
        Line("apply --server-side --field-manager=other --force-conflicts -f -", "serverside-applied", stdin=second),
        Line("get configmap cm -o yaml --show-managed-fields", "manager: other"),
        Line('patch configmap cm -p {"data":{"y":"3"}}', "patched"),
        Line('patch configmap cm --type=json -p [{"op":"test","path":"/data/y","value":"4"}]', "", 1),
        Line('patch configmap cm --type=merge -p {"data":{"y":null}}', "patched"),
        Line("get configmap cm -o jsonpath={.data}", r'^\{"x":"2"\}$'),
        Line("replace -f -", "^configmap/cm replaced$", stdin=first),
        Line("replace --force -f -", "^configmap/cm replaced$", stdin=first),
        Line("create -f -", 'Error from server .*configmaps "cm" already exists$', 1, first),
        Line("apply -f -", 'unknown field "spec.replica"', 1, WRONG),
        Line("create -f - --validate=ignore", r"The Pod \"Invalid_Name\" is invalid: ?$", 1, INVALID),
        Line("create -f - --validate=ignore", r"^\* spec\.containers\[0\]\.image: Required value$", 1, INVALID),
        Line("taint nodes none a=b:NoSchedule", "not found", 1),
        Line("delete configmap cm", '^configmap "cm" deleted'),
        Line("delete configmap cm", "NotFound", 1),
        Line("delete configmap cm --ignore-not-found", ""),
    )


def test_who_one_is(script: Script) -> None:
    if script.minor_version() >= 28:
        script.run(Line("auth whoami", "kubernetes-admin"))
    else:  # it asks for a version of the review that is gone
        script.run(Line("auth whoami", "enable APISelfSubjectReview", 1))
