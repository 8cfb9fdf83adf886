"""Every stock kubectl applies, compares, edits, patches and replaces objects; what came of it is read back."""

from __future__ import annotations

import pytest

from tests.clients.kubectl import Line, Script

pytestmark = [pytest.mark.kubectl, pytest.mark.slow]

SETTINGS = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME, labels: {a: b}}\ndata: {x: "VALUE"}\n'
FIRST, SECOND = (SETTINGS.replace("NAME", "cm").replace("VALUE", value) for value in "12")
DATA = "get configmap cm -o jsonpath={.data}"
MANAGERS = "get configmap cm --show-managed-fields -o jsonpath={.metadata.managedFields[*].manager}"
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
FIXED = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: fixed}
spec:
  selector: {matchLabels: {a: LABEL}}
  template: {metadata: {labels: {a: LABEL}}, spec: {containers: [{name: a, image: b}]}}
"""
KUSTOMIZATION = """
nameSuffix: -built
resources: [base.yaml]
configMapGenerator: [{name: gen, literals: [a=b], options: {disableNameSuffixHash: true}}]
"""


def test_a_configuration_is_applied(script: Script) -> None:
    script.run(
        Line("diff -f -", r'^\+  x: "1"$', 1, FIRST),
        Line("apply -f - --dry-run=client", "^configmap/cm created .dry run.$", stdin=FIRST),
        Line("apply -f - --dry-run=server", "^configmap/cm created .server dry run.$", stdin=FIRST),
        Line("get configmap cm", "NotFound", 1),
        Line("apply -f -", "^configmap/cm created$", stdin=FIRST),
        Line("apply -f -", "^configmap/cm unchanged$", stdin=FIRST),
        Line("diff -f -", r"\A\Z", 0, FIRST),
        Line("diff -f -", r'^-  x: "1"\n\+  x: "2"$', 1, SECOND),
        Line("apply -f - --dry-run=server", r"^configmap/cm configured \(server dry run\)$", stdin=SECOND),
        Line(DATA, r'^\{"x":"1"\}$'),
        Line('patch configmap cm --type=merge -p {"data":{"mine":"3"}}', "patched"),
        Line("apply -f -", "^configmap/cm configured$", stdin=SECOND),
        Line(DATA, r'^\{"mine":"3","x":"2"\}$'),
        Line("apply view-last-applied configmap cm", 'x: "2"'),
        Line("apply set-last-applied -f -", "configured", stdin=FIRST),
        Line("apply view-last-applied configmap cm -o json", '"x": "1"'),
        Line("apply -f -", 'unknown field "spec.replica"', 1, WRONG),
        Line("apply -f - --validate=warn", 'Warning: unknown field "spec.replica"', stdin=WRONG),
        Line("apply -f - --namespace=other", 'namespaces "other" not found', 1, FIRST),
    )


def test_the_last_applied_configuration_is_edited(script: Script) -> None:
    script.editor('s/x: "1"/x: "7"/')
    script.run(
        Line("apply -f -", "created", stdin=FIRST),
        Line("apply edit-last-applied configmap cm", "^configmap/cm edited$"),
        Line("apply view-last-applied configmap cm", 'x: "7"'),
        Line(DATA, r'^\{"x":"1"\}$'),
    )


def test_a_configuration_is_applied_by_the_server(script: Script) -> None:
    script.run(
        Line("apply -f -", "created", stdin=FIRST),
        Line("apply --server-side --field-manager=other -f -", "conflict.* with .*client-side-apply", 1, SECOND),
        Line("diff --server-side --field-manager=other -f -", "conflict", 2, SECOND),
        Line("diff --server-side --field-manager=other --force-conflicts -f -", r'^\+  x: "2"$', 1, SECOND),
        Line("apply --server-side --field-manager=other --force-conflicts -f -", "serverside-applied", stdin=SECOND),
        Line(MANAGERS, "other"),
        Line(DATA, r'^\{"x":"2"\}$'),
        Line("apply --server-side -f -", 'conflict with "other"', 1, FIRST),
        Line("apply --server-side --force-conflicts -f -", "serverside-applied", stdin=FIRST),
        Line(MANAGERS, r"\A(?!.*kubectl-client-side-apply).*kubectl"),
        Line("apply --server-side -f - --dry-run=server", r"serverside-applied \(server dry run\)$", stdin=FIRST),
        Line("apply --server-side -f -", "serverside-applied", stdin=FIRST.replace('x: "1"', 'z: "1"')),
        Line(DATA, r'^\{"z":"1"\}$'),
    )


def test_what_is_no_longer_applied_is_pruned(script: Script) -> None:
    one, two = (SETTINGS.replace("NAME", name) for name in ("one", "two"))
    allowed = "--prune-allowlist=core/v1/ConfigMap"
    of_set = "get configmaps -l applyset.kubernetes.io/part-of -o name"
    script.run(
        Line(f"apply --prune -l a=b {allowed} -f -", "configmap/one created", stdin=f"{one}---\n{two}"),
        Line("apply --prune -f -", "without explicitly passing --all", 1, two),
        Line(f"apply --prune -l a=b {allowed} -f - --dry-run=server", "configmap/one pruned", stdin=two),
        Line("get configmap one two -o name", "^configmap/one\nconfigmap/two$"),
        Line(f"apply --prune -l a=b {allowed} -f -", "configmap/one pruned", stdin=two),
        Line("get configmap one", "NotFound", 1),
    )
    if script.minor_version() < 27:
        return
    script.environment["KUBECTL_APPLYSET"] = "true"
    script.run(
        Line("delete configmap two", "deleted"),
        Line("apply -n OURS --prune --applyset=set -f -", "configmap/two created", stdin=f"{one}---\n{two}"),
        Line("get secret set -o yaml", "applyset.kubernetes.io/tooling: kubectl/"),
        Line(of_set, "^configmap/one\nconfigmap/two$"),
        Line("apply -n OURS --prune --applyset=set -f -", "configmap/one pruned", stdin=two),
        Line(of_set, r"\Aconfigmap/two\n\Z"),
    )


def test_a_directory_is_built_and_applied(script: Script) -> None:
    script.file("built/kustomization.yaml", KUSTOMIZATION)
    script.file("built/base.yaml", FIRST)
    script.run(
        Line("kustomize built", "^  name: cm-built$"),
        Line("apply -k built", "^configmap/gen-built created$"),
        Line("diff -k built", r"\A\Z"),
        Line("get -k built -o name", "^configmap/cm-built$"),
        Line("delete -k built", 'configmap "gen-built" deleted'),
    )


def test_an_object_is_edited_patched_and_replaced(script: Script) -> None:
    script.editor('s/x: "1"/x: "5"/')
    script.run(
        Line("create -f -", "created", stdin=FIRST),
        Line("create -f -", 'Error from server .*configmaps "cm" already exists$', 1, FIRST),
        Line("edit configmap cm --output-patch", '"x":"5"'),
        Line(DATA, r'^\{"x":"5"\}$'),
        Line("edit configmap cm", "^Edit cancelled, no changes made.$"),
        Line(MANAGERS, "kubectl-edit"),
        Line('patch configmap cm -p {"data":{"y":"3"}}', "patched"),
        Line('patch configmap cm -p {"data":{"y":"3"}}', r"patched \(no change\)$"),
        Line('patch configmap cm --type=json -p [{"op":"test","path":"/data/y","value":"4"}]', "", 1),
        Line('patch configmap cm --type=json -p [{"op":"move","from":"/data/y","path":"/data/z"}]', "patched"),
        Line(DATA, r'^\{"x":"5","z":"3"\}$'),
        Line('patch configmap cm --type=merge -p {"data":{"z":null}}', "patched"),
        Line('patch configmap cm -p {"metadata":{"labels":"no"}}', "cannot restore map from string", 1),
        Line(
            'patch configmap cm -p {"metadata":{"resourceVersion":"1"}}', "please apply your changes to the latest", 1
        ),
        Line("replace -f -", "^configmap/cm replaced$", stdin=FIRST),
        Line(DATA, r'^\{"x":"1"\}$'),
        Line("replace -f -", "NotFound", 1, SETTINGS.replace("NAME", "absent")),
        Line("replace --force -f -", "^configmap/cm replaced$", stdin=SECOND),
        Line(DATA, r'^\{"x":"2"\}$'),
        Line("create -f - --validate=ignore", r"The Pod \"Invalid_Name\" is invalid: ?$", 1, INVALID),
        Line("create -f - --validate=ignore", r"^\* spec\.containers\[0\]\.image: Required value$", 1, INVALID),
        Line("create --edit -f -", "^Edit cancelled|^configmap/new created", stdin=SETTINGS.replace("NAME", "new")),
        Line("delete configmap cm --dry-run=server", r'^configmap "cm" deleted \(server dry run\)'),
        Line("delete configmap cm", '^configmap "cm" deleted'),
        Line("delete configmap cm", "NotFound", 1),
        Line("delete configmap cm --ignore-not-found", ""),
    )


def test_a_status_is_patched_edited_and_replaced(script: Script) -> None:
    status = '{"status":{"conditions":[{"type":"Ready","status":"True"}],"phase":"Running"}}'
    script.editor("s/phase: Running/phase: Failed/")
    script.run(
        Line("run p --image=i", "created"),
        Line(f"patch pod p --subresource=status -p {status}", "patched"),
        Line("wait --for=condition=Ready pod/p", "condition met"),
        Line("get pod p --subresource=status -o jsonpath={.status.phase}", "^Running$"),
        Line("edit pod p --subresource=status", "^pod/p edited$"),
        Line("get pod p", r"^p +0/1 +Failed +0 "),
    )


def test_what_may_not_change_is_made_anew(script: Script) -> None:
    first, second = (FIXED.replace("LABEL", one) for one in ("one", "two"))
    script.run(
        Line("apply -f -", "deployment.apps/fixed created", stdin=first),
        Line("apply -f -", "spec.selector: Invalid value: .*: field is immutable$", 1, second),
        Line("apply -f - --force", "deployment.apps/fixed configured", stdin=second),
        Line("get deployment fixed -o jsonpath={.spec.selector.matchLabels.a}", "^two$"),
    )
