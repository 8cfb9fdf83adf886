"""Commands on what runs, as far as the API alone goes: no controllers, no nodes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Run = Callable[..., "tuple[int, str, str]"]


@pytest.fixture
def web(pyctl: Run) -> Run:
    assert pyctl("create", "deployment", "web", "--image=nginx:1", "--port=80").out == "deployment.apps/web created\n"
    return pyctl


def test_scale(web: Run) -> None:
    assert web("scale", "deploy/web", "--replicas=3") == (0, "deployment.apps/web scaled\n", "")
    assert web("scale", "deploy", "web", "--replicas=4", "--current-replicas=2") == (
        1,
        "",
        "error: Expected replicas to be 2, was 3\n",
    )
    assert (
        web("scale", "deploy/web", "--replicas=4", "--dry-run=client").out == "deployment.apps/web scaled (dry run)\n"
    )
    assert web("get", "deploy/web", "-o", "jsonpath={.spec.replicas}").out == "3"


def test_set(web: Run) -> None:
    assert web("set", "image", "deploy/web", "nginx=nginx:2").out == "deployment.apps/web image updated\n"
    assert web("set", "image", "deploy/web", "no=nginx:2").err == 'error: unable to find container named "no"\n'
    assert web("set", "env", "deploy/web", "A=1", "B=2").out == "deployment.apps/web env updated\n"
    assert web("set", "env", "deploy/web", "A-").code == 0
    assert web("set", "env", "deploy/web", "--list").out == "# Deployment web, container nginx\nB=2\n"
    assert web("set", "resources", "deploy/web", "--limits=cpu=1").out == (
        "deployment.apps/web resource requirements updated\n"
    )
    assert web("set", "serviceaccount", "deploy/web", "me").out == "deployment.apps/web serviceaccount updated\n"


def test_rollout(web: Run) -> None:
    assert web("rollout", "pause", "deploy/web").out == "deployment.apps/web paused\n"
    assert web("rollout", "pause", "deploy/web").err == 'error: deployments.apps "web" is already paused\n'
    assert web("rollout", "restart", "deploy/web").err == (
        "error: can't restart paused deployment (run rollout resume first)\n"
    )
    assert web("rollout", "resume", "deploy/web").out == "deployment.apps/web resumed\n"
    assert web("rollout", "restart", "deploy/web").out == "deployment.apps/web restarted\n"
    assert web("rollout", "undo", "deploy/web").err == 'error: no rollout history found for deployment "web"\n'
    code, out, err = web("rollout", "status", "deploy/web", "--timeout=1s")
    assert (code, out) == (1, "Waiting for deployment spec update to be observed...\n")
    assert err == "error: timed out waiting for the condition\n"


def test_expose_and_run(web: Run) -> None:
    assert web("expose", "deploy/web", "--type=NodePort").out == "service/web exposed\n"
    assert web("get", "svc", "web", "-o", "jsonpath={.spec.selector}{.spec.ports[0].port}").out == '{"app":"web"}80'
    assert web("run", "one", "--image=nginx", "--env=A=1", "--command", "--", "sleep", "1").out == "pod/one created\n"
    assert web("get", "pod", "one", "-o", "jsonpath={.spec.containers[0].command[*]}").out == "sleep 1"
    assert web("run", "two").err == 'error: required flag(s) "image" not set\n'


def test_wait(web: Run) -> None:
    assert web("wait", "deploy/web", "--for=jsonpath={.metadata.name}=web", "--timeout=1s").out == (
        "deployment.apps/web condition met\n"
    )
    assert web("wait", "deploy/web", "--for=condition=Available", "--timeout=0s").err == (
        "error: condition not met for deployments/web\n"
    )
    assert web("wait", "deploy/nope", "--for=delete") == (0, "", "")


def test_logs_and_exec_of_what_is_not_there(web: Run, namespace: str) -> None:
    assert web("logs", "nope").err == (
        f'error: error from server (NotFound): pods "nope" not found in namespace "{namespace}"\n'
    )
    assert web("exec", "nope", "--", "ls").err == 'Error from server (NotFound): pods "nope" not found\n'
    assert web("exec", "nope").err == "error: you must specify at least one command for the container\n"


def test_describe(web: Run, namespace: str) -> None:
    out = web("describe", "deploy", "web").out
    assert f"Namespace:              {namespace}\n" in out
    assert "Replicas:               1 desired | 0 updated | 0 total | 0 available | 0 unavailable\n" in out
    assert "    Port:          80/TCP\n" in out
    assert out.endswith("Events:            <none>\n")
    assert web("describe", "deploy", "we").out == out
    assert web("describe", "deploy", "nope").err == 'Error from server (NotFound): deployments.apps "nope" not found\n'


def test_nodes(pyctl: Run, namespace: str) -> None:
    node = f"node-{namespace}"
    stdin = f"apiVersion: v1\nkind: Node\nmetadata: {{name: {node}}}\n"
    assert pyctl("create", "-f", "-", stdin=stdin).code == 0
    assert pyctl("cordon", node).out == f"node/{node} cordoned\n"
    assert pyctl("cordon", node).out == f"node/{node} already cordoned\n"
    assert pyctl("uncordon", node).out == f"node/{node} uncordoned\n"
    assert pyctl("taint", "node", node, "a=b:NoSchedule").out == f"node/{node} tainted\n"
    assert pyctl("taint", "node", node, "a-").out == f"node/{node} untainted\n"
    assert pyctl("drain", node).out == f"node/{node} cordoned\nnode/{node} drained\n"
    assert pyctl("delete", "node", node).out == f'node "{node}" deleted\n'


def test_questions_to_the_server(pyctl: Run) -> None:
    assert pyctl("auth", "can-i", "get", "pods") == (0, "yes\n", "")
    assert pyctl("auth", "can-i", "get", "pods", "--as=nobody") == (1, "no\n", "")
    assert "Username" in pyctl("auth", "whoami").out
    assert "apps/v1\n" in pyctl("api-versions").out
    lines = pyctl("api-resources").out.splitlines()
    assert lines[0].split() == ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"]
    assert "deployments.apps\n" in pyctl("api-resources", "-o", "name").out
    assert pyctl("version").out.startswith("Client Version: v1.36.0+pybernetes\nServer Version: v1.36")
    assert pyctl("top", "pods").err == "error: Metrics API not available\n"
    assert pyctl("explain", "pods.spec.containers.image").out.startswith(
        "KIND:       Pod\nVERSION:    v1\n\nFIELD: image <string>\n"
    )
    assert pyctl("explain", "pods.foo").err == 'error: field "foo" does not exist\n'


def test_calls_that_are_wrong(pyctl: Run) -> None:
    assert pyctl("get", "--foo") == (1, "", "Error: unknown flag: --foo\nSee 'pyctl get --help' for usage.\n")
    assert pyctl("zzzzz") == (1, "", 'Error: unknown command "zzzzz" for "pyctl"\n')
    assert pyctl("rollout", "bogus").code == 1
    assert pyctl("get", "pods", "-o", "foo").err.startswith("error: unable to match a printer suitable for the output")
    assert pyctl("get", "pods", "--server", "https://127.0.0.1:1").err == (
        "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?\n"
    )
    assert "Display one or many resources" in pyctl("get", "--help").out
    assert "rollout" in pyctl("--help").out


def test_completion(pyctl: Run) -> None:
    assert pyctl("completion", "bash").out.startswith("# bash completion for pyctl")
    assert pyctl("completion", "fish").err == 'error: Unsupported shell type "fish".\n'


def test_verbosity_shows_requests(pyctl: Run) -> None:
    err = pyctl("get", "pods", "-v=6").err
    assert "/pods?limit=500 200 OK in " in err
