"""Every stock kubectl makes, changes, exposes, scales and rolls workloads; what came of it is read back."""

from __future__ import annotations

import pytest

from tests.clients.kubectl import Line, Script

pytestmark = [pytest.mark.kubectl, pytest.mark.slow]

TEMPLATE = "deployment web -o jsonpath={.spec.template.spec"
CONTAINER = TEMPLATE + ".containers[0]"
NEW_REPLICA_SET = r"^NewReplicaSet: +web-\w+ \(\d/\d replicas created\)$"


def test_a_deployment_is_made_and_set(script: Script) -> None:
    script.run(
        Line("create deployment web --image=nginx:1.25 --replicas=2 --port=80", "deployment.apps/web created"),
        Line("get deployment web -o wide", r"^NAME +READY +UP-TO-DATE +AVAILABLE +AGE +CONTAINERS +IMAGES +SELECTOR$"),
        Line("set image deployment/web nginx=nginx:1.26 --dry-run=server", "image updated .server dry run.$"),
        Line(f"get {CONTAINER}.image}}", "^nginx:1.25$"),
        Line("set image deployment/web nginx=nginx:1.26", "image updated"),
        Line("set image deployment/web other=nginx:1.26", 'unable to find container named "other"', 1),
        Line(f"get {CONTAINER}.image}}", "^nginx:1.26$"),
        Line("create configmap settings --from-literal=one=1 --from-literal=two=2", "created"),
        Line("set env deployment/web A=B", "env updated"),
        Line("set env deployment/web --from=configmap/settings --keys=two", "env updated"),
        Line("set env deployment/web --list", "^A=B$"),
        Line(f"get {CONTAINER}.env[*].name}}", "^A TWO$"),
        Line("set env deployment/web A-", "env updated"),
        Line(f"get {CONTAINER}.env[*].name}}", "^TWO$"),
        Line("set resources deployment web --limits=cpu=200m,memory=512Mi", "resource requirements updated"),
        Line(f"get {CONTAINER}.resources}}", r'^\{"limits":\{"cpu":"200m","memory":"512Mi"\}\}$'),
        Line("set serviceaccount deployment web robot", "serviceaccount updated"),
        Line(f"get {TEMPLATE}.serviceAccountName}}", "^robot$"),
        Line(
            "get deployment web --show-managed-fields -o jsonpath={.metadata.managedFields[*].manager}", "kubectl-set"
        ),
        Line("get deployment web -o jsonpath={.metadata.generation}", "^7$"),
        Line("describe deployment web", r"^RollingUpdateStrategy: +25% max unavailable, 25% max surge$"),
        Line("describe deployment web", NEW_REPLICA_SET),
    )


def test_a_deployment_is_rolled(script: Script) -> None:
    revisions = "rs -l app=web -o custom-columns=R:.metadata.annotations.deployment\\.kubernetes\\.io/revision"
    script.run(
        Line("create deployment web --image=nginx:1.25", "created"),
        Line("wait --for=jsonpath={.status.replicas}=1 deployment/web", "condition met"),
        Line("rollout undo deployment web", "no rollout history found", 1),
        Line("rollout undo deployment web --to-revision=1", "skipped rollback"),
        Line("set image deployment/web nginx=nginx:1.26", "updated"),
        Line("annotate deployment/web kubernetes.io/change-cause=newer", "annotate"),
        Line("rollout status deployment/web --watch=false", "^Waiting for "),
        Line("rollout status deployment/web --timeout=1s", "timed out waiting for the condition", 1),
        Line("rollout history deployment web", r"^REVISION +CHANGE-CAUSE$\n^1 +<none>$\n^2 +newer$"),
        Line("rollout history deployment web --revision=1", r"^ +Image:\tnginx:1\.25$"),
        Line("rollout undo deployment web --dry-run=server", "^deployment.apps/web .*dry run"),
        Line("rollout undo deployment web --to-revision=9", "unable to find specified revision 9 in history", 1),
        Line("rollout undo deployment web", "rolled back"),
        Line(f"get {CONTAINER}.image}}", "^nginx:1.25$"),
        Line("wait --for=jsonpath={.status.observedGeneration}=3 deployment/web", "condition met"),
        Line(f"get {revisions}", r"^3$"),
        Line("rollout pause deployment web", "paused"),
        Line("get deployment web -o jsonpath={.spec.paused}", "^true$"),
        Line("rollout pause deployment web", "already paused", 1),
        Line("rollout restart deployment web", "can't restart paused deployment", 1),
        Line("rollout undo deployment web", "cannot rollback a paused deployment", 1),
        Line("rollout resume deployment web", "resumed"),
        Line("get deployment web -o jsonpath={.spec.paused}", "^$"),
        Line("rollout restart deployment web", "restarted"),
        Line(
            "get deployment web -o jsonpath={.spec.template.metadata.annotations}", "kubectl.kubernetes.io/restartedAt"
        ),
        Line("wait --for=jsonpath={.status.updatedReplicas}=1 deployment/web", "condition met"),
        Line(f"get {revisions}", r"^4$"),
    )


