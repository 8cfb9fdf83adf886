"""Every stock kubectl reads objects in each form, watches them, waits for them, describes and explains them."""

from __future__ import annotations

import pytest

from tests.clients.kubectl import Line, Script

pytestmark = [pytest.mark.kubectl, pytest.mark.slow]

PODS = """
apiVersion: v1
kind: List
items:
- {kind: Pod, apiVersion: v1, metadata: {name: a, labels: {nr: "2"}}, spec: {containers: [{name: c, image: one}]}}
- {kind: Pod, apiVersion: v1, metadata: {name: b, labels: {nr: "1"}}, spec: {containers: [{name: c, image: two}]}}
"""
COLUMNS = "NAME IMAGE\nmetadata.name spec.containers[0].image\n"


def test_pods_are_printed_in_every_form(script: Script) -> None:
    script.file("columns", COLUMNS)
    script.run(
        Line("get pods", "^No resources found in OURS namespace.$"),
        Line("create -f -", "pod/a created\npod/b created", stdin=PODS),
        Line("get pods", r"^NAME +READY +STATUS +RESTARTS +AGE$\n^a +0/1 +Pending +0 +\S+$"),
        Line("get pods -o wide", r"^a .* <none> +<none> +<none> +<none>$"),
        Line("get pods --no-headers", r"\Aa +0/1"),
        Line("get pods --show-labels", r"^a +0/1 +Pending +0 +\S+ +nr=2$"),
        Line("get pods --label-columns=nr", r"^NAME .* +NR$\n^a .* +2$\n^b .* +1$"),
        Line("get pods --show-kind", r"^pod/a "),
        Line("get pods --sort-by=.metadata.labels.nr", r"^b .*\n^a "),
        Line("get pods --sort-by=.spec.containers[0].image -o name", "^pod/a\npod/b$"),
        Line("get pods --chunk-size=1 -o name", "^pod/a\npod/b$"),
        Line("get pods --chunk-size=1 -v=6", r"pods\?continue="),
        Line("get pods -l nr=1 -o name", r"\Apod/b\n\Z"),
        Line("get pods -l nr~in~(1,3),x!=y -o name", r"\Apod/b\n\Z"),
        Line("get pods --field-selector=metadata.name!=a,status.phase=Pending -o name", r"\Apod/b\n\Z"),
        Line("get pods --field-selector=spec.nothing=a", 'field label not supported: "?spec.nothing"?', 1),
        Line("get pods -o custom-columns=N:.metadata.name,I:.spec.containers[*].image", r"^N +I$\n^a +one$\n^b +two$"),
        Line("get pods -o custom-columns-file=columns", r"^NAME +IMAGE$\n^a +one$\n^b +two$"),
        Line("get pods -o jsonpath={range~.items[*]}{.metadata.name}={.status.phase};{end}", "^a=Pending;b=Pending;$"),
        Line("get pods -o jsonpath-as-json={.items[*].metadata.name}", r'^\[\n +"a",\n +"b"\n\]$'),
        Line("get pod a -o go-template={{.metadata.name}}:{{len~.spec.containers}}", "^a:1$"),
        Line("get pod a -o json", '^    "kind": "Pod",$'),
        Line("get pods -o json", '^    "kind": "List",$'),
        Line("get pod a -o yaml", "^kind: Pod$"),
        Line("get pod a -o yaml", r"^  qosClass: BestEffort$"),
        Line("get pod a --server-print=false", r"^NAME +AGE$\n^a "),
        Line("get pod a --subresource=status -o name", "^pod/a$"),
        Line("get pod/a configmap/kube-root-ca.crt", r"^pod/a .*\n\nNAME +DATA +AGE\nconfigmap/kube-root-ca.crt +1 "),
        Line("get pods -A --no-headers", r"^OURS +a +0/1"),
        Line("get pod absent", r'^Error from server \(NotFound\): pods "absent" not found$', 1),
        Line("get pod absent --ignore-not-found", r"\A\Z"),
        Line("get nothing", """the server doesn't have a resource type "nothing\"""", 1),
        Line("get all", r"^pod/a "),
        Line("get --raw /api/v1/namespaces/OURS", '"kind":"Namespace"'),
        Line("get --raw /readyz?verbose", r"^\[\+\]ping ok$"),
        Line("delete pod a b --now", 'pod "a" deleted'),
    )


