"""get, create, apply, replace, patch, delete against a real API server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: nginx, image: "nginx:1"}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, labels: {tier: front}}
data: {a: "1"}
"""
BROKEN = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: good}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: broken
data: {a: "1"}
---
apiVersion: example.com/v1
kind: Foo
metadata: {name: foo}
---
kind: ConfigMap
metadata: {name: versionless}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: also-good}
"""

Run = Callable[..., "tuple[int, str, str]"]


@pytest.fixture
def web(tmp_path: Path) -> str:
    (tmp_path / "web.yaml").write_text(WEB)
    return "web.yaml"


def test_apply_creates_then_finds_nothing_to_do_then_changes(pyctl: Run, web: str, tmp_path: Path) -> None:
    assert pyctl("apply", "-f", web) == (0, "deployment.apps/web created\nconfigmap/settings created\n", "")
    assert pyctl("apply", "-f", web) == (0, "deployment.apps/web unchanged\nconfigmap/settings unchanged\n", "")
    (tmp_path / web).write_text(WEB.replace("nginx:1", "nginx:2").replace('{a: "1"}', '{b: "2"}'))
    told = "deployment.apps/web configured\nconfigmap/settings configured\n"
    assert pyctl("apply", "-f", web, "--dry-run=server").out == told.replace("\n", " (server dry run)\n")
    assert pyctl("apply", "-f", web, "--dry-run=client").out == told.replace("\n", " (dry run)\n")
    assert pyctl("get", "cm", "settings", "-o", "jsonpath={.data}").out == '{"a":"1"}'
    assert pyctl("apply", "-f", web).out == told
    assert pyctl("get", "cm", "settings", "-o", "jsonpath={.data}").out == '{"b":"2"}'
    image = "jsonpath={.spec.template.spec.containers[*].image}"
    assert pyctl("get", "deploy/web", "-o", image).out == "nginx:2"


def test_apply_leaves_alone_what_the_file_does_not_speak_of(pyctl: Run, web: str) -> None:
    pyctl("apply", "-f", web)
    pyctl("label", "cm", "settings", "mine=yes")
    pyctl("scale", "deploy/web", "--replicas=5")
    assert pyctl("apply", "-f", web).out == "deployment.apps/web configured\nconfigmap/settings unchanged\n"
    assert pyctl("get", "cm", "settings", "-o", "jsonpath={.metadata.labels}").out == '{"mine":"yes","tier":"front"}'
    assert pyctl("get", "deploy", "web", "-o", "jsonpath={.spec.replicas}").out == "2"


def test_apply_takes_over_what_create_made_and_says_so(pyctl: Run, web: str) -> None:
    pyctl("create", "-f", web)
    code, out, err = pyctl("apply", "-f", web)
    assert (code, out.splitlines()[1]) == (0, "configmap/settings configured")
    assert err.startswith("Warning: resource deployments/web is missing the kubectl.kubernetes.io/last-applied-config")


def test_each_document_is_reported_and_the_others_go_on(pyctl: Run, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(BROKEN)
    code, out, err = pyctl("apply", "-f", "x.yaml")
    assert (code, out) == (1, "configmap/good created\nconfigmap/also-good created\n")
    assert err.splitlines() == [
        "error: error parsing x.yaml: error converting YAML to JSON: yaml: line 8: did not find expected ',' or '}'",
        'error: resource mapping not found for name: "foo" namespace: "" from "x.yaml": no matches for kind "Foo" in '
        'version "example.com/v1"',
        "ensure CRDs are installed first",
        'error: error validating "x.yaml": error validating data: apiVersion not set; if you choose to ignore these '
        "errors, turn validation off with --validate=false",
    ]


def test_a_folder_standard_input_and_what_is_not_there(pyctl: Run, web: str) -> None:
    assert pyctl("apply", "-f", ".").out.splitlines()[0] == "deployment.apps/web created"
    stdin = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}})
    assert pyctl("create", "-f", "-", stdin=stdin).out == "configmap/x created\n"
    assert pyctl("apply", "-f", "nope.yaml") == (1, "", 'error: the path "nope.yaml" does not exist\n')
    assert pyctl("create", "-f", "-") == (1, "", "error: no objects passed to create\n")


def test_unknown_fields_are_refused_unless_told_otherwise(pyctl: Run) -> None:
    stdin = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndate: {}\n"
    code, _, err = pyctl("create", "-f", "-", stdin=stdin)
    assert code == 1
    assert err == (
        'Error from server (BadRequest): error when creating "STDIN": ConfigMap in version "v1" cannot be handled as a '
        'ConfigMap: strict decoding error: unknown field "date"\n'
    )
    assert pyctl("create", "-f", "-", "--validate=false", stdin=stdin).out == "configmap/x created\n"


def test_the_namespace_of_a_file_must_fit(pyctl: Run, namespace: str) -> None:
    stdin = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: other}\n"
    assert pyctl("create", "-f", "-", stdin=stdin) == (
        1,
        "",
        f'error: the namespace from the provided object "other" does not match the namespace "{namespace}". '
        "You must pass '--namespace=other' to perform this operation.\n",
    )


def test_what_get_shows(pyctl: Run, web: str, namespace: str) -> None:
    pyctl("apply", "-f", web)
    out = pyctl("get", "deploy,cm").out
    assert out.splitlines()[0] == "NAME                  READY   UP-TO-DATE   AVAILABLE   AGE"
    assert out.splitlines()[1].startswith("deployment.apps/web   0/2     0            0           ")
    assert out.splitlines()[2:4] == ["", "NAME                 DATA   AGE"]
    assert pyctl("get", "cm", "settings", "deploy").code == 1
    assert pyctl("get", "cm", "-o", "name").out == "configmap/settings\n"
    assert pyctl("get", "cm", "--no-headers").out.startswith("settings   1     ")
    assert (
        pyctl("get", "cm", "-l", "tier=front", "-L", "tier", "--show-labels")
        .out.splitlines()[1]
        .endswith("front   tier=front")
    )
    assert pyctl("get", "cm", "-l", "tier=back").err == f"No resources found in {namespace} namespace.\n"
    assert pyctl("get", "cm", "--field-selector", "metadata.name=settings", "-o", "name").out == "configmap/settings\n"
    assert pyctl("get", "cm", "-o", "custom-columns=N:.metadata.name,A:.data.a,B:.data.b").out == (
        "N          A     B\nsettings   1     <none>\n"
    )


def test_get_in_all_namespaces(pyctl: Run, web: str, namespace: str) -> None:
    pyctl("apply", "-f", web)
    lines = pyctl("get", "cm", "-A").out.splitlines()
    assert lines[0].split() == ["NAMESPACE", "NAME", "DATA", "AGE"]
    assert any(line.split()[:2] == [namespace, "settings"] for line in lines)
    assert pyctl("get", "cm", "settings", "-A").err == (
        "error: a resource cannot be retrieved by name across all namespaces\n"
    )


def test_get_says_what_is_not_there_and_shows_the_rest(pyctl: Run, web: str) -> None:
    pyctl("apply", "-f", web)
    code, out, err = pyctl("get", "cm", "settings", "nope")
    assert (code, out.splitlines()[0], err) == (
        1,
        "NAME       DATA   AGE",
        'Error from server (NotFound): configmaps "nope" not found\n',
    )
    assert pyctl("get", "cm", "nope", "--ignore-not-found") == (0, "", "")
    assert pyctl("get", "bogus") == (1, "", 'error: the server doesn\'t have a resource type "bogus"\n')


def test_a_list_in_json_and_yaml(pyctl: Run, web: str) -> None:
    pyctl("apply", "-f", web)
    listed = json.loads(pyctl("get", "cm,deploy", "-o", "json").out)
    assert (listed["kind"], [item["kind"] for item in listed["items"]]) == ("List", ["ConfigMap", "Deployment"])
    assert "managedFields" not in listed["items"][0]["metadata"]
    assert pyctl("get", "cm", "settings", "-o", "yaml").out.startswith(
        'apiVersion: v1\ndata:\n  a: "1"\nkind: ConfigMap\n'
    )


def test_watch_shows_what_is_there_and_ends_with_the_server(pyctl: Run, web: str) -> None:
    pyctl("apply", "-f", web)
    from tests.pyctl.watching import watched_lines

    lines = watched_lines(pyctl, ["get", "cm", "-w", "--output-watch-events"], ["label", "cm", "settings", "x=y"], 3)
    assert [line.split()[:2] for line in lines] == [["EVENT", "NAME"], ["ADDED", "settings"], ["MODIFIED", "settings"]]


def test_replace_patch_label_and_annotate(pyctl: Run, web: str, tmp_path: Path) -> None:
    pyctl("create", "-f", web)
    assert pyctl("replace", "-f", web).out == "deployment.apps/web replaced\nconfigmap/settings replaced\n"
    assert pyctl("replace", "--force", "-f", web).out.splitlines() == [
        'deployment.apps "web" deleted',
        "deployment.apps/web replaced",
        'configmap "settings" deleted',
        "configmap/settings replaced",
    ]
    patch = ("patch", "cm", "settings", "-p", '{"data":{"x":"1"}}')
    assert pyctl(*patch).out == "configmap/settings patched\n"
    assert pyctl(*patch).out == "configmap/settings patched (no change)\n"
    assert pyctl("label", "cm", "settings", "tier=back").err == (
        "error: 'tier' already has a value (front), and --overwrite is false\n"
    )
    assert pyctl("label", "cm", "settings", "tier=back", "--overwrite").out == "configmap/settings labeled\n"
    assert pyctl("label", "cm", "settings", "tier-").out == "configmap/settings unlabeled\n"
    assert pyctl("annotate", "cm", "settings", "a=b").out == "configmap/settings annotated\n"


def test_edit_with_an_editor(pyctl: Run, web: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pyctl("create", "-f", web)
    monkeypatch.setenv("KUBE_EDITOR", "sed -i s/front/edited/")
    assert pyctl("edit", "cm", "settings") == (0, "configmap/settings edited\n", "")
    assert pyctl("get", "cm", "settings", "-o", "jsonpath={.metadata.labels.tier}").out == "edited"
    monkeypatch.setenv("KUBE_EDITOR", "true")
    assert pyctl("edit", "cm", "settings") == (0, "", "Edit cancelled, no changes made.\n")
    monkeypatch.setenv("KUBE_EDITOR", "sed -i s/edited/bad_label_/")
    code, _, err = pyctl("edit", "cm", "settings")
    assert code == 1
    assert "no valid changes" in err or "refused" in err


def test_delete(pyctl: Run, web: str) -> None:
    pyctl("create", "-f", web)
    assert (
        pyctl("delete", "cm", "settings", "--dry-run=server").out == 'configmap "settings" deleted (server dry run)\n'
    )
    assert pyctl("get", "cm", "settings", "-o", "name").code == 0
    assert pyctl("delete", "-f", web).out == 'deployment.apps "web" deleted\nconfigmap "settings" deleted\n'
    assert pyctl("delete", "cm", "settings").err == 'Error from server (NotFound): configmaps "settings" not found\n'
    assert pyctl("delete", "cm", "settings", "--ignore-not-found") == (0, "", "")
    assert pyctl("delete", "cm", "--all").out == "No resources found\n"
    assert pyctl("delete", "cm").err == "error: resource(s) were provided, but no name was specified\n"


def test_diff(pyctl: Run, web: str, tmp_path: Path) -> None:
    pyctl("apply", "-f", web)
    assert pyctl("diff", "-f", web) == (0, "", "")
    (tmp_path / web).write_text(WEB.replace('a: "1"', 'a: "2"'))
    code, out, _ = pyctl("diff", "-f", web)
    assert code == 1
    assert '-  a: "1"\n+  a: "2"\n' in out
