"""Every stock kubectl makes an object with each of its `create` commands; what was made is read back."""

from __future__ import annotations

import re

import pytest

from tests.clients.kubectl import Line, Script

pytestmark = [pytest.mark.kubectl, pytest.mark.slow]

# A command, and what is to be found where in its object.
MADE = [
    ("configmap x --from-literal=a=b --from-file=letter", "{.data}", r'^\{"a":"b","letter":"Dear\\n"\}$'),
    ("secret generic x --from-literal=a=b --type=own", "{.type}{.data}", r'^own\{"a":"Yg=="\}$'),
    ("secret docker-registry x --docker-username=u --docker-password=p", "{.type}", "^kubernetes.io/dockerconfigjson$"),
    ("serviceaccount x", "{.kind}", "^ServiceAccount$"),
    ("service clusterip x --tcp=80:http", "{.spec.ports[0].targetPort}{.spec.type}", "^httpClusterIP$"),
    ("service clusterip x --clusterip=None", "{.spec.clusterIP}", "^None$"),
    ("service nodeport x --tcp=80:90 --node-port=0", "{.spec.ports[0].nodePort}", r"^3\d{4}$"),
    ("service loadbalancer x --tcp=80", "{.spec.allocateLoadBalancerNodePorts}", "^true$"),
    ("service externalname x --external-name=example.com", "{.spec.externalName}", "^example.com$"),
    ("deployment x --image=one --image=two", "{.spec.template.spec.containers[*].name}", "^one two$"),
    ("job x --image=i", "{.spec.backoffLimit}{.spec.completionMode}", "^6NonIndexed$"),
    ("cronjob x --image=i --schedule=@daily", "{.spec.schedule}{.spec.concurrencyPolicy}", "^@dailyAllow$"),
    ("ingress x --rule=a.example/b*=web:80,tls=t", "{.spec.rules[0].http.paths[0].pathType}", "^Prefix$"),
    ("ingress x --class=c --default-backend=web:http", "{.spec.defaultBackend.service.port.name}", "^http$"),
    ("poddisruptionbudget x --selector=a=b --min-available=50%", "{.spec.minAvailable}", "^50%$"),
    ("poddisruptionbudget x --selector=a=b --max-unavailable=1", "{.spec.maxUnavailable}", "^1$"),
    ("quota x --hard=pods=5 --scopes=BestEffort", "{.spec.hard.pods}{.spec.scopes[0]}", "^5BestEffort$"),
    ("role x --verb=get,list --resource=pods/log,deployments.apps", "{.rules[*].apiGroups}", r'^\[""\] \["apps"\]$'),
    ("rolebinding x --role=r --serviceaccount=n:s --user=u", "{.subjects[*].kind}", "^User ServiceAccount$"),
]
MADE_IN_THE_CLUSTER = [
    ("clusterrole OURS --verb=* --non-resource-url=/logs/*", "{.rules[0].nonResourceURLs[0]}", r"^/logs/\*$"),
    (
        "clusterrole OURS-more --aggregation-rule=OURS=yes",
        "{.aggregationRule.clusterRoleSelectors[0].matchLabels}",
        r'^\{"OURS":"yes"\}$',
    ),
    ("clusterrolebinding OURS --clusterrole=none --group=g", "{.subjects[0].name}{.roleRef.name}", "^gnone$"),
    ("priorityclass OURS --value=7 --description=low", "{.value}{.preemptionPolicy}", "^7PreemptLowerPriority$"),
    ("namespace OURS-more", "{.spec.finalizers[0]}", "^kubernetes$"),
]


def test_every_generator_makes_its_object(script: Script) -> None:
    script.file("letter", "Dear\n")
    for number, (command, path, found) in enumerate([*MADE, *MADE_IN_THE_CLUSTER]):
        own = re.sub(r"\bx\b", f"x{number}", command, count=1)
        script.run(Line(f"create {own} -o jsonpath={path}", found))
    script.run(
        Line("get configmaps,secrets,services,deployments,cronjobs,ingresses,pdb,quota,roles -o name", "^secret/x1$"),
        Line(
            "get secret,rolebinding,ingress,serviceaccount,job", r"^rolebinding.rbac.authorization.k8s.io/x18 +Role/r "
        ),
        Line("delete clusterrole,clusterrolebinding,priorityclass OURS OURS-more --ignore-not-found", "deleted"),
        Line("delete namespace OURS-more --wait=false", "deleted"),
    )


def test_what_cannot_be_made(script: Script) -> None:
    script.run(
        Line("create configmap x", "created"),
        Line("create configmap x", r'configmaps "x" already exists$', 1),
        Line("create service nodeport x --tcp=80 --node-port=1", "not in the valid range", 1),
        Line("create role x --verb=get --resource=nothings", """doesn't have a resource type "nothings\"""", 1),
        Line(
            "create pdb x --selector=a=b --min-available=1 --max-unavailable=1",
            "exactly one of|cannot be both|not both",
            1,
        ),
        Line("create configmap Upper", "a lowercase RFC 1123 subdomain must consist of", 1),
        Line("create job x --from=cronjob/none", 'cronjobs.batch "none" not found', 1),
        Line("create namespace OURS", "already exists", 1),
        Line(
            "create --raw /api/v1/namespaces -f -",
            "cannot be handled as a Namespace",
            1,
            '{"kind":"Pod","apiVersion":"v1"}',
        ),
    )


def test_a_pod_is_run(script: Script) -> None:
    script.run(
        Line("run p --image=nginx --port=80 --expose --labels=a=b --env=C=D", "pod/p created"),
        Line("get pod p -o jsonpath={.spec.containers[0].env}{.spec.restartPolicy}", r"\]Always$"),
        Line("get service p -o jsonpath={.spec.selector}", r'^\{"a":"b"\}$'),
        Line('run q --image=i --overrides={"spec":{"hostNetwork":true}}', "pod/q created"),
        Line("get pod q -o jsonpath={.spec.hostNetwork}", "^true$"),
        Line("exec p -- date", "pod p does not have a host assigned", 1),
        Line("attach p --pod-running-timeout=1s", "timed out waiting|Pending|does not have a host assigned", 1),
        Line("port-forward p 8080:80", "unable to forward port because pod is not running. Current status=Pending", 1),
        Line("cp letter p:/tmp", "doesn't exist|no such file", 1),
        Line("logs absent", 'pods "absent" not found', 1),
    )


def test_a_pod_is_debugged(script: Script) -> None:
    script.run(
        Line("run p --image=nginx", "created"),
        Line("debug p --image=busybox --container=help --target=p --attach=false", ""),
        Line(
            "get pod p -o jsonpath={.spec.ephemeralContainers[0]['name','image','targetContainerName']}",
            "^help busybox p$",
        ),
        Line("debug p --copy-to=copy --image=busybox --container=more --attach=false --share-processes", ""),
        Line("get pod copy -o jsonpath={.spec.containers[*].name}{.spec.shareProcessNamespace}", "^p moretrue$"),
        Line("debug p --copy-to=changed --set-image=*=busybox --attach=false", ""),
        Line("get pod changed -o jsonpath={.spec.containers[*].image}", "^busybox$"),
        Line("debug p --copy-to=instead --replace --image=busybox --attach=false", ""),
        Line("get pod p", "NotFound", 1),
        Line("debug node/absent --image=busybox --attach=false", 'nodes "absent" not found', 1),
    )