def test_a_workload_is_exposed_and_scaled(script: Script) -> None:
    port = "-o jsonpath={.spec.type}/{.spec.ports[0].port}/{.spec.ports[0].targetPort}/{.spec.selector.app}"
    script.run(
        Line("create deployment web --image=nginx --replicas=2", "created"),
        Line("expose deployment web", "couldn't find port via --port flag or introspection", 1),
        Line("expose deployment web --port=80 --target-port=http", "service/web exposed"),
        Line(f"get service web {port}", "^ClusterIP/80/http/web$"),
        Line("expose service web --port=81 --name=other --type=NodePort --selector=app=x", "service/other exposed"),
        Line(f"get service other {port}", "^NodePort/81/81/x$"),
        Line("set selector service web app=new", "selector updated"),
        Line(f"get service web {port}", "^ClusterIP/80/http/new$"),
        Line("set selector service web app=old --resource-version=1", "Conflict", 1),
        Line("scale deployment web --replicas=3", "scaled"),
        Line("scale deployment web --replicas=4 --current-replicas=9", "[Ee]xpected replicas", 1),
        Line("get deployment web -o jsonpath={.spec.replicas}", "^3$"),
        Line("get deployment web --subresource=scale -o jsonpath={.kind}{.spec}", r'^Scale\{"replicas":3\}$', since=28),
        Line('patch deployment web --subresource=scale --type=merge -p {"spec":{"replicas":5}}', "web patched"),
        Line("get deployment web -o jsonpath={.spec.replicas}", "^5$"),
        Line("autoscale deployment web --min=1 --max=3 --cpu-percent=50", "autoscaled"),
        Line("get hpa web", r"^web +Deployment/web +(cpu: )?<unknown>/50% +1 +3 +0 +"),
        Line("describe hpa web", r"resource cpu on pods +\(as a percentage of request\): +<unknown> / 50%$"),
        Line("delete deployment web --cascade=orphan", 'deployment.apps "web" deleted'),
        Line("get rs -l app=web -o jsonpath={.items[*].metadata.ownerReferences}", "^$"),
        Line("delete rs -l app=web --cascade=foreground", 'replicaset.apps "web-'),
        Line("get rs,pods", "No resources found"),
    )


def test_what_runs_once_or_everywhere(script: Script) -> None:
    daemon = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {a: b}}
  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: one}]}}
"""
    command = "-o jsonpath={.spec.template.spec.containers[0].command}"
    script.run(
        Line("create job once --image=busybox -- date", "job.batch/once created"),
        Line("get job once", r"^once +(Running +)?0/1 "),
        Line(f"get job once {command}", r'^\["date"\]$'),
        Line("create cronjob often --image=busybox --schedule=*/5~*~*~*~* -- ls /", "cronjob.batch/often created"),
        Line("get cronjob often", r"^often +\*/5 \* \* \* \* "),
        Line("create job now --from=cronjob/often", "job.batch/now created"),
        Line(f"get job now {command}", r'^\["ls","/"\]$'),
        Line("get job now -o jsonpath={.metadata.ownerReferences[0].kind}", "^CronJob$"),
        Line("describe job now", r"^Parallelism: +1$"),
        Line("apply -f -", "daemonset.apps/agent created", stdin=daemon),
        Line("apply -f -", "daemonset.apps/agent unchanged", stdin=daemon),
        Line("set image daemonset/agent *=two", "image updated"),
        Line("get daemonset agent -o jsonpath={.metadata.generation}", "^2$"),
        Line("rollout restart daemonset/agent", "restarted"),
        Line("get daemonset agent -o jsonpath={.metadata.generation}", "^3$"),
        Line("delete job,cronjob,daemonset --all", 'cronjob.batch "often" deleted'),
    )