def test_what_changes_is_watched_and_waited_for(script: Script) -> None:
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: i}]}\n"
    watching = script.start("get pods --watch --output-watch-events --no-headers")
    later = script.start("get configmaps late -w -o name --request-timeout=10s")
    try:
        script.run(
            Line("create -f -", "created", stdin=pod),
            Line("events --for=pod/p --watch --request-timeout=2s", "FailedScheduling"),
            Line("label pod p x=y", "labeled"),
            Line("label pod p x=z", "already has a value", 1),
            Line("label pod p x=z --overwrite", "labeled"),
            Line("label pod p x-", "unlabeled"),
            Line("annotate pod p note=hi", "pod/p annotate"),
            Line("get pod p -o jsonpath={.metadata.annotations}{.metadata.labels}", r'^\{"note":"hi"\}$'),
            Line("wait --for=jsonpath={.status.phase}=Pending pod/p", "condition met"),
            Line("wait --for=condition=PodScheduled=false pod/p", "condition met"),
            Line("wait --for=condition=Ready pod/p --timeout=1s", "timed out waiting for the condition on pods/p", 1),
            Line("wait --for=delete pod/p --timeout=1s", "timed out waiting for the condition on pods/p", 1),
            Line("delete pod p --grace-period=0 --force", "force deleted"),
            Line("wait --for=delete pod/p --timeout=10s", ""),
        )
        assert watching.stdout is not None
        seen = []
        while not seen or seen[-1] != "DELETED":
            seen.append(watching.stdout.readline().split()[0])
        seen = seen[seen.index("ADDED") :]
        assert set(seen[1:-1]) == {"MODIFIED"}
    finally:
        for process in (watching, later):
            process.terminate()
            process.communicate(timeout=10)


def test_something_that_is_not_there_yet_is_waited_for(script: Script) -> None:
    if script.minor_version() < 31:
        script.run(Line("wait --for=create configmap/late --timeout=1s", "unrecognized condition|not found", 1))
        return
    waiting = script.start("wait --for=create configmap/late --timeout=20s")
    script.run(Line("create configmap late", "created"))
    assert "configmap/late condition met" in waiting.communicate(timeout=20)[0]


def test_events_are_told(script: Script) -> None:
    script.run(
        Line("run p --image=i", "created"),
        Line("wait --for=condition=PodScheduled=false pod/p", "condition met"),
        Line("events --for pod/p", r"^\S+ +Warning +FailedScheduling +Pod/p +"),
        Line("events --types=Normal", "^No events found in OURS namespace.$"),
        Line("events --types=Warning --no-headers", r"\A\S+ +Warning +FailedScheduling"),
        Line("events -o json", '"reason": "FailedScheduling"'),
        Line("get events --field-selector=involvedObject.name=p,type=Warning", "FailedScheduling"),
        Line("describe pod p", r"Warning +FailedScheduling +\S+ +default-scheduler "),
        Line("describe pod p --show-events=false", r"\A(?!.*Events:)"),
        Line("describe pod p", "^QoS Class: +BestEffort$"),
        Line("cluster-info dump --namespaces=OURS -o yaml", "reason: FailedScheduling"),
    )


def test_every_kind_is_described_and_listed(script: Script) -> None:
    minor = script.minor_version()
    listed = script.said(Line("api-resources --verbs=list -o name", "^pods$")).split()
    # What an older kubectl describes by a version that came before the released one.
    unknown = {"ipaddresses.networking.k8s.io", "servicecidrs.networking.k8s.io"} if minor < 33 else set()
    described = [kind for kind in listed if kind not in unknown]
    script.run(
        Line(f"get {','.join(listed)} -A --ignore-not-found", "namespace/OURS +Active "),
        Line(f"get {','.join(listed)} -A -o name", "^namespace/OURS$"),
        Line(f"describe {','.join(described)} -A", r"^Name: +system:basic-user$"),
        Line("get flowschemas exempt", r"^exempt +exempt +1 +<none> +\d+\w+ +False$"),
        Line("get prioritylevelconfigurations catch-all", r"^catch-all +Limited +5 +<none> +<none> +<none> "),
        Line("get apiservices v1.apps", r"^v1\.apps +Local +True "),
        Line("get priorityclass system-node-critical", r"^system-node-critical +2000001000 +false "),
    )


def test_what_the_server_has_is_explained(script: Script) -> None:
    script.run(
        Line("api-resources --api-group=apps", r"^deployments +deploy +apps/v1 +true +Deployment$"),
        Line("api-resources --namespaced=false --categories=api-extensions -o name", r"^apiservices\.apiregistration"),
        Line("api-versions", r"^networking\.k8s\.io/v1$"),
        Line("cluster-info", "is running at"),
        Line("version", "Server Version"),
        Line("explain pod.spec.containers.ports", r"^ +containerPort\t<integer> -required-$"),
        Line("explain deployment.spec --recursive", r"^ +rollingUpdate\t<RollingUpdateDeployment>$"),
        Line("explain hpa --api-version=autoscaling/v1", r"^VERSION: +v1$"),
        Line("explain crd.spec.versions", "schema"),
        Line("explain pod.spec.nothing", 'field "nothing" does not exist', 1),
        Line("explain pods.spec --output=plaintext-openapiv2", r"^RESOURCE: +spec <Object>$"),
    )
